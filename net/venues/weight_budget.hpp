// Job: how much of what a Binance-like venue allows in its windows is used, by its own words, and
//      whether a further request for market data, or a further order, still fits: so that its 429
//      is not what says so.
// Known: the limits by exchangeInfo, what is used by the headers of answers (all clients of the
//      address together), and what left since by the weights that the venue publishes. Before the
//      first word of each nothing is held back.
// Held back: market data from market_share of the minute's weight on, so that the rest is there for
//      orders, queries that settle them, and cancels, which are never held back for weight; orders
//      at the number of new orders that is allowed.
// Windows: fixed ones of the venue's clock; where that is not known they last from the first word.
// A
//      word is believed for a minute: orders that filled leave room ("ORDERS" of Binance's FAQ on
//      its order count), of which nothing is heard while none leaves.
// Time: given. Threads: one owner. Tests: tests/net/weight_budget_test.cpp
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

namespace pitwall {

/// The venue's limits; 0: it has none of the kind.
struct weight_limits {
  std::uint64_t weight_a_minute = 0, orders_in_ten_seconds = 0, orders_a_day = 0;
};
/// `rateLimits` of an exchangeInfo. unavailable: there are none.
result<weight_limits> parse_rate_limits(std::string_view body);

/// What the headers of an answer say, as texts; empty: nothing.
struct weight_words {
  std::string weight, orders_in_ten_seconds, orders_a_day;
};

/// What a request is counted as.
unsigned weight_of(std::string_view path, std::string_view parameters);

class weight_budget {
 public:
  using time = std::chrono::steady_clock::time_point;
  /// In percent.
  static constexpr std::uint64_t market_share = 80;

  struct held {
    milliseconds wait{};  ///< Until the window is over, at least 1.
    std::string why;
  };

  void learn_limits(const weight_limits& limits) { limits_ = limits; }
  /// A request leaves, and is answered or lost.
  void begin(unsigned weight, bool is_order = false) {
    under_way_ += weight;
    orders_under_way_ += is_order ? 1 : 0;
  }
  void end(unsigned weight, bool is_order = false) {
    under_way_ -= weight;
    orders_under_way_ -= is_order ? 1 : 0;
  }
  /// `venue_ms`: the venue's clock, where it is known.
  void learn(const weight_words& words, time now, std::optional<std::int64_t> venue_ms);

  /// Nothing: it may leave.
  std::optional<held> holds_market(unsigned weight, time now) const;
  std::optional<held> holds_order(time now) const;

 private:
  struct window {
    milliseconds length;
    bool only_grows;  ///< Or by the latest word, as of orders: one that fills counts no more.
    void learn(const std::string& word, time now, std::optional<std::int64_t> venue_ms);
    std::uint64_t used = 0;
    time ends{};
    std::uint64_t used_at(time now) const { return now < ends ? used : 0; }
  };

  weight_limits limits_;
  std::uint64_t under_way_ = 0, orders_under_way_ = 0;
  window minute_{milliseconds(60'000), true}, ten_seconds_{milliseconds(10'000), false},
      day_{milliseconds(86'400'000), false};
};

}  // namespace pitwall
