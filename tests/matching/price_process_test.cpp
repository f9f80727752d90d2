#include "runtime/matching/price_process.hpp"

#include <algorithm>
#include <random>

#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::matching;

namespace {

decimal d(const char* text) { return decimal::parse(text).value(); }

// 2026-03-01T00:00:00Z in steps.
constexpr std::int64_t start = 17'723'232'000;

bool same(const market_step& a, const market_step& b) {
  return a.step == b.step && a.mid == b.mid && a.bids == b.bids && a.asks == b.asks;
}

}  // namespace

TEST_CASE("same seed, symbol and step: same market, in any order of asking", "[price_process]") {
  const price_process a({}, "BTCUSDT"), b({}, "BTCUSDT");
  std::vector<market_step> forward;
  for (std::int64_t s = start; s < start + 50; ++s) forward.push_back(a.at(s));
  for (std::int64_t s = start + 49; s >= start; --s) {
    CHECK(same(b.at(s), forward[static_cast<std::size_t>(s - start)]));
  }
}

TEST_CASE("the prices of a seed are the same on every machine and in every version",
          "[price_process]") {
  // A change of these breaks recorded runs of users: it must be wanted.
  const price_process btc({}, "BTC/USDT");
  CHECK(btc.touch_at(start).mid.to_string() == "60149.91");
  CHECK(btc.touch_at(start + 600).mid.to_string() == "60264.21");
  const price_process other({}, "LINKUSDT");
  CHECK(other.touch_at(start).mid.to_string() == "210.3");
}

TEST_CASE("what a currency is worth in another one is not made up", "[price_process]") {
  price_options fine;
  fine.tick = d("0.00001");
  const auto mid = [&](const char* symbol) {
    return price_process(fine, symbol).touch_at(start).mid;
  };
  for (const char* dollar : {"USD/USDT", "USDC/USDT", "USDT/USD"}) {
    CAPTURE(dollar);
    CHECK(mid(dollar) > d("0.9"));
    CHECK(mid(dollar) < d("1.1"));
  }
  CHECK(mid("EUR/USDT") > d("1"));
  CHECK(mid("EUR/USDT") < d("1.2"));
  CHECK(mid("ZAR/USDT") > d("0.045"));
  CHECK(mid("ZAR/USDT") < d("0.065"));
  CHECK(mid("USDT/ZAR") > d("15"));
  CHECK(mid("USDT/ZAR") < d("22"));
}

TEST_CASE("what is quoted in BTC or ETH follows from the markets in USDT", "[price_process]") {
  const auto near = [](const decimal& is, const decimal& wanted, const decimal& tick) {
    const auto apart = is > wanted ? *sub(is, wanted) : *sub(wanted, is);
    return apart <= tick;
  };
  for (const std::string between : {"/", "", "-"})
    for (const std::string base : {"ETH", "SOL"}) {
      const price_process cross({}, base + between + "BTC"), over({}, base + between + "USDT"),
          under({}, "BTC" + between + "USDT");
      CAPTURE(base, between);
      for (std::int64_t s = start; s < start + 400'000; s += 9'973) {
        const auto mid = cross.touch_at(s).mid;
        const auto wanted = div(over.touch_at(s).mid, under.touch_at(s).mid).value();
        CAPTURE(mid.to_string(), wanted.to_string());
        // Those two are on ticks of their own.
        REQUIRE(near(mid, wanted, mul(cross.tick(), decimal(3)).value()));
        REQUIRE(cross.at(s).bids.size() == 10);
      }
      CHECK(cross.tick() < d("0.0001"));
    }
  CHECK(price_process({}, "BTC/USDT").tick() == d("0.01"));
  // One that somebody gave a price of its own stands on that.
  price_options own;
  own.volatility_ppb = 0;
  own.base_prices = {{"ETH/BTC", d("2")}, {"SOL/USDT", d("600")}};
  CHECK(price_process(own, "ETH/BTC").touch_at(start).mid == d("2"));
  CHECK(price_process(own, "SOL/BTC").touch_at(start).mid == d("0.01"));
  CHECK(price_process(own, "BTC/EUR").touch_at(start).mid == d("55555.56"));
}

TEST_CASE("another seed or symbol gives another path", "[price_process]") {
  price_options two;
  two.seed = 2;
  const price_process a({}, "BTCUSDT"), b(two, "BTCUSDT"), c({}, "BTCUSD");
  CHECK(a.touch_at(start).mid != b.touch_at(start).mid);
  CHECK(a.touch_at(start).mid != c.touch_at(start).mid);
}

