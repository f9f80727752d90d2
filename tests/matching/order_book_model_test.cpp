// The order book against a model that is too simple to be wrong: a list of orders, searched whole.
#include <algorithm>
#include <map>
#include <random>

#include "runtime/matching/order_book.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::matching;

namespace {

decimal minus(decimal a, decimal b) { return sub(a, b).value(); }
decimal plus(decimal a, decimal b) { return add(a, b).value(); }

struct naive_book {
  struct waiting {
    new_order order;
    decimal left;
  };
  bool prevent_self_trade = false;
  std::vector<waiting> resting;  // by arrival
  std::vector<level> bids, asks;

  static bool within(const new_order& o, decimal price) {
    if (o.type == order_type::market) return true;
    return o.way == side::buy ? price <= o.price : price >= o.price;
  }
  static bool better(side makers, decimal a, decimal b) {
    return makers == side::sell ? a < b : a > b;
  }

  // One trade after the other; each time the whole book is searched for the best claim.
  placement place(const new_order& o, std::vector<fill>& fills) {
    naive_book tried = *this;
    std::vector<fill> made;
    const side makers = opposite(o.way);
    std::vector<level> quotes = makers == side::sell ? asks : bids;
    decimal left = o.quantity;
    bool self = false;
    while (left > decimal{}) {
      auto best = tried.resting.end();
      for (auto it = tried.resting.begin(); it != tried.resting.end(); ++it) {
        if (it->order.way != makers || !within(o, it->order.price)) continue;
        if (best == tried.resting.end() || better(makers, it->order.price, best->order.price))
          best = it;
      }
      auto quote = quotes.begin();
      while (quote != quotes.end() && (quote->quantity.is_zero() || !within(o, quote->price)))
        ++quote;
      const bool from_quote =
          quote != quotes.end() &&
          (best == tried.resting.end() || better(makers, quote->price, best->order.price));
      if (from_quote) {
        const decimal q = std::min(left, quote->quantity);
        quote->quantity = minus(quote->quantity, q);
        left = minus(left, q);
        made.push_back({o.id, o.way, false, quote->price, q, left});
        continue;
      }
      if (best == tried.resting.end()) break;
      if (prevent_self_trade && o.owner != 0 && best->order.owner == o.owner) {
        self = true;
        break;
      }
      const decimal q = std::min(left, best->left), price = best->order.price;
      best->left = minus(best->left, q);
      left = minus(left, q);
      made.push_back({best->order.id, makers, true, price, q, best->left});
      made.push_back({o.id, o.way, false, price, q, left});
      if (best->left.is_zero()) tried.resting.erase(best);
    }
    if (o.type == order_type::fok && left > decimal{})
      return {outcome::killed, decimal{}, o.quantity};
    *this = tried;
    fills.insert(fills.end(), made.begin(), made.end());
    const decimal filled = minus(o.quantity, left);
    if (left.is_zero()) return {outcome::filled, filled, left};
    if (self) return {outcome::self_trade, filled, left};
    if (o.type != order_type::limit) return {outcome::exhausted, filled, left};
    resting.push_back({o, left});
    return {outcome::resting, filled, left};
  }

  std::vector<waiting> sorted(side s) const {
    std::vector<waiting> out;
    for (const auto& w : resting)
      if (w.order.way == s) out.push_back(w);
    std::stable_sort(out.begin(), out.end(), [&](const waiting& a, const waiting& b) {
      return better(s, a.order.price, b.order.price);
    });
    return out;
  }

  void quote(std::vector<level> new_bids, std::vector<level> new_asks, std::vector<fill>& fills) {
    bids = std::move(new_bids);
    asks = std::move(new_asks);
    for (const side s : {side::buy, side::sell}) {
      for (const auto& w : sorted(s)) {
        decimal there;
        for (const level& q : s == side::buy ? asks : bids) {
          if (within(w.order, q.price)) there = plus(there, q.quantity);
        }
        const decimal q = std::min(there, w.left);
        if (q.is_zero()) continue;
        auto it = std::find_if(resting.begin(), resting.end(),
                               [&](const waiting& x) { return x.order.id == w.order.id; });
        it->left = minus(it->left, q);
        fills.push_back({w.order.id, s, true, w.order.price, q, it->left});
        if (it->left.is_zero()) resting.erase(it);
      }
    }
  }
};

struct generator {
  std::mt19937_64 random;
  explicit generator(std::uint64_t seed) : random(seed) {}

