#include "runtime/resilience/token_bucket.hpp"

#include <random>
#include <vector>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

using std::chrono::hours;
using std::chrono::seconds;
using milli = std::chrono::milliseconds;

constexpr timestamp start{seconds(1'000'000)};

token_bucket make(const token_limits& limits, timestamp now = start) {
  return token_bucket::make(limits, now).value();
}

}  // namespace

TEST_CASE("a bucket starts full and fills at its rate") {
  auto bucket = make({10, seconds(1), 5});
  CHECK(bucket.available(start) == 5);
  CHECK(bucket.try_take(5, start));
  CHECK_FALSE(bucket.try_take(1, start));
  CHECK(bucket.time_until(1, start) == milli(100));
  CHECK_FALSE(bucket.try_take(1, start + milli(100) - microseconds(1)));
  CHECK(bucket.try_take(1, start + milli(100)));
  CHECK(bucket.available(start + hours(1)) == 5);
}

TEST_CASE("all or nothing; zero always, more than the burst never") {
  auto bucket = make({1, seconds(1), 3});
  CHECK_FALSE(bucket.try_take(4, start));
  CHECK(bucket.time_until(4, start) == std::nullopt);
  CHECK(bucket.available(start) == 3);
  CHECK(bucket.try_take(0, start));
  CHECK(bucket.try_take(3, start));
  CHECK(bucket.try_take(0, start));
  CHECK(bucket.time_until(0, start) == seconds(0));
}

TEST_CASE("rate that does not divide: the wait is rounded up, the refill is not rounded at all") {
  auto bucket = make({3, seconds(1), 2});  // One each 333,333.3 microseconds.
  REQUIRE(bucket.try_take(2, start));
  CHECK(bucket.time_until(1, start) == microseconds(333'334));
  CHECK_FALSE(bucket.try_take(1, start + microseconds(333'333)));
  CHECK(bucket.try_take(1, start + microseconds(333'334)));
  // What was over counts: the third is there after a second in all, not two microseconds later.
  CHECK(bucket.try_take(1, start + microseconds(666'667)));
  CHECK(bucket.try_take(1, start + seconds(1)));
}

TEST_CASE("no drift: asked each microsecond, the sum is exact") {
  auto bucket = make({7, microseconds(11), 2});
  REQUIRE(bucket.try_take(2, start));
  int granted = 0;
  for (int i = 1; i <= 110'000; ++i) granted += bucket.try_take(1, start + microseconds(i)) ? 1 : 0;
  CHECK(granted == 70'000);
}

TEST_CASE("a clock set back adds nothing, and filling goes on from there") {
  auto bucket = make({1, seconds(1), 2});
  REQUIRE(bucket.try_take(2, start));
  CHECK_FALSE(bucket.try_take(1, start - hours(1)));
  CHECK(bucket.time_until(1, start - hours(1)) == seconds(1));
  CHECK(bucket.try_take(1, start - hours(1) + seconds(1)));
  CHECK_FALSE(bucket.try_take(1, start - hours(1) + seconds(1)));
}

TEST_CASE("bounds of time and of the limits do not overflow") {
  auto bucket = make({1'000'000, hours(24), 1'000'000}, timestamp::min());
  CHECK(bucket.try_take(1'000'000, timestamp::min()));
  CHECK(bucket.time_until(1'000'000, timestamp::min()) == hours(24));
  CHECK(bucket.available(timestamp::max()) == 1'000'000);
  CHECK(bucket.try_take(1'000'000, timestamp::max()));
  CHECK_FALSE(bucket.try_take(1, timestamp::min()));
}

TEST_CASE("limits out of range are refused") {
  CHECK_FALSE(token_bucket::make({0, seconds(1), 1}, start).ok());
  CHECK_FALSE(token_bucket::make({1, seconds(1), 0}, start).ok());
  CHECK_FALSE(token_bucket::make({1, seconds(0), 1}, start).ok());
  CHECK_FALSE(token_bucket::make({1'000'001, seconds(1), 1}, start).ok());
  CHECK_FALSE(token_bucket::make({1, hours(25), 1}, start).ok());
}

TEST_CASE("restored with a smaller burst, a bucket holds no more than that") {
  auto bucket = make({1, seconds(1), 100});
  auto smaller = token_bucket::restore({1, seconds(1), 3}, bucket.snapshot()).value();
  CHECK(smaller.available(start) == 3);
}

TEST_CASE("property: over any interval at most rate * t + burst, and no less than a model grants") {
  const std::uint64_t first_seed = 100;
  for (std::uint64_t seed = first_seed; seed < first_seed + 1'500; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const token_limits limits{static_cast<std::uint32_t>(1 + random() % 20),
                              microseconds(1 + random() % 1'000),
                              static_cast<std::uint32_t>(1 + random() % 15)};
    auto bucket = make(limits);
    auto now = start;
    // The model: all grants with the time that had gone forward by then.
    struct grant {
      std::int64_t at;
      std::uint64_t n;
    };
    std::vector<grant> grants;
    std::int64_t forward = 0;
    const auto period = static_cast<std::uint64_t>(limits.period.count());
    std::uint64_t model = limits.burst * period;
    for (int i = 0; i < 60; ++i) {
      const bool back = random() % 10 == 0;
      const auto step = static_cast<std::int64_t>(random() % (back ? 5'000 : 300));
      now += microseconds(back ? -step : step);
      if (!back) {
        forward += step;
        model = std::min(model + static_cast<std::uint64_t>(step) * limits.tokens,
                         limits.burst * period);
      }
      const auto n = static_cast<std::uint32_t>(random() % (limits.burst + 2));
      const bool expected = n * period <= model;
      CAPTURE(i, n, forward);
      REQUIRE(bucket.available(now) == model / period);
      if (const auto wait = bucket.time_until(n, now)) {
        // Exactly then, not a microsecond earlier.
        auto seen = bucket;
        REQUIRE(seen.try_take(0, now));
        auto copy = seen;
        REQUIRE(copy.try_take(n, now + *wait));
        copy = seen;
        if (*wait > microseconds(0)) REQUIRE_FALSE(copy.try_take(n, now + *wait - microseconds(1)));
      } else {
        REQUIRE(n > limits.burst);
      }
      auto restored = token_bucket::restore(limits, bucket.snapshot()).value();
      REQUIRE(bucket.try_take(n, now) == expected);
      REQUIRE(restored.try_take(n, now) == expected);
      REQUIRE(restored.snapshot() == bucket.snapshot());
      if (!expected) continue;
      model -= n * period;
      grants.push_back({forward, n});
      std::uint64_t sum = 0;
      for (auto g = grants.rbegin(); g != grants.rend(); ++g) {
        sum += g->n;
        const auto t = static_cast<std::uint64_t>(forward - g->at);
        REQUIRE(sum * period <= t * limits.tokens + limits.burst * period);
      }
    }
  }
}
