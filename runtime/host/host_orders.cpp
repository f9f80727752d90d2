// Job: the host's own orders, as the journal and the order routers have them.
#include <map>

#include "runtime/host/wiring.hpp"

namespace pitwall {

void host::orders(order_filter wanted, completion<order_page> then) {
  std::map<std::string, std::string> doubts;
  for (const auto& [name, v] : w_->shared->venues.all()) {
    auto now = w_->ask<order_doubts>(v.router, ask_doubts{});
    if (!now.ok()) continue;  // It is being replaced: the journal has to do.
    for (auto& d : now->all) doubts.emplace(std::move(d.client_order_id), std::move(d.why));
  }
  const auto& venues = w_->shared->venues.all();
  then(read_orders(*w_->storage.events, wanted, [&](listed_order& o) {
    const auto found = doubts.find(o.order.client_order_id);
    if (found != doubts.end()) {
      o.standing = order_standing::in_doubt;
      o.why = found->second;
    } else if (!venues.contains(o.order.order.venue)) {
      o.standing = order_standing::in_doubt;
      o.why = "venue '" + o.order.order.venue + "' is not configured: nobody can be asked";
    }
  }));
}

}  // namespace pitwall
