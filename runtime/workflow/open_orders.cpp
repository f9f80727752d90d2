#include "runtime/workflow/open_orders.hpp"

#include <type_traits>

#include "runtime/workflow/run_time.hpp"

namespace pitwall {

const std::vector<std::string>& open_order_fold::types() {
  static const std::vector<std::string> names{
      "order_intent",     "order_submitted",     "order_filled",     "order_rejected",
      "order_canceled",   "order_in_doubt",      "node_completed",   "node_failed",
      "execution_failed", "execution_completed", "execution_halted", "execution_cancelled",
      "execution_resumed"};
  return names;
}

void open_order_fold::take(const event& e) {
  std::visit(
      [this, at = e.at](const auto& x) {
        using type = std::decay_t<decltype(x)>;
        if constexpr (std::is_same_v<type, order_intent>) {
          if (find(x.client_order_id) == nullptr)
            orders_.push_back(
                {{x.node, x.client_order_id, x.order, 0, false, !ended_, {}, {}, at, {}}, false});
        } else if constexpr (std::is_same_v<type, order_submitted>) {
          if (auto* o = find(x.client_order_id)) {
            o->accepted = true;
            o->doubt.clear();
          }
        } else if constexpr (std::is_same_v<type, order_filled>) {
          if (auto* o = find(x.client_order_id)) {
            ++o->fills;
            o->accepted = true;
            o->doubt.clear();
            if (const auto sum = add(o->filled, x.fill.quantity); sum.ok()) o->filled = *sum;
            const auto price = mul(x.fill.price, x.fill.quantity);
            if (const auto sum = price.ok() ? add(o->paid, *price) : price; sum.ok())
              o->paid = *sum;
          }
          if (x.complete) close(x.client_order_id);
        } else if constexpr (std::is_same_v<type, order_rejected> ||
                             std::is_same_v<type, order_canceled>) {
          close(x.client_order_id);
        } else if constexpr (std::is_same_v<type, order_in_doubt>) {
          if (auto* o = find(x.client_order_id)) {
            o->awaited = false;
            o->doubt = x.reason.empty() ? "the venue did not say what became of it" : x.reason;
          }
        } else if constexpr (std::is_same_v<type, node_completed> ||
                             std::is_same_v<type, node_failed>) {
          node_ended(x.node);
        } else if constexpr (std::is_same_v<type, execution_completed> ||
                             std::is_same_v<type, execution_failed> ||
                             std::is_same_v<type, execution_halted> ||
                             std::is_same_v<type, execution_cancelled>) {
          ended_ = true;
          for (auto& o : orders_) o.awaited = false;
        } else if constexpr (std::is_same_v<type, execution_resumed>) {
          ended_ = false;
          for (auto& o : orders_) o.awaited = !o.node_ended;
        }
      },
      e.body);
}

std::vector<open_order> open_order_fold::orders() const {
  std::vector<open_order> open;
  for (const auto& o : orders_)
    if (!o.closed) open.push_back(o);
  return open;
}

open_order_fold::known* open_order_fold::find(std::string_view client_order_id) {
  for (auto& o : orders_)
    if (o.client_order_id == client_order_id) return &o;
  return nullptr;
}

void open_order_fold::close(std::string_view client_order_id) {
  if (auto* o = find(client_order_id)) o->closed = true;
}

void open_order_fold::node_ended(const node_ref& node) {
  if (node == nullptr) return;
  for (auto& o : orders_)
    if (o.node != nullptr && o.node->id == node->id) {
      o.awaited = false;
      o.node_ended = true;
    }
}

std::vector<event> cancel_unrun(const std::vector<open_order>& awaited, timestamp started_at,
                                timestamp now, std::string reason) {
  std::vector<event> events;
  for (const auto& o : awaited)
    events.push_back(
        {now, order_in_doubt{o.node, o.client_order_id,
                             "the execution ended before the venue's final word on the order"}});
  events.push_back({now, execution_cancelled{std::move(reason), elapsed(started_at, now)}});
  return events;
}

}  // namespace pitwall
