// Job: time that stands still until a test lets it pass: the actors' scheduler, wall time, boot
// time.
#pragma once

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <chrono>

#include "actors/message_types.hpp"
#include "runtime/base/boot_clock.hpp"
#include "runtime/base/clock.hpp"

namespace pitwall::test {

struct virtual_config : house_config {
  virtual_config() {
    set("scheduler.policy", caf::atom("testing"));
    set("logger.verbosity", caf::atom("quiet"));
  }
};

/// Wall time that moves with the virtual actor clock of the house that lives now.
class virtual_clock final : public wall_clock {
 public:
  timestamp now() const noexcept override {
    if (sched_ == nullptr) return start_;
    return start_ + std::chrono::duration_cast<microseconds>(sched_->clock().now() - zero_);
  }
  void follow(caf::scheduler::test_coordinator& sched) {
    sched_ = &sched;
    zero_ = sched.clock().now();
  }
  /// As somebody sets it: the actors' own clock goes on.
  void jump(microseconds by) { start_ += by; }
  /// Stands still until it follows the next one; `down` passes at once.
  void leave(microseconds down) {
    start_ = now() + down;
    sched_ = nullptr;
  }

 private:
  caf::scheduler::test_coordinator* sched_ = nullptr;
  caf::actor_clock::time_point zero_;
  timestamp start_{std::chrono::seconds(1'800'000'000)};
};

/// Boot time that moves with the actors' virtual clock.
class virtual_boot final : public boot_clock {
 public:
  explicit virtual_boot(caf::scheduler::test_coordinator& sched) : sched_(sched) {}
  boot_time now() const noexcept override {
    return sched_.clock().now().time_since_epoch() + ahead;
  }
  boot_time ahead = std::chrono::hours(7);

 private:
  caf::scheduler::test_coordinator& sched_;
};

}  // namespace pitwall::test
