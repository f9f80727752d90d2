// Job: a limit order book of one symbol: matches by price, then by time of arrival, at the price
//      of the resting order. Pure: the same calls give the same fills.
// Quotes: besides resting orders a book may have quotes: standing liquidity of a simulated market.
//      At the same price resting orders go first. Quotes are not used up: every order meets all of
//      them, so that one's own orders do not move the simulated market, and fills do not depend on
//      how many others came before.
// Threads: one owner. Errors: invalid_argument, already_exists, out_of_range; the book is
//      unchanged. Bounds: one entry per resting order: the owner limits their number. Quantities
//      up to max_quantity and prices up to max_price, so that no sum and no product overflows.
// Tests: tests/matching/order_book_test.cpp (examples), order_book_model_test.cpp (against a naive
//      model).
#pragma once

#include <array>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "runtime/matching/order.hpp"

namespace pitwall::matching {

class order_book {
 public:
  static constexpr decimal max_quantity{std::int64_t{10'000'000'000}};
  static constexpr decimal max_price{std::int64_t{1'000'000'000}};

  /// With self-trade prevention an order that meets one of its own owner is cancelled there (the
  /// newest goes), unless it says meets_own.
  explicit order_book(bool prevent_self_trade = false) : prevent_self_trade_(prevent_self_trade) {}

  /// Appends the fills of both sides.
  result<placement> place(const new_order& order, std::vector<fill>& fills);

  /// What the order would trade right now.
  struct estimate {
    decimal quantity, notional;
    bool self_trade = false;
  };
  /// Errors: out_of_range where the notional is beyond a decimal.
  result<estimate> preview(const new_order& order) const;

  struct resting_order {
    order_id id = 0;
    owner_id owner = 0;
    decimal price, left;
  };
  /// Nothing where it does not rest.
  std::optional<resting_order> cancel(order_id id);

  /// Replaces the quotes; both sides best first. Resting orders that the new quotes cross are
  /// filled at their own price, each up to the quantity quoted within it.
  void quote(std::span<const level> bids, std::span<const level> asks, std::vector<fill>& fills);

  /// Price of the best resting order of a side.
  std::optional<decimal> best(side s) const noexcept;
  /// The resting orders of a side, best price first, oldest first.
  std::vector<resting_order> orders(side s) const;
  std::size_t size() const noexcept { return places_.size(); }

 private:
  using queue = std::list<resting_order>;
  /// Keyed so that the best price comes first on both sides: asks by price, bids by its negative.
  using levels = std::map<decimal, queue>;
  struct place_of {
    side way;
    levels::iterator at;
    queue::iterator order;
  };
  struct take {
    bool quoted;
    decimal price, quantity;
  };

  static constexpr decimal key(side s, decimal price) noexcept {
    return s == side::buy ? -price : price;
  }
  template <class Take>
  bool walk(const new_order& order, Take&& each) const;
  void trade(const new_order& order, const take& t, decimal& left, std::vector<fill>& fills);
  void rest(const new_order& order, decimal left);
  void fill_crossed(side s, std::vector<fill>& fills);

  bool prevent_self_trade_;
  std::array<levels, 2> resting_;             // by side
  std::array<std::vector<level>, 2> quotes_;  // by side
  std::unordered_map<order_id, place_of> places_;
  std::vector<take> takes_;  // scratch of place(), kept for its capacity
};

}  // namespace pitwall::matching
