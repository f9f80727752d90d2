// Job: the list of the host's circuit breakers, by name. It makes one at the first question for it,
//      from its journaled state where there is one, and another one in the place of one that died.
// Names: "<venue>/data" and "<venue>/orders"; what a workflow file's `circuit_breaker` says gets
//      one of its own, shared by all blocks that say the same.
// Callers keep the handle, monitor it, and ask again once it is down.
// Bounds: max_breakers; past it the error says so.
#pragma once

#include <caf/all.hpp>
#include <string>
#include <vector>

#include "actors/breaker/protocol.hpp"

namespace pitwall {

struct find_breaker {
  std::string name;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, find_breaker& x) {
  return f(caf::meta::type_name("find_breaker"), x.name);
}

struct list_breakers {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_breakers&) {
  return f(caf::meta::type_name("list_breakers"));
}

/// Names one that exists; an error where there is none.
struct steer_named {
  std::string name;
  steer_breaker how;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, steer_named& x) {
  return f(caf::meta::type_name("steer_named"), x.name, x.how);
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_breakers, pitwall::type_ids::breakers)
CAF_ADD_TYPE_ID(pitwall_breakers, (pitwall::find_breaker))
CAF_ADD_TYPE_ID(pitwall_breakers, (pitwall::list_breakers))
CAF_ADD_TYPE_ID(pitwall_breakers, (pitwall::steer_named))
CAF_ADD_TYPE_ID(pitwall_breakers, (pitwall::breaker_actor))
CAF_END_TYPE_ID_BLOCK(pitwall_breakers)

namespace pitwall {

using breakers_actor =
    caf::typed_actor<caf::replies_to<find_breaker>::with<breaker_actor>,
                     caf::replies_to<list_breakers>::with<std::vector<breaker_report>>,
                     caf::replies_to<steer_named>::with<breaker_report>>;

}  // namespace pitwall
