// Job: the nouns of matching. They are this room's own: the house's orders
//      (runtime/workflow/order.hpp) carry texts and venues that a book has no use for.
// Threads: plain values.
#pragma once

#include <cstdint>

#include "runtime/base/decimal.hpp"

namespace pitwall::matching {

using order_id = std::uint64_t;
/// Whose order it is, for self-trade prevention; 0: nobody's, trades with everyone.
using owner_id = std::uint64_t;

enum class side : std::uint8_t { buy, sell };
constexpr side opposite(side s) noexcept { return s == side::buy ? side::sell : side::buy; }

/// limit rests until filled or cancelled; market takes any price; ioc takes what is there within
/// its price; fok all of it within its price, or nothing. Only a limit order ever rests.
enum class order_type : std::uint8_t { limit, market, ioc, fok };

struct level {
  decimal price, quantity;
  friend bool operator==(const level&, const level&) = default;
};

struct new_order {
  order_id id = 0;
  owner_id owner = 0;
  side way = side::buy;
  order_type type = order_type::limit;
  decimal quantity;        ///< > 0
  decimal price;           ///< > 0; of a market order: ignored.
  bool meets_own = false;  ///< Trades with its owner's orders, whatever the book prevents.
};

/// One order's part of a trade. A trade between two orders makes two of them, maker first; one with
/// the quotes makes one.
struct fill {
  order_id order = 0;
  side way = side::buy;
  bool maker = false;
  decimal price, quantity;
  decimal left;  ///< Of the order, after this fill.
  friend bool operator==(const fill&, const fill&) = default;
};

enum class outcome : std::uint8_t {
  filled,
  resting,    ///< What is left rests.
  exhausted,  ///< market, ioc: nothing more within the price; what is left is dropped.
  killed,     ///< fok: not all of it was there; nothing traded.
  self_trade  ///< Met an order of its own owner; what is left is dropped.
};

struct placement {
  outcome end = outcome::filled;
  decimal filled, left;
};

}  // namespace pitwall::matching
