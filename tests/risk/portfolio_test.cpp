#include "runtime/risk/portfolio.hpp"

#include <map>
#include <random>
#include <vector>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

constexpr timestamp day_one{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
constexpr std::chrono::hours one_day{24};

decimal d(std::string_view text) { return decimal::parse(text).value(); }

portfolio_fill buy(const char* quantity, const char* price, const char* fee = "0",
                   timestamp at = day_one) {
  return {"bot", "paper", "BTC", true, d(price), d(quantity), d(fee), at};
}
portfolio_fill sell(const char* quantity, const char* price, const char* fee = "0",
                    timestamp at = day_one) {
  auto f = buy(quantity, price, fee, at);
  f.buy = false;
  return f;
}

portfolio after(const std::vector<portfolio_fill>& fills) {
  portfolio p;
  for (const auto& f : fills) REQUIRE(p.apply(f).ok());
  return p;
}

position held(const portfolio& p) { return p.position_of("bot", "paper", "BTC"); }
profit_and_loss pnl(const portfolio& p, timestamp now = day_one) {
  auto r = p.profit("bot", now);
  REQUIRE(r.ok());
  return *r;
}

}  // namespace

TEST_CASE("nothing done, nothing held") {
  const portfolio p;
  CHECK(held(p) == position{});
  CHECK(pnl(p) == profit_and_loss{});
  CHECK(p.open_places("bot").empty());
  CHECK(p.orders_today("bot", day_one) == 0);
}

TEST_CASE("what a series of fills makes of a position") {
  struct row {
    const char* name;
    std::vector<portfolio_fill> fills;
    const char *quantity, *average, *realized;
  };
  for (const auto& r :
       {row{"open long", {buy("2", "100")}, "2", "100", "0"},
        row{"enlarge", {buy("2", "100"), buy("1", "130")}, "3", "110", "0"},
        row{"reduce keeps the average", {buy("2", "100"), sell("1", "130")}, "1", "100", "30"},
        row{"close", {buy("2", "100"), sell("2", "90")}, "0", "0", "-20"},
        row{"cross to short", {buy("2", "100"), sell("5", "110")}, "-3", "110", "20"},
        row{"open short", {sell("2", "100")}, "-2", "100", "0"},
        row{"enlarge short", {sell("2", "100"), sell("2", "110")}, "-4", "105", "0"},
        row{"reduce short", {sell("2", "100"), buy("1", "90")}, "-1", "100", "10"},
        row{"cross to long", {sell("2", "100"), buy("3", "120")}, "1", "120", "-40"},
        row{"fees reduce what is realized",
            {buy("2", "100", "0.5"), sell("1", "130", "0.25")},
            "1",
            "100",
            "29.25"},
        row{"a rebate adds", {buy("1", "100", "-0.1")}, "1", "100", "0.1"},
        row{"reopen after closing",
            {buy("1", "100"), sell("1", "110"), buy("1", "300")},
            "1",
            "300",
            "10"},
        row{"no dust is left by tenths",
            {buy("0.1", "3"), buy("0.2", "3"), sell("0.3", "3")},
            "0",
            "0",
            "0"}}) {
    CAPTURE(r.name);
    const auto p = after(r.fills);
    CHECK(held(p) == position{d(r.quantity), d(r.average)});
    CHECK(pnl(p).realized_total == d(r.realized));
    CHECK(pnl(p).realized_today == d(r.realized));
    CHECK(p.open_places("bot").empty() == d(r.quantity).is_zero());
  }
}

TEST_CASE("what is not realized follows the latest price") {
  auto p = after({buy("2", "100")});
  CHECK(pnl(p).unrealized.is_zero());
  p.mark("paper", "BTC", d("110.5"));
  CHECK(pnl(p).unrealized == d("21"));
  p.mark("other", "BTC", d("1"));
  p.mark("paper", "ETH", d("1"));
  CHECK(pnl(p).unrealized == d("21"));
  REQUIRE(p.apply(sell("1", "120")).ok());
  CHECK(pnl(p).unrealized == d("20"));
  CHECK(pnl(p).realized_total == d("20"));
  auto short_one = after({sell("2", "100")});
  short_one.mark("paper", "BTC", d("110"));
  CHECK(pnl(short_one).unrealized == d("-20"));
}

TEST_CASE("bots, venues and symbols are apart") {
  auto other_bot = buy("1", "10"), other_venue = buy("2", "20"), other_symbol = buy("3", "30");
  other_bot.bot_id = "bot2";
  other_venue.venue = "kraken";
  other_symbol.symbol = "ETH";
  const auto p = after({buy("4", "40"), other_bot, other_venue, other_symbol});
  CHECK(held(p).quantity == decimal(4));
  CHECK(p.position_of("bot2", "paper", "BTC").quantity == decimal(1));
  CHECK(p.position_of("bot", "kraken", "BTC").quantity == decimal(2));
  CHECK(p.position_of("bot", "paper", "ETH").quantity == decimal(3));
  CHECK(p.open_places("bot") ==
        std::vector<portfolio::place>{{"kraken", "BTC"}, {"paper", "BTC"}, {"paper", "ETH"}});
}

