// Job: a node actor's messages. One node actor per block of a deployed workflow, as old as the
//      deployment; it evaluates attempts of any number of executions and owns the block's trigger
//      state. Answers go to the sender of the attempt. An attempt gets exactly one of:
//      attempt_completed, attempt_failed, attempt_wants_order, attempt_wants_cancel,
//      attempt_wants_notification. After the last three the execution decides, and may send
//      execute_order, execute_cancel or confirm_notification with the same token, answered by
//      order_outcome, attempt_completed or attempt_failed. settle_attempt asks what became of an
//      order that was sent before: order_outcome, or attempt_order_missing, which may be followed
//      by execute_order.
// Calls: data of a venue is asked for through the circuit breaker of its venue (actors/breaker), or
//      the one that the block's file names; a web server through that of its host ("http/HOST"). An
//      abandoned call is ended for real.
// State: a change of trigger state is journaled by the node itself before the answer leaves, in
//      version order. Bounds: one pending entry per unanswered attempt, which executions in flight
//      bound.
#pragma once

#include <caf/all.hpp>
#include <string>
#include <vector>

#include "actors/breaker/protocol.hpp"
#include "actors/inspect.hpp"
#include "actors/node/answers.hpp"
#include "actors/order_router/protocol.hpp"
#include "actors/risk/protocol.hpp"
#include "actors/type_ids.hpp"

