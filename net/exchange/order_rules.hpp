// Job: reads an order from its parameters and holds it against the rules of its symbol, with the
//      codes and texts of the real exchange.
// Threads: pure. Tests: tests/net/exchange_rules_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/exchange/parameters.hpp"
#include "runtime/base/value.hpp"
#include "runtime/matching/order.hpp"

namespace pitwall::sim {

struct symbol_rules {
  std::string symbol, base, quote;
  decimal tick = decimal::from_raw(decimal::one_raw / 100);
  decimal min_price = tick, max_price = 1'000'000;
  decimal step = decimal::from_raw(decimal::one_raw / 100'000);
  decimal min_quantity = step, max_quantity = 9'000;
  decimal min_notional = 5, max_notional = 9'000'000;
  std::size_t max_orders = 200;  ///< Open ones.
};

inline constexpr const char* order_id_pattern = "^[\\.A-Z\\:/a-z0-9_-]{1,36}$";

enum class order_kind : std::uint8_t { limit, market, limit_maker };
enum class lifetime : std::uint8_t { gtc, ioc, fok };
enum class answer_form : std::uint8_t { ack, result, full };
std::string_view to_string(order_kind k) noexcept;
std::string_view to_string(lifetime t) noexcept;
std::string_view to_string(matching::side s) noexcept;

struct order_ticket {
  std::string symbol;
  std::string client_id;  ///< Empty: the exchange names it.
  matching::side way = matching::side::buy;
  order_kind kind = order_kind::limit;
  lifetime lasts = lifetime::gtc;
  decimal quantity, price;
  bool meets_own = false;  ///< selfTradePreventionMode NONE.
  answer_form form = answer_form::full;
};

/// What the parameters say; `rules` is the symbol's.
verdict read_order(const parameters& p, const symbol_rules& rules, order_ticket& out);
/// PRICE_FILTER, LOT_SIZE, NOTIONAL. `market_price`: what a market order is valued at.
verdict check_filters(const order_ticket& o, const symbol_rules& rules, decimal market_price);

/// The symbol's entry in exchangeInfo.
value view_of(const symbol_rules& rules);

}  // namespace pitwall::sim
