// Job: between the house's orders and the texts of the public Binance Spot REST conventions.
// Money: decimal, from text to text.
// Threads: pure functions. Errors: what cannot be read is a result, with the text's beginning.
// Tests: tests/net/binance_venue_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/signature.hpp"
#include "runtime/base/value.hpp"
#include "runtime/workflow/order.hpp"

namespace pitwall::binance {

/// "BTC/USDT", "btc-usdt" and "BTCUSDT" are BTCUSDT. invalid_argument: no symbol at all.
result<std::string> wire_symbol(std::string_view symbol);
/// What the venue takes as newClientOrderId: 1 to 36 of A-Z a-z 0-9 . : / _ -
bool is_order_id(std::string_view id) noexcept;

/// The parameters of POST /api/v3/order, without time and signature.
std::string order_parameters(const std::string& client_order_id, const std::string& symbol,
                             const order_request& order);

/// Completes the parameters of a private request: recvWindow, timestamp and, with a key, their
/// signature.
std::string stamped(std::string parameters, std::int64_t timestamp_ms, milliseconds recv_window,
                    const std::optional<api_key>& key);

/// An order as the venue tells of it.
struct order_word {
  std::string client_order_id, venue_order_id, symbol, status;
  decimal asked, executed;
  std::vector<order_fill> fills;  ///< Only in the answer that placed it.
};
result<order_word> parse_order(std::string_view body);
result<std::vector<order_word>> parse_orders(std::string_view body);
/// Trades of an order, as GET /api/v3/myTrades lists them.
struct trade_page {
  std::vector<order_fill> fills;  ///< In the order of the trades' ids.
  std::int64_t last_id = 0;
};
result<trade_page> parse_trades(std::string_view body);
result<std::int64_t> parse_time(std::string_view body);
/// The LOT_SIZE stepSize of the only symbol in an exchangeInfo.
result<decimal> parse_step(std::string_view body);
/// The price in the middle of the best bid and ask.
result<decimal> parse_mid(std::string_view body);
/// Of two candles the first one's volume: that of the last whole minute. 0 where there is none.
result<decimal> parse_minute_volume(std::string_view body);
/// {bids, asks, time}
result<value> parse_depth(std::string_view body, timestamp seen);
/// Asset -> free amount.
result<value> parse_balances(std::string_view body);

/// {"code": -2010, "msg": "..."}
struct refusal {
  std::int64_t code = 0;
  std::string text;

  /// "insufficient_balance", "invalid_amount", ...; "venue_<number>" where there is no better word.
  std::string word() const;
  /// The venue does not know what became of the request, or means an earlier order of that id.
  bool leaves_doubt() const;
};
std::optional<refusal> parse_refusal(std::string_view body);

inline constexpr std::int64_t no_such_order = -2013, cancel_refused = -2011, clock_refused = -1021,
                              unknown_symbol = -1121;

/// The house's report of an order with all its fills. unavailable: word and fills do not fit
/// together (yet); ask again.
result<order_report> report_of(const order_word& word, std::vector<order_fill> fills,
                               timestamp now);
bool is_open(order_state s) noexcept;

}  // namespace pitwall::binance
