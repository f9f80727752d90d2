#include "net/access/failure_limit.hpp"

#include <random>

#include "tests/support/catch.hpp"

using namespace pitwall::access;
using namespace std::chrono_literals;

namespace {

const failure_limit::time begin{1h};

}  // namespace

TEST_CASE("ten failures at once are heard, and then one every six seconds", "[access]") {
  failure_limit limit;
  for (int i = 0; i < 10; ++i) CHECK(limit.failed("10.0.0.1", begin).retry_after == 0s);
  const auto refused = limit.failed("10.0.0.1", begin);
  CHECK(refused.retry_after == 6s);
  CHECK(refused.first);
  CHECK_FALSE(limit.failed("10.0.0.1", begin).first);
  CHECK(limit.failed("10.0.0.1", begin + 5'999ms).retry_after == 1s);
  CHECK(limit.failed("10.0.0.2", begin).retry_after == 0s);
  CHECK(limit.failed("10.0.0.1", begin + 6s).retry_after == 0s);
  CHECK(limit.failed("10.0.0.1", begin + 6s).first);
  for (int i = 0; i < 10; ++i) CHECK(limit.failed("10.0.0.1", begin + 1h).retry_after == 0s);
}

TEST_CASE("who waits as long as he was told to is heard again", "[access]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  failure_limit limit;
  auto now = begin;
  std::size_t heard = 0;
  for (int i = 0; i < 2'000; ++i) {
    const auto verdict = limit.failed("a", now);
    if (verdict.retry_after == 0s) {
      ++heard;
    } else if (random() % 2 == 0) {
      now += verdict.retry_after;
      REQUIRE(limit.failed("a", now).retry_after == 0s);
      ++heard;
    }
    now += std::chrono::milliseconds(random() % 3'000);
    // Never more than the burst and what time has given.
    REQUIRE(heard <= 10 + static_cast<std::size_t>((now - begin) / 6s) + 1);
  }
}

TEST_CASE("the table is bounded, whoever comes", "[access]") {
  failure_limit limit({.at_once = 2, .max_addresses = 8, .pause = 1s});
  for (int i = 0; i < 3; ++i) limit.failed("worst", begin + 1ms);
  for (int i = 0; i < 1'000; ++i) {
    limit.failed("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250), begin);
    REQUIRE(limit.size() <= 8);
  }
  // Who owes most is forgotten last.
  CHECK(limit.failed("worst", begin + 2ms).retry_after > 0s);
  limit.failed("later", begin + 1h);
  CHECK(limit.size() == 1);
}

TEST_CASE("an IPv6 network counts as one, and a mapped address as what it maps", "[access]") {
  CHECK(counted_address("10.0.0.1") == "10.0.0.1");
  CHECK(counted_address("::ffff:10.0.0.1") == "10.0.0.1");
  CHECK(counted_address("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
  CHECK(counted_address("2001:db8:1:2::1%eth0") == counted_address("2001:db8:1:2:ffff::9"));
  CHECK(counted_address("2001:db8:1:3::1") != counted_address("2001:db8:1:2::1"));
  CHECK(counted_address("") == "");
}
