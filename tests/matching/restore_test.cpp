// Orders that rest again, recorded prices, fees with a step.
#include "runtime/matching/exchange.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::matching {
namespace {

decimal d(const char* text) { return decimal::parse(text).value(); }
timestamp at_step(std::int64_t step) { return price_process::start_of(step); }

exchange_options following(std::vector<price_track::point> points) {
  exchange_options o;
  auto track = std::make_shared<price_track>();
  track->points = std::move(points);
  o.prices.tracks.emplace_back("BTCUSDT", std::move(track));
  return o;
}

}  // namespace

TEST_CASE("a market follows its recorded prices, on its ticks") {
  const price_process p(
      following({{10, d("100.001"), d("100.002")}, {20, d("105"), d("105")}}).prices, "BTCUSDT");
  CHECK(p.touch_at(0).bid == d("100"));
  CHECK(p.touch_at(0).ask == d("100.01"));
  CHECK(p.touch_at(19).bid == d("100"));
  CHECK(p.touch_at(20).bid == d("105"));
  CHECK(p.touch_at(20).ask == d("105.01"));
  CHECK(p.touch_at(1'000'000).bid == d("105"));
  const auto book = p.at(20);
  CHECK(book.bids.front().price == d("105"));
  CHECK(book.asks.front().price == d("105.01"));
}

TEST_CASE("an order that rests again holds its funds, and fills from then on only") {
  const auto options = following({{0, 90, 91}, {5, 100, 101}, {20, 94, 95}});
  exchange x(options);
  // At step 0 the market was below its price: while nobody looked, it did not fill.
  REQUIRE(x.restore("BTCUSDT", {7, 0, side::buy, order_type::limit, 2, 95}, at_step(5)).ok());
  CHECK(x.open_orders() == 1);
  CHECK(x.account().balances()[1].held == d("190.19"));
  std::vector<settled_fill> fills;
  x.advance(at_step(19), fills);
  CHECK(fills.empty());
  x.advance(at_step(20), fills);
  REQUIRE(fills.size() == 1);
  CHECK(fills[0].order == 7);
  CHECK(fills[0].maker);
  CHECK(fills[0].price == decimal(95));
  CHECK(x.account().balances()[1].held.is_zero());
}

TEST_CASE("orders that cannot have rested beside each other are refused") {
  exchange x(following({{0, 100, 101}}));
  REQUIRE(x.restore("BTCUSDT", {1, 0, side::buy, order_type::limit, 1, 99}, at_step(0)).ok());
  CHECK(
      x.restore("BTCUSDT", {2, 0, side::sell, order_type::limit, 1, 98}, at_step(0)).error().code ==
      errc::data_loss);
  CHECK(x.restore("BTCUSDT", {3, 0, side::buy, order_type::limit, 1'000'000, 99}, at_step(0))
            .error()
            .code == errc::data_loss);
  CHECK(x.restore("BTCUSDT", {4, 0, side::buy, order_type::ioc, 1, 99}, at_step(0)).error().code ==
        errc::data_loss);
}

TEST_CASE("a fee is rounded down to its step") {
  auto options = following({{0, d("100.01"), d("100.02")}});
  options.fee_step = d("0.01");
  exchange x(options);
  std::vector<settled_fill> fills;
  REQUIRE(
      x.place("BTCUSDT", {1, 0, side::buy, order_type::market, 1, {}}, at_step(0), fills).refused ==
      refusal::none);
  REQUIRE(fills.size() == 1);
  CHECK(fills[0].fee == d("0.1"));
}

TEST_CASE("an order may meet its owner's others where the book prevents it") {
  order_book b(true);
  std::vector<fill> fills;
  REQUIRE(b.place({1, 9, side::buy, order_type::limit, 1, 100}, fills).ok());
  CHECK(b.place({2, 9, side::sell, order_type::limit, 1, 100}, fills)->end == outcome::self_trade);
  CHECK(b.place({3, 9, side::sell, order_type::limit, 1, 100, true}, fills)->end ==
        outcome::filled);
}

}  // namespace pitwall::matching
