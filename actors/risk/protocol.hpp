// Job: the risk actor's messages. It alone owns positions, P&L and the counts of orders, built from
//      committed events; blocks ask it for the host's own figures.
#pragma once

#include <caf/all.hpp>
#include <string>

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

/// A venue's price for an open position, from any thread.
struct price_marked {
  std::uint64_t question = 0;
  std::string venue, symbol;
  decimal price;
  wire_error failure;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, price_marked& x) {
  return f(caf::meta::type_name("price_marked"), x.question, x.venue, x.symbol, x.price, x.failure);
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_risk, pitwall::type_ids::risk)
CAF_ADD_TYPE_ID(pitwall_risk, (pitwall::ask_figures))
CAF_ADD_TYPE_ID(pitwall_risk, (pitwall::figures_answer))
CAF_END_TYPE_ID_BLOCK(pitwall_risk)

namespace pitwall {

using risk_actor = caf::typed_actor<caf::reacts_to<ask_figures>, caf::reacts_to<price_marked>,
                                    caf::reacts_to<publish>>;
using figures_client = caf::typed_actor<caf::reacts_to<figures_answer>>;

}  // namespace pitwall
