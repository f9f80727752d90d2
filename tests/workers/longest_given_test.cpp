// Lives of a host, one after another, each with a length of its own, which ends whenever it does:
// once a life has waited, nothing that an earlier one gave out goes on.
#include "runtime/workers/longest_given.hpp"

#include <random>
#include <vector>

#include "tests/support/catch.hpp"

namespace pitwall {

using namespace std::chrono_literals;

TEST_CASE("what earlier lives gave out for longer is waited for, until it is over for certain") {
  const longest_given shorter{60s, 1s};
  CHECK(shorter.wait() == 60s);
  CHECK(shorter.to_keep(0s) == 60s);
  CHECK(shorter.to_keep(60s) == 60s);  // Clocks run unequally fast, and venues lag.
  CHECK(shorter.to_keep(62s) == 1s);
  const longest_given longer{1s, 60s};
  CHECK(longer.wait() == 60s);
  CHECK(longer.to_keep(0s) == 60s);
  CHECK(longer.to_keep(1h) == 60s);
  const longest_given none{5s, 0s};
  CHECK(none.to_keep(0s) == 5s);
  CHECK(none.to_keep(7s) == 0s);
}

TEST_CASE("once a life has waited, nothing of the lives before it goes on") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const auto any = [&](boot_time most) {
    return boot_time(
        static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most.count() + 1)));
  };
  std::size_t waited = 0;
  for (int host = 0; host < 500; ++host) {
    boot_time now{}, disk{}, last_end{};
    for (int life = 0; life < 30; ++life) {
      const auto began = now;
      const longest_given g{disk, random() % 4 == 0 ? 0s : any(60s)};
      disk = g.to_keep(0s);  // Before anything is given out.
      auto own_end = last_end;
      for (auto n = random() % 5; n > 0; --n) {
        now += any(40s);
        if (now - began >= g.wait() + g.wait() / 1'000) {
          REQUIRE(last_end <= now);
          ++waited;
        }
        // The holder's clock is slower than ours by what clocks may drift.
        if (g.own > 0s) own_end = std::max(own_end, now + g.own + g.own / 1'000);
      }
      last_end = own_end;
      if (random() % 2 == 0) disk = g.to_keep(now - began);  // An orderly end.
      now += any(random() % 2 == 0 ? 1s : 100s);
    }
  }
  CHECK(waited > 500);
}

}  // namespace pitwall
