#include "runtime/host/restored_emergency.hpp"

#include <utility>

namespace pitwall {

restored_emergency restore_emergency(const result<std::vector<emergency_state_changed>>& journaled,
                                     const std::optional<std::string>& marker, bool leave_shutdown,
                                     timestamp now) {
  restored_emergency out;
  const auto halt = [&](std::string reason) {
    out.halts.push_back({emergency_action::halt, "global", std::move(reason), "pitwall", "start"});
  };
  if (marker && marker->empty())
    halt("the file HALTED is in the data directory and says no reason: put there by hand?");
  else if (marker)
    halt("an earlier halt could not be journaled (file HALTED): " + *marker);
  if (!journaled.ok()) {
    halt("the emergency state cannot be read: " + journaled.error().to_string());
    return out;
  }
  for (const auto& s : *journaled) {
    auto level = emergency_level_from_string(s.new_state);
    if (!level.ok()) {
      halt("the emergency state of '" + s.scope + "' cannot be understood");
      continue;
    }
    if (*level == emergency_level::shutdown && leave_shutdown) {
      level = emergency_level::halt;
      out.changes.push_back(
          {now, emergency_state_changed{s.scope, s.new_state, std::string(to_string(*level)),
                                        "left shutdown by --leave-shutdown", "pitwall", "start"}});
    }
    out.book.apply({s.scope, emergency_level::normal, *level});
  }
  return out;
}

}  // namespace pitwall
