// Job: how strict the emergency state is for a workflow: of its bot and strategy, and, where it can
//      order, of the venues that it orders at.
#pragma once

#include <string>

#include "actors/services.hpp"
#include "runtime/workflow/plan.hpp"

namespace pitwall {

emergency_level level_of(const plan& workflow, const services& shared);
/// What a person does about it. A shutdown outlives every command: a start of the host leaves it.
std::string way_out_of(emergency_level level);

}  // namespace pitwall
