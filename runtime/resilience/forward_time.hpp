// Job: time that only goes forward, made of a wall clock that may be set: a step back counts as no
//      time, a step forward as time that passed. Arithmetic that ends at the bounds instead of
//      overflowing.
// Threads: plain values. Durable: a plain, comparable value. Tests: tests/resilience/time_test.cpp
#pragma once

#include <algorithm>
#include <limits>

#include "runtime/base/clock.hpp"

namespace pitwall {

/// Sums and differences beyond what 64 bits hold give the bound.
constexpr std::int64_t saturating_add(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t out = 0;
  if (!__builtin_add_overflow(a, b, &out)) return out;
  return b > 0 ? std::numeric_limits<std::int64_t>::max()
               : std::numeric_limits<std::int64_t>::min();
}
constexpr std::int64_t saturating_sub(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t out = 0;
  if (!__builtin_sub_overflow(a, b, &out)) return out;
  return b < 0 ? std::numeric_limits<std::int64_t>::max()
               : std::numeric_limits<std::int64_t>::min();
}
constexpr timestamp later(timestamp t, microseconds d) noexcept {
  return timestamp(microseconds(saturating_add(t.time_since_epoch().count(), d.count())));
}
constexpr microseconds between(timestamp from, timestamp to) noexcept {
  return microseconds(
      saturating_sub(to.time_since_epoch().count(), from.time_since_epoch().count()));
}

/// The sum of all forward movement of the clock it is shown.
struct forward_time {
  timestamp seen{};     ///< The clock, last.
  timestamp reached{};  ///< This time, then. Never goes back.

  static constexpr forward_time from(timestamp now) noexcept { return {now, now}; }
  constexpr timestamp advance(timestamp now) noexcept {
    if (now > seen) reached = later(reached, between(seen, now));
    seen = now;
    return reached;
  }
  /// What advance() would say.
  constexpr timestamp peek(timestamp now) const noexcept {
    return forward_time(*this).advance(now);
  }
  /// A moment of this time, by the clock as it runs now.
  constexpr timestamp on_clock(timestamp t) const noexcept {
    return later(seen, between(reached, t));
  }
  friend bool operator==(const forward_time&, const forward_time&) = default;
};

}  // namespace pitwall
