// The promise that a halt is acknowledged with: from the time that the controller names on, no
// order reaches a venue. Whatever is delayed, lost, repeated or overtaken, and whenever the worker
// is stopped and goes on; each machine's clock began at another time and runs a little off.
#include "runtime/workers/trading_lease.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>

#include "tests/support/catch.hpp"

namespace pitwall {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

struct machine {
  boot_time began;
  std::int64_t ppm = 0;
  boot_time at(boot_time real) const { return began + real + real / 1'000'000 * ppm; }
};

enum class kind : std::uint8_t { ask, grant, book, confirm };
struct letter {
  kind what = kind::ask;
  lease_name name;
  boot_time asked{};  ///< By the worker's clock.
  std::uint64_t version = 0;
  bool open = true;  ///< Of that version.
};

/// What actors/venue_desk does, as far as the promise goes by it.
struct worker_side {
  lease_name name{1, 1, 1};
  std::optional<trading_lease> lease;
  std::uint64_t version = 0;
  bool open = false;

  void take(std::uint64_t v, bool is_open) {
    if (v <= version) return;
    version = v;
    open = is_open;
  }
  void look(boot_time now) {
    if (!lease || lease->holds(now)) return;
    lease.reset();
    ++name.round;
  }
  /// Until when, by its own clock, the venue may accept what leaves now.
  std::optional<boot_time> sends(boot_time now) {
    if (!open || !lease || !lease->may_trade(now)) return std::nullopt;
    return lease->trades_until();
  }
};

class world {
 public:
  explicit world(std::uint64_t seed) : random_(seed) {
    length = milliseconds(200 + below(3'000));
    host = {milliseconds(below(1'000'000)), below(max_clock_drift_ppm) - 500};
    away = {milliseconds(below(1'000'000)), below(max_clock_drift_ppm) - 500};
    slowest_ = milliseconds(1 + below(2 * length.count() / 1'000'000));
    leases = std::make_unique<trading_leases>(length);
  }

  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n));
  }
  void send(const letter& m) {
    const auto copies = below(10) == 0 ? 0 : 1 + (below(10) == 0 ? 1 : 0);
    for (int i = 0; i < copies; ++i)
      post_.emplace(real + nanoseconds(below(slowest_.count()) + 1), m);
  }
  void receive() {
    // To a worker that is stopped the post waits, and comes in its order.
    for (auto at = post_.begin(); at != post_.end() && at->first <= real;) {
      const auto m = at->second;
      const bool to_worker = m.what == kind::grant || m.what == kind::book;
      if (to_worker && !awake()) {
        ++at;
        continue;
      }
      at = post_.erase(at);
      to_worker ? at_worker(m) : at_host(m);
    }
  }
  void at_host(const letter& m) {
    const auto now = host.at(real);
    if (m.what == kind::confirm) return leases->confirmed(m.name, m.version);
    if (leases->ask(m.name, "w", "v", m.version, now))
      send({kind::grant, m.name, m.asked, version, open});
  }
  void at_worker(const letter& m) {
    const auto now = away.at(real);
    worker.look(now);
    if (m.what == kind::book) {
      worker.take(m.version, m.open);
      return send({kind::confirm, m.name, {}, worker.version});
    }
    if (m.name != worker.name) return;
    worker.take(m.version, m.open);
    if (!worker.lease) worker.lease.emplace(length, m.asked);
    worker.lease->granted(m.asked, now);
  }
  void ask() {
    worker.look(away.at(real));
    send({kind::ask, worker.name, away.at(real), worker.version});
  }
  void change(bool to_open) {
    open = to_open;
    ++version;
    for (const auto& [name, g] : leases->all()) send({kind::book, name, {}, version, open});
  }
  bool is_of(const trading_leases::given& g, const lease_name& name) const {
    const auto at = leases->all().find(name);
    return at != leases->all().end() && &at->second == &g;
  }
  bool awake() const { return real >= silent_until; }

  boot_time length{}, real{}, silent_until{};
  machine host, away;
  std::unique_ptr<trading_leases> leases;
  worker_side worker;
  std::uint64_t version = 1;
  bool open = true;

 private:
  std::mt19937_64 random_;
  boot_time slowest_{};
  std::multimap<boot_time, letter> post_;
};

}  // namespace

