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

inline timestamp later(timestamp start, microseconds wait) noexcept {
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

/// When the whole run times out; timestamp::max() where its definition sets no bound.
timestamp run_deadline(const run_state& s) noexcept;
/// Whether the wait of a retrying node is over; also where the clock was set back meanwhile.
bool retry_is_due(const node_run& n, timestamp now) noexcept;
/// When a running node times out.
timestamp node_deadline(const run_state& s, std::uint32_t node) noexcept;

}  // namespace pitwall
