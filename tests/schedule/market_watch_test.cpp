#include "runtime/schedule/market_watch.hpp"

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

/// One letter for each price: x where it fires.
std::string fires(by_market rule, const std::vector<const char*>& prices) {
  market_watch watch(std::move(rule));
  std::string out;
  for (const auto* p : prices) out += watch.see(decimal::parse(p).value()) ? 'x' : '.';
  return out;
}

}  // namespace

TEST_CASE("a level is crossed when it is reached from either side") {
  by_market rule;
  rule.crosses = decimal(100);
  CHECK(fires(rule, {"99", "99.9", "100", "101", "100.5", "100", "99", "99"}) == "..x..x..");
  CHECK(fires(rule, {"100", "101", "100", "99", "101"}) == "..x.x");
  CHECK(fires(rule, {"101", "50"}) == ".x");
  CHECK(fires(rule, {"150", "200"}) == "..");
}

TEST_CASE("a change counts from where it fired last, in both directions") {
  by_market rule;
  rule.change_percent = decimal(2);
  CHECK(fires(rule, {"100", "101", "101.99", "102", "103", "104.04", "102", "101.9592"}) ==
        "...x.x.x");
  CHECK(fires(rule, {"0", "0", "1"}) == "..x");
  rule.crosses = decimal(101);
  CHECK(fires(rule, {"100", "101.5", "102"}) == ".xx");
}

TEST_CASE("it tells the price before") {
  by_market rule;
  rule.crosses = decimal(100);
  market_watch watch(rule);
  watch.see(98);
  watch.see(99);
  CHECK(watch.see(100) == decimal(99));
}

TEST_CASE("a volume fires when it is reached from below, once until it was below again") {
  by_market rule;
  rule.volume = decimal(10);
  market_watch watch(rule);
  std::string out;
  for (const auto* v : {"12", "12", "9.9", "10", "15", "3", "11"})
    out += watch.see_volume(decimal::parse(v).value()) ? 'x' : '.';
  CHECK(out == "...x..x");
  // A price is none of its business, and without a rule of volume nothing fires.
  CHECK_FALSE(watch.see(decimal(1)));
  CHECK_FALSE(watch.see(decimal(1'000)));
  market_watch prices(by_market{{}, {}, {}, decimal(5), {}});
  CHECK_FALSE(prices.see_volume(decimal(1)));
  CHECK_FALSE(prices.see_volume(decimal(100)));
}
