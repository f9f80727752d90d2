#include "net/server/event_types.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "runtime/workflow/event.hpp"

namespace pitwall::http {

status check_event_types(const std::vector<std::string>& types, const std::string& where) {
  // Of the contract's list, not written by this version: a viewer may ask for them all the same.
  static constexpr std::array<std::string_view, 2> later_types{"bot_state_changed", "bot_metrics"};
  const auto known = event_type_names();
  for (const auto& type : types) {
    if (std::find(known.begin(), known.end(), type) != known.end()) continue;
    if (std::find(later_types.begin(), later_types.end(), type) != later_types.end()) continue;
    std::string names;
    for (const auto name : known) names.append(names.empty() ? "" : ", ").append(name);
    return {errc::invalid_argument, "there is no event type '" + type + "'", where,
            "known are: " + names};
  }
  return done{};
}

}  // namespace pitwall::http
