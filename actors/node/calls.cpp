// Job: calls for a venue's data: the breaker first, then the venue, then the breaker is told.
#include <utility>

#include "actors/node/actor.hpp"

namespace pitwall {

void node::ask_market(token t, const market_request& request) {
  const auto* v = setup_.shared->venues.find(request.venue);
  if (v == nullptr) {
    auto it = pending_.find(t);
    fail(it->second, {errc::not_found, "no venue '" + request.venue + "' is configured", {}, {}});
    pending_.erase(it);
    return;
  }
  const auto name = breaker_name_.empty() ? v->port->name() + "/data" : breaker_name_;
  with_breaker(name, [this, t](const breaker_actor& guard) {
    auto* p = find(t);
    if (p == nullptr) return;  // Abandoned meanwhile.
    p->guard = guard;
    send(guard, ask_call{t, p->attempt.retry, p->attempt.deadline});
  });
}

void node::with_breaker(const std::string& name, std::function<void(const breaker_actor&)> then) {
  if (const auto known = breakers_.find(name); known != breakers_.end()) return then(known->second);
  request(setup_.shared->breakers, caf::infinite, find_breaker{name})
      .then(
          [this, name, then = std::move(then)](const breaker_actor& found) {
            if (breakers_.emplace(name, found).second) monitor(found);
            then(found);
          },
          // The attempt's deadline ends it.
          [this, name](caf::error& e) {
            setup_.shared->log->write(log_level::error, "breaker",
                                      name + " cannot be had: " + home_system().render(e));
          });
}

void node::call_market(token t) {
  auto* p = find(t);
  if (p == nullptr) return;  // Ended before it was granted; the breaker has been told.
  const auto& wanted = std::get<market_request>(p->asked);
  const auto* v = setup_.shared->venues.find(wanted.venue);
  p->under_way = true;
  auto cancel =
      v->port->fetch_market(wanted, [self = node_actor(this), t](result<market_data> outcome) {
        market_answer a;
        a.token = t;
        if (outcome.ok()) {
          a.price_feed = std::move(outcome->price_feed);
          a.balance = std::move(outcome->balance);
          a.positions = std::move(outcome->positions);
          a.orderbook = std::move(outcome->orderbook);
          a.observed_at = outcome->observed_at;
        } else {
          a.failure = wire_error(outcome.error());
        }
        caf::anon_send(self, std::move(a));
      });
  p->cancel = std::move(cancel);
}

/// Its place at the breaker is given back; what is still under way at the venue ends for real.
void node::end_of_call(pending& p, token t, call_outcome outcome) {
  if (!p.guard) return;
  send(std::exchange(p.guard, nullptr), end_call{t, outcome});
  if (p.cancel) std::exchange(p.cancel, nullptr)();
}

}  // namespace pitwall
