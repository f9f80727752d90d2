// Job: the durable, ordered log of everything that happened, and what is derived from it.
// Threads: all functions may be called from any thread; commit() from one owner (the journal
//      writer). Completions run on the journal's commit thread (or inline, in memory) and must not
//      block.
// Order: commits are durable in the order of the calls; their events get consecutive seqs from 1.
// Durable: per commit: `sync` survives a power cut; `async` survives the death of the process, and
//      a power cut may take the last moments; `memory` survives nothing.
// Errors: after a failed commit every later one fails too (io_error): discard memory, reopen,
//      recover. Bounds: the caller keeps at most one commit in flight; a commit holds at most
//      limits::max_commit_bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.hpp"
#include "runtime/ports/retention.hpp"
#include "runtime/workflow/event.hpp"

namespace pitwall {

enum class durability : std::uint8_t { memory, async, sync };
std::string_view to_string(durability d) noexcept;
result<durability> durability_from_string(std::string_view text);

/// Several batches that became durable together; shared by all who are told of them.
struct committed {
  std::uint64_t first_seq = 0;  ///< Of the first event; the others follow one by one.
  std::uint64_t last_seq = 0;
  std::vector<event_batch> batches;
  /// As durable as was asked for; of CLOCK_MONOTONIC, for measuring alone. 0: of no disk.
  std::chrono::nanoseconds durable_at{};
};
using committed_ref = std::shared_ptr<const committed>;

struct recorded_event {
  std::uint64_t seq = 0;
  scope_ref scope;
  event what;
};

struct event_query {
  std::uint64_t after = 0;                             ///< Events with a greater seq.
  std::size_t limit = 1'000;                           ///< At most this many are returned.
  std::string execution_id;                            ///< Empty: all.
  std::vector<std::string> types;                      ///< Empty: all.
  std::string workflow_id{}, bot_id{}, strategy_id{};  ///< Empty: all.

  bool wants(const event_scope& s) const noexcept {
    const auto fits = [](const std::string& wanted, const std::string& id) {
      return wanted.empty() || wanted == id;
    };
    return fits(execution_id, s.execution_id) && fits(workflow_id, s.workflow_id) &&
           fits(bot_id, s.bot_id) && fits(strategy_id, s.strategy_id);
  }
};
struct event_page {
  std::vector<recorded_event> events;
  std::uint64_t next_after = 0;  ///< Continue with this; everything up to it was looked at.
  bool at_end = false;           ///< Nothing durable follows yet.
};

struct execution_summary {
  scope_ref scope;
  run_status status = run_status::running;
  timestamp started_at{};
  std::optional<timestamp> ended_at;
  microseconds duration{};
  std::uint32_t node_count = 0;
  std::uint32_t orders = 0;       ///< Intents.
  std::uint32_t open_orders = 0;  ///< Intents without a final word: resting, under way, in doubt.
  std::uint64_t first_seq = 0, last_seq = 0;
  std::string definition_id, error, error_type;
};
struct execution_query {
  std::string workflow_id, bot_id, strategy_id;  ///< Empty: all.
  std::optional<run_status> status;
  /// Of the start, to the millisecond, as the execution's id has it: from .. on, and earlier than.
  std::optional<timestamp> started_after, started_before;
  std::string before;  ///< Cursor: ULID of the last one seen; empty: from the newest.
  std::size_t limit = 50;
};
struct execution_page {
  std::vector<execution_summary> executions;  ///< Newest first.
  std::string next_before;                    ///< Empty: that was all.
};

/// Executions that a start has to look after: those that are not final, and final ones with open
/// orders.
struct unsettled_page {
  std::vector<execution_summary> executions;
  std::string next;  ///< Cursor of the next page; empty: that was all.
};

/// The execution that a start with an idempotency key made.
struct keyed_start {
  std::string execution_id;
  timestamp started_at{};
  value trigger;
};

/// A bot's latest change.
struct stored_bot {
  std::string bot_id;
  timestamp at{};
  bot_state_changed change;
};

/// Of what is kept.
struct journal_stats {
  std::uint64_t first_seq = 0, last_seq = 0, events = 0, commits = 0;
  std::uint64_t bytes = 0;         ///< Of all files.
  std::uint64_t record_bytes = 0;  ///< Of the records, as retention counts; 0 in memory.
  std::uint64_t wal_bytes = 0;     ///< Of the write-ahead log, in `bytes` too.
  /// Commits before first_seq that stay because something needs them, and their bytes.
  std::uint64_t islands = 0, island_bytes = 0;
  std::uint64_t executions = 0, open_executions = 0;
  std::string directory;  ///< Empty in memory.
  int format_version = 3;
};

/// What stands for everything up to `seq`: each commit holds the hash of the one before it, so one
/// noted elsewhere shows later whether anything before it was changed or is missing.
struct journal_head {
  std::uint64_t seq = 0;  ///< The last durable one; 0 where the journal is empty.
  std::string hash;       ///< SHA-256 of the last commit's stored bytes, in 64 hex digits (zeros
                          ///< where the journal is empty); no text in memory, where none is kept.
  friend bool operator==(const journal_head&, const journal_head&) = default;
};
/// "SEQ:HASH"
std::string to_string(const journal_head& head);
result<journal_head> journal_head_from_string(std::string_view text);

/// Last durable state of a node's trigger (runtime/workflow/event.hpp, node_state_changed).
struct stored_node_state {
  std::uint64_t version = 0;
  value state;
};
struct named_node_state {
  std::string node_id;
  stored_node_state latest;
};

/// A change that closed a scope, as the commit with it found the house.
struct trip_mark {
  std::uint64_t seq = 0;  ///< Of its emergency_state_changed.
  /// Executions that were not final, or had open orders; some may begin or end in that very commit.
  std::vector<std::string> unsettled;
  std::uint64_t left_out = 0;  ///< More of them than limits::max_trip_executions.
  std::optional<timestamp> acknowledged_at;
  std::string acknowledged_as;  ///< trip_acknowledged::result
  timestamp closed_at{};        ///< trip_acknowledged::closed_at
};

/// What the latest commit with events cost: the processor, and waiting for the disk.
struct commit_cost {
  std::chrono::microseconds work{}, disk{};
};

class journal {
 public:
  using completion = std::function<void(result<committed_ref>)>;

