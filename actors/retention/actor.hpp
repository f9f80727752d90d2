// Job: the retention actor (protocol.hpp).
// Time: the actor clock paces it; the age of events is that of the wall clock.
// Errors: a step that fails is logged, and tried again with the next pass: nothing was removed.
// Tests: tests/actors/retention_test.cpp
#pragma once

#include <caf/all.hpp>
#include <functional>
#include <memory>

#include "actors/resident.hpp"
#include "actors/retention/protocol.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/journal.hpp"
#include "runtime/ports/log.hpp"

namespace pitwall {

struct retention_options {
  std::shared_ptr<journal> from;
  retention_policy keep;
  std::shared_ptr<const wall_clock> clock;
  std::shared_ptr<log_port> log;
  /// The last seq that nobody outside of the journal needs; see prune_request::floor.
  std::function<result<std::uint64_t>()> floor;
};

class retention : public resident<retention_actor> {
 public:
  /// Between two passes, and before the first: recovery reads the same disk then.
  static constexpr std::chrono::seconds pass_pause{60};
  /// After a step, at least; and so many times as long as the step took.
  static constexpr milliseconds step_pause{10};
  static constexpr int rest_per_work = 3;
  static milliseconds rest_after(microseconds step);

  retention(caf::actor_config& cfg, retention_options options);

  const char* name() const override { return "retention"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  void step();
  void finish(const prune_finished& message);

  retention_options options_;
  timestamp begun_{};
  prune_outcome pass_;  ///< The sum of this one so far.
};

}  // namespace pitwall
