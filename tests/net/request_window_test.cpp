#include "net/venues/request_window.hpp"

#include <random>

#include "tests/support/catch.hpp"

using namespace pitwall;
using std::chrono::milliseconds;

namespace {

using time_point = request_window::time;

time_point at(std::int64_t ms) { return time_point(milliseconds(ms)); }

}  // namespace

TEST_CASE("so many at once, and the next when the first is old enough", "[markets]") {
  request_window w({3, milliseconds(1'000)});
  for (int i = 0; i < 3; ++i) CHECK(w.take(1, at(10), at(10)) == at(10));
  CHECK(w.next(1, at(20)) == at(1'010));
  CHECK(!w.take(1, at(20), at(1'009)));
  CHECK(w.take(1, at(20), at(1'010)) == at(1'010));
  CHECK(w.take(3, at(1'020), at(9'000)) == at(2'010));
}

TEST_CASE("a pause that the venue asked for holds back everything", "[markets]") {
  request_window w({3, milliseconds(1'000)});
  w.close_until(at(500));
  w.close_until(at(300));
  CHECK(!w.take(1, at(20), at(499)));
  CHECK(w.take(1, at(20), at(500)) == at(500));
  request_window free({0, milliseconds(1'000)});
  for (int i = 0; i < 100; ++i) CHECK(free.take(1, at(7), at(7)) == at(7));
}

TEST_CASE("whatever is asked, no time of the period sees more than the limit", "[markets]") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto pick = [&](int from, int to) {
    return std::uniform_int_distribution<int>(from, to)(random);
  };
  for (int round = 0; round < 100; ++round) {
    const public_limit limit{static_cast<unsigned>(pick(1, 8)), milliseconds(pick(1, 400))};
    request_window w(limit);
    std::vector<time_point> left;
    std::int64_t now = pick(0, 1'000);
    for (int i = 0; i < 200; ++i) {
      now += pick(0, 60);
      if (pick(0, 30) == 0) w.close_until(at(now + pick(0, 300)));
      const auto weight = static_cast<unsigned>(pick(1, 3));
      const auto got = w.take(weight, at(now), at(now + pick(0, 500)));
      if (!got) continue;
      CHECK(*got >= at(now));
      CHECK(*got >= w.closed_until());
      left.insert(left.end(), std::min(weight, limit.units), *got);
    }
    REQUIRE(std::is_sorted(left.begin(), left.end()));
    for (std::size_t i = limit.units; i < left.size(); ++i)
      REQUIRE(left[i] - left[i - limit.units] >= limit.per);
  }
}
