// Job: a worker (protocol.hpp): joins a host, keeps its epoch alive by heartbeats, and runs the
//      nodes that the host places here.
// Owns: the epoch, its lease, and the nodes of that epoch. An epoch ends when the host says so,
//      when the connection ends, or when its lease does, which is before the host's: then all its
//      nodes end, and the worker dials again, with back-off and for as long as it takes.
// Nodes: the host is their journal and their order routers; venues' data and web servers they ask
//      from here, through the host's circuit breakers.
// Errors: a workflow with a block that reads a file is not run here: files are the host's. What
//      cannot be hosted says why in `hosted`: `aborted` where its epoch is over. A host of another
//      version is dialed again: it may be replaced by one that matches.
// Desks: one for each venue that takes orders from here, in every epoch the same. One that dies is
//      made anew, desk_restarts at most: the adapter outlives it. No other part of the epoch ends.
// Bounds: as many nodes as the host places; a workflow's text is read once for each epoch.
// Tests: tests/actors/worker_test.cpp
#pragma once

#include <caf/all.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "actors/node/actor.hpp"
#include "actors/resident.hpp"
#include "actors/worker/protocol.hpp"
#include "actors/workers/protocol.hpp"
#include "runtime/base/boot_clock.hpp"
#include "runtime/resilience/restart_intensity.hpp"
#include "runtime/workers/lease.hpp"
#include "runtime/workers/membership.hpp"

namespace pitwall {

/// What a host lends its worker for one epoch.
struct host_ties {
  std::uint64_t epoch = 0;
  std::string host;
  boot_time lease{};  ///< Its length.
  risk_actor risk;
  breakers_actor breakers;
};

/// Called once, on any thread; must not block.
using dial_completion = std::function<void(result<front_door_actor>)>;

struct worker_options {
  worker_facts who;
  std::uint32_t protocol = worker_protocol;  ///< What it speaks.
  /// Opens the way to the host and gives its front door; must not block. One at a time.
  std::function<void(dial_completion)> dial;
  /// For the nodes of one epoch: clock, log, the ports of the venues (their routers stay null: no
  /// order leaves from here), and web servers. Risk and breakers are those of the ties.
  std::function<services(const host_ties&)> services_for;
  std::shared_ptr<const block_catalog> blocks;
  std::shared_ptr<const boot_clock> boot;
  std::shared_ptr<const wall_clock> clock;
  std::shared_ptr<log_port> log;
  /// Of the venues that take orders from here: makes the desk, once at the start, and anew each
  /// time it has died. Called on the worker's thread.
  std::map<std::string, std::function<desk_link()>> desks{};
  std::function<double()> load{};  ///< Of this machine, per core; null: not told.
  milliseconds min_wait{250}, max_wait{std::chrono::seconds(2)};  ///< Between dials.
  milliseconds patience{std::chrono::seconds(10)};                ///< For one answer.
};

class worker : public resident<worker_actor> {
 public:
  static constexpr restart_limits desk_restarts{};

  worker(caf::actor_config& cfg, worker_options options);

  const char* name() const override { return "worker"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  void dial();
  void on_dialed(const dialed& m);
  void on_door(door& d);
  void join(const workers_actor& desk);
  void joined(join_answer& a, boot_time asked);
  void on_beat(const beat& m);
  void on_beat_answer(std::uint64_t epoch, const heartbeat_answer& a);
  hosted host(host_node& m);
  static hosted epoch_over();
  hosted_desk desk_for(const host_desk& m) const;
  void open_desk(const std::string& venue);
  /// False: it was none.
  bool desk_down(const caf::down_msg& m);
  result<std::shared_ptr<const plan>> plan_of(const std::string& text);
  void drop(std::uint64_t number);
  /// The epoch is over, or there has been none.
  void start_over(const std::string& why);
  void end_epoch();

  worker_options options_;
  std::mt19937_64 random_;
  std::uint64_t round_ = 0;   ///< Of dials; what belongs to an earlier one is late.
  unsigned failures_ = 0;     ///< In a row.
  std::string last_failure_;  ///< Told once.
  bool waiting_ = false;      ///< For the back-off's end.
  front_door_actor door_;
  workers_actor desk_;

  std::uint64_t epoch_ = 0;  ///< 0: none.
  std::optional<lease_holder> lease_;
  boot_time lease_length_{}, beat_every_{};
  services_ref shared_;  ///< Of the epoch.
  std::map<std::uint64_t, node_actor> nodes_;
  struct early {
    host_node wanted;
    caf::typed_response_promise<hosted> promise;
  };
  /// Wanted here before the host's answer to our joining came: others than its sender want them.
  std::vector<early> early_;
  struct early_desk {
    host_desk wanted;
    caf::typed_response_promise<hosted_desk> promise;
  };
  std::vector<early_desk> early_desks_;
  struct desk_room {
    desk_link desk;  ///< Null: it died too often.
    restart_intensity deaths;
  };
  std::map<std::string, desk_room> desks_;                    ///< By venue.
  std::map<std::string, std::shared_ptr<const plan>> plans_;  ///< By their text.
};

}  // namespace pitwall
