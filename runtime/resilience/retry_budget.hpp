// Job: how many retries a venue is sent in all, so that retries never multiply an outage: each call
//      pays in a part of a retry, each retry takes a whole one, and a few a second are always
//      there. (The idea of Finagle's RetryBudget and of gRPC's retry throttling, gRFC A6.)
// Rule: retries <= ratio * calls + the reserve's rate * time + its burst, over any time, plus at
// most
//      `max_saved` that earlier calls paid in.
// Time: given; see token_bucket. Threads: one owner. Bounds: a few numbers.
// Durable: `state` is all there is. Tests: tests/resilience/retry_budget_test.cpp
#pragma once

#include "runtime/resilience/token_bucket.hpp"

namespace pitwall {

struct retry_budget_limits {
  std::uint32_t percent = 20;        ///< Of the calls may be retried: 0 to 1,000.
  std::uint32_t max_saved = 100;     ///< Retries saved up in good times, at most.
  std::uint32_t min_per_second = 1;  ///< Retries allowed however few calls there are; 0: none.
};

class retry_budget {
 public:
  struct state {
    std::uint64_t saved = 0;  ///< Hundredths of a retry.
    token_bucket::state reserve;
    friend bool operator==(const state&, const state&) = default;
  };

  /// Starts with nothing saved and a full reserve, one second's.
  static result<retry_budget> make(const retry_budget_limits& limits, timestamp now);
  static result<retry_budget> restore(const retry_budget_limits& limits, const state& s);

  /// A call's first attempt is made.
  void on_call() noexcept;
  /// A retry is about to be made: false forbids it, and nothing was taken.
  bool try_retry(timestamp now) noexcept;
  /// Retries that could be made at once.
  std::uint64_t available(timestamp now) const noexcept;

  state snapshot() const;

 private:
  retry_budget(const retry_budget_limits& limits, std::optional<token_bucket> reserve)
      : limits_(limits), reserve_(reserve) {}

  retry_budget_limits limits_;
  std::uint64_t saved_ = 0;
  std::optional<token_bucket> reserve_;  ///< Nothing: none is configured.
};

}  // namespace pitwall
