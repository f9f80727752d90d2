// Job: a workflow as it was written in its file, after parsing and before validation.
// Threads: plain values; shared as shared_ptr<const workflow_definition>.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/limits.hpp"
#include "runtime/base/value.hpp"

namespace pitwall {

enum class on_error : std::uint8_t { skip_dependents, fail, proceed /* "continue" in files */ };

/// As written; what is absent is filled from the host's defaults later.
struct retry_definition {
  std::optional<std::uint32_t> max_attempts;
  std::optional<milliseconds> min_wait, max_wait;
  std::optional<double> multiplier;
  std::optional<std::string> jitter;
  std::vector<std::string> retry_on;
};

/// How many executions of the workflow run at once, and what happens to starts past that; as
/// written, what is absent is filled from the host's defaults.
struct concurrency_definition {
  std::optional<std::uint32_t> max_running, max_queued;
  std::string when_full;  ///< Empty, or: refuse, queue, skip, cancel_running.
};

struct block_definition {
  std::string id;
  std::string type;
  std::string category;
  std::string name;  ///< Default: id.
  /// Port names by index, as in the file; empty and !*_given where the file lists none.
  std::vector<std::string> inputs, outputs;
  bool inputs_given = false, outputs_given = false;
  value properties = value(value::object{});
  milliseconds timeout = limits::default_node_timeout;
  on_error error_policy = on_error::skip_dependents;
  std::optional<retry_definition> retry;
  std::string circuit_breaker;
  std::vector<std::string> placement;
};

struct endpoint_definition {
  std::string block;
  std::uint32_t index = 0;
};

struct connection_definition {
  endpoint_definition from, to;
};

struct workflow_definition {
  std::string id;  ///< Given, or derived from the file's name, or "workflow".
  std::string name, description, version;
  std::string bot_id, strategy_id;  ///< Empty: null in events.
  std::optional<milliseconds> timeout;
  concurrency_definition concurrency;
  std::vector<block_definition> blocks;
  std::vector<connection_definition> connections;
  /// The normalized JSON text of this workflow alone (template picked, overrides applied): what a
  /// deployment stores, and what parsing again gives the same definition from.
  std::string source;
  /// JSON pointer of this workflow in the user's file: empty, or "/templates/2/workflow".
  std::string origin;
};

}  // namespace pitwall
