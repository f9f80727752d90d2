// Job: an order router has died under an execution: which of its orders the nodes claim anew.
// Order: a node's word on an order comes before its answer here, so that in the end each order in
//      flight is either claimed, or what is known of it is on its way to the journal.
#include <utility>

#include "actors/execution/actor.hpp"

namespace pitwall {

struct execution::reclaiming {
  caf::typed_response_promise<orders_reclaimed> promise;
  orders_reclaimed found;
  std::size_t missing = 1;
};

caf::result<orders_reclaimed> execution::reclaim(const std::string& venue) {
  auto round = std::make_shared<reclaiming>();
  round->promise = make_response_promise<orders_reclaimed>();
  rounds_.push_back(round);
  const auto one_less = [this, round] {
    if (--round->missing > 0) return;
    if (!unsent_.empty()) flush(0);
    if (std::erase(rounds_, round) > 0) round->promise.deliver(std::move(round->found));
  };
  const auto& nodes = replaced_.empty() ? context_->nodes : replaced_;
  for (std::uint32_t i = 0; i < run_.nodes.size(); ++i) {
    const auto& n = run_.nodes[i];
    if (!order_in_flight(n) || n.order->venue != venue) continue;
    if (waits_to_be_sent(i)) {
      // It will reach the successor by itself.
      round->found.client_order_ids.push_back(n.client_order_id);
      continue;
    }
    ++round->missing;
    request(nodes[i], caf::infinite, reclaim_order{n.attempt, n.client_order_id, *n.order})
        .then(
            [round, id = n.client_order_id, one_less](bool claimed) {
              if (claimed) round->found.client_order_ids.push_back(id);
              one_less();
            },
            [one_less](caf::error&) { one_less(); });
  }
  one_less();
  return round->promise;
}

bool execution::waits_to_be_sent(std::uint32_t node) const {
  for (const auto& w : waiting_)
    for (const auto& effect : w.effects)
      if (const auto* order = std::get_if<place_order>(&effect); order && order->node == node)
        return true;
  return false;
}

/// It ends: what it knew is durable, or comes back from the journal.
void execution::stop_reclaiming() {
  for (const auto& round : std::exchange(rounds_, {})) round->promise.deliver(orders_reclaimed{});
}

}  // namespace pitwall
