// Job: what becomes of a trigger's fires where they meet the execution before them: one at a time
//      is started and runs; the others wait, are skipped, or have it cancelled (fire_policy.hpp).
//      None starts later than fire_policy::longest_wait() after it was due.
// Inputs: offer() of a fire; what was said of the last start(); the end of its execution.
// Bounds: one runs, fire_policy::queue_limit wait (one, with cancel_running).
// Threads: one owner. Tests: tests/schedule/fire_plan_test.cpp, fire_plan_property_test.cpp
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "runtime/schedule/fire_policy.hpp"

namespace pitwall {

/// One moment, and when it is due with its jitter.
struct fire {
  timestamp at, due;
  std::uint64_t number = 0;  ///< Where moments are not unique: which one it is.
};

struct fire_action {
  enum class kind : std::uint8_t {
    start,   ///< `at`, under its key; then tell started() or refused().
    cancel,  ///< The running execution; its end is told by ended().
    skip,    ///< What was due from `at` to `until` is not started.
  };
  kind what = kind::start;
  timestamp at{}, until{};
  std::uint64_t number = 0;  ///< fire::number
  std::uint64_t count = 1;   ///< Of a skip; 0: not counted.
  std::string why{};
};
using fire_actions = std::vector<fire_action>;
/// One more that is skipped; a run of them for the same reason is one action.
void add_skip(fire_actions& to, const fire& f, std::string_view why);

class fire_line {
 public:
  explicit fire_line(fire_policy policy) : policy_(policy) {}
  /// An execution of an earlier life runs.
  void restore_running() { state_ = state::runs; }

  void offer(fire f, fire_actions& out);
  void started(fire_actions& out);
  /// `again`: it may be taken later; it is tried until it is too late for it.
  void refused(bool again, std::string_view why, timestamp now, fire_actions& out);
  void ended(timestamp now, fire_actions& out);
  /// Whether a start that was refused is due again.
  void tick(timestamp now, fire_actions& out);
  /// What waits is skipped.
  void drop_waiting(std::string_view why, fire_actions& out);

  bool running() const noexcept { return state_ == state::runs; }
  /// What runs was told to end, and has not: the word may have reached nobody.
  bool cancelling() const noexcept { return state_ == state::runs && cancelled_; }
  std::size_t waiting() const noexcept { return queue_.size(); }
  std::optional<timestamp> next_try() const noexcept { return retry_at_; }
  /// Being started, not yet known to run.
  std::optional<fire> starting() const noexcept;
  /// The earliest fire that has neither been started nor skipped.
  std::optional<fire> earliest_open() const noexcept;

 private:
  enum class state : std::uint8_t { idle, starts, retries, runs };

  void next(timestamp now, fire_actions& out);
  void start(const fire& f, fire_actions& out);
  bool too_late(const fire& f, timestamp now) const noexcept;
  void cancel(fire_actions& out);

  fire_policy policy_;
  state state_ = state::idle;
  fire current_{};
  bool cancelled_ = false;  ///< The running one was told so.
  std::deque<fire> queue_;
  std::optional<timestamp> retry_at_;
};

}  // namespace pitwall
