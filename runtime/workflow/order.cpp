#include "runtime/workflow/order.hpp"

#include <algorithm>
#include <array>

namespace pitwall {

namespace {

result<decimal> traded_notional(const std::vector<order_fill>& fills) {
  decimal sum;
  for (const auto& fill : fills) {
    PITWALL_TRY(part, mul(fill.price, fill.quantity));
    PITWALL_TRY(next, add(sum, part));
    sum = next;
  }
  return sum;
}

/// average += (price - average) * share: never forms price * quantity, which may be beyond decimal,
/// at the price of a rounding a fill.
decimal stepwise_average(const std::vector<order_fill>& fills) {
  decimal average;
  decimal quantity;
  for (const auto& fill : fills) {
    const auto total = add(quantity, fill.quantity);
    if (!total.ok() || total->is_zero()) continue;
    const auto share = div(fill.quantity, *total);
    const auto distance = sub(fill.price, average);
    if (!share.ok() || !distance.ok()) continue;
    const auto shift = mul(*distance, *share);
    if (!shift.ok()) continue;
    const auto next = add(average, *shift);
    if (!next.ok()) continue;
    average = *next;
    quantity = *total;
  }
  return average;
}

}  // namespace

std::string_view to_string(order_side s) noexcept { return s == order_side::buy ? "buy" : "sell"; }

std::string_view to_string(order_kind k) noexcept {
  switch (k) {
    case order_kind::market:
      return "market";
    case order_kind::limit:
      return "limit";
    case order_kind::fok:
      return "FOK";
    case order_kind::ioc:
      return "IOC";
    case order_kind::gtc:
      return "GTC";
  }
  return "market";
}

result<order_kind> order_kind_from_string(std::string_view text) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  constexpr std::array kinds{order_kind::market, order_kind::limit, order_kind::fok,
                             order_kind::ioc, order_kind::gtc};
  for (const auto kind : kinds) {
    const auto name = to_string(kind);
    if (std::equal(name.begin(), name.end(), text.begin(), text.end(),
                   [&](char a, char b) { return lower(a) == lower(b); })) {
      return kind;
    }
  }
  return {errc::invalid_argument,
          "unknown order type '" + std::string(text.substr(0, 60)) + "'",
          {},
          "use market, limit, FOK, IOC or GTC"};
}

std::string_view to_string(order_state s) noexcept {
  switch (s) {
    case order_state::accepted:
      return "accepted";
    case order_state::partially_filled:
      return "partially_filled";
    case order_state::filled:
      return "filled";
    case order_state::canceled:
      return "canceled";
    case order_state::rejected:
      return "rejected";
    case order_state::in_doubt:
      return "in_doubt";
  }
  return "in_doubt";
}

decimal order_report::filled_quantity() const noexcept {
  decimal sum;
  for (const auto& fill : fills) {
    // A sum beyond decimal is no quantity any venue trades; it stays at what can be told.
    if (const auto next = add(sum, fill.quantity); next.ok()) sum = *next;
  }
  return sum;
}

decimal order_report::average_price() const noexcept {
  const auto quantity = filled_quantity();
  if (quantity.is_zero()) return {};
  if (const auto notional = traded_notional(fills); notional.ok()) {
    if (const auto average = div(*notional, quantity); average.ok()) return *average;
  }
  return stepwise_average(fills);
}

}  // namespace pitwall