TEST_CASE("prices are on the tick, bid below ask, around the mid, near the base",
          "[price_process]") {
  std::mt19937_64 random(7);
  for (const char* symbol : {"BTCUSDT", "ETH-USD", "ADA/USDT", "x"}) {
    CAPTURE(symbol);
    const price_process p({}, symbol);
    const decimal base = p.touch_at(0).mid;
    for (int i = 0; i < 2'000; ++i) {
      const auto step = static_cast<std::int64_t>(random() % 40'000'000'000ULL) - 100'000'000;
      const market_step m = p.at(step);
      REQUIRE(m.bids.size() == 10);
      REQUIRE(m.asks.size() == 10);
      REQUIRE(m.bids[0].price < m.asks[0].price);
      REQUIRE(m.bids[0].price <= m.mid);
      REQUIRE(m.mid <= m.asks[0].price);
      REQUIRE(m.mid.round_down(d("0.01")) == m.mid);
      REQUIRE((m.mid.to_double() > 0.85 * base.to_double() &&
               m.mid.to_double() < 1.15 * base.to_double()));
      for (std::size_t l = 0; l < 10; ++l) {
        REQUIRE(m.bids[l].quantity > decimal{});
        REQUIRE(m.asks[l].quantity.round_down(d("0.00000001")) == m.asks[l].quantity);
        REQUIRE(m.bids[l].price.round_down(d("0.01")) == m.bids[l].price);
        if (l > 0) REQUIRE(m.bids[l].price < m.bids[l - 1].price);
        if (l > 0) REQUIRE(m.asks[l].price > m.asks[l - 1].price);
      }
      const auto t = p.touch_at(step);
      REQUIRE(t.bid == m.bids[0].price);
      REQUIRE(t.ask == m.asks[0].price);
    }
  }
}

TEST_CASE("it moves: a little per step, more per hour", "[price_process]") {
  const price_process p({}, "BTCUSDT");
  double step_move = 0, hour_move = 0;
  int moved = 0;
  for (std::int64_t i = 0; i < 500; ++i) {
    const std::int64_t s = start + i * 7'919;
    const double now = p.touch_at(s).mid.to_double();
    const double next = p.touch_at(s + 1).mid.to_double();
    moved += now != next ? 1 : 0;
    step_move = std::max(step_move, std::abs(next - now) / now);
    hour_move = std::max(hour_move, std::abs(p.touch_at(s + 36'000).mid.to_double() - now) / now);
  }
  CHECK(moved > 480);
  CHECK(step_move < 0.001);
  CHECK(hour_move > 0.005);
}

TEST_CASE("the spread is what was asked for, at least a tick", "[price_process]") {
  price_options o;
  o.volatility_ppb = 0;
  o.spread_bps = 10;
  const price_process btc(o, "BTCUSDT");
  CHECK(btc.touch_at(start).mid == d("60000"));
  CHECK(btc.touch_at(start).bid == d("59970"));
  CHECK(btc.touch_at(start).ask == d("60030"));
  CHECK(price_process(o, "ETHUSDT").touch_at(start).mid == d("3000"));
  o.spread_bps = 0;
  o.base_prices = {{"PENNY", d("0.001")}, {"CHEAP", d("0.5")}};
  const auto penny = price_process(o, "PENNY").at(start);
  CHECK(penny.bids[0].price == d("0.02"));
  CHECK(penny.asks[0].price == d("0.03"));
  CHECK(penny.bids.size() == 2);  // Below one tick there is no price.
  CHECK(price_process(o, "CHEAP").touch_at(start).mid == d("0.5"));
}

TEST_CASE("steps are tenths of a second, also before 1970", "[price_process]") {
  const timestamp zero{};
  CHECK(price_process::step_of(zero) == 0);
  CHECK(price_process::step_of(zero + microseconds(99'999)) == 0);
  CHECK(price_process::step_of(zero + microseconds(100'000)) == 1);
  CHECK(price_process::step_of(zero - microseconds(1)) == -1);
  CHECK(price_process::step_of(zero - microseconds(100'000)) == -1);
  CHECK(price_process::step_of(zero - microseconds(100'001)) == -2);
  CHECK(price_process::start_of(25) == zero + milliseconds(2'500));
}
