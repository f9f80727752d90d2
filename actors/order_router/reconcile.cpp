// Job: before a venue opens, at the start or after its router died, what it lists as open has to be
//      known to be open. What looks like an order of ours and is not keeps the venue closed until
//      it is gone.
#include <algorithm>
#include <utility>

#include "actors/order_router/actor.hpp"
#include "runtime/workflow/stray_orders.hpp"

namespace pitwall {

/// False: not yet, or never; what it waits for calls count_settled() again.
bool order_router::reconciled() {
  if (listing_ == listing::agrees) return true;
  if (listing_ == listing::wanted) list_at_venue();
  return false;
}

void order_router::list_at_venue() {
  listing_ = listing::asked;
  options_.to->open_orders(
      [self = order_router_actor(this)](result<std::vector<std::string>> outcome) {
        orders_listed m;
        if (outcome.ok())
          m.client_order_ids = std::move(*outcome);
        else
          m.failure = wire_error(outcome.error());
        caf::anon_send(self, std::move(m));
      });
}

void order_router::listed(const orders_listed& m) {
  if (listing_ != listing::asked) return;
  if (m.failure.failed())
    return list_later("the venue's open orders cannot be listed: " + m.failure.message);
  const auto strays = find_strays(m.client_order_ids,
                                  [this](const std::string& id) { return orders_.contains(id); });
  // Between its being listed and now one may have filled: two lists in a row have to name it.
  std::vector<std::string> sure;
  for (const auto& id : strays.ours)
    if (std::find(suspects_.begin(), suspects_.end(), id) != suspects_.end()) sure.push_back(id);
  suspects_ = strays.ours;
  if (!sure.empty())
    return list_later(
        "the venue has open orders of ours that the journal does not know or holds "
        "as over (" +
        count_and_name(sure) +
        "): cancel them there; it is asked again, and opens once they are gone");
  if (!suspects_.empty()) return list_later({});
  if (!strays.foreign.empty() && options_.log)
    options_.log->write(log_level::warning, "venue",
                        options_.to->name() + " has open orders of somebody else (" +
                            count_and_name(strays.foreign) + "): they are left alone");
  listing_ = listing::agrees;
  last_error_.clear();
  count_settled();
}

void order_router::list_later(std::string why) {
  if (!why.empty()) {
    if (why != last_error_ && options_.log)
      options_.log->write(log_level::error, "venue", options_.to->name() + " stays closed: " + why);
    last_error_ = std::move(why);
    ++lists_failed_;
  }
  delayed_send(this, wait_after(lists_failed_), try_again{});
  show_condition();
}

}  // namespace pitwall