TEST_CASE("today ends at midnight UTC") {
  const auto last = day_one + one_day - microseconds{1}, next = day_one + one_day;
  auto p = after({buy("3", "100", "0", day_one), sell("1", "110", "0", last)});
  p.count_order("bot", last);
  CHECK(pnl(p, last).realized_today == decimal(10));
  CHECK(p.orders_today("bot", last) == 1);
  CHECK(pnl(p, next).realized_today.is_zero());
  CHECK(pnl(p, next).realized_total == decimal(10));
  CHECK(p.orders_today("bot", next) == 0);
  REQUIRE(p.apply(sell("1", "130", "0", next)).ok());
  p.count_order("bot", next);
  p.count_order("bot", next);
  p.count_order("bot2", next);
  CHECK(pnl(p, next).realized_today == decimal(30));
  CHECK(p.orders_today("bot", next) == 2);
  // Told late: it counts in the total, not in today.
  REQUIRE(p.apply(sell("1", "90", "0", last)).ok());
  p.count_order("bot", last);
  CHECK(pnl(p, next).realized_today == decimal(30));
  CHECK(pnl(p, next).realized_total == decimal(30));
  CHECK(p.orders_today("bot", next) == 2);
}

TEST_CASE("a clock that was ahead for a while takes nothing from the day it returns to") {
  auto p = after({buy("3", "100", "0", day_one), sell("1", "90", "0", day_one)});
  p.count_order("bot", day_one);
  p.count_order("bot", day_one);
  const auto ahead = day_one + 400 * one_day;
  p.count_order("bot", ahead);
  REQUIRE(p.apply(sell("1", "80", "0", ahead)).ok());
  p = portfolio::from_snapshot(p.snapshot()).value();
  CHECK(p.orders_today("bot", day_one) == 2);
  CHECK(pnl(p, day_one).realized_today == decimal(-10));
  CHECK(pnl(p, ahead).realized_today == decimal(-20));
  p.count_order("bot", day_one);
  CHECK(p.orders_today("bot", day_one) == 3);
  // Days are not kept for ever, but the one in use is.
  for (int i = 1; i < 50; ++i) {
    p.count_order("bot", ahead + i * one_day);
    p.count_order("bot", day_one);
  }
  CHECK(p.orders_today("bot", day_one) == 52);
  CHECK(p.orders_today("bot", ahead) == 0);
}

TEST_CASE("a snapshot of the earlier form, with one day, is read") {
  const auto stored = value(value::object{
      {"accounts", value::list{value::object{{"bot", "bot"},
                                             {"positions", value::list{}},
                                             {"realized", decimal(7)},
                                             {"peak", decimal(9)},
                                             {"day", decimal(day_one.time_since_epoch() / one_day)},
                                             {"realized_today", decimal(5)},
                                             {"orders_today", decimal(4)}}}},
      {"marks", value::list{}},
      {"fill_prices", value::list{}}});
  const auto p = portfolio::from_snapshot(stored).value();
  CHECK(p.orders_today("bot", day_one) == 4);
  CHECK(pnl(p).realized_today == decimal(5));
  CHECK(pnl(p).realized_total == decimal(7));
}

TEST_CASE("the peak is the best that any fill saw") {
  auto p = after({buy("2", "100", "1")});
  CHECK(pnl(p).peak_total.is_zero());
  REQUIRE(p.apply(sell("1", "150")).ok());  // 50 realized, 50 open, 1 of fees
  CHECK(pnl(p).peak_total == decimal(99));
  REQUIRE(p.apply(sell("1", "80")).ok());
  CHECK(pnl(p).realized_total == decimal(29));
  CHECK(pnl(p).peak_total == decimal(99));
}

