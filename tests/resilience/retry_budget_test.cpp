#include "runtime/resilience/retry_budget.hpp"

#include <random>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr timestamp start{seconds(1'000'000)};

retry_budget make(const retry_budget_limits& limits) {
  return retry_budget::make(limits, start).value();
}

}  // namespace

TEST_CASE("five calls pay for one retry at 20 percent") {
  auto budget = make({20, 100, 0});
  for (int i = 0; i < 4; ++i) budget.on_call();
  CHECK_FALSE(budget.try_retry(start));
  budget.on_call();
  CHECK(budget.available(start) == 1);
  CHECK(budget.try_retry(start));
  CHECK_FALSE(budget.try_retry(start));
}

TEST_CASE("the reserve gives a few a second however few calls there are") {
  auto budget = make({20, 100, 2});
  CHECK(budget.try_retry(start));
  CHECK(budget.try_retry(start));
  CHECK_FALSE(budget.try_retry(start));
  CHECK_FALSE(budget.try_retry(start + milliseconds(499)));
  CHECK(budget.try_retry(start + milliseconds(500)));
}

TEST_CASE("no more is saved than allowed") {
  auto budget = make({100, 3, 0});
  for (int i = 0; i < 1'000; ++i) budget.on_call();
  for (int i = 0; i < 3; ++i) CHECK(budget.try_retry(start));
  CHECK_FALSE(budget.try_retry(start));
}

TEST_CASE("an outage is not multiplied: a thousand calls that all fail are retried 20 percent") {
  auto budget = make({20, 100, 1});
  int retries = 0;
  for (int call = 0; call < 1'000; ++call) {
    const auto now = start + milliseconds(call * 10);
    budget.on_call();
    for (int attempt = 0; attempt < 2; ++attempt) retries += budget.try_retry(now) ? 1 : 0;
  }
  CHECK(retries >= 200);
  CHECK(retries <= 200 + 10 + 1);
}

TEST_CASE("retry budget limits out of range are refused") {
  CHECK_FALSE(retry_budget::make({1'001, 1, 1}, start).ok());
  CHECK_FALSE(retry_budget::make({1, 1'000'001, 1}, start).ok());
  CHECK_FALSE(retry_budget::make({1, 1, 1'000'001}, start).ok());
}

TEST_CASE("property: retries never exceed the calls' share and the reserve") {
  const std::uint64_t first_seed = 500;
  for (std::uint64_t seed = first_seed; seed < first_seed + 1'500; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const retry_budget_limits limits{static_cast<std::uint32_t>(random() % 150),
                                     static_cast<std::uint32_t>(random() % 20),
                                     static_cast<std::uint32_t>(random() % 4)};
    auto budget = make(limits);
    auto now = start, asked = start;
    std::uint64_t calls = 0, retries = 0, forward_us = 0;
    std::uint64_t saved = 0, reserve = limits.min_per_second * 1'000'000U;
    for (int i = 0; i < 200; ++i) {
      const auto step = random() % 100'000;
      const bool back = random() % 20 == 0;
      now += back ? -microseconds(step) : microseconds(step);
      forward_us += back ? 0 : step;
      CAPTURE(i, calls, retries);
      if (random() % 2 == 0) {
        budget.on_call();
        ++calls;
        saved = std::min<std::uint64_t>(saved + limits.percent, limits.max_saved * 100U);
        continue;
      }
      auto restored = retry_budget::restore(limits, budget.snapshot()).value();
      const bool granted = budget.try_retry(now);
      REQUIRE(restored.try_retry(now) == granted);
      REQUIRE(restored.snapshot() == budget.snapshot());
      if (saved >= 100) {
        REQUIRE(granted);
        saved -= 100;
      } else {
        // The reserve sees the clock only when it is asked.
        const auto passed =
            static_cast<std::uint64_t>(std::max(now - asked, microseconds(0)).count());
        asked = now;
        reserve = std::min<std::uint64_t>(reserve + passed * limits.min_per_second,
                                          limits.min_per_second * 1'000'000U);
        REQUIRE(granted == (reserve >= 1'000'000U));
        if (granted) reserve -= 1'000'000U;
      }
      retries += granted ? 1 : 0;
      REQUIRE(retries * 100'000'000U <= calls * limits.percent * 1'000'000U +
                                            forward_us * limits.min_per_second * 100U +
                                            limits.min_per_second * 100'000'000U);
    }
  }
}