namespace pitwall {

struct run_attempt {
  shared_scope scope;
  std::uint32_t attempt = 1;
  std::vector<value> inputs;
  value trigger;
  timestamp deadline;
  bool retry = false;  ///< The venue's retry budget pays for its call.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, run_attempt& x) {
  wire_time deadline(x.deadline);
  auto load = [&]() -> caf::error {
    deadline.load();
    return caf::none;
  };
  return f(caf::meta::type_name("run_attempt"), x.scope, x.attempt, x.inputs, x.trigger,
           deadline.count(), x.retry, caf::meta::load_callback(load));
}

struct attempt_completed {
  std::uint32_t node = 0, attempt = 0;
  std::vector<value> outputs;
  bool observed = false;  ///< A source: the outputs were true at observed_at.
  timestamp observed_at;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, attempt_completed& x) {
  wire_time observed_at(x.observed_at);
  auto load = [&]() -> caf::error {
    observed_at.load();
    return caf::none;
  };
  return f(caf::meta::type_name("attempt_completed"), x.node, x.attempt, x.outputs, x.observed,
           observed_at.count(), caf::meta::load_callback(load));
}

/// Completed, and the trigger state has changed. From a node that runs for another host, whose
/// journal it cannot reach: it is for that host to journal the change.
struct trigger_changed {
  attempt_completed completed;
  std::uint64_t version = 0;  ///< The one after the last it knew of.
  value state;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, trigger_changed& x) {
  return f(caf::meta::type_name("trigger_changed"), x.completed, x.version, x.state);
}

struct attempt_failed {
  std::uint32_t node = 0, attempt = 0;
  std::string message, type;
  std::uint32_t status = 0;         ///< HTTP, where a venue gave one.
  std::int64_t retry_after_us = 0;  ///< Not before; 0: no such wish.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, attempt_failed& x) {
  return f(caf::meta::type_name("attempt_failed"), x.node, x.attempt, x.message, x.type, x.status,
           x.retry_after_us);
}

struct attempt_wants_order {
  std::uint32_t node = 0, attempt = 0;
  std::uint64_t token = 0;
  order_request order;  ///< Amount already rounded down to the venue's step.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, attempt_wants_order& x) {
  return f(caf::meta::type_name("attempt_wants_order"), x.node, x.attempt, x.token, x.order);
}

struct attempt_wants_cancel {
  std::uint32_t node = 0, attempt = 0;
  std::uint64_t token = 0;
  cancel_request request;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, attempt_wants_cancel& x) {
  return f(caf::meta::type_name("attempt_wants_cancel"), x.node, x.attempt, x.token, x.request);
}

struct attempt_wants_notification {
  std::uint32_t node = 0, attempt = 0;
  std::uint64_t token = 0;
  notification message;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, attempt_wants_notification& x) {
  return f(caf::meta::type_name("attempt_wants_notification"), x.node, x.attempt, x.token,
           x.message);
}

/// The intent is durable: send it. The execution is told of every report of the venue.
struct execute_order {
  std::uint64_t token = 0;
  std::string client_order_id;
  order_request order;
  order_permit permit;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, execute_order& x) {
  return f(caf::meta::type_name("execute_order"), x.token, x.client_order_id, x.order, x.permit);
}

/// A resumed execution asks for the fate of an order whose intent it finds in the journal.
struct settle_attempt {
  run_attempt attempt;
  std::string client_order_id;
  order_request order;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, settle_attempt& x) {
  return f(caf::meta::type_name("settle_attempt"), x.attempt, x.client_order_id, x.order);
}

/// The router that this attempt's order was sent to has died: claim it from its successor. Answered
/// at once: false where the node has had its word on the order already, and has passed it on.
struct reclaim_order {
  std::uint32_t attempt = 0;
  std::string client_order_id;
  order_request order;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, reclaim_order& x) {
  return f(caf::meta::type_name("reclaim_order"), x.attempt, x.client_order_id, x.order);
}

/// The venue proves that it never accepted the order.
struct attempt_order_missing {
  std::uint32_t node = 0;
  std::uint64_t token = 0;
  order_request order;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, attempt_order_missing& x) {
  return f(caf::meta::type_name("attempt_order_missing"), x.node, x.token, x.order);
}

struct order_outcome {
  std::uint32_t node = 0;
  order_report report;
  std::vector<value> outputs;  ///< The block's outputs for this report; empty for a rejection.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, order_outcome& x) {
  return f(caf::meta::type_name("order_outcome"), x.node, x.report, x.outputs);
}

struct execute_cancel {
  std::uint64_t token = 0;
  cancel_request request;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, execute_cancel& x) {
  return f(caf::meta::type_name("execute_cancel"), x.token, x.request);
}

/// The notification is journaled and in the log: send it where it is to go, and complete the
/// attempt.
struct confirm_notification {
  std::uint64_t token = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, confirm_notification& x) {
  return f(caf::meta::type_name("confirm_notification"), x.token);
}

/// Nobody waits for this attempt any more.
struct abandon_attempt {
  std::uint32_t attempt = 0;
  bool timed_out = false;  ///< It took too long, and its venue is to be blamed.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, abandon_attempt& x) {
  return f(caf::meta::type_name("abandon_attempt"), x.attempt, x.timed_out);
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_node, pitwall::type_ids::node)
CAF_ADD_TYPE_ID(pitwall_node, (pitwall::run_attempt))
CAF_ADD_TYPE_ID(pitwall_node, (pitwall::attempt_completed))
CAF_ADD_TYPE_ID(pitwall_node, (pitwall::attempt_failed))
CAF_ADD_TYPE_ID(pitwall_node, (pitwall::attempt_wants_order))
CAF_ADD_TYPE_ID(pitwall_node, (pitwall::attempt_wants_cancel))
CAF_ADD_TYPE_ID(pitwall_node, (pitwall::attempt_wants_notification))
CAF_ADD_TYPE_ID(pitwall_node, (pitwall::execute_order))
CAF_ADD_TYPE_ID(pitwall_node, (pitwall::order_outcome))
CAF_ADD_TYPE_ID(pitwall_node, (pitwall::execute_cancel))
CAF_ADD_TYPE_ID(pitwall_node, (pitwall::confirm_notification))
CAF_ADD_TYPE_ID(pitwall_node, (pitwall::abandon_attempt))
CAF_ADD_TYPE_ID(pitwall_node, (pitwall::market_answer))
CAF_ADD_TYPE_ID(pitwall_node, (pitwall::settle_attempt))
CAF_ADD_TYPE_ID(pitwall_node, (pitwall::attempt_order_missing))
CAF_ADD_TYPE_ID(pitwall_node, (pitwall::reclaim_order))
CAF_ADD_TYPE_ID(pitwall_node, (pitwall::web_answer))
CAF_ADD_TYPE_ID(pitwall_node, (pitwall::trigger_changed))
CAF_END_TYPE_ID_BLOCK(pitwall_node)

namespace pitwall {

using node_actor = caf::typed_actor<
    caf::reacts_to<run_attempt>, caf::reacts_to<execute_order>, caf::reacts_to<execute_cancel>,
    caf::reacts_to<confirm_notification>, caf::reacts_to<abandon_attempt>,
    caf::reacts_to<market_answer>, caf::reacts_to<figures_answer>, caf::reacts_to<settle_attempt>,
    caf::reacts_to<order_answer>, caf::reacts_to<order_unknown>, caf::reacts_to<cancel_answer>,
    caf::reacts_to<call_granted>, caf::reacts_to<call_refused>,
    caf::replies_to<reclaim_order>::with<bool>, caf::reacts_to<web_answer>>;

/// What an execution hears from its nodes.
using attempt_listener =
    caf::typed_actor<caf::reacts_to<attempt_completed>, caf::reacts_to<attempt_failed>,
                     caf::reacts_to<attempt_wants_order>, caf::reacts_to<attempt_wants_cancel>,
                     caf::reacts_to<attempt_wants_notification>, caf::reacts_to<order_outcome>,
                     caf::reacts_to<attempt_order_missing>>;

}  // namespace pitwall
