// Job: the messages of a worker: a process that runs node actors for a host. The host sends
//      host_node, drop_node and host_desk; the rest the worker sends itself.
// Epochs: each time a worker joins it gets another number, which never comes back. What it runs
//      belongs to one epoch, and ends with it.
// Bounds: as many nodes as the host places; the text of a workflow is read once an epoch.
#pragma once

#include <caf/all.hpp>
#include <cstdint>
#include <string>

#include "actors/inspect.hpp"
#include "actors/node/protocol.hpp"
#include "actors/type_ids.hpp"
#include "actors/venue_desk/protocol.hpp"
#include "actors/workers/front_door.hpp"

namespace pitwall {

/// Run this node from now on. Answered by `hosted`.
struct host_node {
  std::uint64_t epoch = 0;
  std::uint64_t number = 0;  ///< From `place`: no two nodes of an epoch have the same.
  std::string definition;    ///< workflow_definition::source, which says all there is to it.
  std::string block_id;
  std::uint64_t version = 0;  ///< Of its trigger state; 0: it has none yet.
  value state;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, host_node& x) {
  return f(caf::meta::type_name("host_node"), x.epoch, x.number, x.definition, x.block_id,
           x.version, x.state);
}

struct hosted {
  node_actor node;  ///< Null where it failed.
  wire_error failure;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, hosted& x) {
  return f(caf::meta::type_name("hosted"), x.node, x.failure);
}

/// Trade on this venue from now on: its desk here belongs to this place. Answered by `hosted_desk`.
struct host_desk {
  std::uint64_t epoch = 0, number = 0;
  std::string venue;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, host_desk& x) {
  return f(caf::meta::type_name("host_desk"), x.epoch, x.number, x.venue);
}

struct hosted_desk {
  desk_link desk;  ///< Null where it failed.
  wire_error failure;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, hosted_desk& x) {
  return f(caf::meta::type_name("hosted_desk"), x.desk, x.failure);
}

/// Nobody needs this node any more.
struct drop_node {
  std::uint64_t epoch = 0, number = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, drop_node& x) {
  return f(caf::meta::type_name("drop_node"), x.epoch, x.number);
}

/// To itself: the back-off is over.
struct dial_again {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, dial_again&) {
  return f(caf::meta::type_name("dial_again"));
}

/// To itself, from any thread: the host's front door, or why it cannot be had.
struct dialed {
  std::uint64_t round = 0;
  front_door_actor at;
  wire_error failure;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, dialed& x) {
  return f(caf::meta::type_name("dialed"), x.round, x.at, x.failure);
}

/// To itself: time for a heartbeat of this epoch.
struct beat {
  std::uint64_t epoch = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, beat& x) {
  return f(caf::meta::type_name("beat"), x.epoch);
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_worker, pitwall::type_ids::worker)
CAF_ADD_TYPE_ID(pitwall_worker, (pitwall::host_node))
CAF_ADD_TYPE_ID(pitwall_worker, (pitwall::hosted))
CAF_ADD_TYPE_ID(pitwall_worker, (pitwall::drop_node))
CAF_ADD_TYPE_ID(pitwall_worker, (pitwall::dial_again))
CAF_ADD_TYPE_ID(pitwall_worker, (pitwall::dialed))
CAF_ADD_TYPE_ID(pitwall_worker, (pitwall::beat))
CAF_ADD_TYPE_ID(pitwall_worker, (pitwall::host_desk))
CAF_ADD_TYPE_ID(pitwall_worker, (pitwall::hosted_desk))
CAF_END_TYPE_ID_BLOCK(pitwall_worker)

namespace pitwall {

/// A worker as its host knows it.
using worker_link =
    caf::typed_actor<caf::replies_to<host_node>::with<hosted>, caf::reacts_to<drop_node>,
                     caf::replies_to<host_desk>::with<hosted_desk>>;
using worker_actor =
    worker_link::extend<caf::reacts_to<dial_again>, caf::reacts_to<dialed>, caf::reacts_to<beat>>;

}  // namespace pitwall
