// Job: the supervisor's messages. It starts the actors it is given a recipe for, and starts one
//      that dies anew, with back-off and bounded intensity
//      (runtime/resilience/restart_intensity.hpp); past that bound it gives the child up and says
//      so.
// Who is told: the recipe's `started` gets each new handle, `given_up` the last failure; both on a
//      scheduler thread, and must not block.
#pragma once

#include <caf/all.hpp>
#include <functional>
#include <memory>
#include <string>

#include "actors/type_ids.hpp"
#include "runtime/base/result.hpp"

namespace pitwall {

struct child_recipe {
  std::string name;
  std::function<caf::actor(caf::actor_system&)> start;
  std::function<void(const caf::actor&)> started;
  std::function<void(const error&)> given_up;
  /// A child with the same name takes its place; not set: the old one is told to exit.
  std::function<void(const caf::actor&)> replaced{};
};
using child_recipe_ref = std::shared_ptr<const child_recipe>;

/// Start and keep alive. A child of the same name is replaced, and not looked after any more.
struct supervise {
  child_recipe_ref recipe;
};
struct restart_child {
  std::string name;
};
/// Like the place of a child that another takes, but nobody takes it.
struct let_go {
  std::string name;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, restart_child& x) {
  return f(caf::meta::type_name("restart_child"), x.name);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, let_go& x) {
  return f(caf::meta::type_name("let_go"), x.name);
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_supervisor, pitwall::type_ids::supervisor)
CAF_ADD_TYPE_ID(pitwall_supervisor, (pitwall::restart_child))
CAF_ADD_TYPE_ID(pitwall_supervisor, (pitwall::let_go))
CAF_END_TYPE_ID_BLOCK(pitwall_supervisor)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::supervise)

namespace pitwall {

using supervisor_actor = caf::typed_actor<caf::reacts_to<supervise>, caf::reacts_to<restart_child>,
                                          caf::reacts_to<let_go>>;

}  // namespace pitwall
