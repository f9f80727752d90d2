#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("venue_price asks its venue for the price alone") {
  block_fixture b("venue_price", {{"venue", "luno"}, {"symbol", "ETH/ZAR"}});
  const auto r = b.request<market_request>();
  CHECK(r.venue == "luno");
  CHECK(r.symbol == "ETH/ZAR");
  CHECK(r.price);
  CHECK_FALSE(r.book);
  CHECK_FALSE(r.balance);
  CHECK_FALSE(r.positions);
  market_data m;
  m.price_feed = 42;
  m.observed_at = b.now;
  const auto out = b.answered(m);
  CHECK(out["price"] == 42);
  CHECK(out.all().observed_at == b.now);
  CHECK(b.resume(done{}).error().code == errc::internal);
}

TEST_CASE("calculate_spread: the distance in percent of the lower price, and where to buy") {
  block_fixture b("calculate_spread");
  auto out = b.run({{"price_a", 100}, {"price_b", 102}});
  CHECK(out["spread"] == 2);
  CHECK(out["spread_pct"] == 2);
  CHECK(out["profitable"] == true);
  CHECK(out["cheaper"] == "a");
  out = b.run({{"price_a", "102"}, {"price_b", 100}});
  CHECK(out["spread_pct"] == 2);
  CHECK(out["cheaper"] == "b");
  out = b.run({{"price_a", 100}, {"price_b", 100}});
  CHECK(out["profitable"] == false);
  CHECK(out["cheaper"] == "none");
}

TEST_CASE("calculate_spread: profitable is above the minimum") {
  block_fixture b("calculate_spread", {{"min_spread_pct", 2}});
  CHECK(b.run({{"price_a", 100}, {"price_b", 102}})["profitable"] == false);
  CHECK(b.run({{"price_a", 100}, {"price_b", dec("102.01")}})["profitable"] == true);
}

TEST_CASE("calculate_spread: a price of 0, null or below 0") {
  block_fixture b("calculate_spread");
  const auto e = b.failure({{"price_a", 0}, {"price_b", 5}});
  CHECK(e.code == errc::division_by_zero);
  CHECK(mentions(e, "price_a is 0"));
  CHECK(mentions(b.failure({{"price_a", 1}}), "'price_b' of calculate_spread"));
  CHECK(mentions(b.failure({{"price_a", -1}, {"price_b", 1}}), "price_a is negative"));
  CHECK(mentions(block_fixture("calculate_spread", {{"min_spread_pct", "x"}}).make_failure(),
                 "min_spread_pct"));
}

TEST_CASE("calculate_profit") {
  block_fixture b("calculate_profit");
  auto out = b.run({{"revenue", 110}, {"cost", 100}});
  CHECK(out["profit"] == 10);
  CHECK(out["profit_pct"] == 10);
  CHECK(out["roi"] == 10);
  out = b.run({{"revenue", 130}, {"cost", 100}, {"fees", 25}});
  CHECK(out["profit"] == 5);
  CHECK(out["profit_pct"] == 5);
  CHECK(out["roi"] == 4);
  CHECK(b.run({{"revenue", 50}, {"cost", 100}})["profit"] == -50);
  CHECK(b.failure({{"revenue", 1}, {"cost", 0}}).code == errc::division_by_zero);
  CHECK(b.failure({{"revenue", 1}, {"cost", 1}, {"fees", -1}}).code == errc::division_by_zero);
  CHECK(mentions(b.failure({{"revenue", 1}, {"cost", -1}}), "'cost' of calculate_profit"));
  CHECK(mentions(b.failure({{"cost", 1}}), "'revenue' of calculate_profit"));
}

TEST_CASE("threshold_check compares and hands the value on") {
  block_fixture b("threshold_check", {{"threshold", 10}});
  auto out = b.run({{"value", "10.0"}});
  CHECK(out["passed"] == true);
  CHECK(out["value"] == 10);
  CHECK(b.run({{"value", 9}})["passed"] == false);
  CHECK(block_fixture("threshold_check", {{"threshold", 10}, {"operator", "<"}})
            .run({{"value", 9}})["passed"] == true);
  CHECK(mentions(b.failure(), "'value' of threshold_check"));
  CHECK(mentions(block_fixture("threshold_check").make_failure(), "'threshold'"));
  CHECK(mentions(
      block_fixture("threshold_check", {{"threshold", 1}, {"operator", "~"}}).make_failure(),
      "operator"));
}
