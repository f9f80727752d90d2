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

namespace detail {

/// `whole` is an argument and no capture: of a function without arguments CAF 0.17.6 binds a
/// reference to a tuple that is not there.
template <class Question, class Handle>
caf::actor lend_one(caf::actor_system& home, const Handle& whole) {
  return home.spawn(
      [](caf::event_based_actor* self, const Handle& to) -> caf::behavior {
        self->set_default_handler(caf::drop);
        return {[self, to](Question& m) { return self->delegate(to, std::move(m)); }};
      },
      whole);
}

}  // namespace detail

inline risk_actor lend(caf::actor_system& home, const risk_actor& whole) {
  return caf::actor_cast<risk_actor>(detail::lend_one<ask_figures>(home, whole));
}

inline breakers_actor lend(caf::actor_system& home, const breakers_actor& whole) {
  return caf::actor_cast<breakers_actor>(detail::lend_one<find_breaker>(home, whole));
}

}  // namespace pitwall
