// Job: the scheduler for the whole life of the host: an office (actors/office) whose holder it is.
//      One that dies has a successor, which goes on where the notes and the journal say. Past the
//      bound it is given up: nothing fires any more; the host is told, and so is who asks for
//      triggers.
#pragma once

#include <caf/all.hpp>
#include <functional>

#include "actors/scheduler/actor.hpp"

namespace pitwall {

scheduler_actor open_scheduler_office(caf::actor_system& system, scheduler_options options,
                                      std::function<void(const error&)> given_up);

}  // namespace pitwall
