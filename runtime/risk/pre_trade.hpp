// Job: the one place that says whether an order is within the limits, before anything of it is
//      journaled or sent.
// Errors: a refusal names the limit, the figure and the threshold; figures that cannot be computed
//      refuse, they never let through.
// Threads: plain functions. Tests: tests/risk/pre_trade_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/base/clock.hpp"
#include "runtime/base/value.hpp"
#include "runtime/risk/limits.hpp"

namespace pitwall {

struct order_facts {
  bool buys = true;
  decimal amount;                     ///< > 0
  std::optional<decimal> price;       ///< Of a limit order.
  std::optional<decimal> last_price;  ///< The latest of its symbol, where one is known.
  decimal rate = 1;                   ///< What the quote asset is worth in the account's currency.
};

/// How a scope (the host, or a bot) stands, without the order in question.
struct exposure {
  decimal position;                ///< Signed, in the order's symbol at its venue.
  decimal open_buys, open_sells;   ///< Of orders there that are not final: what may still fill.
  std::int64_t open_orders = 0;    ///< Anywhere.
  std::int64_t orders_lately = 0;  ///< Let through within the last second.
  decimal daily_pnl;
  decimal equity, peak_equity;
  /// How long ago one like it was let through; nothing: not lately.
  std::optional<microseconds> like_it_ago{};
};

struct refusal {
  std::string code;   ///< Machine-readable; docs/risk.md lists them.
  std::string limit;  ///< Its name; empty where the code is about no limit.
  decimal figure, threshold;
  std::string message;
};

/// Codes that belong to no limit.
inline constexpr std::string_view duplicate_order = "duplicate_order",
                                  figures_unknown = "figures_unknown",
                                  price_unknown = "price_unknown",
                                  currency_unknown = "currency_unknown";

/// Nothing: within all limits. `scope` is for the message: "the host", "bot 'b'".
std::optional<refusal> check_order(const order_facts& order, const exposure& now,
                                   const risk_limits& limits, const std::string& scope);

/// What a figure does over time: tells once when it comes near its limit, and once when it exceeds
/// it; again only after it has been below 80 % (resp. within the limit) in between.
struct limit_alarm {
  std::string limit;
  bool exceeded = false;  ///< False: a warning.
  decimal figure, threshold, utilization;
};
class limit_watch {
 public:
  static constexpr int warning_percent = 80;
  /// A floor where the limit's name says so. Errors: out_of_range.
  result<std::optional<limit_alarm>> look(const limit_description& limit, decimal figure,
                                          const std::optional<decimal>& threshold);

 private:
  enum class level : std::uint8_t { calm, near, exceeded };
  std::array<level, 9> levels_{};  ///< By place in limit_table().
};

}  // namespace pitwall
