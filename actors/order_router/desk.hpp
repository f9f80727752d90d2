// Job: a venue's order router for the whole life of the host: an office (actors/office) whose
//      holder is the order router. One that dies has a successor at once. It starts closed, so that
//      submissions are refused with `venue_closed`, and opens when recovery has given it the orders
//      without a final word again, and the venue has told what became of them. Past the bound the
//      venue stays closed until the host starts anew, and its condition says so.
// Journal: what the dead one had sent there is kept; what it had not, the venue is asked for.
#pragma once

#include <caf/all.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "actors/emergency/protocol.hpp"
#include "actors/order_router/actor.hpp"
#include "runtime/resilience/restart_intensity.hpp"

namespace pitwall {

/// Called when a successor waits for the orders: on a scheduler thread, with the venue's name and
/// the router's term.
using desk_takeover = std::function<void(const std::string& venue, std::uint32_t term)>;

inline constexpr restart_limits router_restarts{
    5, std::chrono::seconds(60), std::chrono::milliseconds(50), std::chrono::seconds(10)};

/// Precondition: options.log is set. Sets the venue's on_report().
order_router_actor open_desk(caf::actor_system& system, order_router_options options,
                             desk_takeover taken_over);

/// For the emergency controller: as soon as a halt has closed the order path, these cancel what
/// rests in its scope, whatever the journal's disk does.
emergency_listener cancel_what_halts(caf::actor_system& system,
                                     std::vector<order_router_actor> routers);

}  // namespace pitwall
