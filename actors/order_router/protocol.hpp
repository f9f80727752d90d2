// Job: an order router's messages. One per venue, and the only way to it: an order passes with a
//      permit that the gate still honours, once its intent is durable.
// Journal: the report that answers a submission goes to the node, and the execution journals it;
//      what happens to an accepted order after that (fills, cancels) is journaled by the router.
// Effects: at most one submission per client order id; an outcome that cannot be known is reported
//      in doubt. Bounds: one entry per unanswered order, which executions in flight bound.
#pragma once

#include <caf/all.hpp>
#include <string>

#include "actors/inspect.hpp"
#include "actors/type_ids.hpp"

namespace pitwall {

struct submit_order {
  shared_scope scope;  ///< Whose order it is: what happens to it later is journaled under this.
  shared_node node;
  std::string client_order_id;
  order_request order;
  order_permit permit;
  std::uint64_t token = 0;  ///< Echoed in order_answer.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, submit_order& x) {
  return f(caf::meta::type_name("submit_order"), x.scope, x.node, x.client_order_id, x.order,
           x.permit, x.token);
}

struct order_answer {
  std::uint64_t token = 0;
  order_report report;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, order_answer& x) {
  return f(caf::meta::type_name("order_answer"), x.token, x.report);
}

/// Cancels open orders that this router sent for the bot; passes while halted.
struct cancel_open {
  cancel_request request;
  std::string bot_id;
  std::uint64_t token = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cancel_open& x) {
  return f(caf::meta::type_name("cancel_open"), x.request, x.bot_id, x.token);
}

struct cancel_answer {
  std::uint64_t token = 0;
  cancel_report report;
  wire_error failure;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cancel_answer& x) {
  return f(caf::meta::type_name("cancel_answer"), x.token, x.report, x.failure);
}

/// From the venue, on any thread.
struct venue_report {
  order_report report;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, venue_report& x) {
  return f(caf::meta::type_name("venue_report"), x.report);
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_order_router, pitwall::type_ids::order_router)
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::submit_order))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::order_answer))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::cancel_open))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::cancel_answer))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::venue_report))
CAF_END_TYPE_ID_BLOCK(pitwall_order_router)

namespace pitwall {

using order_router_actor =
    caf::typed_actor<caf::reacts_to<submit_order>, caf::reacts_to<cancel_open>,
                     caf::reacts_to<venue_report>, caf::reacts_to<cancel_answer>>;
using order_client = caf::typed_actor<caf::reacts_to<order_answer>, caf::reacts_to<cancel_answer>>;

}  // namespace pitwall
