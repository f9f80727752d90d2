// Job: the risk actor for the whole life of the host: an office (actors/office) whose holder is the
//      risk actor. One that dies has a successor at once, with the portfolio as the journal has it;
//      commits that come meanwhile wait here. Past the bound, or where the journal cannot tell, it
//      is given up: nobody grants or answers anything, and the host is told, which halts trading.
// Permits: what a dead one let through and the journal does not know yet holds no headroom with its
//      successor. It must not leave any more, and the gate sees to that before the books are read.
#pragma once

#include <caf/all.hpp>
#include <functional>
#include <memory>

#include "actors/risk/actor.hpp"
#include "runtime/ports/log.hpp"

namespace pitwall {

/// `restored` is called on a scheduler thread and reads the journal; `given_up` must not block.
risk_actor open_risk_office(caf::actor_system& system, std::shared_ptr<order_gate> gate,
                            risk_options first, std::function<result<risk_options>()> restored,
                            std::shared_ptr<log_port> log,
                            std::function<void(const error&)> given_up);

}  // namespace pitwall
