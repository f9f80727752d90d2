// Job: an execution actor's messages. One per run: it feeds answers to the pure state machine
//      (runtime/workflow/run.hpp), sends the events to the journal writer, and carries out the
//      effects.
// Durable: an order leaves, and the result is given out, only after the commit of the events
//      before it. Other events wait in the execution for the next of those, or for the next tick.
// Life: ends itself once its final event is durable and answered; the workflow actor monitors it.
#pragma once

#include <caf/all.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/journal_writer/protocol.hpp"
#include "actors/node/protocol.hpp"
#include "actors/type_ids.hpp"
#include "runtime/ports/control.hpp"

namespace pitwall {

/// Time has passed: write what waits, look at deadlines. Answered by `next_check`.
struct check_deadlines {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, check_deadlines&) {
  return f(caf::meta::type_name("check_deadlines"));
}

struct halt_execution {
  std::string reason, emergency_state;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, halt_execution& x) {
  return f(caf::meta::type_name("halt_execution"), x.reason, x.emergency_state);
}

struct cancel_execution {
  std::string reason;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cancel_execution& x) {
  return f(caf::meta::type_name("cancel_execution"), x.reason);
}

/// A node actor died and was replaced; its unanswered attempts are lost.
struct node_replaced {
  std::uint32_t node = 0;
  node_actor replacement;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_replaced& x) {
  return f(caf::meta::type_name("node_replaced"), x.node, x.replacement);
}

/// A venue's order router has died: have the orders that nodes wait for claimed from its successor,
/// and write what waits. Answered by the client order ids of those, which nobody else may adopt.
struct reclaim_orders {
  std::string venue;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, reclaim_orders& x) {
  return f(caf::meta::type_name("reclaim_orders"), x.venue);
}
struct orders_reclaimed {
  std::vector<std::string> client_order_ids;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, orders_reclaimed& x) {
  return f(caf::meta::type_name("orders_reclaimed"), x.client_order_ids);
}

/// To the workflow actor: nothing can fall due before this time.
struct next_check {
  timestamp at;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, next_check& x) {
  wire_time at(x.at);
  auto load = [&]() -> caf::error {
    at.load();
    return caf::none;
  };
  return f(caf::meta::type_name("next_check"), at.count(), caf::meta::load_callback(load));
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_execution, pitwall::type_ids::execution)
CAF_ADD_TYPE_ID(pitwall_execution, (pitwall::check_deadlines))
CAF_ADD_TYPE_ID(pitwall_execution, (pitwall::halt_execution))
CAF_ADD_TYPE_ID(pitwall_execution, (pitwall::cancel_execution))
CAF_ADD_TYPE_ID(pitwall_execution, (pitwall::node_actor))
CAF_ADD_TYPE_ID(pitwall_execution, (pitwall::node_replaced))
CAF_ADD_TYPE_ID(pitwall_execution, (pitwall::next_check))
CAF_ADD_TYPE_ID(pitwall_execution, (pitwall::reclaim_orders))
CAF_ADD_TYPE_ID(pitwall_execution, (pitwall::orders_reclaimed))
CAF_END_TYPE_ID_BLOCK(pitwall_execution)

namespace pitwall {

using execution_actor =
    attempt_listener::extend<caf::reacts_to<durable>, caf::reacts_to<reservation_answer>,
                             caf::reacts_to<check_deadlines>, caf::reacts_to<halt_execution>,
                             caf::reacts_to<cancel_execution>, caf::reacts_to<node_replaced>,
                             caf::replies_to<reclaim_orders>::with<orders_reclaimed>>;

/// Called once, on a scheduler thread; must not block.
using start_completion = std::function<void(result<start_answer>)>;
/// Called at most once, when the start is durable, with the execution's id; likewise.
using start_notice = std::function<void(const std::string&)>;

}  // namespace pitwall
