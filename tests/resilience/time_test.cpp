#include <random>

#include "runtime/resilience/deadline.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

using std::chrono::seconds;

constexpr timestamp start{seconds(1'000'000)};

}  // namespace

TEST_CASE("forward time ignores a step back and counts a step forward") {
  auto time = forward_time::from(start);
  CHECK(time.advance(start + seconds(10)) == start + seconds(10));
  CHECK(time.advance(start - seconds(3'600)) == start + seconds(10));
  CHECK(time.advance(start - seconds(3'599)) == start + seconds(11));
  CHECK(time.peek(start) == start + seconds(11) + seconds(3'599));
  CHECK(time.peek(start) == time.advance(start));
  CHECK(time.on_clock(time.advance(start)) == start);
}

TEST_CASE("forward time and deadlines end at the bounds of time instead of overflowing") {
  auto time = forward_time::from(timestamp::max());
  CHECK(time.advance(timestamp::min()) == timestamp::max());
  CHECK(time.advance(timestamp::max()) == timestamp::max());
  CHECK(later(timestamp::max(), seconds(1)) == timestamp::max());
  CHECK(later(timestamp::min(), -seconds(1)) == timestamp::min());
  CHECK(between(timestamp::max(), timestamp::min()) == microseconds::min());
  CHECK(between(timestamp::min(), timestamp::max()) == microseconds::max());
  CHECK(deadline::after(start, microseconds::max()).is_never());
  CHECK(deadline(start).remaining(timestamp::min()) > seconds(1'000'000'000));
}

TEST_CASE("a deadline is over at its moment") {
  const auto until = deadline::after(start, seconds(5));
  CHECK(until.time() == start + seconds(5));
  CHECK_FALSE(until.expired(start + seconds(5) - microseconds(1)));
  CHECK(until.expired(start + seconds(5)));
  CHECK(until.remaining(start + seconds(2)) == seconds(3));
  CHECK(until.remaining(start + seconds(9)) == seconds(0));
  CHECK(deadline::after(start, -seconds(1)).expired(start));
}

TEST_CASE("never is never over, and later than any other") {
  constexpr deadline never;
  CHECK_FALSE(never.expired(timestamp::max()));
  CHECK(never.remaining(start) == microseconds::max());
  CHECK(std::min(never, deadline(start)) == deadline(start));
  CHECK(never.child(start, seconds(1)) == deadline(start + seconds(1)));
}

TEST_CASE("property: a child never ends later than its parent, however deep") {
  const std::uint64_t seed = 41;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int world = 0; world < 5'000; ++world) {
    auto now = start;
    auto until = random() % 8 == 0 ? deadline() : deadline::after(now, seconds(random() % 60));
    for (int depth = 0; depth < 6; ++depth) {
      const auto clock = std::int64_t(random() % 20) - 5;
      now += seconds(clock);
      const auto allowed = seconds(random() % 60);
      const auto child = until.child(now, allowed);
      CAPTURE(world, depth);
      REQUIRE(child <= until);
      REQUIRE(child.time() == std::min(until.time(), now + allowed));
      REQUIRE(child.remaining(now) <= until.remaining(now));
      REQUIRE(child.expired(now) == (child.remaining(now) == seconds(0)));
      until = child;
    }
  }
}
