// Job: candles of the exchange's own trades. A span without a trade repeats the last price; before
//      the first trade there are none.
// Threads: pure. Bounds: `limit` candles; one pass over the trades that are kept.
// Tests: tests/net/exchange_rules_test.cpp
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "net/exchange/records.hpp"

namespace pitwall::sim {

enum class interval_unit : std::uint8_t { fixed, week, month };
struct kline_interval {
  interval_unit unit = interval_unit::fixed;
  std::int64_t length_ms = 60'000;  ///< Of fixed ones.

  /// When the span that holds this time begins: UTC, weeks on Mondays.
  std::int64_t start_of(std::int64_t time_ms) const;
  std::int64_t next(std::int64_t start_ms) const;
};
/// "1s", "1m" ... "12h", "1d", "3d", "1w", "1M".
std::optional<kline_interval> parse_interval(std::string_view text);

struct candle {
  std::int64_t open_ms = 0, close_ms = 0;
  decimal open, high, low, close, volume, quote_volume, bought, quote_bought;
  std::uint64_t trades = 0;
};

void add_to(candle& c, const trade_record& t);

struct kline_wish {
  kline_interval interval;
  std::optional<std::int64_t> start_ms, end_ms;
  std::size_t limit = 500;
};
/// The first `limit` from start_ms on, else the last ones.
std::vector<candle> candles(const std::deque<trade_record>& trades, std::string_view symbol,
                            const kline_wish& wish, std::int64_t now_ms);
/// A row of the answer.
value view_of(const candle& c);

}  // namespace pitwall::sim
