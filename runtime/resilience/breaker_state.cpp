#include "runtime/resilience/breaker_state.hpp"

namespace pitwall {

std::string_view to_string(breaker_state s) noexcept {
  switch (s) {
    case breaker_state::closed:
      return "closed";
    case breaker_state::open:
      return "open";
    case breaker_state::half_open:
      return "half_open";
    case breaker_state::forced_open:
      return "forced_open";
    case breaker_state::forced_closed:
      return "forced_closed";
    case breaker_state::metrics_only:
      return "metrics_only";
  }
  return "closed";
}

std::string_view to_string(breaker_reason r) noexcept {
  switch (r) {
    case breaker_reason::failure_threshold:
      return "failure_threshold";
    case breaker_reason::failure_rate:
      return "failure_rate";
    case breaker_reason::slow_rate:
      return "slow_rate";
    case breaker_reason::open_time_over:
      return "open_time_over";
    case breaker_reason::probes_succeeded:
      return "probes_succeeded";
    case breaker_reason::probe_failed:
      return "probe_failed";
    case breaker_reason::probe_slow:
      return "probe_slow";
    case breaker_reason::probe_unanswered:
      return "probe_unanswered";
    case breaker_reason::by_operator:
      return "by_operator";
  }
  return "by_operator";
}

}  // namespace pitwall
