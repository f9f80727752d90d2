// What fees are paid in, and that nothing of it is lost or made.
#include "runtime/matching/exchange.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::matching;

namespace {

decimal d(const char* text) { return decimal::parse(text).value(); }
const timestamp noon = timestamp{} + std::chrono::hours(491'000);

// Prices stand still: BTC bid 59,994, ask 60,006; a fee of 0.1 %.
struct desk {
  exchange at;
  std::vector<settled_fill> fills;
  order_id last = 0;

  static exchange_options with(const std::string& fee_asset) {
    exchange_options o;
    o.prices.volatility_ppb = 0;
    o.prices.base_prices = {{"BNBUSDT", decimal(600)}};
    o.fee_asset = fee_asset;
    return o;
  }
  explicit desk(const std::string& fee_asset) : at(with(fee_asset)) {}

  void place(side way, order_type type, const char* quantity, const char* price = "0",
             const std::string& symbol = "BTCUSDT") {
    fills.clear();
    const auto a = at.place(symbol, {++last, 0, way, type, d(quantity), d(price)}, noon, fills);
    REQUIRE(a.refused == refusal::none);
  }
  decimal free(const char* name) const {
    for (const auto& b : at.account().balances())
      if (b.asset == name) return b.free;
    return {};
  }
};

}  // namespace

TEST_CASE("a fee in what is received comes off the base asset of a buy", "[exchange]") {
  desk k("received");
  k.place(side::buy, order_type::market, "0.5");
  REQUIRE(k.fills.size() == 1);
  CHECK(k.fills[0].fee == d("0.0005"));
  CHECK(k.fills[0].fee_asset == "BTC");
  CHECK(k.free("BTC") == d("100.4995"));
  CHECK(k.free("USDT") == d("969997"));
  k.place(side::sell, order_type::market, "0.5");
  CHECK(k.fills[0].fee == d("29.997"));
  CHECK(k.fills[0].fee_asset.empty());
  CHECK(k.free("BTC") == d("99.9995"));
  // What a resting buy held for its fee is free again.
  const auto before = k.free("USDT");
  k.place(side::buy, order_type::limit, "1", "50000");
  CHECK(k.at.cancel(k.last));
  CHECK(k.free("USDT") == before);
}

TEST_CASE("a fee in an asset of its own costs what that is worth, while there is some",
          "[exchange]") {
  desk k("BNB");
  k.place(side::buy, order_type::market, "0.5");
  CHECK(k.fills[0].fee_asset.empty());  // Nobody knows what it is worth.
  k.place(side::buy, order_type::market, "1", "0", "BNBUSDT");
  const auto owned = k.free("BNB"), money = k.free("USDT");
  k.place(side::buy, order_type::market, "0.5");
  CHECK(k.fills[0].fee_asset == "BNB");
  CHECK(k.fills[0].fee == d("0.050005"));  // 30.003 USDT at 600
  CHECK(k.free("BNB") == sub(owned, d("0.050005")).value());
  CHECK(k.free("USDT") == sub(money, d("30003")).value());
  k.place(side::sell, order_type::market, "100", "0", "BNBUSDT");
  const auto left = k.free("BNB");
  CHECK(left < d("1"));
  for (int i = 0; i < 30 && k.fills[0].fee_asset == "BNB"; ++i)
    k.place(side::sell, order_type::market, "0.5");
  k.place(side::sell, order_type::market, "9");
  CHECK_FALSE(k.free("BNB").is_negative());
}
