// Job: how a worker and a host of any two versions find out whether they understand each other.
//      A host publishes its front door, and nothing else; behind it is the list of its workers
//      (protocol.hpp), whose messages are those of one protocol number.
// Stable: these two messages and this interface never change, in no version; what else is to be
//      said goes into a message behind the door.
#pragma once

#include <caf/all.hpp>
#include <cstdint>
#include <string>

#include "actors/inspect.hpp"
#include "actors/type_ids.hpp"

namespace pitwall {

/// Of all that lies behind the door. A message there that changes, changes this number.
inline constexpr std::uint32_t worker_protocol = 2;

struct knock {
  std::uint32_t protocol = worker_protocol;
  std::string worker, version;  ///< Who knocks, and which pitwall it is, as text for people.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, knock& x) {
  return f(caf::meta::type_name("knock"), x.protocol, x.worker, x.version);
}

struct door {
  bool open = false;
  std::uint32_t protocol = worker_protocol;  ///< The host's, as is its version.
  std::string version;
  caf::strong_actor_ptr desk;  ///< Where it is open: a workers_actor.
  std::string refusal;         ///< Else why not, naming both versions, and what to do.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, door& x) {
  return f(caf::meta::type_name("door"), x.open, x.protocol, x.version, x.desk, x.refusal);
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_front_door, pitwall::type_ids::front_door)
CAF_ADD_TYPE_ID(pitwall_front_door, (pitwall::knock))
CAF_ADD_TYPE_ID(pitwall_front_door, (pitwall::door))
CAF_END_TYPE_ID_BLOCK(pitwall_front_door)

namespace pitwall {

using front_door_actor = caf::typed_actor<caf::replies_to<knock>::with<door>>;

}  // namespace pitwall
