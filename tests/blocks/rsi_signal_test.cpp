#include <random>

#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

/// The definition, straight from the book, in double.
double wilder_rsi(const std::vector<double>& prices, std::size_t period) {
  double gain = 0, loss = 0;
  for (std::size_t i = 1; i < prices.size(); ++i) {
    const double change = prices[i] - prices[i - 1];
    const double up = change > 0 ? change : 0, down = change < 0 ? -change : 0;
    if (i <= period) {
      gain += up / static_cast<double>(period);
      loss += down / static_cast<double>(period);
    } else {
      const auto n = static_cast<double>(period);
      gain = (gain * (n - 1) + up) / n;
      loss = (loss * (n - 1) + down) / n;
    }
  }
  return 100 - 100 / (1 + gain / loss);
}

}  // namespace

TEST_CASE("rsi_signal: no index and no signal until period + 1 prices are there") {
  block_fixture b("rsi_signal", {{"period", 3}});
  for (const int p : {10, 11, 12}) {
    const auto out = b.run({{"price", p}});
    CHECK(out["signal"] == false);
    CHECK(out["rsi"].is_null());
    CHECK(out["side"] == "hold");
  }
  const auto out = b.run({{"price", 13}});
  CHECK(out["rsi"] == 100);
  CHECK(out["side"] == "sell");
  CHECK(out["signal"] == true);
}

TEST_CASE("rsi_signal: a small example by hand") {
  // period 2: changes +2, -1 -> averages 1 and 0.5 -> 66.67; then +1 -> 1 and 0.25 -> 80.
  block_fixture b("rsi_signal", {{"period", 2}});
  b.run({{"price", 10}});
  b.run({{"price", 12}});
  const auto third = b.run({{"price", 11}});
  CHECK(third["rsi"].as_number().round(6) == dec("66.666667"));
  CHECK(third["side"] == "hold");
  const auto fourth = b.run({{"price", 12}});
  CHECK(fourth["rsi"] == 80);
  CHECK(fourth["side"] == "sell");
}

TEST_CASE("rsi_signal: falling prices are bought, flat ones are held at 50") {
  block_fixture falling("rsi_signal", {{"period", 2}});
  for (const int p : {30, 20}) falling.run({{"price", p}});
  const auto low = falling.run({{"price", 10}});
  CHECK(low["rsi"] == 0);
  CHECK(low["side"] == "buy");
  CHECK(low["signal"] == true);

  block_fixture flat("rsi_signal", {{"period", 2}});
  for (int i = 0; i < 2; ++i) flat.run({{"price", 30}});
  const auto out = flat.run({{"price", 30}});
  CHECK(out["rsi"] == 50);
  CHECK(out["signal"] == false);
}

TEST_CASE("rsi_signal: the limits themselves are not beyond the limits") {
  block_fixture b("rsi_signal", {{"period", 2}, {"overbought", 80}});
  for (const int p : {10, 12, 11}) b.run({{"price", p}});
  CHECK(b.run({{"price", 12}})["side"] == "hold");  // 80
  block_fixture low("rsi_signal", {{"period", 2}, {"oversold", 20}});
  for (const int p : {12, 10, 11}) low.run({{"price", p}});
  const auto out = low.run({{"price", 10}});
  CHECK(out["rsi"] == 20);
  CHECK(out["side"] == "hold");
  CHECK(out["signal"] == false);
}

TEST_CASE("rsi_signal agrees with the definition on random walks") {
  const std::uint64_t seed = 20260301;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int walk = 0; walk < 20; ++walk) {
    const std::size_t period = 2 + random() % 20;
    block_fixture b("rsi_signal", {{"period", decimal(static_cast<std::int64_t>(period))}});
    std::vector<double> prices;
    std::int64_t cents = 100'000;
    for (int i = 0; i < 60; ++i) {
      cents += static_cast<std::int64_t>(random() % 401) - 200;
      prices.push_back(static_cast<double>(cents) / 100);
      const auto price = div(decimal(cents), decimal(100));
      const auto out = b.run({{"price", *price}});
      if (prices.size() <= period) {
        CHECK(out["rsi"].is_null());
        continue;
      }
      const double expected = wilder_rsi(prices, period);
      CAPTURE(walk, i, period, expected);
      CHECK(std::abs(out["rsi"].as_number().to_double() - expected) < 1e-6);
    }
  }
}

TEST_CASE("rsi_signal: a changed period starts anew") {
  block_fixture b("rsi_signal");
  for (const int p : {10, 11, 12, 13}) b.run({{"price", p}, {"period", 3}});
  CHECK(b.run({{"price", 14}, {"period", 2}})["rsi"].is_null());
  CHECK(b.run({{"price", 15}, {"period", 2}})["rsi"].is_null());
  CHECK(b.run({{"price", 16}, {"period", 2}})["rsi"] == 100);
}

TEST_CASE("rsi_signal refuses bad inputs") {
  block_fixture b("rsi_signal");
  CHECK(mentions(b.failure({{"price", nullptr}}), "'price' of rsi_signal"));
  CHECK(mentions(b.failure({{"price", 0}}), "above 0"));
  CHECK(mentions(b.failure({{"price", 1}, {"period", 1}}), "2 to 1000"));
  CHECK(mentions(b.failure({{"price", 1}, {"period", dec("14.5")}}), "14.5"));
  CHECK(mentions(b.failure({{"price", 1}, {"oversold", 70}}), "below overbought"));
  CHECK(b.state.is_null());
}
