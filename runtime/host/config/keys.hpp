// Job: the one table of everything that a host can be configured with: from it come reading and
//      checking, `config schema`, `config print`, and the table of docs/configuration.md. A key is
//      here because something honours it.
// Threads: pure; the table is made once. Tests: tests/host/config_keys_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pitwall::config {

/// How a value is written; keys.cpp and value.cpp say what it becomes.
enum class form : std::uint8_t {
  boolean,
  integer,
  number,  ///< A decimal.
  size,    ///< Bytes: 1048576, or "64MB".
  time,    ///< "500ms", "2s", "1m", "3h".
  choice,  ///< One of the words in `bounds`, which are separated by '|'.
  text,
  path,        ///< Relative ones: from the file that says so, or from where the program runs.
  texts,       ///< A list; in a variable separated by commas.
  limit,       ///< Of risk: a decimal or none, with the rules of runtime/risk/limits.hpp.
  trigger,     ///< In words or as an object (runtime/schedule/trigger_spec.hpp).
  restart,     ///< In words (runtime/schedule/restart_policy.hpp).
  resilience,  ///< As `--resilience` takes it (runtime/host/resilience_settings.hpp).
};

struct key {
  /// A JSON pointer. `*` stands for a name that the user gives, `#` for an index of a list.
  std::string path;
  form how = form::text;
  std::string fallback;  ///< As a variable would say it; empty: not set.
  std::string bounds;    ///< "1..65535", both ends within; of a time "50ms..60s".
  std::string about;     ///< One sentence, without a full stop.
  std::string flag{};    ///< Of `serve`.
  std::string unit{};
  bool live = false;      ///< A reload may change it while the host runs.
  bool secret = false;    ///< Names the file of a secret: the value is not repeated in messages.
  bool optional = false;  ///< null, or "none" in a variable: not set.
  bool required = false;  ///< In each element of its list or object.
};

/// In the order in which they are shown.
const std::vector<key>& keys();

/// What a profile says instead of the fallback.
struct profile_default {
  std::string_view path, development, staging, production;  ///< Empty: the fallback.
};
const std::vector<profile_default>& profile_defaults();
inline constexpr std::string_view profiles[] = {"development", "staging", "production"};
/// The default of a key under a profile ("": none was named); empty: it is not set.
std::string default_of(const key& k, std::string_view profile);

/// "bots[].limits.max_order_size", "venues.NAME.url", from a path or a JSON pointer.
std::string shown(std::string_view path);
/// The parts of a JSON pointer, unescaped.
std::vector<std::string> parts_of(std::string_view pointer);

// More than anyone runs in one host, so that a hostile file costs little.
inline constexpr std::size_t max_bots = 1'000, max_named = 1'000, max_problems = 200;

}  // namespace pitwall::config
