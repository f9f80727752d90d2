#include "runtime/risk/limits.hpp"

#include <algorithm>

#include "runtime/risk/recent_orders.hpp"

namespace pitwall {
namespace {

constexpr std::array<limit_description, 9> table{{
    {"daily_loss_limit", "currency", "daily_loss_limit",
     "profit and loss since 00:00 UTC, realized and unrealized, may not be below it",
     &risk_limits::daily_loss_limit},
    {"max_drawdown_percent", "percent", "max_drawdown",
     "equity may not have fallen further from its peak", &risk_limits::max_drawdown_percent},
    {"max_position_size", "base asset", "max_position_size",
     "held and ordered together, long or short, in one symbol of one venue",
     &risk_limits::max_position_size},
    {"max_order_size", "base asset", "max_order_size", "amount of one order",
     &risk_limits::max_order_size},
    {"max_order_notional", "currency", "max_order_notional",
     "amount of one order times its price, or the latest price of a market order",
     &risk_limits::max_order_notional},
    {"price_collar_percent", "percent", "price_collar",
     "distance of a limit price from the latest price, on either side",
     &risk_limits::price_collar_percent},
    {"orders_per_second", "orders", "orders_per_second", "orders let through within one second",
     &risk_limits::orders_per_second},
    {"max_open_orders", "orders", "max_open_orders",
     "orders on their way, resting or in doubt, at once", &risk_limits::max_open_orders},
    {"duplicate_window_ms", "ms", "duplicate_order",
     "for so long after an order one with the same bot, venue, symbol, side, type, amount and "
     "price "
     "is refused",
     &risk_limits::duplicate_window_ms},
}};

bool is_count(std::string_view name) {
  return name == "orders_per_second" || name == "max_open_orders" || name == "duplicate_window_ms";
}

}  // namespace

result<decimal> as_percent(decimal part, decimal whole) {
  // The hundred first: the quotient's last digits would be lost, and with them the limit's side.
  if (const auto hundredfold = mul(part, decimal(100)); hundredfold.ok())
    return div(*hundredfold, whole);
  PITWALL_TRY(share, div(part, whole));
  return mul(share, decimal(100));
}

risk_limits risk_limits::none() {
  risk_limits off;
  for (const auto& d : table) off.*d.member = std::nullopt;
  return off;
}

const std::array<limit_description, 9>& limit_table() noexcept { return table; }

status set_limit(risk_limits& limits, std::string_view name, std::string_view text) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const limit_description& d) { return d.name == name; });
  if (found == table.end()) {
    std::string known;
    for (const auto& d : table) known += (known.empty() ? "" : ", ") + std::string(d.name);
    return error{errc::invalid_argument, "there is no limit '" + std::string(name) + "'",
                 std::string(name), "the limits are " + known};
  }
  if (text == "none") {
    limits.*found->member = std::nullopt;
    return done{};
  }
  const error wrong{errc::invalid_argument,
                    "'" + std::string(text) + "' is no value of " + std::string(name),
                    std::string(name),
                    is_count(name)               ? "give a whole number, at least 0, or none"
                    : name == "daily_loss_limit" ? "give a number, as -500, or none"
                                                 : "give a number, at least 0, or none"};
  const auto number = decimal::parse(text);
  if (!number.ok()) return wrong;
  if (is_count(name) && !number->to_int().ok()) return wrong;
  if (name != "daily_loss_limit" && number->is_negative()) return wrong;
  if (name == "duplicate_window_ms" && *number > decimal(recent_orders::longest_window.count()))
    return error{errc::invalid_argument, wrong.message, wrong.where,
                 "give at most an hour: 3600000"};
  limits.*found->member = *number;
  return done{};
}

bool exceeds_floor(decimal figure, const std::optional<decimal>& floor) noexcept {
  return floor && figure < *floor;
}

bool exceeds_ceiling(decimal figure, const std::optional<decimal>& ceiling) noexcept {
  return ceiling && figure > *ceiling;
}

result<decimal> utilization_of_floor(decimal figure, decimal floor) {
  // A floor above 0 says what must have been earned: there is no part of it to use up.
  if (floor >= decimal(0)) return decimal(figure < floor ? 100 : 0);
  if (figure >= decimal(0)) return decimal(0);
  return as_percent(figure, floor);
}

result<decimal> utilization_of_ceiling(decimal figure, decimal ceiling) {
  if (figure <= decimal(0)) return decimal(0);
  if (ceiling <= decimal(0)) return decimal(100);
  return as_percent(figure, ceiling);
}

result<decimal> drawdown_percent(decimal equity, decimal peak) {
  if (equity >= peak) return decimal(0);
  if (peak <= decimal(0))
    return error{
        errc::division_by_zero, "equity has never been above 0: no drawdown in percent", {}, {}};
  PITWALL_TRY(fallen, sub(peak, equity));
  return as_percent(fallen, peak);
}

}  // namespace pitwall
