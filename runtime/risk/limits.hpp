// Job: the limits of risk: what may be configured, and how a figure stands against its limit.
// Rule: limits with `loss` in their name are floors, exceeded below them; all others are ceilings,
//      exceeded above them. At the limit nothing is exceeded. A profit uses nothing of a floor.
// Money: decimals, in the account's currency; sizes in the base asset. Threads: plain values.
// Docs: docs/risk.md has the table below, and a test compares them.
// Tests: tests/risk/limits_test.cpp
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/decimal.hpp"
#include "runtime/base/result.hpp"

namespace pitwall {

/// Of the host or of one bot. Nothing: no such limit.
struct risk_limits {
  std::optional<decimal> daily_loss_limit = -500;
  std::optional<decimal> max_drawdown_percent = 20;
  std::optional<decimal> max_position_size = 10'000;
  std::optional<decimal> max_order_size;
  std::optional<decimal> max_order_notional;
  std::optional<decimal> price_collar_percent;
  std::optional<decimal> orders_per_second;
  std::optional<decimal> max_open_orders;
  std::optional<decimal> duplicate_window_ms;

  /// All of them off.
  static risk_limits none();
  friend bool operator==(const risk_limits&, const risk_limits&) = default;
};

/// What a host is configured with.
struct risk_settings {
  risk_limits limits{};                       ///< Of the host, and of every bot that has none.
  std::map<std::string, risk_limits> bots{};  ///< By bot id.
  decimal capital = 100'000;  ///< Equity before the first trade; the base of the drawdown.
  bool auto_halt = false;     ///< What is beyond a limit, or would be, halts the scope.
  std::chrono::milliseconds look_every{0};  ///< Prices of what is held; 0: only where needed.
  /// An older price judges nobody; prices are looked at twice in that time at least.
  std::chrono::milliseconds max_price_age{60'000};
  std::string currency = "USDT";  ///< Of the account: of capital, profit and limits.
};

struct limit_description {
  std::string_view name;
  std::string_view unit;
  std::string_view code;  ///< Of an order that is rejected for it.
  std::string_view meaning;
  std::optional<decimal> risk_limits::*member;
};
const std::array<limit_description, 9>& limit_table() noexcept;

/// "none" switches it off. Errors: invalid_argument naming the limit and what it may be.
status set_limit(risk_limits& limits, std::string_view name, std::string_view text);

bool exceeds_floor(decimal figure, const std::optional<decimal>& floor) noexcept;
bool exceeds_ceiling(decimal figure, const std::optional<decimal>& ceiling) noexcept;

/// To the last of its 18 places. Errors: division_by_zero, out_of_range.
result<decimal> as_percent(decimal part, decimal whole);

/// In percent of the limit, never below 0; a limit of 0 is used up as soon as it is exceeded.
/// Errors: out_of_range where the number has no room for it.
result<decimal> utilization_of_floor(decimal figure, decimal floor);
result<decimal> utilization_of_ceiling(decimal figure, decimal ceiling);

/// How far equity has fallen from its peak, in percent of the peak: 100 * (peak - equity) / peak.
/// 0 at the peak and above. Errors: division_by_zero where the peak is not above 0 and equity is
/// below it.
result<decimal> drawdown_percent(decimal equity, decimal peak);

}  // namespace pitwall
