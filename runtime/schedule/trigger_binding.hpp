// Job: which bot's workflow a trigger starts, and whether all of a host's triggers go together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/schedule/trigger_spec.hpp"

namespace pitwall {

struct trigger_binding {
  std::string bot_id, workflow_id;
  trigger_spec trigger;
};

/// A bot with two triggers, an event that does not exist, and workflows whose events start each
/// other in a circle (they would never come to rest). `event_types`: all there are.
std::vector<error> check_triggers(const std::vector<trigger_binding>& all,
                                  const std::vector<std::string_view>& event_types);

}  // namespace pitwall
