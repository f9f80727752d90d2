// Job: registers every message type of the house with an actor system's configuration, once.
#pragma once

#include <caf/actor_system_config.hpp>

namespace pitwall {

void add_message_types(caf::actor_system_config& config);

}  // namespace pitwall
