#include "runtime/ports/meters.hpp"

#include <random>
#include <thread>

#include "tests/support/catch.hpp"

using namespace pitwall;

TEST_CASE("a tally has every number in the buckets whose bound is not below it") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  time_tally times;
  std::vector<std::uint64_t> all;
  for (int i = 0; i < 2'000; ++i) {
    // On a bound, beside it, and anywhere.
    const auto bound = time_bounds_us[random() % time_bounds_us.size()];
    const auto n = random() % 2 == 0 ? bound + random() % 3 - 1 : random() % 100'000'000;
    all.push_back(n);
    times.add(microseconds(static_cast<std::int64_t>(n)));
  }
  const auto reading = times.read();
  CHECK(reading.count == all.size());
  std::uint64_t sum = 0;
  for (const auto n : all) sum += n;
  CHECK(reading.value == static_cast<double>(sum) / 1e6);
  REQUIRE(reading.buckets.size() == time_bounds_us.size());
  for (std::size_t i = 0; i < time_bounds_us.size(); ++i) {
    const auto within = std::count_if(all.begin(), all.end(),
                                      [&](std::uint64_t n) { return n <= time_bounds_us[i]; });
    CHECK(reading.buckets[i].second == static_cast<std::uint64_t>(within));
    CHECK(reading.buckets[i].first == static_cast<double>(time_bounds_us[i]) / 1e6);
  }
}

TEST_CASE("a tally loses nothing of what many threads add, and a time below zero is none") {
  size_tally sizes;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (std::uint64_t i = 0; i < 10'000; ++i) sizes.add(i % 7);
    });
  for (auto& t : threads) t.join();
  CHECK(sizes.read().count == 40'000);
  time_tally times;
  times.add(microseconds(-5));
  CHECK(times.read().value == 0);
  CHECK(times.read().buckets.front().second == 1);
}
