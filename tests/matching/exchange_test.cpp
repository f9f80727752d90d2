#include "runtime/matching/exchange.hpp"

#include <map>
#include <random>

#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::matching;

namespace {

decimal d(const char* text) { return decimal::parse(text).value(); }
decimal plus(decimal a, decimal b) { return add(a, b).value(); }
decimal times(decimal a, decimal b) { return mul(a, b).value(); }

const timestamp noon = timestamp{} + std::chrono::hours(491'000);

// Prices stand still: BTC mid 60,000, bid 59,994, ask 60,006; a fee of 0.1 %.
exchange_options still() {
  exchange_options o;
  o.prices.volatility_ppb = 0;
  return o;
}

struct desk {
  exchange at;
  std::vector<settled_fill> fills;
  timestamp now = noon;
  order_id last = 0;

  explicit desk(exchange_options o = still()) : at(std::move(o)) {}

  exchange::answer place(side way, order_type type, const char* quantity, const char* price = "0",
                         const std::string& symbol = "BTCUSDT") {
    fills.clear();
    return at.place(symbol, {++last, 0, way, type, d(quantity), d(price)}, now, fills);
  }
  const ledger::balance& asset(const char* name) const {
    for (const auto& b : at.account().balances())
      if (b.asset == name) return b;
    static const ledger::balance none{};
    return none;
  }
};

}  // namespace

TEST_CASE("a market buy pays price and fee, and books the position", "[exchange]") {
  desk k;
  const auto a = k.place(side::buy, order_type::market, "0.5");
  REQUIRE(a.refused == refusal::none);
  CHECK(a.placed.end == outcome::filled);
  REQUIRE(k.fills.size() == 1);
  CHECK(k.fills[0].price == d("60006"));
  CHECK(k.fills[0].fee == d("30.003"));
  CHECK(k.asset("BTC").free == d("100.5"));
  CHECK(k.asset("USDT").free == d("969966.997"));
  CHECK(k.at.markets()[0]->position == d("0.5"));
}

TEST_CASE("a limit order holds its cost until it is cancelled", "[exchange]") {
  desk k;
  CHECK(k.place(side::buy, order_type::limit, "2", "50000").placed.end == outcome::resting);
  CHECK(k.asset("USDT").held == d("100100"));
  CHECK(k.asset("USDT").free == d("899900"));
  CHECK(k.place(side::sell, order_type::limit, "40", "70000").placed.end == outcome::resting);
  CHECK(k.asset("BTC").held == d("40"));
  CHECK(k.at.cancel(1));
  CHECK_FALSE(k.at.cancel(1));
  CHECK(k.at.cancel(2));
  CHECK(k.asset("USDT").free == d("1000000"));
  CHECK(k.asset("BTC").free == d("100"));
  CHECK(k.at.open_orders() == 0);
}

TEST_CASE("refusals say why and change nothing", "[exchange]") {
  exchange_options o = still();
  o.max_open_orders = 1;
  o.max_symbols = 1;
  o.prices.quantity_step = d("0.001");
  desk k(o);
  const auto refused = [&](side way, order_type type, const char* quantity, const char* price = "0",
                           const std::string& symbol = "BTCUSDT") {
    return k.place(way, type, quantity, price, symbol).refused;
  };
  CHECK(refused(side::buy, order_type::market, "0") == refusal::invalid_amount);
  CHECK(refused(side::buy, order_type::market, "-1") == refusal::invalid_amount);
  CHECK(refused(side::buy, order_type::market, "1.0005") == refusal::invalid_amount);
  CHECK(refused(side::sell, order_type::market, "20000000000") == refusal::invalid_amount);
  CHECK(refused(side::buy, order_type::limit, "1", "0") == refusal::invalid_price);
  CHECK(refused(side::buy, order_type::fok, "1", "-5") == refusal::invalid_price);
  CHECK(refused(side::buy, order_type::market, "17") == refusal::insufficient_balance);
  CHECK(refused(side::buy, order_type::limit, "10", "100000") == refusal::insufficient_balance);
  CHECK(refused(side::sell, order_type::limit, "100.001", "70000") ==
        refusal::insufficient_balance);
  CHECK(refused(side::buy, order_type::market, "1", "0", "ETHUSDT") == refusal::unknown_symbol);
  CHECK(refused(side::buy, order_type::market, "1", "0", "") == refusal::unknown_symbol);
  CHECK(k.asset("USDT").free == d("1000000"));
  CHECK(refused(side::buy, order_type::limit, "1", "50000") == refusal::none);
  CHECK(refused(side::buy, order_type::limit, "1", "50000") == refusal::too_many_open_orders);
  CHECK(refused(side::buy, order_type::market, "1") == refusal::none);
  CHECK(to_string(refusal::insufficient_balance) == "insufficient_balance");
}

TEST_CASE("a sell larger than what a limit order left free is refused", "[exchange]") {
  desk k;
  k.place(side::sell, order_type::limit, "99", "70000");
  CHECK(k.place(side::sell, order_type::market, "2").refused == refusal::insufficient_balance);
  CHECK(k.place(side::sell, order_type::market, "1").refused == refusal::none);
}

TEST_CASE("a resting order fills when the price comes to it, also between two looks",
          "[exchange]") {
  const price_process path({}, "BTCUSDT");
  const std::int64_t first = price_process::step_of(noon);
  // A price that the market reaches for one step only, some time within the next minute.
  std::int64_t low_at = first + 1;
  for (std::int64_t s = first + 1; s < first + 590; ++s) {
    if (path.touch_at(s).ask < path.touch_at(low_at).ask) low_at = s;
  }
  const decimal low = path.touch_at(low_at).ask;
  const decimal last = path.touch_at(first + 595).ask;
  REQUIRE(low < last);
  REQUIRE(low < path.touch_at(first).ask);

  desk k(exchange_options{});
  k.place(side::buy, order_type::limit, "0.1", low.to_string().c_str());
  REQUIRE(k.fills.empty());
  k.at.advance(price_process::start_of(first + 595), k.fills);
  REQUIRE(k.fills.size() == 1);
  CHECK(k.fills[0].price == low);
  CHECK(k.asset("USDT").held.is_zero());
  CHECK(k.asset("BTC").free == d("100.1"));
  CHECK(k.at.open_orders() == 0);
}

TEST_CASE("after a long gap only the last steps are looked at", "[exchange]") {
  const price_process path({}, "BTCUSDT");
  const std::int64_t first = price_process::step_of(noon), end = first + 40'000;
  decimal lowest_before = path.touch_at(first + 1).ask, lowest_after = path.touch_at(end).ask;
  for (std::int64_t s = first + 1; s <= end; ++s) {
    decimal& lowest = s < end - exchange::max_steps_back ? lowest_before : lowest_after;
    lowest = std::min(lowest, path.touch_at(s).ask);
  }
  REQUIRE(lowest_before < lowest_after);
  desk k(exchange_options{});
  k.place(side::buy, order_type::limit, "0.1", lowest_before.to_string().c_str());
  k.at.advance(price_process::start_of(end), k.fills);
  CHECK(k.fills.empty());
  CHECK(k.at.open_orders() == 1);
}

TEST_CASE("an order keeps its place and its hold while it fills in parts", "[exchange]") {
  exchange_options o = still();
  o.prices.levels = 1;
  o.prices.level_notional = d("60000");
  o.quote_balance = d("10000000");
  desk k(o);
  k.place(side::buy, order_type::limit, "10", "60006");
  REQUIRE(k.fills.size() == 1);
  decimal held = k.asset("USDT").held;
  const decimal unit = times(d("60006"), d("1.001"));
  CHECK(held == times(unit, k.fills[0].left));
  for (int i = 1; i < 40 && k.at.open_orders() != 0; ++i) {
    k.fills.clear();
    k.at.advance(noon + milliseconds(100 * i), k.fills);
    REQUIRE(k.fills.size() == 1);
    CHECK(k.asset("USDT").held == times(unit, k.fills[0].left));
  }
  CHECK(k.asset("USDT").held.is_zero());
  CHECK(k.asset("USDT").free == plus(d("10000000"), -times(unit, d("10"))));
  CHECK(k.asset("BTC").free == d("110"));
}

TEST_CASE("nothing is made or lost: random orders, cancels and jumps of time",
          "[exchange][property]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    exchange_options o;
    o.prices.seed = seed;
    o.prices.volatility_ppb = 200'000;
    desk k(o);
    k.at.look("BTCUSDT", k.now, k.fills);
    decimal base = 100, quote = 1'000'000;
    std::map<order_id, side> ways;
    std::map<order_id, decimal> open;
    const auto apply = [&] {
      for (const auto& f : k.fills) {
        const decimal value = times(f.price, f.quantity);
        REQUIRE(f.fee == times(value, d("0.001")));
        const bool buys = ways.at(f.order) == side::buy;
        base = plus(base, buys ? f.quantity : -f.quantity);
        quote = plus(quote, plus(buys ? -value : value, -f.fee));
        open[f.order] = f.left;
      }
      k.fills.clear();
    };
    for (int i = 0; i < 300; ++i) {
      CAPTURE(i);
      const auto dice = random() % 10;
      if (dice == 0) {
        const order_id victim = 1 + random() % (k.last + 1);
        if (k.at.cancel(victim)) open[victim] = decimal{};
      } else if (dice < 3) {
        k.now += milliseconds(random() % 3'000);
        k.at.advance(k.now, k.fills);
        apply();
      } else {
        const side way = random() % 2 == 0 ? side::buy : side::sell;
        const auto type = static_cast<order_type>(random() % 4);
        ways[k.last + 1] = way;
        const decimal quantity =
            decimal::from_raw(int128{decimal::one_raw / 1'000} * (1 + random() % 3'000));
        const decimal price(static_cast<int>(59'000 + random() % 2'000));
        const auto a = k.place(way, type, quantity.to_string().c_str(), price.to_string().c_str());
        const bool rests = a.refused == refusal::none && a.placed.end == outcome::resting;
        if (rests) open[k.last] = quantity;
        apply();
        if (!rests) open.erase(k.last);
      }
      const auto& btc = k.asset("BTC");
      const auto& usdt = k.asset("USDT");
      REQUIRE(plus(btc.free, btc.held) == base);
      REQUIRE(plus(usdt.free, usdt.held) == quote);
      REQUIRE_FALSE(btc.free.is_negative());
      REQUIRE_FALSE(usdt.free.is_negative());
      REQUIRE_FALSE(btc.held.is_negative());
      REQUIRE_FALSE(usdt.held.is_negative());
    }
    std::size_t still_open = 0;
    for (const auto& [id, left] : open) still_open += left.is_zero() ? 0 : 1;
    REQUIRE(still_open == k.at.open_orders());
    for (const auto& [id, left] : open) k.at.cancel(id);
    REQUIRE(k.asset("BTC").held.is_zero());
    REQUIRE(k.asset("USDT").held.is_zero());
  }
}
