// Whatever is delayed, lost, repeated or overtaken: while the holder holds, the granter has not
// ended. Each counts on a clock of its own, which began at another time and runs a little off.
#include <map>
#include <random>

#include "runtime/workers/lease.hpp"
#include "tests/support/catch.hpp"

namespace pitwall {
namespace {

using std::chrono::milliseconds;

/// A machine's boot clock: real time, from another start, up to `ppm` millionths too fast or slow.
struct machine {
  boot_time began;
  std::int64_t ppm = 0;
  boot_time at(boot_time real) const { return began + real + real / 1'000'000 * ppm; }
};

struct letter {
  bool to_granter = false;
  boot_time asked;  ///< By the holder's clock.
};

}  // namespace

TEST_CASE("the holder's end comes first, whatever happens on the way") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  std::size_t held = 0, ended = 0, renewals = 0;
  for (int round = 0; round < 400; ++round) {
    const boot_time length = milliseconds(200 + below(3'000));
    // Apart by no more than is allowed for.
    const machine a{milliseconds(below(1'000'000)), below(max_clock_drift_ppm) - 500};
    const machine b{milliseconds(below(1'000'000)), below(max_clock_drift_ppm) - 500};
    const auto slowest = milliseconds(1 + below(2 * length.count() / 1'000'000));
    std::multimap<boot_time, letter> post;
    const auto send = [&](boot_time now, letter what) {
      const auto copies = below(10) == 0 ? 0 : 1 + (below(10) == 0 ? 1 : 0);
      for (int i = 0; i < copies; ++i)
        post.emplace(now + std::chrono::nanoseconds(below(boot_time(slowest).count()) + 1), what);
    };
    boot_time real = milliseconds(below(10'000));
    // The first request came, and its answer too.
    const auto first = real;
    real += std::chrono::nanoseconds(below(boot_time(slowest).count()) + 1);
    lease_granter granter(length, b.at(real));
    lease_holder holder(length, a.at(first));
    boot_time stops = real + milliseconds(below(20'000));
    auto silent_until = boot_time::zero();  // Stopped, as by SIGSTOP.
    for (int step = 0; step < 400; ++step) {
      real += milliseconds(1 + below(60));
      const bool awake = real >= silent_until;
      if (awake && below(200) == 0) silent_until = real + milliseconds(below(4'000));
      if (awake && below(4) == 0 && holder.holds(a.at(real))) send(real, {true, a.at(real)});
      if (real >= stops) granter.stop();
      while (!post.empty() && post.begin()->first <= real) {
        const auto m = post.extract(post.begin()).mapped();
        if (m.to_granter) {
          if (granter.renew(b.at(real))) send(real, {false, m.asked});
        } else if (awake) {
          holder.granted(m.asked, a.at(real));
          ++renewals;
        }
      }
      const bool holds = holder.holds(a.at(real));
      const bool over = granter.has_ended(b.at(real));
      held += holds ? 1 : 0;
      ended += over ? 1 : 0;
      REQUIRE_FALSE((holds && over));
    }
  }
  CHECK(held > 0);  // It has shown something.
  CHECK(ended > 0);
  CHECK(renewals > 0);
}

TEST_CASE("a lease that has ended stays so") {
  lease_holder holder(milliseconds(100), milliseconds(1'000));
  CHECK(holder.holds(milliseconds(1'099)));
  CHECK_FALSE(holder.holds(milliseconds(1'100)));
  holder.granted(milliseconds(1'090), milliseconds(1'100));
  CHECK_FALSE(holder.holds(milliseconds(1'101)));

  lease_granter granter(milliseconds(100), milliseconds(1'000));
  CHECK_FALSE(granter.has_ended(milliseconds(1'099)));
  CHECK(granter.has_ended(milliseconds(1'101)));
  CHECK_FALSE(granter.renew(milliseconds(1'102)));
  CHECK(granter.has_ended(milliseconds(1'102)));
}

TEST_CASE("nothing is granted for a request that was never sent") {
  lease_holder holder(milliseconds(100), milliseconds(1'000));
  holder.granted(milliseconds(1'000'000), milliseconds(1'001));
  CHECK_FALSE(holder.holds(milliseconds(1'100)));
}

TEST_CASE("a granter that is stopped ends when its last grant does") {
  lease_granter granter(milliseconds(100), milliseconds(1'000));
  CHECK(granter.renew(milliseconds(1'050)));
  granter.stop();
  CHECK_FALSE(granter.renew(milliseconds(1'060)));
  CHECK_FALSE(granter.has_ended(milliseconds(1'149)));
  CHECK(granter.has_ended(milliseconds(1'151)));
}

}  // namespace pitwall
