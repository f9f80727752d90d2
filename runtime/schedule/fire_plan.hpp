// Job: the state machine of one scheduled trigger: which of its moments start an execution, when
//      that happens, and which are skipped and why. It has no clock: tick() is told the time.
// Rules: a moment is started or skipped once, in order, whatever the clock does: set back, it waits
//      until the time comes that it has dealt with; set forward, what was leapt over was missed.
//      A moment missed by more than fire_policy::catch_up is skipped; of those within it the latest
//      alone is started, or each. While it is shut (its bot is paused) everything due is skipped.
// Durable: keep memory() before an action is carried out, and give it to the next life with what
//      became of its `starting` fire: started under trigger_key(), or never.
// Threads: one owner. Tests: tests/schedule/fire_plan_test.cpp, fire_plan_property_test.cpp
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/schedule/fire_line.hpp"
#include "runtime/schedule/schedule.hpp"

namespace pitwall {

/// The idempotency key of a bot's start at this moment: the same in every life of the host.
std::string trigger_key(std::string_view bot_id, timestamp at);

class fire_plan {
 public:
  struct memory {
    timestamp handled{};                  ///< Up to this everything was started or skipped.
    std::optional<timestamp> starting{};  ///< Its start was asked for, and not yet answered.
    friend bool operator==(const memory&, const memory&) = default;
  };

  /// Nothing up to `handled` will be started: of a new trigger, the present.
  fire_plan(std::string bot_id, schedule when, fire_policy policy, timestamp handled);

  fire_actions tick(timestamp now);
  fire_actions started();
  /// `again`: it may be taken later.
  fire_actions refused(bool again, std::string_view why, timestamp now);
  fire_actions ended(timestamp now);
  void restore_running() { line_.restore_running(); }
  /// `why` is that of everything that is skipped from now on; empty: nothing is.
  fire_actions shut(std::string why);

  memory remember() const;
  /// When tick() is to be called at the latest; earlier does no harm.
  std::optional<timestamp> next_wake() const;
  /// The next moment of the schedule.
  std::optional<timestamp> next_fire() const noexcept { return next_; }
  bool running() const noexcept { return line_.running(); }
  bool cancelling() const noexcept { return line_.cancelling(); }
  std::optional<fire> starting() const noexcept { return line_.starting(); }
  /// Of that moment: from 0 to fire_policy::jitter.
  milliseconds jitter(timestamp at) const noexcept;

 private:
  /// Never before the moment ahead of it, which a long jitter may put past this one's own time.
  timestamp due(timestamp at) const noexcept { return std::max(at + jitter(at), due_before_); }
  void handle(timestamp at);
  void restore_due_before();
  void skip_long_missed(timestamp now, fire_actions& out);

  std::string bot_id_;
  schedule when_;
  fire_policy policy_;
  timestamp handled_;
  timestamp due_before_{};  ///< The latest of those up to `handled_`.
  std::optional<timestamp> next_;
  std::string shut_;
  fire_line line_;
};

}  // namespace pitwall
