// Job: how strict the emergency state is for a workflow: of its bot and strategy, and, where it can
//      order, of the venues that it orders at.
#pragma once

#include "actors/services.hpp"
#include "runtime/workflow/plan.hpp"

namespace pitwall {

emergency_level level_of(const plan& workflow, const services& shared);

}  // namespace pitwall
