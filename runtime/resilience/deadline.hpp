// Job: until when something must be done, as a moment of the wall clock (`timestamp`, UTC). It
//      travels with the work: each call made for it gets a child, which never ends later.
// Threads: plain values. Time: given. Durable: time() restores it, also after a restart: downtime
//      counts. Tests: tests/resilience/time_test.cpp
#pragma once

#include <compare>

#include "runtime/resilience/forward_time.hpp"

namespace pitwall {

class deadline {
 public:
  /// Never.
  constexpr deadline() = default;
  constexpr explicit deadline(timestamp at) noexcept : at_(at) {}
  /// `allowed` from now on; none left where it is negative.
  static constexpr deadline after(timestamp now, microseconds allowed) noexcept {
    return deadline(later(now, std::max(allowed, microseconds(0))));
  }

  constexpr bool is_never() const noexcept { return at_ == timestamp::max(); }
  constexpr timestamp time() const noexcept { return at_; }
  /// At its moment it is over.
  constexpr bool expired(timestamp now) const noexcept { return !is_never() && now >= at_; }
  /// Zero once expired; microseconds::max() for never.
  constexpr microseconds remaining(timestamp now) const noexcept {
    if (is_never()) return microseconds::max();
    return std::max(between(now, at_), microseconds(0));
  }
  /// For a part of the work: `allowed` from now on, but never later than this.
  constexpr deadline child(timestamp now, microseconds allowed) const noexcept {
    return std::min(*this, after(now, allowed));
  }

  /// The earlier is the smaller: std::min of two is the stricter.
  friend constexpr auto operator<=>(const deadline&, const deadline&) = default;

 private:
  timestamp at_ = timestamp::max();
};

}  // namespace pitwall
