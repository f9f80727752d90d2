// Job: what of the host's risk actor and breakers a worker gets to hold: an address that passes on
//      one kind of question and drops the rest. Whoever has a worker's key can ask for figures and
//      for a breaker; limits, reservations, prices and levers are out of its reach.
// Lost: a handle is all it is; it ends with who lent it.
#pragma once

#include <caf/all.hpp>
#include <utility>

#include "actors/breakers/protocol.hpp"
#include "actors/risk/protocol.hpp"

namespace pitwall {

inline risk_actor lend(caf::actor_system& home, const risk_actor& whole) {
  return caf::actor_cast<risk_actor>(home.spawn([whole](caf::event_based_actor* self) {
    self->set_default_handler(caf::drop);
    return caf::behavior{
        [self, whole](ask_figures& m) { return self->delegate(whole, std::move(m)); }};
  }));
}

inline breakers_actor lend(caf::actor_system& home, const breakers_actor& whole) {
  return caf::actor_cast<breakers_actor>(home.spawn([whole](caf::event_based_actor* self) {
    self->set_default_handler(caf::drop);
    return caf::behavior{
        [self, whole](find_breaker& m) { return self->delegate(whole, std::move(m)); }};
  }));
}

}  // namespace pitwall
