// Job: an order's way past the circuit breaker: it waits for the word in orders_, and leaves only
//      if the gate still honours its permit then.
#include <utility>
#include <vector>

#include "actors/order_router/actor.hpp"

namespace pitwall {

void order_router::ask_breaker_for(entry at) {
  auto& o = at->second;
  o.asked_breaker = true;
  o.call = ++last_call_;
  calls_[o.call] = at->first;
  const auto ask = [this, call = o.call] {
    send(guard_, ask_call{call, false, options_.clock->now() + limits::default_node_timeout});
  };
  if (guard_) return ask();
  request(options_.breakers, caf::infinite, find_breaker{options_.to->name() + "/orders"})
      .then(
          [this, ask](const breaker_actor& found) {
            if (guard_ != found) monitor(found);
            guard_ = found;
            ask();
          },
          [this, call = o.call](caf::error& e) {
            refused(
                {call, "circuit_open", "its breaker cannot be had: " + home_system().render(e), 0});
          });
}

void order_router::granted(const call_granted& message) {
  const auto call = calls_.find(message.token);
  const auto at = call == calls_.end() ? orders_.end() : orders_.find(call->second);
  if (at == orders_.end() || at->second.call != message.token || !at->second.asked_breaker) {
    calls_.erase(message.token);
    if (guard_) send(guard_, end_call{message.token, call_outcome::ignored});
    return;
  }
  at->second.asked_breaker = false;
  if (auto held = options_.gate->refusal_of(at->second.permit)) {
    end_of_call(at->second, call_outcome::ignored);
    return answer_rejected(at, std::move(held->code), std::move(held->reason));
  }
  leave(at);
}

void order_router::refused(const call_refused& message) {
  const auto call = calls_.extract(message.token);
  if (call.empty()) return;
  const auto at = orders_.find(call.mapped());
  if (at == orders_.end() || at->second.call != message.token) return;
  at->second.call = 0;
  answer_rejected(at, message.type, message.message + "; nothing was sent");
}

void order_router::answer_rejected(entry at, std::string code, std::string reason) {
  order_report r;
  r.client_order_id = at->first;
  r.state = order_state::rejected;
  r.code = std::move(code);
  r.reason = std::move(reason);
  r.at = options_.clock->now();
  at->second.asked_breaker = false;
  report(r);
}

void order_router::end_of_call(open_order& o, call_outcome outcome) {
  const auto call = std::exchange(o.call, 0);
  if (call == 0) return;
  calls_.erase(call);
  if (guard_) send(guard_, end_call{call, outcome});
}

void order_router::withdraw(entry at) {
  end_of_call(at->second, call_outcome::ignored);
  orders_.erase(at);
}

/// It waits for its turn, and gives that up: the venue never hears of it.
void order_router::cancel_unsent(entry at) {
  end_of_call(at->second, call_outcome::ignored);
  answer_rejected(at, "not_sent", "cancelled while it waited for its turn; nothing was sent");
}

/// Those that waited for its word ask its successor; those that had it are out already.
void order_router::breaker_died() {
  guard_ = nullptr;
  std::vector<std::string> waiting;
  for (auto& [id, o] : orders_) {
    if (o.asked_breaker) waiting.push_back(id);
    calls_.erase(std::exchange(o.call, 0));
  }
  for (const auto& id : waiting)
    if (const auto at = orders_.find(id); at != orders_.end()) ask_breaker_for(at);
}

}  // namespace pitwall
