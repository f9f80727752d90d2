#include "net/server/event_types.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "runtime/workflow/event.hpp"

namespace pitwall::http {

status check_event_types(const std::vector<std::string>& types, const std::string& where) {
  const auto known = event_type_names();
  for (const auto& type : types) {
    if (std::find(known.begin(), known.end(), type) != known.end()) continue;
    std::string names;
    for (const auto name : known) names.append(names.empty() ? "" : ", ").append(name);
    return {errc::invalid_argument, "there is no event type '" + type + "'", where,
            "known are: " + names};
  }
  return done{};
}

}  // namespace pitwall::http