TEST_CASE("no order reaches a venue after the time that a halt was acknowledged with") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::size_t sent = 0, confirmed = 0, by_lease = 0;
  for (std::uint64_t round = 0; round < 400; ++round) {
    world w(seed + round);
    INFO("round " << round);
    std::map<lease_name, boot_time> latest;  // Until when, in real time, what has left may arrive.
    std::optional<boot_time> acknowledge;    // When the 100 ms are over.
    std::optional<boot_time> promised;       // By the host's clock; the epoch: at once.
    for (int step = 0; step < 600; ++step) {
      w.real += milliseconds(1 + w.below(30));
      if (w.awake() && w.below(150) == 0) w.silent_until = w.real + milliseconds(w.below(4'000));
      if (w.awake() && w.below(6) == 0) w.ask();
      w.receive();
      if (w.awake()) {
        const auto now = w.away.at(w.real);
        if (const auto until = w.worker.sends(now)) {
          ++sent;
          auto& at = latest[w.worker.name];
          at = std::max(at, w.real + (*until - now));
        }
      }
      if (w.open && w.below(60) == 0) {
        w.change(false);
        acknowledge = w.real + milliseconds(100);
        promised.reset();
      }
      if (acknowledge && w.real >= *acknowledge) {
        const auto now = w.host.at(w.real);
        const auto open = w.leases->without(w.version, now);
        promised = now;
        for (const auto* g : open) promised = std::max(*promised, g->lease.ends_at());
        (open.empty() ? confirmed : by_lease) += 1;
        // What had left before the worker confirmed is listed as unanswered: of no matter here.
        std::erase_if(latest, [&](const auto& l) {
          return std::none_of(open.begin(), open.end(),
                              [&](const auto* g) { return w.is_of(*g, l.first); });
        });
        acknowledge.reset();
      }
      if (promised)
        for (const auto& [name, end] : latest) REQUIRE(w.host.at(end) <= *promised);
      if (!w.open && promised && w.below(80) == 0) {
        w.change(true);
        promised.reset();
      }
    }
  }
  CHECK(sent > 0);  // It has shown something.
  CHECK(confirmed > 0);
  CHECK(by_lease > 0);
}

TEST_CASE("a lease that is not renewed leaves two fifths of it for cancelling") {
  trading_lease l(milliseconds(5'000), milliseconds(100));
  CHECK(l.may_trade(milliseconds(3'099)));
  CHECK_FALSE(l.may_trade(milliseconds(3'100)));
  CHECK(l.holds(milliseconds(5'099)));
  l.granted(milliseconds(2'000), milliseconds(3'500));  // Late, but not too late.
  CHECK(l.may_trade(milliseconds(4'999)));
  CHECK_FALSE(l.holds(milliseconds(7'000)));
  l.granted(milliseconds(6'999), milliseconds(7'001));
  CHECK_FALSE(l.holds(milliseconds(7'001)));
}

TEST_CASE("who has confirmed a book, or whose lease is over, is waited for no more") {
  trading_leases all(milliseconds(1'000));
  const lease_name a{7, 1, 1}, b{7, 2, 1};
  CHECK(all.ask(a, "one", "sim", 3, milliseconds(0)));
  CHECK(all.ask(b, "two", "sim", 3, milliseconds(500)));
  CHECK(all.without(3, milliseconds(600)).empty());
  CHECK(all.without(4, milliseconds(600)).size() == 2);
  all.confirmed(a, 4);
  all.confirmed(a, 2);  // Old news.
  REQUIRE(all.without(4, milliseconds(600)).size() == 1);
  CHECK(all.without(4, milliseconds(600)).front()->worker == "two");
  CHECK(all.without(4, milliseconds(600)).front()->lease.ends_at() == milliseconds(1'501));
  CHECK(all.without(4, milliseconds(1'502)).empty());
}

TEST_CASE("there are no more leases than are kept") {
  trading_leases all(milliseconds(1'000));
  for (std::uint64_t i = 0; i < trading_leases::max_leases; ++i)
    REQUIRE(all.ask({1, i, 1}, "w", "v", 0, milliseconds(0)));
  CHECK_FALSE(all.ask({2, 1, 1}, "w", "v", 0, milliseconds(0)));
  CHECK(all.ask({1, 1, 1}, "w", "v", 0, milliseconds(500)));
  CHECK(all.ask({2, 1, 1}, "w", "v", 0, milliseconds(1'502)));
}

}  // namespace pitwall
