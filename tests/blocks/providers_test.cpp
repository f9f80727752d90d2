#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

const char* const venues[] = {"polymarket", "luno",   "kalshi", "binance", "coinbase",
                              "bybit",      "kraken", "dydx",   "paper"};

}  // namespace

TEST_CASE("providers ask their own venue for everything, with the default symbol") {
  for (const char* venue : venues) {
    CAPTURE(venue);
    block_fixture b(venue, {{"profile_id", nullptr}});
    CHECK(b.type().effect == effect_class::idempotent);
    const auto r = b.request<market_request>();
    CHECK(r.venue == venue);
    CHECK_FALSE(r.symbol.empty());
    CHECK((r.price && r.book && r.balance && r.positions));
  }
}

TEST_CASE("providers: profile, symbol and endpoints") {
  block_fixture b("binance", {{"profile_id", "binance-main"},
                              {"symbol", "ethusdt"},
                              {"enabled_endpoints", value::list{"price_feed", "orderbook"}}});
  const auto r = b.request<market_request>();
  CHECK(r.venue == "binance-main");
  CHECK(r.symbol == "ethusdt");
  CHECK(r.price);
  CHECK(r.book);
  CHECK_FALSE(r.balance);
  CHECK_FALSE(r.positions);
}

TEST_CASE("providers: the answer becomes the outputs, with the time it was observed") {
  block_fixture b("paper");
  b.request<market_request>();
  market_data m;
  m.price_feed = 100;
  m.balance = value(value::object{{"USDT", 5}});
  m.orderbook = value(value::object{{"bids", value::list{}}});
  m.observed_at = b.now - std::chrono::seconds(1);
  const auto out = b.answered(m);
  CHECK(out["price_feed"] == 100);
  CHECK(out["balance"] == m.balance);
  CHECK(out["positions"].is_null());
  CHECK(out["orderbook"] == m.orderbook);
  CHECK(out.all().observed_at == m.observed_at);
  CHECK(b.resume(figures{}).error().code == errc::internal);
}

TEST_CASE("providers: no endpoint asks nobody") {
  block_fixture b("paper", {{"enabled_endpoints", value::list{}}});
  const auto out = b.run();
  CHECK(out["price_feed"].is_null());
  CHECK(out["orderbook"].is_null());
}

TEST_CASE("providers: bad properties are refused") {
  const auto failure = [](value::object properties) {
    return block_fixture("kraken", std::move(properties)).make_failure();
  };
  CHECK(mentions(failure({{"enabled_endpoints", value::list{"trades"}}}), "'trades'"));
  CHECK(mentions(failure({{"enabled_endpoints", value::list{"trades"}}}), "under_test"));
  CHECK(mentions(failure({{"enabled_endpoints", "price_feed"}}), "must be a list"));
  CHECK(mentions(failure({{"symbol", 5}}), "'symbol' of kraken"));
  CHECK(mentions(failure({{"profile_id", 5}}), "'profile_id' of kraken"));
}
