// Job: a circuit breaker's messages. One per venue and operation class ("paper/data",
//      "paper/orders"), shared by all workflows of the host: whoever calls the venue asks it first,
//      and tells it how the call ended. With the breaker it keeps the venue's bulkhead, rate limit
//      and retry budget, so that one question answers all of them.
// Order: ask_call is answered by call_granted or call_refused, once, perhaps after a wait in the
//      bulkhead's line; end_call gives a granted call back, or leaves the line.
// Silence: a call never ended counts as timed out at its deadline; a lost worker's calls just end.
// Journal: each change of state is journaled with what restores the breaker, then published.
// Bounds: one entry per call under way or in line, which the bulkhead bounds.
#pragma once

#include <caf/all.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "actors/inspect.hpp"
#include "actors/journal_writer/protocol.hpp"
#include "actors/type_ids.hpp"
#include "runtime/resilience/breaker_state.hpp"

namespace pitwall {

struct ask_call {
  std::uint64_t token = 0;  ///< The caller's; one call under way per caller and token.
  bool retry = false;       ///< Not the first attempt: the venue's retry budget pays for it.
  timestamp deadline;       ///< Later than this nobody waits for the call.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ask_call& x) {
  wire_time deadline(x.deadline);
  auto load = [&]() -> caf::error {
    deadline.load();
    return caf::none;
  };
  return f(caf::meta::type_name("ask_call"), x.token, x.retry, deadline.count(),
           caf::meta::load_callback(load));
}

struct call_granted {
  std::uint64_t token = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, call_granted& x) {
  return f(caf::meta::type_name("call_granted"), x.token);
}

/// `type`: circuit_open, retry_budget (neither is worth a retry by itself), rate_limited,
/// venue_busy.
struct call_refused {
  std::uint64_t token = 0;
  std::string type, message;
  std::int64_t retry_after_us = 0;  ///< 0: nobody knows.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, call_refused& x) {
  return f(caf::meta::type_name("call_refused"), x.token, x.type, x.message, x.retry_after_us);
}

struct end_call {
  std::uint64_t token = 0;
  call_outcome outcome = call_outcome::ignored;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, end_call& x) {
  return f(caf::meta::type_name("end_call"), x.token, x.outcome);
}

/// To itself: look at what is due.
struct breaker_tick {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, breaker_tick&) {
  return f(caf::meta::type_name("breaker_tick"));
}

enum class breaker_action : std::uint8_t { open, close, reset, metrics_only };

/// By an operator; answered once the change is durable, or at once where nothing changes.
struct steer_breaker {
  breaker_action action = breaker_action::reset;
  std::string operator_name, reason;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, steer_breaker& x) {
  return f(caf::meta::type_name("steer_breaker"), x.action, x.operator_name, x.reason);
}

struct ask_breaker {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ask_breaker&) {
  return f(caf::meta::type_name("ask_breaker"));
}

struct breaker_report {
  std::string name, state;
  timestamp since;
  std::int64_t next_probe_us = -1;  ///< While open; 0: the next call will be a probe; -1: none.
  std::uint64_t window_calls = 0, window_failures = 0, window_slow = 0;
  std::uint64_t permitted = 0, refused = 0, successes = 0, failures = 0, timeouts = 0, slow = 0,
                opened = 0;
  std::uint64_t under_way = 0, waiting = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, breaker_report& x) {
  wire_time since(x.since);
  auto load = [&]() -> caf::error {
    since.load();
    return caf::none;
  };
  return f(caf::meta::type_name("breaker_report"), x.name, x.state, since.count(), x.next_probe_us,
           x.window_calls, x.window_failures, x.window_slow, x.permitted, x.refused, x.successes,
           x.failures, x.timeouts, x.slow, x.opened, x.under_way, x.waiting,
           caf::meta::load_callback(load));
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_breaker, pitwall::type_ids::breaker)
CAF_ADD_TYPE_ID(pitwall_breaker, (pitwall::ask_call))
CAF_ADD_TYPE_ID(pitwall_breaker, (pitwall::call_granted))
CAF_ADD_TYPE_ID(pitwall_breaker, (pitwall::call_refused))
CAF_ADD_TYPE_ID(pitwall_breaker, (pitwall::end_call))
CAF_ADD_TYPE_ID(pitwall_breaker, (pitwall::breaker_tick))
CAF_ADD_TYPE_ID(pitwall_breaker, (pitwall::steer_breaker))
CAF_ADD_TYPE_ID(pitwall_breaker, (pitwall::ask_breaker))
CAF_ADD_TYPE_ID(pitwall_breaker, (pitwall::breaker_report))
CAF_ADD_TYPE_ID(pitwall_breaker, (std::vector<pitwall::breaker_report>))
CAF_END_TYPE_ID_BLOCK(pitwall_breaker)

namespace pitwall {

using breaker_actor = caf::typed_actor<caf::reacts_to<ask_call>, caf::reacts_to<end_call>,
                                       caf::reacts_to<breaker_tick>, caf::reacts_to<durable>,
                                       caf::replies_to<steer_breaker>::with<breaker_report>,
                                       caf::replies_to<ask_breaker>::with<breaker_report>>;
using call_client = caf::typed_actor<caf::reacts_to<call_granted>, caf::reacts_to<call_refused>>;

}  // namespace pitwall
