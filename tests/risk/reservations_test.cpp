#include "runtime/risk/reservations.hpp"

#include <random>
#include <vector>

#include "runtime/risk/pre_trade.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

using place = reservations::place;
const place btc{"paper", "BTC/USDT"}, eth{"paper", "ETH/USDT"};

timestamp at_ms(std::int64_t ms) { return timestamp(std::chrono::milliseconds(ms)); }
reserved_order buy(const std::string& bot, decimal amount, const place& where = btc) {
  return {bot, where.first, where.second, true, amount};
}
reserved_order sell(const std::string& bot, decimal amount, const place& where = btc) {
  return {bot, where.first, where.second, false, amount};
}

}  // namespace

TEST_CASE("an order holds what of it has not filled, until its final word") {
  reservations r;
  REQUIRE(r.reserve("1", buy("a", 5), at_ms(0)));
  REQUIRE(r.reserve("2", sell("a", 2), at_ms(0)));
  REQUIRE(r.reserve("3", buy("b", 1), at_ms(0)));
  CHECK_FALSE(r.reserve("3", buy("b", 1), at_ms(0)));
  CHECK(r.open_at("a", btc) == open_amounts{5, 2});
  CHECK(r.open_at(btc) == open_amounts{6, 2});
  CHECK(r.open_at("a", eth) == open_amounts{});
  CHECK(r.open_orders("a") == 2);
  CHECK(r.open_orders() == 3);
  r.fill("1", 3);
  CHECK(r.open_at("a", btc) == open_amounts{2, 2});
  CHECK(r.open_orders("a") == 2);
  r.fill("1", 9);  // More than was ordered frees no more than was held.
  CHECK(r.open_at(btc) == open_amounts{1, 2});
  r.close("1");
  r.close("1");
  r.close("2");
  CHECK(r.open_at("a", btc) == open_amounts{});
  CHECK(r.open_orders("a") == 0);
  CHECK(r.open_orders() == 1);
}

TEST_CASE("an intent holds what nobody asked for, and what was asked for only once") {
  reservations r;
  r.confirm("1", buy("a", 5));
  CHECK(r.open_at("a", btc).buys == 5);
  REQUIRE(r.reserve("2", buy("a", 1), at_ms(0)));
  r.confirm("2", buy("a", 1));
  CHECK(r.open_at("a", btc).buys == 6);
}

TEST_CASE("what was let through and never came is given back, what came is not") {
  reservations r;
  REQUIRE(r.reserve("2", buy("a", 1), at_ms(0)));
  REQUIRE(r.reserve("3", buy("a", 2), at_ms(500)));
  r.confirm("2", buy("a", 1));
  CHECK(r.open_at("a", btc).buys == 3);
  r.withdraw("3");
  r.withdraw("2");
  CHECK(r.open_at("a", btc).buys == 1);
}

TEST_CASE("orders let through are counted for a second") {
  reservations r;
  REQUIRE(r.reserve("1", buy("a", 1), at_ms(0)));
  REQUIRE(r.reserve("2", buy("b", 1), at_ms(400)));
  CHECK(r.let_through_lately(at_ms(999)) == 2);
  CHECK(r.let_through_lately("a", at_ms(999)) == 1);
  CHECK(r.let_through_lately(at_ms(1'000)) == 1);
  CHECK(r.let_through_lately("a", at_ms(1'000)) == 0);
  CHECK(r.let_through_lately("b", at_ms(1'399)) == 1);
  CHECK(r.let_through_lately(at_ms(0)) == 0);  // Set back: starts anew.
}

// Orders, fills and final words of several bots in any order, against a list that is added up anew
// each time; and what the limit promises: whatever fills, no position is ever beyond it.
TEST_CASE("no position passes its limit however orders and fills interleave") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const std::vector<std::string> bots{"a", "b", "c"};
  int refused = 0;
  for (int world = 0; world < 200; ++world) {
    struct live {
      std::string id;
      reserved_order order;
      bool confirmed = false;
    };
    reservations r;
    std::vector<live> orders;
    std::map<std::string, std::map<place, decimal>> held;
    const decimal most(static_cast<int>(5 + random() % 20));
    auto limits = risk_limits::none();
    limits.max_position_size = most;
    int last = 0;
    for (int step = 0; step < 150; ++step) {
      const auto& bot = bots[random() % bots.size()];
      const auto& where = random() % 2 == 0 ? btc : eth;
      const decimal amount(static_cast<int>(1 + random() % 6));
      if (orders.empty() || random() % 3 == 0) {
        const bool buys = random() % 2 == 0;
        const auto open = r.open_at(bot, where);
        const exposure e{held[bot][where], open.buys, open.sells, 0, 0, {}, {}, {}};
        if (check_order({buys, amount, {}, {}}, e, limits, "x")) {
          ++refused;
          continue;
        }
        const reserved_order o{bot, where.first, where.second, buys, amount};
        orders.push_back({std::to_string(++last), o});
        REQUIRE(r.reserve(orders.back().id, o, at_ms(step)));
        continue;
      }
      const auto n = random() % orders.size();
      auto& x = orders[n];
      switch (random() % 4) {
        case 0:
          r.confirm(x.id, x.order);
          x.confirmed = true;
          break;
        case 1: {
          const auto filled = std::min(x.order.amount, amount);
          r.fill(x.id, filled);
          x.order.amount = sub(x.order.amount, filled).value();
          auto& position = held[x.order.bot_id][{x.order.venue, x.order.symbol}];
          position = add(position, x.order.buys ? filled : -filled).value();
          break;
        }
        case 2:
          r.close(x.id);
          r.close(x.id);
          orders.erase(orders.begin() + static_cast<long>(n));
          break;
        default:
          r.withdraw(x.id);
          if (!x.confirmed) orders.erase(orders.begin() + static_cast<long>(n));
      }
      std::map<std::string, std::map<place, open_amounts>> open;
      std::map<std::string, std::int64_t> count;
      for (const auto& o : orders) {
        auto& sum = open[o.order.bot_id][{o.order.venue, o.order.symbol}];
        auto& side = o.order.buys ? sum.buys : sum.sells;
        side = add(side, o.order.amount).value();
        ++count[o.order.bot_id];
      }
      for (const auto& b : bots) {
        REQUIRE(r.open_orders(b) == count[b]);
        for (const auto& w : {btc, eth}) {
          REQUIRE(r.open_at(b, w) == open[b][w]);
          REQUIRE(held[b][w].abs() <= most);
        }
      }
      REQUIRE(r.open_orders() == static_cast<std::int64_t>(orders.size()));
    }
  }
  CHECK(refused > 100);
}
