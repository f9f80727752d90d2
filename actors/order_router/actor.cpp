#include "actors/order_router/actor.hpp"

#include <algorithm>
#include <utility>

namespace pitwall {
namespace {

bool is_over(order_state s) noexcept {
  return s == order_state::filled || s == order_state::canceled || s == order_state::rejected;
}

}  // namespace

order_router::order_router(caf::actor_config& cfg, order_router_options options)
    : order_router_actor::base(cfg), options_(std::move(options)) {}

order_router::behavior_type order_router::make_behavior() {
  return {[this](submit_order& message) { submit(message); },
          [this](const cancel_open& message) { cancel(message); },
          [this](const venue_report& message) { report(message.report); },
          [this](const cancel_answer& message) {
            // Cancels are reported once more by the venue; an order is dropped by whichever comes
            // first.
            for (const auto& id : message.report.canceled) {
              order_report canceled;
              canceled.client_order_id = id;
              canceled.state = order_state::canceled;
              canceled.at = options_.clock->now();
              report(canceled);
            }
          }};
}

void order_router::on_exit() {
  // A late message may keep this actor's memory for a while, but must not keep what it used.
  orders_.clear();
  options_ = {};
}

void order_router::submit(submit_order& message) {
  if (orders_.contains(message.client_order_id)) return;  // Sent before: never twice.
  auto refuse = [&](std::string code, std::string reason) {
    order_report r;
    r.client_order_id = message.client_order_id;
    r.state = order_state::rejected;
    r.code = std::move(code);
    r.reason = std::move(reason);
    r.at = options_.clock->now();
    send(caf::actor_cast<order_client>(current_sender()),
         order_answer{message.token, std::move(r)});
  };
  if (!options_.gate->allows(message.permit)) {
    refuse("halted", "trading is halted; nothing was sent");
    return;
  }
  orders_.emplace(message.client_order_id,
                  open_order{std::move(message.scope.ref), std::move(message.node.ref),
                             message.order, current_sender(), message.token, 0});
  options_.to->submit(message.client_order_id, message.order, message.permit,
                      [self = order_router_actor(this)](order_report r) {
                        caf::anon_send(self, venue_report{std::move(r)});
                      });
}

void order_router::report(const order_report& r) {
  auto it = orders_.find(r.client_order_id);
  if (it == orders_.end()) return;
  auto& o = it->second;
  if (o.client) {
    // A market, FOK or IOC order is answered when it is final; its node waits for that.
    const bool rests = o.order.kind == order_kind::limit || o.order.kind == order_kind::gtc;
    const bool answered = is_over(r.state) || r.state == order_state::in_doubt || rests;
    send(caf::actor_cast<order_client>(o.client), order_answer{o.token, r});
    if (answered) o.client = nullptr;
  } else {
    journal_later(o, r);
  }
  o.fills_known = std::max(o.fills_known, r.fills.size());
  if (is_over(r.state)) orders_.erase(it);
}

void order_router::journal_later(const open_order& o, const order_report& r) {
  event_batch batch{o.scope, {}};
  const auto now = options_.clock->now();
  for (auto i = o.fills_known; i < r.fills.size(); ++i) {
    const bool last = r.state == order_state::filled && i + 1 == r.fills.size();
    batch.events.push_back(
        {now, order_filled{o.node, r.client_order_id, o.order, r.fills[i], last}});
  }
  if (r.state == order_state::canceled)
    batch.events.push_back({now, order_canceled{o.node, r.client_order_id, r.reason}});
  if (!batch.events.empty()) send(options_.writer, append{std::move(batch), 0, false});
}

void order_router::cancel(const cancel_open& message) {
  std::vector<std::string> ids;
  for (const auto& [id, o] : orders_)
    if (o.scope->bot_id == message.bot_id &&
        (message.request.symbol.empty() || o.order.symbol == message.request.symbol))
      ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  auto client = caf::actor_cast<order_client>(current_sender());
  if (ids.empty()) {
    send(client, cancel_answer{message.token, {}, {}});
    return;
  }
  options_.to->cancel(message.request, ids,
                      [self = order_router_actor(this), client,
                       token = message.token](result<cancel_report> outcome) {
                        cancel_answer a{token, {}, {}};
                        if (outcome.ok())
                          a.report = std::move(*outcome);
                        else
                          a.failure = wire_error(outcome.error());
                        caf::anon_send(self, a);
                        caf::anon_send(client, std::move(a));
                      });
}

}  // namespace pitwall
