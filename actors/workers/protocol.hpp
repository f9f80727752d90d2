// Job: the messages of the list of a host's workers, which its front door (front_door.hpp) leads
//      to. Workers join, beat and leave; placed nodes (actors/placed_node) ask it for a place.
// Fencing: a place belongs to an epoch of a worker. An epoch ends with the last heartbeat's lease,
//      with the connection, with a word of the worker, or with its next join, and never comes back;
//      watch_place tells of it.
// Time: the worker counts its lease from when it sent a heartbeat, the list from when that came:
//      the worker's always ends first (runtime/workers/lease.hpp).
// Bounds: max_workers; one entry per place given out.
#pragma once

#include <caf/all.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "actors/breakers/protocol.hpp"
#include "actors/inspect.hpp"
#include "actors/risk/protocol.hpp"
#include "actors/type_ids.hpp"
#include "actors/worker/protocol.hpp"
#include "actors/workers/front_door.hpp"

namespace pitwall {

struct join_request {
  std::string name, version;
  std::uint64_t incarnation = 0;    ///< Random, one for each process.
  std::vector<std::string> labels;  ///< "venue=kraken", "zone=eu"
  std::uint32_t cores = 1;
  timestamp clock;  ///< The worker's wall clock now.
  worker_link link;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, join_request& x) {
  wire_time clock(x.clock);
  auto load = [&]() -> caf::error {
    clock.load();
    return caf::none;
  };
  return f(caf::meta::type_name("join_request"), x.name, x.version, x.incarnation, x.labels,
           x.cores, clock.count(), x.link, caf::meta::load_callback(load));
}

struct join_answer {
  wire_error refusal;  ///< Failed: not taken, and the rest is empty.
  std::uint64_t epoch = 0;
  std::int64_t beat_every_us = 0, lease_us = 0;
  std::string host;  ///< How the host calls itself.
  risk_actor risk;   ///< The host's.
  breakers_actor breakers;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, join_answer& x) {
  return f(caf::meta::type_name("join_answer"), x.refusal, x.epoch, x.beat_every_us, x.lease_us,
           x.host, x.risk, x.breakers);
}

struct worker_heartbeat {
  std::uint64_t epoch = 0;
  std::int64_t sent_ns = 0;  ///< The worker's boot clock; echoed.
  std::uint32_t nodes = 0;
  double load = 0;  ///< Of its machine, per core: 1 is all of it.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, worker_heartbeat& x) {
  return f(caf::meta::type_name("worker_heartbeat"), x.epoch, x.sent_ns, x.nodes, x.load);
}

struct heartbeat_answer {
  std::int64_t sent_ns = 0;
  bool live = false;  ///< False: this epoch is over; drop what it runs, and join anew.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, heartbeat_answer& x) {
  return f(caf::meta::type_name("heartbeat_answer"), x.sent_ns, x.live);
}

/// The worker stops, or has given this epoch up.
struct leave_host {
  std::uint64_t epoch = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, leave_host& x) {
  return f(caf::meta::type_name("leave_host"), x.epoch);
}

/// Where may a node of these labels run? Answered by `place`; soon after a start of the host, when
/// its workers are not back yet, after a while, for who waits. Asked within the host alone.
struct find_place {
  std::vector<std::string> labels;
  std::vector<std::uint64_t> passed{};  ///< Not in these epochs.
  bool waits = true;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, find_place& x) {
  return f(caf::meta::type_name("find_place"), x.labels, x.passed, x.waits);
}

struct place {
  /// `unavailable`: no such worker is here; `aborted`: none but in the epochs that are passed over.
  /// The rest is empty then.
  wire_error failure;
  std::uint64_t epoch = 0, number = 0;
  std::string worker;
  worker_link link;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, place& x) {
  return f(caf::meta::type_name("place"), x.failure, x.epoch, x.number, x.worker, x.link);
}

/// Answered once this place is no more: true where its epoch is over, false where it was left.
struct watch_place {
  std::uint64_t number = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, watch_place& x) {
  return f(caf::meta::type_name("watch_place"), x.number);
}

/// The node has left its place. One that dies has left it too.
struct leave_place {
  std::uint64_t number = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, leave_place& x) {
  return f(caf::meta::type_name("leave_place"), x.number);
}

/// The node there has ended, and not by itself: this epoch of the worker is over.
struct place_broken {
  std::uint64_t number = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, place_broken& x) {
  return f(caf::meta::type_name("place_broken"), x.number);
}

/// To itself: look who is late.
struct look_at_workers {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, look_at_workers&) {
  return f(caf::meta::type_name("look_at_workers"));
}

/// Answered by a row for each worker that is or was here, by name.
struct list_workers {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_workers&) {
  return f(caf::meta::type_name("list_workers"));
}

struct worker_row {
  std::string name, version;
  std::vector<std::string> labels;
  std::string state;  ///< joined, suspect, lost, left
  std::uint64_t epoch = 0;
  std::uint32_t cores = 0, nodes = 0;  ///< Nodes: places given out.
  double load = 0;
  std::int64_t heard_us_ago = 0;  ///< Its last heartbeat.
  std::int64_t lease_us_left = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, worker_row& x) {
  return f(caf::meta::type_name("worker_row"), x.name, x.version, x.labels, x.state, x.epoch,
           x.cores, x.nodes, x.load, x.heard_us_ago, x.lease_us_left);
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_workers, pitwall::type_ids::workers)
CAF_ADD_TYPE_ID(pitwall_workers, (pitwall::join_request))
CAF_ADD_TYPE_ID(pitwall_workers, (pitwall::join_answer))
CAF_ADD_TYPE_ID(pitwall_workers, (pitwall::worker_heartbeat))
CAF_ADD_TYPE_ID(pitwall_workers, (pitwall::heartbeat_answer))
CAF_ADD_TYPE_ID(pitwall_workers, (pitwall::leave_host))
CAF_ADD_TYPE_ID(pitwall_workers, (pitwall::find_place))
CAF_ADD_TYPE_ID(pitwall_workers, (pitwall::place))
CAF_ADD_TYPE_ID(pitwall_workers, (pitwall::watch_place))
CAF_ADD_TYPE_ID(pitwall_workers, (pitwall::leave_place))
CAF_ADD_TYPE_ID(pitwall_workers, (pitwall::look_at_workers))
CAF_ADD_TYPE_ID(pitwall_workers, (pitwall::list_workers))
CAF_ADD_TYPE_ID(pitwall_workers, (pitwall::worker_row))
CAF_ADD_TYPE_ID(pitwall_workers, (std::vector<pitwall::worker_row>))
CAF_ADD_TYPE_ID(pitwall_workers, (pitwall::place_broken))
CAF_END_TYPE_ID_BLOCK(pitwall_workers)

namespace pitwall {

/// Published as a front_door_actor. That keeps nobody out who is connected: the certificates do.
using workers_actor =
    front_door_actor::extend<caf::replies_to<join_request>::with<join_answer>,
                             caf::replies_to<worker_heartbeat>::with<heartbeat_answer>,
                             caf::reacts_to<leave_host>, caf::replies_to<find_place>::with<place>,
                             caf::replies_to<watch_place>::with<bool>, caf::reacts_to<leave_place>,
                             caf::reacts_to<place_broken>, caf::reacts_to<look_at_workers>,
                             caf::replies_to<list_workers>::with<std::vector<worker_row>>>;

}  // namespace pitwall
