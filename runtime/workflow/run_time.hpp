// Job: the deadlines and ages of a run, safe at the ends of time.
#pragma once

#include <algorithm>

#include "runtime/workflow/run.hpp"

namespace pitwall {

/// `start + wait`, or the end of time where that is beyond it.
inline timestamp later(timestamp start, milliseconds wait) noexcept {
  constexpr auto most = std::chrono::duration_cast<milliseconds>(microseconds::max());
  if (wait >= most) return timestamp::max();
  const microseconds us = wait;
  return start > timestamp::max() - us ? timestamp::max() : start + us;
}

inline timestamp later_by(timestamp start, microseconds wait) noexcept {
  return start > timestamp::max() - wait ? timestamp::max() : start + wait;
}

/// How long after `start` it is; never negative, as clocks may be set back.
inline microseconds elapsed(timestamp start, timestamp now) noexcept {
  if (now <= start) return microseconds{0};
  std::int64_t us = 0;
  if (__builtin_sub_overflow(now.time_since_epoch().count(), start.time_since_epoch().count(), &us))
    return microseconds::max();
  return microseconds{us};
}

/// How old an input is; none (timestamp::max()) is always young. One from the future was observed
/// before the clock was set back: nobody knows how long ago, so it is as old as it is far away.
inline microseconds input_age(timestamp observed, timestamp now) noexcept {
  if (observed == timestamp::max()) return microseconds{0};
  return std::max(elapsed(observed, now), elapsed(now, observed));
}

/// The one with the greater age.
inline timestamp older(timestamp a, timestamp b, timestamp now) noexcept {
  const auto x = input_age(a, now), y = input_age(b, now);
  return x == y ? std::min(a, b) : x > y ? a : b;
}

/// Whether `wait` after `start` is over. A start that lies further ahead than the wait is long was
/// before the clock was set back: nobody waits longer than twice the time for that.
inline bool is_over(timestamp start, milliseconds wait, timestamp now) noexcept {
  constexpr auto most = std::chrono::duration_cast<milliseconds>(microseconds::max());
  return now >= later(start, wait) || (wait < most && elapsed(now, start) > wait);
}

/// When the whole run times out; timestamp::max() where its definition sets no bound.
timestamp run_deadline(const run_state& s) noexcept;
/// Whether the wait of a retrying node is over; also where the clock was set back meanwhile.
bool retry_is_due(const node_run& n, timestamp now) noexcept;
/// When a running node times out.
timestamp node_deadline(const run_state& s, std::uint32_t node) noexcept;
/// Past those deadlines, whatever the clock did.
bool run_is_late(const run_state& s, timestamp now) noexcept;
bool node_is_late(const run_state& s, std::uint32_t node, timestamp now) noexcept;

}  // namespace pitwall
