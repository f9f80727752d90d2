#include "runtime/resilience/restart_intensity.hpp"

#include <random>
#include <vector>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr timestamp start{seconds(1'000'000)};

}  // namespace

TEST_CASE("each restart waits twice as long, to a bound, and the sixth in a minute is refused") {
  restart_intensity r({5, seconds(60), milliseconds(100), milliseconds(1'000)});
  CHECK(r.on_failure(start) == milliseconds(100));
  CHECK(r.on_failure(start + seconds(1)) == milliseconds(200));
  CHECK(r.on_failure(start + seconds(2)) == milliseconds(400));
  CHECK(r.on_failure(start + seconds(3)) == milliseconds(800));
  CHECK(r.on_failure(start + seconds(4)) == milliseconds(1'000));
  CHECK_FALSE(r.on_failure(start + seconds(5)).has_value());
}

TEST_CASE("a failure counts for one window") {
  restart_intensity r({2, seconds(60), milliseconds(100), seconds(10)});
  CHECK(r.on_failure(start) == milliseconds(100));
  CHECK(r.on_failure(start + seconds(30)) == milliseconds(200));
  CHECK_FALSE(r.on_failure(start + seconds(60) - microseconds(1)).has_value());
  CHECK(r.on_failure(start + seconds(60)) == milliseconds(200));
  CHECK(r.on_failure(start + seconds(600)) == milliseconds(100));
}

TEST_CASE("no restarts allowed means none") {
  restart_intensity r({0, seconds(60), milliseconds(100), seconds(10)});
  CHECK_FALSE(r.on_failure(start).has_value());
}

TEST_CASE("many restarts do not overflow the wait") {
  restart_intensity r({1'000, seconds(60), milliseconds(100), seconds(10)});
  for (int i = 0; i < 7; ++i) CHECK(r.on_failure(start).has_value());
  for (int i = 7; i < 1'000; ++i) REQUIRE(r.on_failure(start) == seconds(10));
  CHECK_FALSE(r.on_failure(start).has_value());
}

TEST_CASE("a clock set back does not keep old failures for long") {
  restart_intensity r({2, seconds(60), milliseconds(100), seconds(10)});
  CHECK(r.on_failure(start + seconds(3'600)).has_value());
  CHECK(r.on_failure(start + seconds(3'600)).has_value());
  CHECK_FALSE(r.on_failure(start).has_value());
  CHECK(r.on_failure(start + seconds(60)) == milliseconds(100));
}

TEST_CASE("property: never more restarts in any window than allowed") {
  const std::uint64_t seed = 12;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const restart_limits limits{5, seconds(60), milliseconds(100), seconds(10)};
  restart_intensity r(limits);
  std::vector<timestamp> restarts;
  auto now = start;
  for (int i = 0; i < 5'000; ++i) {
    now += milliseconds(random() % 20'000);
    std::size_t recent = 0;
    for (auto at = restarts.rbegin(); at != restarts.rend() && now - *at < limits.window; ++at) {
      ++recent;
    }
    const auto wait = r.on_failure(now);
    CAPTURE(i, recent);
    REQUIRE(wait.has_value() == (recent < limits.max_restarts));
    if (!wait) continue;
    REQUIRE(*wait == limits.min_wait * (1 << recent));
    restarts.push_back(now);
  }
}
