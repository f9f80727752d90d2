#include "runtime/resilience/bulkhead.hpp"

#include <algorithm>
#include <random>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

bulkhead make(std::uint32_t concurrent, std::uint32_t waiting) {
  return bulkhead::make({concurrent, waiting}).value();
}

}  // namespace

TEST_CASE("so many at once, so many in line, the rest refused") {
  auto b = make(2, 1);
  const auto first = b.enter(), second = b.enter(), third = b.enter(), fourth = b.enter();
  CHECK(first.how == bulkhead::entry::admitted);
  CHECK(second.how == bulkhead::entry::admitted);
  CHECK(third.how == bulkhead::entry::waiting);
  CHECK(fourth.how == bulkhead::entry::refused);
  CHECK(b.refused() == 1);
  const auto out = b.leave(second.permit);
  CHECK(out.how == bulkhead::exit::released);
  CHECK(out.next == third.permit);
  CHECK(b.under_way() == 2);
  CHECK(b.waiting() == 0);
}

TEST_CASE("one who leaves the line frees its place there, and is never admitted") {
  auto b = make(1, 2);
  const auto first = b.enter(), second = b.enter(), third = b.enter();
  CHECK(b.leave(second.permit).how == bulkhead::exit::left_line);
  CHECK(b.waiting() == 1);
  CHECK(b.enter().how == bulkhead::entry::waiting);
  CHECK(b.leave(first.permit).next == third.permit);
  CHECK(b.leave(second.permit).how == bulkhead::exit::unknown);
}

TEST_CASE("one who leaves while its turn comes gives its place to the next") {
  auto b = make(1, 2);
  const auto first = b.enter(), second = b.enter(), third = b.enter();
  REQUIRE(b.leave(first.permit).next == second.permit);
  const auto out = b.leave(second.permit);
  CHECK(out.how == bulkhead::exit::released);
  CHECK(out.next == third.permit);
}

TEST_CASE("a permit given back twice, or of before a reset, changes nothing") {
  auto b = make(1, 1);
  const auto first = b.enter();
  CHECK(b.leave(first.permit).how == bulkhead::exit::released);
  CHECK(b.leave(first.permit).how == bulkhead::exit::unknown);
  const auto old = b.enter();
  b.reset();
  CHECK(b.under_way() == 0);
  const auto fresh = b.enter();
  CHECK(fresh.how == bulkhead::entry::admitted);
  CHECK(b.leave(old.permit).how == bulkhead::exit::unknown);
  // The epoch alone tells them apart: a permit with the id of one under way is not enough.
  CHECK(b.leave({old.permit.epoch, fresh.permit.id}).how == bulkhead::exit::unknown);
  CHECK(b.under_way() == 1);
}

TEST_CASE("bulkhead limits out of range are refused") {
  CHECK_FALSE(bulkhead::make({0, 1}).ok());
  CHECK_FALSE(bulkhead::make({10'001, 1}).ok());
  CHECK_FALSE(bulkhead::make({1, 100'001}).ok());
}

TEST_CASE("property: a bulkhead does as two plain lists do") {
  const std::uint64_t first_seed = 900;
  for (std::uint64_t seed = first_seed; seed < first_seed + 2'000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto concurrent = static_cast<std::uint32_t>(1 + random() % 5);
    const auto line = static_cast<std::uint32_t>(random() % 5);
    auto b = make(concurrent, line);
    std::vector<bulkhead_permit> inside, outside, dead;
    for (int i = 0; i < 100; ++i) {
      CAPTURE(i);
      const auto what = random() % 10;
      const auto anyone = [&](std::vector<bulkhead_permit>& from) {
        const auto at = from.begin() + static_cast<std::ptrdiff_t>(random() % from.size());
        const auto permit = *at;
        from.erase(at);
        dead.push_back(permit);
        return permit;
      };
      if (what < 5) {
        const auto e = b.enter();
        const auto expected = inside.size() < concurrent ? bulkhead::entry::admitted
                              : outside.size() < line    ? bulkhead::entry::waiting
                                                         : bulkhead::entry::refused;
        REQUIRE(e.how == expected);
        if (expected == bulkhead::entry::admitted) inside.push_back(e.permit);
        if (expected == bulkhead::entry::waiting) outside.push_back(e.permit);
      } else if (what < 7 && !inside.empty()) {
        const auto out = b.leave(anyone(inside));
        REQUIRE(out.how == bulkhead::exit::released);
        REQUIRE(out.next.has_value() == !outside.empty());
        if (out.next) {
          REQUIRE(*out.next == outside.front());  // First come, first served.
          inside.push_back(outside.front());
          outside.erase(outside.begin());
        }
      } else if (what < 8 && !outside.empty()) {
        const auto out = b.leave(anyone(outside));
        REQUIRE(out.how == bulkhead::exit::left_line);
        REQUIRE_FALSE(out.next.has_value());
      } else if (what < 9 && !dead.empty()) {
        REQUIRE(b.leave(dead[random() % dead.size()]).how == bulkhead::exit::unknown);
      } else if (random() % 10 == 0) {
        b.reset();
        dead.insert(dead.end(), inside.begin(), inside.end());
        dead.insert(dead.end(), outside.begin(), outside.end());
        inside.clear();
        outside.clear();
      }
      REQUIRE(b.under_way() == inside.size());
      REQUIRE(b.waiting() == outside.size());
      REQUIRE(b.under_way() <= concurrent);
      REQUIRE(b.waiting() <= line);
      // Nobody waits while there is room.
      REQUIRE((outside.empty() || inside.size() == concurrent));
    }
  }
}
