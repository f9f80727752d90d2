#include "runtime/risk/books.hpp"

#include <random>
#include <set>
#include <vector>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

const timestamp noon{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) +
                     std::chrono::hours(12)};

portfolio_fill fill(const std::string& bot, bool buy, decimal price, decimal quantity) {
  return {bot, "paper", "BTC/USDT", buy, price, quantity, 1, noon};
}

}  // namespace

TEST_CASE("the host has its bots' fills, as one net position") {
  risk_books b;
  b.intent("1", {"a", "paper", "BTC/USDT", true, 3}, noon);
  REQUIRE(b.fill("1", fill("a", true, 100, 3), true).ok());
  b.intent("2", {"b", "paper", "BTC/USDT", false, 2}, noon);
  REQUIRE(b.fill("2", fill("b", false, 110, 1), false).ok());
  CHECK(b.bots().position_of("a", "paper", "BTC/USDT") == position{3, 100});
  CHECK(b.bots().position_of("b", "paper", "BTC/USDT") == position{-1, 110});
  CHECK(b.host().position_of("", "paper", "BTC/USDT") == position{2, 100});
  CHECK(b.orders().open_orders() == 1);
  CHECK(b.orders().open_at("b", {"paper", "BTC/USDT"}) == open_amounts{0, 1});
  b.mark("paper", "BTC/USDT", 120);
  const auto host = b.host().profit("", noon).value();
  CHECK(host.realized_total == 8);  // 10 less two fees.
  CHECK(host.unrealized == 40);
  b.closed("2");
  CHECK(b.orders().open_orders() == 0);
}

TEST_CASE("fills are added up by strategy and by venue, too") {
  risk_books b;
  const auto book = [&](const std::string& id, const std::string& bot, const std::string& strategy,
                        const std::string& venue, bool buy, decimal price) {
    b.intent(id, {bot, venue, "BTC/USDT", buy, 1}, noon);
    REQUIRE(b.fill(id, {bot, venue, "BTC/USDT", buy, price, 1, 0, noon, strategy}, true).ok());
  };
  book("1", "a", "momentum", "x", true, 100);
  book("2", "b", "momentum", "x", false, 130);
  book("3", "a", "arbitrage", "y", true, 100);
  book("4", "a", "", "y", true, 110);
  const auto momentum = b.strategies().profit("momentum", noon).value();
  CHECK(momentum.realized_today == 30);
  CHECK(momentum.unrealized == 0);
  CHECK(momentum.peak_total == 30);
  CHECK(b.strategies().position_of("arbitrage", "y", "BTC/USDT") == position{1, 100});
  CHECK(b.venues().position_of("y", "y", "BTC/USDT") == position{2, 105});
  CHECK(b.venues().profit("x", noon).value().realized_today == 30);
  b.mark("y", "BTC/USDT", 90);
  CHECK(b.venues().profit("y", noon).value().unrealized == -30);
  CHECK(b.strategies().profit("arbitrage", noon).value().unrealized == -10);
  std::vector<std::string> names;
  b.strategies().each([&](const std::string& name) { names.push_back(name); });
  CHECK(names == std::vector<std::string>{"arbitrage", "momentum"});
}

TEST_CASE("a fill that cannot be booked is an error") {
  risk_books b;
  CHECK_FALSE(b.fill("1", fill("a", true, 0, 3), true).ok());
  CHECK(b.bots().position_of("a", "paper", "BTC/USDT") == position{});
  CHECK(b.host().position_of("", "paper", "BTC/USDT") == position{});
}

TEST_CASE("a snapshot and the events after it give what all events give") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int world = 0; world < 100; ++world) {
    risk_books whole, resumed;
    const int cut = static_cast<int>(random() % 60);
    std::vector<std::string> open;
    int last = 0;
    for (int step = 0; step < 60; ++step) {
      if (step == cut) {
        auto read = risk_books::from_snapshot(whole.snapshot());
        REQUIRE(read.ok());
        resumed = std::move(*read);
      }
      const bool both = step >= cut;
      const std::string bot = random() % 2 == 0 ? "a" : "b";
      const bool buys = random() % 2 == 0;
      const decimal amount(static_cast<int>(1 + random() % 5));
      const decimal price(static_cast<int>(90 + random() % 20));
      const auto apply = [&](auto&& change) {
        change(whole);
        if (both) change(resumed);
      };
      if (open.empty() || random() % 2 == 0) {
        open.push_back(bot + (buys ? "+" : "-") + std::to_string(++last));
        apply([&](risk_books& b) {
          b.intent(open.back(), {bot, "paper", "BTC/USDT", buys, amount}, noon);
        });
        continue;
      }
      const auto id = open[random() % open.size()];
      if (random() % 3 == 0) {
        apply([&](risk_books& b) { b.closed(id); });
        std::erase(open, id);
      } else {
        const bool complete = random() % 2 == 0;
        apply([&](risk_books& b) {
          REQUIRE(b.fill(id, fill(id.substr(0, 1), id[1] == '+', price, amount), complete).ok());
        });
        if (complete) std::erase(open, id);
      }
    }
    if (cut == 0 && last == 0) continue;
    CHECK(resumed.snapshot() == whole.snapshot());
  }
}

TEST_CASE("a snapshot that makes no sense is refused") {
  for (const auto& v : {value(), value(value::object{{"bots", value()}}),
                        value(value::object{{"bots", portfolio().snapshot()},
                                            {"host", portfolio().snapshot()},
                                            {"orders", value(value::list{value(1)})}})}) {
    const auto read = risk_books::from_snapshot(v);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == errc::data_loss);
  }
}
