// Job: the orders in doubt as people see them.
#include "actors/order_router/actor.hpp"

namespace pitwall {

order_doubts order_router::doubts() const {
  order_doubts out;
  for (const auto& [id, o] : orders_) {
    const bool asked = o.fate == doubt::to_ask || o.fate == doubt::asked;
    if (!asked || o.client) continue;
    out.all.push_back(
        {id, o.found.reason.empty() ? "the venue is being asked for it" : o.found.reason});
  }
  return out;
}

}  // namespace pitwall
