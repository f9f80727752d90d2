// Job: what starts a bot's workflow, and how a person writes it: as a JSON object in a file, or as
//      one line of words on a command line (docs/triggers.md has the table).
// Errors: every problem of the text at once, each with the JSON pointer of its member in `where`.
// Threads: plain values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/base/decimal.hpp"
#include "runtime/base/value.hpp"
#include "runtime/schedule/fire_policy.hpp"
#include "runtime/schedule/schedule.hpp"

namespace pitwall {

/// Starts come through the API, the hook or the command line alone.
struct by_hand {
  friend bool operator==(by_hand, by_hand) = default;
};

/// An event of another workflow.
struct by_event {
  std::string type;         ///< "execution_completed", ...
  std::string workflow_id;  ///< Whose.
  std::string status;       ///< Of an end; empty: any.
  friend bool operator==(const by_event&, const by_event&) = default;
};

/// A market that is asked every `poll`: its price crosses a level between two answers, or moves by
/// so much from where the trigger fired last; or so much of it was traded in the last whole minute.
struct by_market {
  std::string venue, symbol;
  milliseconds poll{};
  std::optional<decimal> crosses;         ///< From either side.
  std::optional<decimal> change_percent;  ///< In size.
  std::optional<decimal> volume{};        ///< Reached from below; in the base asset.
  friend bool operator==(const by_market&, const by_market&) = default;
};

struct trigger_spec {
  std::variant<by_hand, schedule, by_event, by_market> source;
  fire_policy policy;
  /// In the words of parse_trigger_line(); two that say the same are equal.
  std::string text;
};

/// Of a JSON object; nothing where `problems` grew.
std::optional<trigger_spec> parse_trigger(const value& object, std::vector<error>& problems);
/// "every 5m", "cron 0 9 * * mon-fri Europe/London", "at 09:30,16:00 UTC overlap=queue", ...
std::optional<trigger_spec> parse_trigger_line(std::string_view line, std::vector<error>& problems);

}  // namespace pitwall
