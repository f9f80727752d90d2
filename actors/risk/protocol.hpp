// Job: the risk actor's messages. It alone owns positions, P&L, open orders and limits, built from
//      committed events; blocks ask it for the host's own figures, and every order asks it first.
// Orders: reserve_order is answered by reservation_answer. Granted: the order holds its headroom,
// and
//      the permit, of the present halt epoch and for this order alone, lets it leave. It is held
//      until the final word comes with the journal; withdraw_order gives it back before the intent
//      is journaled. `again`: the order holds already, and may leave once more.
// Bounds: one waiting reservation per order that has none yet, which executions in flight bound.
#pragma once

#include <caf/all.hpp>
#include <string>
#include <vector>

#include "actors/broadcaster/protocol.hpp"
#include "actors/inspect.hpp"
#include "actors/type_ids.hpp"

namespace pitwall {

struct ask_figures {
  std::string bot_id, venue, symbol;
  std::uint64_t token = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ask_figures& x) {
  return f(caf::meta::type_name("ask_figures"), x.bot_id, x.venue, x.symbol, x.token);
}

struct figures_answer {
  std::uint64_t token = 0;
  figures current;
  wire_error failure;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, figures_answer& x) {
  return f(caf::meta::type_name("figures_answer"), x.token, x.current, x.failure);
}

/// A venue's price for a symbol, and when it was true; from any thread.
struct price_marked {
  std::string venue, symbol;
  decimal price;
  timestamp observed_at;
  wire_error failure;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, price_marked& x) {
  wire_time observed_at(x.observed_at);
  auto load = [&]() -> caf::error {
    observed_at.load();
    return caf::none;
  };
  return f(caf::meta::type_name("price_marked"), x.venue, x.symbol, x.price, observed_at.count(),
           x.failure, caf::meta::load_callback(load));
}

struct reserve_order {
  shared_scope scope;
  std::string client_order_id;
  order_request order;
  std::uint32_t node = 0, attempt = 0;  ///< Echoed.
  bool again = false;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, reserve_order& x) {
  return f(caf::meta::type_name("reserve_order"), x.scope, x.client_order_id, x.order, x.node,
           x.attempt, x.again);
}

struct reservation_answer {
  std::uint32_t node = 0, attempt = 0;
  bool granted = false;
  order_permit permit;
  std::string code, message;  ///< Of a refusal; `halted`: the emergency state forbids it.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, reservation_answer& x) {
  return f(caf::meta::type_name("reservation_answer"), x.node, x.attempt, x.granted, x.permit,
           x.code, x.message);
}

struct withdraw_order {
  std::string client_order_id;
  bool question_too = false;  ///< Whoever asked is no more.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, withdraw_order& x) {
  return f(caf::meta::type_name("withdraw_order"), x.client_order_id, x.question_too);
}

/// Answered by the state, as the HTTP API shows it.
struct risk_answer {
  value view;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, risk_answer& x) {
  return f(caf::meta::type_name("risk_answer"), x.view);
}
struct ask_risk {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ask_risk&) {
  return f(caf::meta::type_name("ask_risk"));
}

/// One limit of the host (bot_id empty) or of a bot, as runtime/risk/limits.hpp reads it.
struct limit_word {
  std::string bot_id, name, text;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, limit_word& x) {
  return f(caf::meta::type_name("limit_word"), x.bot_id, x.name, x.text);
}

/// From now on these hold and no others; reservations that were granted stay. Answered true, or
/// false where one of them cannot be read: then nothing has changed.
struct change_limits {
  bool auto_halt = false;
  std::vector<limit_word> all;
  std::int64_t max_price_age_ms = 60'000;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, change_limits& x) {
  return f(caf::meta::type_name("change_limits"), x.auto_halt, x.all, x.max_price_age_ms);
}

/// Time to look at the prices of what is held.
struct look_at_prices {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, look_at_prices&) {
  return f(caf::meta::type_name("look_at_prices"));
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_risk, pitwall::type_ids::risk)
CAF_ADD_TYPE_ID(pitwall_risk, (pitwall::ask_figures))
CAF_ADD_TYPE_ID(pitwall_risk, (pitwall::figures_answer))
CAF_ADD_TYPE_ID(pitwall_risk, (pitwall::reserve_order))
CAF_ADD_TYPE_ID(pitwall_risk, (pitwall::reservation_answer))
CAF_ADD_TYPE_ID(pitwall_risk, (pitwall::withdraw_order))
CAF_ADD_TYPE_ID(pitwall_risk, (pitwall::ask_risk))
CAF_ADD_TYPE_ID(pitwall_risk, (pitwall::risk_answer))
CAF_ADD_TYPE_ID(pitwall_risk, (pitwall::look_at_prices))
CAF_ADD_TYPE_ID(pitwall_risk, (pitwall::change_limits))
CAF_END_TYPE_ID_BLOCK(pitwall_risk)

namespace pitwall {

using risk_actor =
    caf::typed_actor<caf::reacts_to<ask_figures>, caf::reacts_to<price_marked>,
                     caf::reacts_to<publish>, caf::reacts_to<reserve_order>,
                     caf::reacts_to<withdraw_order>, caf::replies_to<ask_risk>::with<risk_answer>,
                     caf::replies_to<change_limits>::with<bool>, caf::reacts_to<look_at_prices>>;
using figures_client = caf::typed_actor<caf::reacts_to<figures_answer>>;
using reservation_client = caf::typed_actor<caf::reacts_to<reservation_answer>>;

}  // namespace pitwall
