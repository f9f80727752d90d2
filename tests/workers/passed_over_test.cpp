#include "runtime/workers/passed_over.hpp"

#include <algorithm>
#include <map>
#include <random>

#include "tests/support/catch.hpp"

namespace pitwall {
namespace {

using namespace std::chrono_literals;
using epochs = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("who could not do it is passed over for a while, longer each time, and then no more") {
  passed_over p;
  CHECK(p.at(0s).empty());
  boot_time now = 10s;
  boot_time wait = passed_over::first;
  for (int i = 0; i < 12; ++i) {
    CHECK(p.add(1, "it is ill", now) == (i == 0));
    CHECK(p.at(now) == epochs{1});
    CHECK(p.at(now + wait - 1ns) == epochs{1});
    CHECK(p.at(now + wait).empty());
    now += wait;
    wait = std::min(wait * 2, passed_over::longest);
  }
  CHECK(wait == passed_over::longest);
  CHECK(p.add(1, "it is ill otherwise", now));
  p.clear(1);
  CHECK(p.at(now).empty());
  // Forgotten: the next while is a short one, and what is said of it is news.
  CHECK(p.add(1, "it is ill otherwise", now));
  CHECK(p.at(now + passed_over::first).empty());
}

TEST_CASE("whatever fails, nobody is passed over for longer than the longest while") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  passed_over p;
  std::map<std::uint64_t, boot_time> failed;  // When, the last time.
  boot_time now{};
  for (int step = 0; step < 20'000; ++step) {
    now += std::chrono::milliseconds(random() % 2'000);
    const auto epoch = random() % 200;
    if (random() % 3 == 0) {
      p.clear(epoch);
      failed.erase(epoch);
    } else {
      p.add(epoch, std::to_string(random() % 3), now);
      failed[epoch] = now;
      REQUIRE(std::ranges::count(p.at(now), epoch) == 1);
    }
    const auto all = p.at(now);
    REQUIRE(all.size() <= passed_over::most);
    REQUIRE(std::ranges::is_sorted(all));
    for (const auto e : all) {
      REQUIRE(failed.contains(e));
      REQUIRE(now < failed.at(e) + passed_over::longest);
    }
    REQUIRE(p.at(now + passed_over::longest).empty());
  }
}

}  // namespace pitwall
