#include "runtime/resilience/call_window.hpp"

#include <random>
#include <vector>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr timestamp start{seconds(1'000'000)};

struct call {
  timestamp at;
  bool failed, slow;
};

// All calls ever, counted anew.
call_counts naive(const window_settings& s, const std::vector<call>& all, timestamp now) {
  call_counts sum;
  const auto width = (s.length.count() + s.buckets - 1) / s.buckets;
  const auto bucket = [&](timestamp t) {
    return std::chrono::floor<microseconds>(t).time_since_epoch().count() / width;
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool in = s.by == window_settings::measure::calls
                        ? i + s.calls >= all.size()
                        : bucket(all[i].at) + s.buckets >= bucket(now);
    if (!in) continue;
    ++sum.calls;
    sum.failures += all[i].failed ? 1 : 0;
    sum.slow += all[i].slow ? 1 : 0;
  }
  return sum;
}

}  // namespace

TEST_CASE("a window of calls holds the last N") {
  call_window window({window_settings::measure::calls, {}, 1, 3});
  window.add(start, true, false);
  for (int i = 0; i < 2; ++i) window.add(start, false, true);
  CHECK(window.sum() == call_counts{3, 1, 2});
  window.add(start, false, false);
  CHECK(window.sum() == call_counts{3, 0, 2});
}

TEST_CASE("a cleared window equals a new one, and a state that contradicts itself is not taken") {
  const window_settings settings{window_settings::measure::time, seconds(10), 10, 1};
  call_window window(settings);
  window.add(start, true, false);
  auto state = window.snapshot();
  window.clear();
  CHECK(window.snapshot() == call_window(settings).snapshot());
  CHECK(window.restore(state));
  CHECK(window.sum().failures == 1);
  state.sum.failures = 7;
  CHECK_FALSE(window.restore(state));
  CHECK(window.sum() == call_counts{});
}

TEST_CASE("property: a window counts as a list of all calls does, and is never early") {
  const std::uint64_t first_seed = 7'000;
  for (std::uint64_t seed = first_seed; seed < first_seed + 1'000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    window_settings settings;
    settings.by =
        random() % 2 == 0 ? window_settings::measure::time : window_settings::measure::calls;
    settings.length = milliseconds(100 + random() % 3'000);
    settings.buckets = static_cast<std::uint32_t>(1 + random() % 12);
    settings.calls = static_cast<std::uint32_t>(1 + random() % 12);
    call_window window(settings);
    std::vector<call> all;
    auto now = start;
    for (int i = 0; i < 120; ++i) {
      now += milliseconds(random() % (random() % 12 == 0 ? 5'000 : 200));
      CAPTURE(i);
      REQUIRE(window.sum_at(now) == naive(settings, all, now));
      if (settings.by == window_settings::measure::time) {
        std::uint64_t young = 0, bound = 0;
        for (const auto& c : all) {
          young += now - c.at <= settings.length ? 1 : 0;
          bound += now - c.at <= settings.length + settings.length / settings.buckets +
                                     microseconds(settings.buckets + 1)
                       ? 1
                       : 0;
        }
        REQUIRE(window.sum_at(now).calls >= young);
        REQUIRE(window.sum_at(now).calls <= bound);
      }
      if (random() % 3 == 0) continue;
      const call c{now, random() % 2 == 0, random() % 3 == 0};
      call_window restored(settings);
      REQUIRE(restored.restore(window.snapshot()));
      window.add(now, c.failed, c.slow);
      restored.add(now, c.failed, c.slow);
      REQUIRE(restored.snapshot() == window.snapshot());
      all.push_back(c);
      REQUIRE(window.sum() == naive(settings, all, now));
    }
  }
}
