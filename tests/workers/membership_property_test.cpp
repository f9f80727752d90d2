// Against a model that keeps every epoch there ever was, for any order of joins, heartbeats, ends
// and silences.
#include <map>
#include <random>

#include "runtime/workers/membership.hpp"
#include "tests/support/catch.hpp"

namespace pitwall {
namespace {

using std::chrono::milliseconds;

struct past {
  std::string name;
  std::uint64_t incarnation = 0;
  boot_time heard{};
  bool ended = false;
};

}  // namespace

TEST_CASE("an epoch is live from its join to its end, and never again") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t n) { return random() % n; };
  for (int round = 0; round < 100; ++round) {
    membership_settings s;
    s.first_epoch = 1 + below(1'000);
    membership m(s);
    const auto longest = s.lease + s.lease * max_clock_drift_ppm / 1'000'000;
    std::map<std::uint64_t, past> all;
    boot_time now = milliseconds(below(100'000));
    const auto live = [&](const past& p) { return !p.ended && now - p.heard < longest; };
    const auto end_of = [&](const std::string& name) {
      for (auto& [epoch, p] : all)
        if (p.name == name) p.ended = true;
    };
    for (int step = 0; step < 300; ++step) {
      now += milliseconds(below(below(20) == 0 ? 8'000 : 400));
      for (auto& [epoch, p] : all) p.ended = p.ended || !live(p);
      const auto what = below(10);
      if (what < 2) {
        const auto name = "w" + std::to_string(below(4));
        const auto incarnation = below(2);
        const auto taken = m.join({name, "1", incarnation, {}, 1}, now);
        const bool other_is_here = std::any_of(all.begin(), all.end(), [&](const auto& e) {
          return e.second.name == name && live(e.second) && e.second.incarnation != incarnation &&
                 now - e.second.heard < s.suspect_after;
        });
        REQUIRE(taken.ok() != other_is_here);
        if (taken.ok()) {
          REQUIRE(all.count(taken->epoch) == 0);
          REQUIRE((all.empty() || taken->epoch > all.rbegin()->first));
          end_of(name);
          all[taken->epoch] = {name, incarnation, now, false};
        }
      } else if (!all.empty()) {
        auto at = all.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(below(all.size())));
        auto& [epoch, p] = *at;
        if (what < 8) {
          REQUIRE(m.heartbeat(epoch, 0, now) == live(p));
          if (live(p)) p.heard = now;
        } else if (what == 8) {
          const auto gone = m.gone(epoch, worker_state::left, now);
          if (live(p)) REQUIRE(gone.has_value());
          p.ended = true;
        } else {
          for (const auto& c : m.look(now))
            if (c.to == worker_state::lost) REQUIRE_FALSE(live(all.at(c.epoch)));
        }
      }
      std::map<std::string, int> live_of;
      for (const auto& [epoch, p] : all) {
        REQUIRE(m.live(epoch, now) == live(p));
        live_of[p.name] += live(p) ? 1 : 0;
      }
      for (const auto& [name, n] : live_of) REQUIRE(n <= 1);
    }
  }
}

}  // namespace pitwall
