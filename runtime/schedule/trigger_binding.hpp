// Job: which bot's workflow a trigger starts, which bots are started again when they fail, and
//      whether all of a host's triggers go together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/schedule/restart_policy.hpp"
#include "runtime/schedule/trigger_spec.hpp"

namespace pitwall {

struct trigger_binding {
  std::string bot_id, workflow_id;
  trigger_spec trigger;
};

/// What becomes of a bot whose execution failed.
struct restart_binding {
  std::string bot_id;
  restart_policy policy;
};

/// All that starts workflows without a person.
struct trigger_set {
  std::vector<trigger_binding> triggers;
  std::vector<restart_binding> restarts;
};

/// A bot with two triggers, an event that does not exist, and workflows whose events start each
/// other in a circle (they would never come to rest). `event_types`: all there are.
std::vector<error> check_triggers(const std::vector<trigger_binding>& all,
                                  const std::vector<std::string_view>& event_types);

}  // namespace pitwall
