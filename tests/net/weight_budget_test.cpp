#include "net/venues/weight_budget.hpp"

#include <random>

#include "tests/support/catch.hpp"

namespace pitwall {

using namespace std::chrono_literals;

namespace {

weight_budget::time at(std::int64_t ms) { return weight_budget::time(milliseconds(ms)); }

weight_budget with_limits(const weight_limits& limits) {
  weight_budget b;
  b.learn_limits(limits);
  return b;
}

}  // namespace

TEST_CASE("the venue's limits are read from its exchangeInfo", "[weight_budget]") {
  const auto l = parse_rate_limits(
      R"({"timezone":"UTC","rateLimits":[
        {"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000},
        {"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":100},
        {"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":200000},
        {"rateLimitType":"RAW_REQUESTS","interval":"MINUTE","intervalNum":5,"limit":61000}]})");
  REQUIRE(l.ok());
  CHECK(l->weight_a_minute == 6'000);
  CHECK(l->orders_in_ten_seconds == 100);
  CHECK(l->orders_a_day == 200'000);
  // Of another window nobody here counts.
  CHECK(parse_rate_limits(R"({"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT",
      "interval":"MINUTE","intervalNum":5,"limit":7}, 3, null]})")
            ->weight_a_minute == 0);
  CHECK(!parse_rate_limits(R"({"symbols":[]})").ok());
  CHECK(!parse_rate_limits("<html>").ok());
}

TEST_CASE("a request weighs what the venue counts", "[weight_budget]") {
  CHECK(weight_of("/api/v3/ticker/bookTicker", "symbol=BTCUSDT") == 2);
  CHECK(weight_of("/api/v3/depth", "symbol=BTCUSDT&limit=10") == 5);
  CHECK(weight_of("/api/v3/depth", "symbol=BTCUSDT&limit=1000") == 50);
  CHECK(weight_of("/api/v3/depth", "symbol=BTCUSDT") == 5);
  CHECK(weight_of("/api/v3/exchangeInfo", "symbol=BTCUSDT") == 20);
  CHECK(weight_of("/api/v3/account", "") == 20);
  CHECK(weight_of("/api/v3/openOrders", "") == 80);
  CHECK(weight_of("/api/v3/openOrders", "symbol=BTCUSDT") == 6);
  CHECK(weight_of("/api/v3/order", "symbol=BTCUSDT") == 4);
  CHECK(weight_of("/api/v3/time", "") == 1);
}

TEST_CASE("market data is held back before the limit, until the venue's minute is over",
          "[weight_budget]") {
  auto b = with_limits({1'000, 0, 0});
  CHECK(!b.holds_market(800, at(0)));
  CHECK(b.holds_market(801, at(0)));  // More than ever may leave at once.
  b.learn({"795", "", ""}, at(0), 60'000 * 7 + 15'000);
  CHECK(!b.holds_market(5, at(0)));
  b.begin(2);
  CHECK(!b.holds_market(3, at(0)));
  const auto held = b.holds_market(5, at(0));
  REQUIRE(held);
  CHECK(held->wait == 45s);
  CHECK(held->why.find("797 of the 1000 units") != std::string::npos);
  CHECK(b.holds_market(5, at(44'999)));
  CHECK(!b.holds_market(5, at(45'000)));
  b.end(2);
  CHECK(!b.holds_market(5, at(0)));
}

TEST_CASE("without limits, or without words, nothing is held back", "[weight_budget]") {
  weight_budget b;
  b.learn({"1000000", "1000000", "1000000"}, at(0), {});
  CHECK(!b.holds_market(5, at(0)));
  CHECK(!b.holds_order(at(0)));
  auto mute = with_limits({1'000, 10, 10});
  mute.learn({"", "x", "-1"}, at(0), {});
  CHECK(!mute.holds_market(5, at(0)));
  CHECK(!mute.holds_order(at(0)));
}

TEST_CASE("answers may overtake each other, and a new window begins low", "[weight_budget]") {
  auto b = with_limits({1'000, 0, 0});
  b.learn({"799", "", ""}, at(0), {});
  b.learn({"780", "", ""}, at(1), {});  // It was on its way for longer.
  CHECK(b.holds_market(2, at(1)));
  // Where the venue's clock is not known.
  CHECK(b.holds_market(2, at(59'999)));
  b.learn({"20", "", ""}, at(30'000), {});
  CHECK(!b.holds_market(2, at(30'000)));
  b.learn({"799", "", ""}, at(31'000), {});
  CHECK(b.holds_market(2, at(89'999)));
  CHECK(!b.holds_market(2, at(90'000)));
}

TEST_CASE("an order is held back at the number that the venue allows", "[weight_budget]") {
  auto b = with_limits({0, 100, 200});
  b.learn({"", "99", "100"}, at(0), 4'000);
  CHECK(!b.holds_order(at(0)));
  b.learn({"", "100", "101"}, at(0), 4'000);
  REQUIRE(b.holds_order(at(0)));
  CHECK(b.holds_order(at(0))->wait == 6s);
  CHECK(b.holds_order(at(0))->why.find("all 100 orders") != std::string::npos);
  CHECK(!b.holds_order(at(6'000)));
  b.learn({"", "1", "200"}, at(7'000), 11'000);
  REQUIRE(b.holds_order(at(7'000)));
  CHECK(b.holds_order(at(7'000))->why.find("a day") != std::string::npos);
  CHECK(b.holds_order(at(7'000))->wait == 60s);  // Then one asks whether some have filled.
  CHECK(!b.holds_order(at(67'000)));
  CHECK(!b.holds_market(1'000, at(7'000)));
}

TEST_CASE("orders that are under way count, and those that filled no more", "[weight_budget]") {
  auto b = with_limits({0, 100, 200});
  b.learn({"", "98", "198"}, at(0), 0);
  b.begin(1, true);
  b.begin(1);
  CHECK(!b.holds_order(at(0)));
  b.begin(1, true);
  CHECK(b.holds_order(at(0)));
  b.end(1, true);
  b.learn({"", "99", "199"}, at(1), 1);
  CHECK(b.holds_order(at(1)));
  b.end(1, true);
  b.learn({"", "60", "100"}, at(2), 2);
  CHECK(!b.holds_order(at(2)));
}

TEST_CASE("one that heeds it never meets a venue's limit, whatever else goes on",
          "[weight_budget]") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 100; ++round) {
    // The venue, as it counts.
    const std::uint64_t limit = 200 + random() % 2'000;
    std::uint64_t used = 0;
    std::int64_t minute = 0;
    auto b = with_limits({limit, 0, 0});
    std::int64_t ms = static_cast<std::int64_t>(random() % 60'000);
    std::size_t left = 0;
    for (int i = 0; i < 3'000; ++i) {
      ms += static_cast<std::int64_t>(random() % 200);
      if (ms / 60'000 != minute) {
        minute = ms / 60'000;
        used = 0;
      }
      const bool market = random() % 10 != 0;
      const auto weight = static_cast<unsigned>(1 + random() % 20);
      // What is not held back takes no more than what is kept for it, here.
      if (market ? b.holds_market(weight, at(ms)).has_value() : used + weight > limit) continue;
      ++left;
      b.begin(weight);
      used += weight;
      CHECK(used <= limit);
      b.end(weight);
      b.learn({std::to_string(used), "", ""}, at(ms), ms);
    }
    CHECK(left > 10);
  }
}

}  // namespace pitwall
