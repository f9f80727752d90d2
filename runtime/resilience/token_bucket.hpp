// Job: a rate limit: `tokens` per `period`, and at most `burst` at once.
// Exact: credit is counted in parts of a token, `period` parts each in microseconds; nothing is
//      rounded, so there is no drift: over any time t no more than tokens * t / period + burst.
// Time: given; t is the time the clock went forward. A clock set back adds nothing, and filling
// goes
//      on from there.
// Threads: one owner. Bounds: four numbers. Durable: `state` is all there is, and comparable.
// Errors: make() and restore() refuse limits out of range. Tests:
// tests/resilience/token_bucket_test.cpp
#pragma once

#include <optional>

#include "runtime/resilience/forward_time.hpp"

namespace pitwall {

/// Each number from 1 to a million; the period up to a day.
struct token_limits {
  std::uint32_t tokens = 10;
  microseconds period = std::chrono::seconds(1);
  std::uint32_t burst = 10;
};

class token_bucket {
 public:
  struct state {
    std::uint64_t credit = 0;  ///< In microseconds of the period: one token is `period` of them.
    forward_time clock;        ///< Filled up to here.
    friend bool operator==(const state&, const state&) = default;
  };

  static constexpr std::uint32_t max_count = 1'000'000;
  static constexpr microseconds max_period = std::chrono::hours(24);

  static status check(const token_limits& limits);
  /// Starts full.
  static result<token_bucket> make(const token_limits& limits, timestamp now);
  /// As it was; credit beyond the burst (the limits were changed) is dropped.
  static result<token_bucket> restore(const token_limits& limits, const state& s);

  /// Takes n tokens, or none. 0 is always granted, more than the burst never.
  bool try_take(std::uint32_t n, timestamp now) noexcept;
  /// How long until try_take(n) is granted if nobody else takes; nothing: never.
  std::optional<microseconds> time_until(std::uint32_t n, timestamp now) const noexcept;
  /// Whole tokens that could be taken.
  std::uint32_t available(timestamp now) const noexcept;

  const state& snapshot() const noexcept { return state_; }
  const token_limits& limits() const noexcept { return limits_; }

 private:
  token_bucket(const token_limits& limits, const state& s) noexcept : limits_(limits), state_(s) {}
  std::uint64_t cost(std::uint64_t n) const noexcept;
  void fill(timestamp now) noexcept;

  token_limits limits_;
  state state_;
};

}  // namespace pitwall
