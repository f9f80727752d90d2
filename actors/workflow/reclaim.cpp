// Job: an order router has died: all live executions claim what they wait for anew.
#include <utility>

#include "actors/workflow/actor.hpp"

namespace pitwall {

struct workflow::reclaiming {
  caf::typed_response_promise<orders_reclaimed> promise;
  orders_reclaimed found;
  std::size_t missing = 1;
};

caf::result<orders_reclaimed> workflow::reclaim(const reclaim_orders& message) {
  auto round = std::make_shared<reclaiming>();
  round->promise = make_response_promise<orders_reclaimed>();
  rounds_.push_back(round);
  const auto one_less = [this, round] {
    if (--round->missing > 0) return;
    if (std::erase(rounds_, round) > 0) round->promise.deliver(std::move(round->found));
  };
  round->missing += live_.size();
  for (auto& [id, x] : live_)
    request(x.handle, caf::infinite, message)
        .then(
            [round, one_less](orders_reclaimed& claimed) {
              auto& all = round->found.client_order_ids;
              all.insert(all.end(), claimed.client_order_ids.begin(),
                         claimed.client_order_ids.end());
              one_less();
            },
            [one_less](caf::error&) { one_less(); });  // It has ended, or comes back.
  one_less();
  return round->promise;
}

/// It dies: its executions come back from the journal.
void workflow::stop_reclaiming() {
  for (const auto& round : std::exchange(rounds_, {})) round->promise.deliver(orders_reclaimed{});
}

}  // namespace pitwall
