#include <cmath>
#include <random>

#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("mean_std: null until the window is full, then mean, sample deviation, z-score") {
  block_fixture b("math", {{"operation", "mean_std"}, {"window", 4}});
  for (const int v : {2, 4, 4}) {
    const auto out = b.run({{"value1", v}});
    CHECK(out["result"].is_null());
    CHECK(out["zscore"].is_null());
  }
  const auto out = b.run({{"value1", 6}});
  CHECK(out["mean"] == 4);
  CHECK(out["result"] == 4);
  CHECK(out["std"].as_number().round(9) == dec("1.632993162"));
  CHECK(out["zscore"].as_number().round(9) == dec("1.224744871"));
  const auto moved = b.run({{"value1", 10}});  // 4 4 6 10
  CHECK(moved["mean"] == 6);
}

TEST_CASE("mean_std: equal values have no deviation and a z-score of 0") {
  block_fixture b("math", {{"operation", "mean_std"}, {"window", 3}});
  for (int i = 0; i < 2; ++i) b.run({{"value1", dec("0.1")}});
  const auto out = b.run({{"value1", dec("0.1")}});
  CHECK(out["std"] == 0);
  CHECK(out["zscore"] == 0);
}

TEST_CASE("mean_std agrees with the definition on random values") {
  const std::uint64_t seed = 7;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  block_fixture b("math", {{"operation", "mean_std"}, {"window", 10}});
  std::vector<double> values;
  for (int i = 0; i < 200; ++i) {
    const auto v = static_cast<std::int64_t>(random() % 2'000) + 6'700'000;
    values.push_back(static_cast<double>(v));
    if (values.size() > 10) values.erase(values.begin());
    const auto out = b.run({{"value1", decimal(v)}});
    if (values.size() < 10) continue;
    double mean = 0, squares = 0;
    for (const double x : values) mean += x / 10;
    for (const double x : values) squares += (x - mean) * (x - mean);
    const double deviation = std::sqrt(squares / 9);
    CAPTURE(i, mean, deviation);
    CHECK(std::abs(out["mean"].as_number().to_double() - mean) < 1e-6);
    CHECK(std::abs(out["std"].as_number().to_double() - deviation) < 1e-6);
    CHECK(std::abs(out["zscore"].as_number().to_double() - (values.back() - mean) / deviation) <
          1e-6);
  }
}

TEST_CASE("mean_std: the window is a whole number from 2 on") {
  for (const value& bad : {value(1), value(1'001), value(dec("2.5")), value("wide")}) {
    CHECK(block_fixture("math", {{"operation", "mean_std"}, {"window", bad}}).make_failure().code ==
          errc::invalid_argument);
  }
}