  std::uint64_t below(std::uint64_t n) { return random() % n; }
  decimal amount() { return decimal::from_raw(int128{decimal::one_raw / 8} * (1 + below(24))); }
  decimal price() { return decimal(static_cast<int>(95 + below(11))); }
  std::vector<level> quotes(side s) {
    std::vector<level> out;
    decimal at = s == side::buy ? decimal(static_cast<int>(95 + below(5)))
                                : decimal(static_cast<int>(101 + below(5)));
    for (std::uint64_t n = below(4); n > 0; --n) {
      out.push_back({at, amount()});
      at = s == side::buy ? minus(at, 1) : plus(at, 1);
    }
    return out;
  }
  new_order order(order_id id) {
    return {id,
            below(4),
            below(2) == 0 ? side::buy : side::sell,
            static_cast<order_type>(below(6) < 3 ? 0 : 1 + below(3)),
            amount(),
            price()};
  }
};

void compare(const order_book& book, const naive_book& model) {
  for (const side s : {side::buy, side::sell}) {
    const auto real = book.orders(s);
    const auto expected = model.sorted(s);
    REQUIRE(real.size() == expected.size());
    for (std::size_t i = 0; i < real.size(); ++i) {
      REQUIRE(real[i].id == expected[i].order.id);
      REQUIRE(real[i].left == expected[i].left);
      REQUIRE(real[i].price == expected[i].order.price);
    }
  }
}

// What holds whatever the model says.
struct invariants {
  std::map<order_id, new_order> orders;
  std::map<order_id, decimal> filled;

  void check(const std::vector<fill>& fills, const order_book& book, bool quoted) {
    decimal bought, sold;
    for (const fill& f : fills) {
      const new_order& o = orders.at(f.order);
      REQUIRE(f.quantity > decimal{});
      REQUIRE(naive_book::within(o, f.price));
      filled[f.order] = plus(filled[f.order], f.quantity);
      REQUIRE(plus(filled[f.order], f.left) == o.quantity);
      (f.way == side::buy ? bought : sold) = plus(f.way == side::buy ? bought : sold, f.quantity);
    }
    if (quoted) return;
    REQUIRE(bought == sold);
    const auto bid = book.best(side::buy), ask = book.best(side::sell);
    REQUIRE((!bid || !ask || *bid < *ask));
  }
};

void run(std::uint64_t seed, bool with_quotes) {
  CAPTURE(seed, with_quotes);
  generator g(seed);
  const bool prevent = g.below(2) == 0;
  order_book book(prevent);
  naive_book model;
  model.prevent_self_trade = prevent;
  invariants always;
  for (order_id id = 1; id <= 150; ++id) {
    CAPTURE(id);
    std::vector<fill> real, expected;
    const auto dice = g.below(10);
    if (with_quotes && dice == 0) {
      const auto bids = g.quotes(side::buy), asks = g.quotes(side::sell);
      book.quote(bids, asks, real);
      model.quote(bids, asks, expected);
    } else if (dice == 1) {
      const order_id victim = 1 + g.below(id);
      const auto gone = book.cancel(victim);
      const auto count =
          std::erase_if(model.resting, [&](const auto& w) { return w.order.id == victim; });
      REQUIRE(gone.has_value() == (count == 1));
    } else {
      const new_order o = g.order(id);
      always.orders[id] = o;
      const auto estimate = book.preview(o).value();
      const placement a = book.place(o, real).value();
      const placement b = model.place(o, expected);
      REQUIRE(a.end == b.end);
      REQUIRE(a.filled == b.filled);
      REQUIRE(a.left == b.left);
      REQUIRE(plus(a.filled, a.left) == o.quantity);
      if (o.type == order_type::fok) {
        REQUIRE((a.filled.is_zero() || a.filled == o.quantity));
      } else {
        REQUIRE(estimate.quantity == a.filled);
      }
    }
    REQUIRE(real == expected);
    always.check(real, book, with_quotes);
    compare(book, model);
  }
}

}  // namespace

TEST_CASE("the order book does what a naive model does", "[order_book][property]") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) run(seed, false);
}

TEST_CASE("the order book with quotes does what a naive model does", "[order_book][property]") {
  for (std::uint64_t seed = 1'001; seed <= 1'060; ++seed) run(seed, true);
}
