// Job: the list of a host's workers (protocol.hpp), and its front door: who is here
//      (runtime/workers/membership.hpp), and who has been given a place where.
// Owns: the epochs, and the places given out. Errors: a worker whose clock is more than
//      max_clock_gap off is not taken: deadlines, and the age of what it observes, go by it.
// Start: for a while (`settle`) a place that is not there is waited for: after a restart of the
//      host its workers are on their way back.
// Bounds: membership's; one entry and one promise per place given out.
// Tests: tests/actors/workers_test.cpp
#pragma once

#include <caf/all.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/resident.hpp"
#include "actors/workers/protocol.hpp"
#include "runtime/base/boot_clock.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/log.hpp"
#include "runtime/workers/membership.hpp"
#include "runtime/workers/placement.hpp"

namespace pitwall {

struct workers_options {
  /// `first_epoch` later than all of the host's last life: its start in microseconds will do.
  membership_settings rules;
  milliseconds settle{std::chrono::seconds(5)};
  std::string host, version;  ///< How the host calls itself; its pitwall's version.
  risk_actor risk;
  breakers_actor breakers;
  std::shared_ptr<const boot_clock> boot;
  std::shared_ptr<const wall_clock> clock;
  std::shared_ptr<log_port> log;
};

class workers : public resident<workers_actor> {
 public:
  static constexpr std::chrono::seconds max_clock_gap{2};

  workers(caf::actor_config& cfg, workers_options options);

  const char* name() const override { return "workers"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  struct given_place {
    std::uint64_t epoch = 0;
    caf::actor_addr to;
    caf::typed_response_promise<bool> watch;  ///< Pending where it watches.
  };
  struct seeker {
    caf::actor_addr who;
    find_place wanted;
    caf::typed_response_promise<place> promise;
  };

  door open_to(const knock& m);
  bool from(const worker_link& link);
  join_answer join(join_request& m);
  heartbeat_answer beat(const worker_heartbeat& m);
  caf::result<place> find(find_place& m);
  caf::result<bool> watch(const watch_place& m);
  void leave(std::uint64_t number);
  void broken(std::uint64_t number);
  void went_down(const caf::down_msg& m);
  void look();
  void arm();
  bool settling() const;

  std::vector<candidate> candidates() const;
  place give(const candidate& worker, const caf::actor_addr& to);
  void answer_seekers();
  /// It was live until now.
  void over(const worker_change& epoch, std::string_view why);
  std::vector<worker_row> rows();

  workers_options options_;
  membership members_;
  boot_time started_at_;
  std::map<std::uint64_t, worker_link> links_;    ///< By live epoch.
  std::map<std::uint64_t, std::uint32_t> nodes_;  ///< Places given out, by live epoch.
  std::map<std::uint64_t, given_place> given_;
  std::vector<seeker> seekers_;
  risk_actor lent_risk_;  ///< Null until somebody has joined, as is the other.
  breakers_actor lent_breakers_;
  std::uint64_t last_number_ = 0;
  bool armed_ = false;
};

}  // namespace pitwall
