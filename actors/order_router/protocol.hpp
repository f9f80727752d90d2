// Job: an order router's messages. One per venue, and the only way to it: an order passes with a
//      permit that the gate still honours, once its intent is durable.
// Journal: the report that answers a submission goes to the node, and the execution journals it;
//      what happens to an accepted order after that (fills, cancels) is journaled by the router,
//      once the execution has said that the answer is on its way there (answer_journaled): until
//      then what the venue tells is kept here.
// Effects: at most one submission per client order id; an outcome that cannot be known is reported
//      in doubt.
// Doubt: an adopted order's outcome is asked for, again and again while the venue cannot say, and
//      journaled here, or kept for the resumed execution that claims it. A router that starts
//      closed refuses submissions (code `venue_closed`) until open_when_settled is answered.
//      A person's word (word_on_order) settles one that nobody waits for: journaled here, and
//      whatever the venue says of it from then on changes nothing.
// Start: where the venue can list its open orders, it opens only once all of ours among them are
//      known to be open (reconcile.cpp).
// Breaker: before an order leaves, the breaker "<venue>/orders" is asked; refused, the order is
//      rejected with its word (circuit_open, ...) as code, and nothing was sent. Questions about
//      orders and cancels ask nobody.
// Bounds: one entry per unanswered order, which executions in flight bound; max_questions at once.
#pragma once

#include <caf/all.hpp>
#include <string>

#include "actors/breaker/protocol.hpp"
#include "actors/inspect.hpp"
#include "actors/journal_writer/protocol.hpp"
#include "actors/order_router/upkeep.hpp"
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

/// From now on the router journals what becomes of this order, and asks the venue about it.
struct adopt_order {
  shared_scope scope;
  shared_node node;
  std::string client_order_id;
  order_request order;
  std::uint32_t fills = 0;  ///< Journaled ones.
  bool accepted = false;    ///< Journaled: the venue has it.
  bool awaited = false;     ///< Its execution will claim the outcome, and journal it.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, adopt_order& x) {
  return f(caf::meta::type_name("adopt_order"), x.scope, x.node, x.client_order_id, x.order,
           x.fills, x.accepted, x.awaited);
}

/// What became of an order that was sent before? Answered by order_answer, as if it had been
/// submitted now, or by order_unknown.
struct claim_order {
  shared_scope scope;
  shared_node node;
  std::string client_order_id;
  order_request order;
  std::uint64_t token = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, claim_order& x) {
  return f(caf::meta::type_name("claim_order"), x.scope, x.node, x.client_order_id, x.order,
           x.token);
}

/// The venue proves that it never accepted the order.
struct order_unknown {
  std::uint64_t token = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, order_unknown& x) {
  return f(caf::meta::type_name("order_unknown"), x.token);
}

/// The venue's answer to a question about an order, from any thread.
struct settlement {
  std::string client_order_id;
  order_report report;
  wire_error failure;  ///< not_found: never accepted.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, settlement& x) {
  return f(caf::meta::type_name("settlement"), x.client_order_id, x.report, x.failure);
}

/// The back-off after a question that failed is over.
struct ask_again {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ask_again&) {
  return f(caf::meta::type_name("ask_again"));
}

/// All orders to be settled before trading have been adopted by the router of this term (a
/// successor has the next one); answered when the venue is open. Of another term it only waits.
struct open_when_settled {
  std::uint32_t term = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, open_when_settled& x) {
  return f(caf::meta::type_name("open_when_settled"), x.term);
}

/// Answered when everything sent to the router before has been handled.
struct pass_fence {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, pass_fence&) {
  return f(caf::meta::type_name("pass_fence"));
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
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::adopt_order))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::claim_order))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::order_unknown))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::settlement))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::ask_again))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::open_when_settled))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::pass_fence))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::order_doubts))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::ask_doubts))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::word_on_order))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::word_taken))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::orders_listed))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::try_again))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::cancel_resting))
CAF_ADD_TYPE_ID(pitwall_order_router, (pitwall::resting_canceled))
CAF_END_TYPE_ID_BLOCK(pitwall_order_router)

namespace pitwall {

using order_router_actor =
    caf::typed_actor<caf::reacts_to<submit_order>, caf::reacts_to<cancel_open>,
                     caf::reacts_to<venue_report>, caf::reacts_to<adopt_order>,
                     caf::reacts_to<claim_order>, caf::reacts_to<settlement>,
                     caf::reacts_to<ask_again>, caf::replies_to<open_when_settled>::with<bool>,
                     caf::replies_to<pass_fence>::with<bool>, caf::reacts_to<call_granted>,
                     caf::reacts_to<call_refused>, caf::replies_to<ask_doubts>::with<order_doubts>,
                     caf::replies_to<word_on_order>::with<word_taken>, caf::reacts_to<durable>,
                     caf::reacts_to<orders_listed>, caf::reacts_to<try_again>,
                     caf::replies_to<cancel_resting>::with<bool>, caf::reacts_to<resting_canceled>,
                     caf::reacts_to<answer_journaled>>;
using order_client = caf::typed_actor<caf::reacts_to<order_answer>, caf::reacts_to<order_unknown>,
                                      caf::reacts_to<cancel_answer>>;

}  // namespace pitwall
