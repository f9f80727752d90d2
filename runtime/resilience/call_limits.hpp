// Job: how calls of one venue and class are held: breaker, bulkhead, rate limit and retry budget in
//      one place.
// Errors: check() refuses what one of the machines would refuse. Threads: plain values.
#pragma once

#include <optional>

#include "runtime/resilience/bulkhead.hpp"
#include "runtime/resilience/circuit_breaker.hpp"
#include "runtime/resilience/retry_budget.hpp"
#include "runtime/resilience/token_bucket.hpp"

namespace pitwall {

struct call_limits {
  breaker_settings breaker;
  /// A venue's adapter has four connections: with 64 calls at once a call that takes 250 ms is
  /// answered within 4 s, before it counts as slow. More would wait in the adapter, and time out
  /// there as if the venue were ill; in the line they say nothing about it. The line holds what the
  /// host may have in flight.
  bulkhead_limits at_once{64, 100'000};
  std::optional<token_limits> rate;  ///< None: as often as they come.
  retry_budget_limits retries;
};

status check(const call_limits& limits);

}  // namespace pitwall