TEST_CASE("a fill that cannot be is refused and leaves no trace") {
  auto p = after({buy("2", "100")});
  p.mark("paper", "BTC", d("105"));
  const auto before = pnl(p);
  const auto next_day = day_one + one_day;
  for (const auto& bad : {buy("0", "100"), buy("-1", "100"), buy("1", "0"), sell("1", "-5")}) {
    auto s = p.apply(bad);
    REQUIRE_FALSE(s.ok());
    CHECK(s.error().code == errc::invalid_argument);
    CHECK_FALSE(s.error().remedy.empty());
  }
  // Too large: the quantity, the cost, the profit, the fee.
  for (const auto& bad :
       {buy("170141183460469231731", "1", "0", next_day), buy("1e15", "1e15", "0", next_day),
        sell("2", "170141183460469231731", "0", next_day),
        sell("2", "100", "-170141183460469231731", next_day)}) {
    auto copy = p;
    REQUIRE(copy.apply(sell("0.000001", "1000000000")).ok());
    const auto copy_before = pnl(copy);
    auto s = copy.apply(bad);
    REQUIRE_FALSE(s.ok());
    CHECK(s.error().code == errc::out_of_range);
    CHECK(pnl(copy) == copy_before);
    CHECK(held(copy).quantity == d("1.999999"));
  }
  CHECK(pnl(p) == before);
  auto stranger = buy("0", "1");
  stranger.bot_id = "nobody";
  CHECK_FALSE(p.apply(stranger).ok());
  CHECK(p.open_places("nobody").empty());
}

TEST_CASE("an open profit beyond decimal is an error of the figures, not of the books") {
  auto p = after({buy("1000000000000", "1")});
  p.mark("paper", "BTC", d("1e20"));
  CHECK(p.profit("bot", day_one).error().code == errc::out_of_range);
  CHECK(held(p).quantity == d("1e12"));
}

namespace {

portfolio_fill any_fill(std::mt19937_64& random, timestamp at) {
  // In 1/16, so that no rounding blurs what is compared.
  const auto sixteenths = [&](std::uint64_t most) {
    return decimal::from_raw(static_cast<int128>(1 + random() % most) * (decimal::one_raw / 16));
  };
  portfolio_fill f;
  f.bot_id = random() % 2 == 0 ? "a" : "b";
  f.venue = random() % 3 == 0 ? "kraken" : "paper";
  f.symbol = random() % 3 == 0 ? "ETH" : "BTC";
  f.buy = random() % 2 == 0;
  f.quantity = sixteenths(64);
  f.price = sixteenths(1'000);
  f.fee = sixteenths(4);
  f.at = at;
  return f;
}

}  // namespace

TEST_CASE("property: positions are the sums of the fills, and all money is accounted for") {
  const std::uint64_t seed = 77;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 100; ++round) {
    portfolio p, again;
    std::map<std::tuple<std::string, std::string, std::string>, decimal> quantities;
    std::map<std::string, decimal> cash;  // What each bot paid and got.
    std::vector<portfolio_fill> fills;
    auto at = day_one;
    for (int i = 0; i < 60; ++i) {
      at += std::chrono::minutes(random() % 300);
      const auto f = any_fill(random, at);
      fills.push_back(f);
      REQUIRE(p.apply(f).ok());
      auto& q = quantities[{f.bot_id, f.venue, f.symbol}];
      q = add(q, f.buy ? f.quantity : -f.quantity).value();
      auto& c = cash[f.bot_id];
      const auto amount = mul(f.price, f.quantity).value();
      c = sub(add(c, f.buy ? -amount : amount).value(), f.fee).value();
    }
    for (const char* venue : {"paper", "kraken"}) {
      for (const char* symbol : {"BTC", "ETH"}) p.mark(venue, symbol, decimal(50));
    }
    for (const char* bot : {"a", "b"}) {
      CAPTURE(round, bot);
      auto worth = cash[bot];
      for (const auto& [key, q] : quantities) {
        if (std::get<0>(key) != bot) continue;
        const auto pos = p.position_of(bot, std::get<1>(key), std::get<2>(key));
        REQUIRE(pos.quantity == q);
        REQUIRE(pos.average_entry.is_zero() == q.is_zero());
        worth = add(worth, mul(q, decimal(50)).value()).value();
      }
      // Cash and what is held at its price: the same as realized and unrealized, but for the
      // rounding of the averages, 1e-18 per unit and fill at most.
      const auto r = p.profit(bot, at).value();
      const auto off = sub(add(r.realized_total, r.unrealized).value(), worth).value().abs();
      REQUIRE(off < d("0.0000000000001"));
    }
    // A snapshot in between changes nothing.
    const auto stop = random() % (fills.size() + 1);
    for (std::size_t i = 0; i < fills.size(); ++i) {
      if (i == stop) again = portfolio::from_snapshot(again.snapshot()).value();
      REQUIRE(again.apply(fills[i]).ok());
    }
    for (const char* venue : {"paper", "kraken"}) {
      for (const char* symbol : {"BTC", "ETH"}) again.mark(venue, symbol, decimal(50));
    }
    for (const char* bot : {"a", "b"}) {
      REQUIRE(again.profit(bot, at).value() == p.profit(bot, at).value());
      REQUIRE(again.open_places(bot) == p.open_places(bot));
    }
  }
}
