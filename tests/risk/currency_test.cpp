// Fees in other assets, and profit in other quote assets: nothing is added up that is not the
// same money, and what it is worth is known or said to be unknown.
#include <random>

#include "runtime/base/symbol.hpp"
#include "runtime/risk/books.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

const timestamp noon{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) +
                     std::chrono::hours(12)};
constexpr std::chrono::hours one_day{24};

decimal d(std::string_view text) { return decimal::parse(text).value(); }

portfolio_fill fill(const char* symbol, bool buy, const char* quantity, const char* price,
                    const char* fee = "0", const char* fee_asset = "", timestamp at = noon) {
  return {"b", "x", symbol, buy, d(price), d(quantity), d(fee), at, {}, fee_asset};
}

position held(const portfolio& p, const char* symbol) { return p.position_of("b", "x", symbol); }

profit_and_loss pnl(const portfolio& p, timestamp now = noon) {
  auto r = p.profit("b", now);
  if (!r.ok()) FAIL(r.error().to_string());
  return *r;
}

decimal whole(const portfolio& p) {
  const auto r = pnl(p);
  return add(r.realized_total, r.unrealized).value();
}

using places = std::vector<portfolio::place>;

}  // namespace

TEST_CASE("a fee in the base asset is quantity that was not received") {
  portfolio p;
  REQUIRE(p.apply(fill("BTC/USDT", true, "1", "60000", "0.001", "BTC")).ok());
  CHECK(held(p, "BTC/USDT") == position{d("0.999"), 60'000});
  CHECK(pnl(p).realized_total == -60);  // 0.001 at 60,000.
  CHECK(pnl(p).unrealized.is_zero());
  REQUIRE(p.apply(fill("BTC/USDT", false, "0.999", "60000", "59.94", "USDT")).ok());
  CHECK(held(p, "BTC/USDT") == position{});
  CHECK(pnl(p).realized_total == d("-119.94"));
  // Of a sale it is paid from what is left.
  REQUIRE(p.apply(fill("BTCUSDT", true, "2", "100")).ok());
  REQUIRE(p.apply(fill("BTCUSDT", false, "1", "100", "0.5", "btc")).ok());
  CHECK(held(p, "BTCUSDT") == position{d("0.5"), 100});
  CHECK(pnl(p).realized_total == d("-169.94"));
  // All of it, and more.
  REQUIRE(p.apply(fill("BTCUSDT", true, "1", "100", "1", "BTC")).ok());
  CHECK(held(p, "BTCUSDT") == position{d("0.5"), 100});
  REQUIRE(p.apply(fill("BTCUSDT", false, "0.5", "100", "0.1", "BTC")).ok());
  CHECK(held(p, "BTCUSDT").quantity == d("-0.1"));
  CHECK(whole(p) == d("-279.94"));
}

TEST_CASE("a fee in a third asset waits for its price; until then there are no figures") {
  portfolio p;
  REQUIRE(p.apply(fill("BTC/USDT", true, "1", "60000", "0.1", "BNB")).ok());
  CHECK(held(p, "BTC/USDT") == position{1, 60'000});
  CHECK(p.profit("b", noon).error().code == errc::unavailable);
  CHECK(p.profit("b", noon).error().message.find("BNB/USDT at x") != std::string::npos);
  CHECK(p.unvalued() == std::set<portfolio::place>{{"x", "BNB/USDT"}});
  CHECK(p.priced_places("b") == places{{"x", "BNB/USDT"}, {"x", "BTC/USDT"}});
  REQUIRE(p.value_at({"y", "BNB/USDT"}, 500).ok());  // Another venue's is not asked for.
  REQUIRE(p.value_at({"x", "BNB/USDT"}, 0).ok());
  CHECK_FALSE(p.profit("b", noon).ok());
  REQUIRE(p.value_at({"x", "BNB/USDT"}, 500).ok());
  CHECK(pnl(p).realized_total == -50);
  CHECK(pnl(p).realized_today == -50);
  CHECK(p.unvalued().empty());
  REQUIRE(p.value_at({"x", "BNB/USDT"}, 900).ok());  // Once.
  CHECK(pnl(p).realized_total == -50);
  CHECK(p.priced_places("b") == places{{"x", "BTC/USDT"}});
}

TEST_CASE("what waits for its price belongs to the day of its fill, also after a snapshot") {
  portfolio p;
  REQUIRE(p.apply(fill("BTC/USDT", true, "1", "100", "1", "BNB")).ok());
  REQUIRE(p.apply(fill("BTC/USDT", true, "1", "100", "2", "BNB", noon + one_day)).ok());
  p = portfolio::from_snapshot(p.snapshot()).value();
  CHECK_FALSE(p.profit("b", noon).ok());
  REQUIRE(p.value_at({"x", "BNB/USDT"}, 10).ok());
  CHECK(pnl(p, noon).realized_today == -10);
  CHECK(pnl(p, noon + one_day).realized_today == -20);
  CHECK(pnl(p).realized_total == -30);
}

TEST_CASE("profit in another quote asset is converted, never added as it is") {
  portfolio p;
  REQUIRE(p.apply(fill("BTC/USDT", true, "1", "60000")).ok());
  REQUIRE(p.apply(fill("ETH/BTC", true, "10", "0.05")).ok());
  // A fill of BTC/USDT told what BTC is worth.
  CHECK(p.priced_places("b") == places{{"x", "BTC/USDT"}, {"x", "ETH/BTC"}});
  p.mark("x", "ETH/BTC", d("0.04"));
  CHECK(pnl(p).unrealized == -6'000);  // 10 x 0.01 BTC
  p.mark("x", "BTC/USDT", 50'000);
  CHECK(pnl(p).unrealized == -15'000);  // -10,000 of BTC/USDT, and -0.1 BTC
  REQUIRE(p.apply(fill("ETH/BTC", false, "10", "0.04", "0.001", "BTC")).ok());
  CHECK_FALSE(p.profit("b", noon).ok());
  REQUIRE(p.value_at({"x", "BTC/USDT"}, 50'000).ok());
  CHECK(pnl(p).realized_total == d("-5050"));
  CHECK(pnl(p).unrealized == -10'000);
}

TEST_CASE("a quote asset whose price nobody knows makes the figures unknown, not zero") {
  portfolio p;
  REQUIRE(p.apply(fill("BTC/EUR", true, "1", "60000")).ok());
  CHECK(p.profit("b", noon).error().code == errc::unavailable);
  CHECK(p.priced_places("b") == places{{"x", "BTC/EUR"}, {"x", "EUR/USDT"}});
  p.mark("x", "EUR/USDT", d("1.1"));
  p.mark("x", "BTC/EUR", 61'000);
  CHECK(pnl(p).unrealized == 1'100);
  // In its own currency nothing is asked for.
  portfolio euros("EUR");
  REQUIRE(euros.apply(fill("BTC/EUR", true, "1", "60000", "60", "EUR")).ok());
  euros.mark("x", "BTC/EUR", 61'000);
  CHECK(pnl(euros).unrealized == 1'000);
  CHECK(pnl(euros).realized_total == -60);
  CHECK(euros.priced_places("b") == places{{"x", "BTC/EUR"}});
  // A fee in the account's currency, of a trade in another one.
  REQUIRE(euros.apply(fill("ETH/BTC", true, "1", "0.05", "3", "EUR")).ok());
  euros.mark("x", "BTC/EUR", 60'000);
  CHECK(pnl(euros).realized_total == -63);
}

TEST_CASE("the peak is not raised by what is not valued yet") {
  portfolio p;
  REQUIRE(p.apply(fill("BTC/USDT", true, "1", "100")).ok());
  REQUIRE(p.apply(fill("BTC/USDT", false, "1", "200", "3", "BNB")).ok());
  REQUIRE(p.value_at({"x", "BNB/USDT"}, 20).ok());
  CHECK(pnl(p).peak_total == 40);
}

TEST_CASE("an amount that has no room leaves what waits as it was") {
  portfolio p;
  REQUIRE(p.apply(fill("BTC/USDT", true, "1", "100", "1e15", "BNB")).ok());
  CHECK(p.value_at({"x", "BNB/USDT"}, d("1e9")).error().code == errc::out_of_range);
  REQUIRE(p.value_at({"x", "BNB/USDT"}, 1).ok());
  CHECK(pnl(p).realized_total == d("-1e15"));
}

TEST_CASE("books are kept in one currency, and do not go on in another one") {
  risk_books b("EUR");
  REQUIRE(b.fill("1", fill("BTC/EUR", true, "1", "100", "1", "EUR"), true).ok());
  const auto stored = b.snapshot();
  REQUIRE(risk_books::from_snapshot(stored, "EUR").ok());
  const auto other = risk_books::from_snapshot(stored, "USDT");
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().code == errc::failed_precondition);
  CHECK(other.error().message.find("EUR") != std::string::npos);
}

TEST_CASE("property: whatever the fee's asset, what is owned and what it is worth agree") {
  const std::uint64_t seed = 31;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const std::map<std::string, decimal> worth{{"BTC", 64}, {"ETH", 8}, {"BNB", 4}, {"USDT", 1}};
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    portfolio p;
    std::map<std::string, decimal> owned;
    const auto book = [&](const std::string& asset, decimal amount) {
      owned[asset] = add(owned[asset], amount).value();
    };
    for (int i = 0; i < 30; ++i) {
      // Prices stand still, so that nothing depends on when what was converted.
      const char* symbol = random() % 3 == 0   ? "ETH/BTC"
                           : random() % 2 == 0 ? "BTC/USDT"
                                               : "ETH/USDT";
      const auto assets = split_symbol(symbol);
      const char* fees[] = {"BTC", "ETH", "BNB", "USDT"};
      auto f = fill(symbol, random() % 2 == 0, "1", "1", "0", fees[random() % 4]);
      f.price = div(worth.at(assets.base), worth.at(assets.quote)).value();
      f.quantity = decimal(static_cast<std::int64_t>(1 + random() % 9));
      f.fee = div(decimal(static_cast<std::int64_t>(random() % 5)), 16).value();
      const auto value_of = mul(f.price, f.quantity).value();
      book(assets.base, f.buy ? f.quantity : -f.quantity);
      book(assets.quote, f.buy ? -value_of : value_of);
      book(f.fee_asset, -f.fee);
      REQUIRE(p.apply(f).ok());
      if (random() % 4 == 0) p = portfolio::from_snapshot(p.snapshot()).value();
      if (random() % 4 != 0) continue;
      for (const auto& where : p.unvalued())
        REQUIRE(p.value_at(where, worth.at(split_symbol(where.second).base)).ok());
    }
    for (const auto& [asset, price] : worth) {
      p.mark("x", asset + "/USDT", price);
      REQUIRE(p.value_at({"x", asset + "/USDT"}, price).ok());
    }
    decimal sum;
    for (const auto& [asset, amount] : owned)
      sum = add(sum, mul(amount, worth.at(asset)).value()).value();
    REQUIRE(sub(whole(p), sum).value().abs() < d("0.0000000001"));
  }
}
