// Job: the prices of a simulated market: a pure function of seed, symbol and time.
// How: time goes in steps of 100 ms. A step's price is the base price times one plus a sum of
//      octaves of noise, from one step to 2^18 steps (7 hours) long, each sqrt(2) times the one
//      before: over seconds to hours it moves like a random walk, and it always returns to the base
//      price. What is quoted in BTC or ETH is at every step the quotient of the two markets in
//      USDT. Any step is computed on its own, in the same bounded work whatever the gap before it.
// Exact: integers only, so that every machine gets the same prices.
// Threads: immutable. Bounds: the price stays within +-1,800 volatilities of the base price (7 % by
//      default); a quotient within those of both. Tests: tests/matching/price_process_test.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/matching/order.hpp"

namespace pitwall::matching {

/// Recorded prices that a market follows instead of its noise. Before the first point it stands at
/// the first, after the last at the last.
struct price_track {
  struct point {
    std::int64_t step = 0;
    decimal bid, ask;  ///< 0 < bid <= ask; put on ticks, the ask at least one above the bid.
  };
  std::vector<point> points;  ///< In the order of their steps; not empty.
};

struct price_options {
  std::uint64_t seed = 1;
  /// Finer, by powers of ten, where a price that nobody gave is below 100 of it.
  decimal tick = decimal::from_raw(decimal::one_raw / 100);
  decimal quantity_step = decimal::from_raw(decimal::one_raw / 100'000'000);
  decimal spread_bps = 2;                ///< Of the mid price; at least a tick.
  std::int64_t volatility_ppb = 40'000;  ///< Of one step, in 1e-9; at most 400,000. 0: no movement.
  unsigned levels = 10;                  ///< Per side; at most 1,000.
  decimal level_notional = 100'000;      ///< About what the first level is worth; deeper ones more.
  /// Symbol -> base price. Otherwise in USDT 60,000 for BTC, 3,000 for ETH, and for others a fixed
  /// price from 1 to 1,000 that depends on the symbol alone; in other known assets what follows.
  std::vector<std::pair<std::string, decimal>> base_prices;
  std::vector<std::pair<std::string, std::shared_ptr<const price_track>>> tracks;  ///< By symbol.
};

/// A market at one step. Levels are best first; bids below asks.
struct market_step {
  std::int64_t step = 0;
  decimal mid;
  std::vector<level> bids, asks;
};

class price_process {
 public:
  static constexpr microseconds step_length = std::chrono::milliseconds(100);
  static std::int64_t step_of(timestamp t) noexcept;
  static timestamp start_of(std::int64_t step) noexcept;

  price_process(const price_options& options, std::string_view symbol);

  struct touch {
    decimal bid, mid, ask;
  };
  /// Bid and ask are multiples of the tick, the mid is one too where no track is followed; 0 < bid
  /// < ask and bid <= mid <= ask.
  touch touch_at(std::int64_t step) const noexcept;
  decimal tick() const noexcept { return decimal::from_raw(tick_); }
  market_step at(std::int64_t step) const;

 private:
  std::int64_t deviation_ppb(std::uint64_t key, std::int64_t step) const noexcept;
  std::int64_t deviation_ppb(std::int64_t step) const noexcept;
  touch tracked(std::int64_t step) const noexcept;

  std::uint64_t key_;
  std::uint64_t over_, under_ = 0;  ///< Whose noise moves it; under_ 0: it is no quotient.
  int128 base_, tick_, lot_, level_quantity_;
  std::int64_t spread_ppb_, volatility_ppb_;
  unsigned levels_;
  std::shared_ptr<const price_track> track_;
};

}  // namespace pitwall::matching
