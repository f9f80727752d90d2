#include "runtime/resilience/call_limits.hpp"

namespace pitwall {

status check(const call_limits& limits) {
  PITWALL_CHECK(circuit_breaker::check(limits.breaker));
  if (const auto line = bulkhead::make(limits.at_once); !line.ok()) return line.error();
  if (const auto budget = retry_budget::make(limits.retries, timestamp{}); !budget.ok())
    return budget.error();
  return limits.rate ? token_bucket::check(*limits.rate) : status(done{});
}

}  // namespace pitwall