  virtual ~journal() = default;

  virtual void commit(std::vector<event_batch> batches, durability how,
                      completion when_durable) = 0;
  /// In a completion of commit(): of that commit. Zeros: not measured.
  virtual commit_cost latest_cost() const { return {}; }

  /// Last durable seq; 0 where the journal is empty.
  virtual std::uint64_t head() const = 0;
  virtual result<journal_head> chain_head() const = 0;
  virtual result<event_page> read(const event_query& query) const = 0;
  virtual result<execution_page> executions(const execution_query& query) const = 0;
  /// not_found where there is none.
  virtual result<execution_summary> execution(const std::string& execution_id) const = 0;
  virtual result<journal_stats> stats() const = 0;
  /// `after`: empty, or the `next` of the page before. What becomes settled or unsettled meanwhile
  /// may be in the answer or not.
  virtual result<unsettled_page> unsettled(const std::string& after, std::size_t limit) const = 0;
  /// The latest start of the workflow with this key; not_found where there is none.
  virtual result<keyed_start> start_with_key(const std::string& workflow_id,
                                             const std::string& key) const = 0;
  /// Copies the journal, while commits go on, into a directory that is missing or empty; the copy
  /// opens like the original, and its head is beside it. May take long. Errors: already_exists;
  /// failed_precondition in memory; io_error.
  virtual result<journal_head> backup(const std::filesystem::path& directory) const = 0;
  /// One bounded step of retention; commits go first. What the policy lets go and nobody needs is
  /// removed from the beginning on, all of a step at once: events, and executions whose events all
  /// lie before the first kept one. Stays: what an execution that is not final or has open orders
  /// needs, the emergency states, the triggers' states, and what a start would replay. Idempotency
  /// keys past their age go whatever the policy says. `then` may run inline. Errors: data_loss
  /// where the chain of what would go is broken: nothing is removed then; failed_precondition.
  virtual void prune(const prune_request& request, prune_completion then) = 0;

  /// Latest change per circuit breaker, by name.
  virtual result<std::vector<circuit_breaker_state_changed>> breaker_states() const = 0;
  /// Latest change per bot, by id.
  virtual result<std::vector<stored_bot>> bot_states() const = 0;
  /// Latest change per emergency scope, in the order of their seqs.
  virtual result<std::vector<emergency_state_changed>> emergency_scopes() const = 0;
  /// Changes that closed a scope (closes_scope()) and are kept, newest first, with a seq below
  /// `before`; 0: from the newest on.
  virtual result<std::vector<trip_mark>> trips(std::uint64_t before, std::size_t limit) const = 0;
  /// Latest trigger state; version 0 where none was journaled.
  virtual result<stored_node_state> node_state(const std::string& workflow_id,
                                               const std::string& node_id) const = 0;
  /// All of a workflow's that were ever journaled, by node id; at most limits::max_blocks.
  virtual result<std::vector<named_node_state>> node_states(
      const std::string& workflow_id) const = 0;
};

}  // namespace pitwall
