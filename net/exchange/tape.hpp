// Job: the exchange's own trades as the public sees them: one by one, gathered by the order that
//      took them, and as figures of the last day.
// Threads: pure. Bounds: `limit` rows; one pass over the trades that are kept.
// Tests: tests/net/exchange_tape_test.cpp
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/exchange/klines.hpp"
#include "net/exchange/records.hpp"

namespace pitwall::sim {

/// A trade, or what one order took at one price in one step of the market.
struct print {
  trade_id first = 0, last = 0;
  decimal price, quantity;
  std::int64_t time_ms = 0;
  bool buyer_made = false;  ///< The buyer's order was there first.
  order_id taker = 0;       ///< 0: nobody's here, a step of the prices met an order.
};

struct tape_wish {
  std::optional<trade_id> from;
  std::optional<std::int64_t> start_ms, end_ms;
  std::size_t limit = 500;
  bool gathered = false;
};
/// The first `limit` from the beginning that is named, else the last ones; oldest first.
std::vector<print> prints(const std::deque<trade_record>& trades, std::string_view symbol,
                          const tape_wish& wish);

struct day_figures {
  candle of;  ///< Of the last 24 hours.
  std::optional<trade_id> first, last;
  decimal last_price, last_quantity;  ///< Of the last trade ever; 0: there was none.
  decimal before;                     ///< The price of the last trade before these 24 hours.
};
day_figures last_day(const std::deque<trade_record>& trades, std::string_view symbol,
                     std::int64_t now_ms);

/// Rows of `trades` and of `aggTrades`.
value trade_view(const print& p);
value gathered_view(const print& p);

/// What is shown of the book beside the figures.
struct best_prices {
  matching::level bid, ask;
  decimal tick;
};
/// The last trade's price; before the first trade the middle of the book, on the tick.
decimal shown_price(const day_figures& d, const best_prices& now);
/// `short_form`: as `type=MINI` asks.
value day_view(const std::string& symbol, const day_figures& d, const best_prices& now,
               std::int64_t now_ms, bool short_form);

}  // namespace pitwall::sim
