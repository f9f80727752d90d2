#include "runtime/resilience/random_pick.hpp"

#include <array>
#include <limits>

#include "tests/support/catch.hpp"

using namespace pitwall;

TEST_CASE("splitmix64 gives the published sequence") {
  // The first numbers of the authors' reference implementation with seed 1234567.
  splitmix64 random{1'234'567};
  CHECK(random.next() == 6'457'827'717'110'365'317U);
  CHECK(random.next() == 3'203'168'211'198'807'973U);
  CHECK(random.next() == 9'817'491'932'198'370'423U);
}

TEST_CASE("a pick reaches both ends and nothing beyond") {
  CHECK(pick(5, 9, 0) == 5);
  CHECK(pick(5, 9, std::numeric_limits<std::uint64_t>::max()) == 9);
  CHECK(pick(7, 7, 12'345) == 7);
  constexpr auto low = std::numeric_limits<std::int64_t>::min();
  constexpr auto high = std::numeric_limits<std::int64_t>::max();
  CHECK(pick(low, high, 0) == low);
  CHECK(pick(low, high, std::numeric_limits<std::uint64_t>::max()) == high);
}

TEST_CASE("property: picks are spread evenly") {
  const std::uint64_t seed = 3;
  CAPTURE(seed);
  splitmix64 random{seed};
  std::array<int, 10> counts{};
  for (int i = 0; i < 100'000; ++i)
    ++counts.at(static_cast<std::size_t>(pick(0, 9, random.next())));
  for (const int count : counts) {
    CHECK(count > 9'500);
    CHECK(count < 10'500);
  }
}
