// Job: which orders were let through lately, to tell one that is sent again by mistake: the same
//      bot, venue, symbol, side, type, amount and price under another client order id.
// Time: given; one from before the clock was set back counts as of now. Bounds: the latest
//      most_kept orders within the longest window. Durable: nothing; a start begins with none.
// Threads: one owner. Tests: tests/risk/recent_orders_test.cpp
#pragma once

#include <compare>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "runtime/base/clock.hpp"
#include "runtime/base/decimal.hpp"

namespace pitwall {

/// What makes two orders the same.
struct order_likeness {
  std::string bot_id, venue, symbol;
  bool buys = true;
  int kind = 0;
  decimal amount, price;
  friend auto operator<=>(const order_likeness&, const order_likeness&) = default;
};

class recent_orders {
 public:
  static constexpr std::size_t most_kept = 65'536;
  static constexpr std::chrono::milliseconds longest_window{3'600'000};

  /// It is let through now.
  void note(const order_likeness& order, const std::string& id, timestamp now);
  /// It was let through, and will not be sent.
  void forget(const std::string& id);
  /// How long ago the latest like it, of another id, was let through; nothing: not within the
  /// longest window.
  std::optional<microseconds> age_of_like(const order_likeness& order, const std::string& id,
                                          timestamp now);
  std::size_t size() const noexcept { return times_.size(); }

 private:
  struct passed {
    timestamp at;
    order_likeness order;
    std::string id;
  };
  void drop_old(timestamp now);
  void remove(const passed& p);

  std::deque<passed> times_;  ///< In the order of coming.
  /// The ids of those alike, oldest first.
  std::map<order_likeness, std::deque<std::pair<timestamp, std::string>>> by_likeness_;
};

}  // namespace pitwall
