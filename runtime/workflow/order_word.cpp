#include "runtime/workflow/order_word.hpp"

#include <utility>

namespace pitwall {
namespace {

error wrong(std::string message, std::string remedy) {
  return {errc::invalid_argument, std::move(message), {}, std::move(remedy)};
}

status check_shape(const open_order& o, const order_word& w) {
  if (w.as != "not_sent" && w.as != "filled" && w.as != "canceled")
    return wrong("an order cannot be settled as '" + w.as + "'",
                 "settle it as not_sent, filled or canceled");
  if (w.reason.empty()) return wrong("there is no reason", "give one: it is kept in the journal");
  if (w.as != "not_sent") return done{};
  if (w.filled || w.price)
    return wrong("what was not sent has no fills", "leave out the amount and the price");
  if (o.accepted || o.fills > 0)
    return error{errc::failed_precondition, "the journal shows that the venue had this order",
                 o.client_order_id, "settle it as canceled or filled"};
  return done{};
}

/// How much of it was filled in all.
result<decimal> filled_in_all(const open_order& o, const order_word& w) {
  const bool filled = w.as == "filled";
  const auto all = w.filled.value_or(filled ? o.order.amount : o.filled);
  if (all < o.filled)
    return error{
        errc::failed_precondition,
        "of this order " + o.filled.to_string() + " is filled already, and not " + all.to_string(),
        o.client_order_id, "give what was filled in all"};
  if (all > o.order.amount)
    return wrong("more than the order's " + o.order.amount.to_string() + " cannot be filled",
                 "give what was filled in all");
  if (filled && all == o.filled)
    return wrong("nothing more of it would be filled", "settle it as canceled");
  if (!filled && all == o.order.amount)
    return wrong("all of it would be filled", "settle it as filled");
  return all;
}

result<decimal> price_of(const open_order& o, const order_word& w) {
  if (!w.price && o.order.kind == order_kind::market)
    return wrong("a market order has no price of its own", "give the price at which it was filled");
  const auto price = w.price.value_or(o.order.price);
  if (price <= decimal(0)) return wrong("a price is above 0", "give the price of the fill");
  return price;
}

}  // namespace

result<settled_order> settle_by_word(const open_order& o, const order_word& w, timestamp now) {
  PITWALL_CHECK(check_shape(o, w));
  settled_order out;
  auto& r = out.report;
  r.client_order_id = o.client_order_id;
  r.at = now;
  r.reason =
      "settled by " + (w.operator_name.empty() ? "an operator" : w.operator_name) + ": " + w.reason;
  const auto& id = o.client_order_id;
  out.events.push_back(order_settled{o.node, id, w.as, w.reason, w.operator_name});
  if (w.as == "not_sent") {
    r.state = order_state::rejected;
    r.code = w.as;
    out.events.push_back(order_rejected{o.node, id, r.code, r.reason});
    return out;
  }
  PITWALL_TRY(all, filled_in_all(o, w));
  PITWALL_TRY(more, sub(all, o.filled));
  const bool complete = all == o.order.amount;
  if (!o.filled.is_zero()) {
    PITWALL_TRY(average, div(o.paid, o.filled));
    r.fills.push_back({average, o.filled, 0, {}});
  }
  if (!more.is_zero()) {
    PITWALL_TRY(price, price_of(o, w));
    r.fills.push_back({price, more, 0, {}});
    out.events.push_back(order_filled{o.node, id, o.order, r.fills.back(), complete});
  } else if (w.price) {
    return wrong("there is a price, but nothing more was filled", "leave it out");
  }
  r.state = complete ? order_state::filled : order_state::canceled;
  if (!complete) out.events.push_back(order_canceled{o.node, id, r.reason});
  return out;
}

}  // namespace pitwall
