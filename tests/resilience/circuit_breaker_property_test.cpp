#include <algorithm>
#include <random>
#include <vector>

#include "runtime/resilience/circuit_breaker.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr timestamp start{seconds(1'000'000)};

std::uint32_t below(std::mt19937_64& random, std::uint32_t n) {
  return static_cast<std::uint32_t>(random() % n);
}

breaker_settings any_settings(std::mt19937_64& random) {
  breaker_settings s;
  s.window.by =
      below(random, 2) == 0 ? window_settings::measure::time : window_settings::measure::calls;
  s.window.length = milliseconds(200 + below(random, 3'000));
  s.window.buckets = 1 + below(random, 8);
  s.window.calls = 5 + below(random, 10);
  s.failure_threshold = below(random, 6);
  s.failure_percent = below(random, 2) * (30 + below(random, 70));
  s.slow_percent = below(random, 2) * (30 + below(random, 70));
  s.minimum_calls = 1 + below(random, 5);
  s.slow_after = milliseconds(100);
  s.open_time = milliseconds(200 + below(random, 800));
  s.max_open_time = s.open_time + milliseconds(below(random, 4'000));
  s.open_growth_percent = 100 + below(random, 200);
  s.jitter_percent = below(random, 60);
  s.max_probes = 1 + below(random, 4);
  s.close_after = 1 + below(random, 4);
  s.probe_timeout = milliseconds(100 + below(random, 900));
  return s;
}

// Keeps all that ever happened in the present state, and computes everything anew from it.
struct model {
  struct outcome {
    std::int64_t at;
    bool failed, slow;
  };
  struct probe {
    std::uint64_t id;
    std::int64_t begun;
  };

  breaker_settings s;
  breaker_state state = breaker_state::closed;
  std::uint64_t epoch = 1;
  std::vector<outcome> outcomes;
  std::vector<probe> probes;
  std::int64_t opened_at = 0, open_until = 0;
  std::uint32_t openings = 0, successes = 0;
  std::vector<breaker_reason> changes;  ///< Of the present operation.

  void go(breaker_state to, breaker_reason why) {
    state = to;
    ++epoch;
    outcomes.clear();
    probes.clear();
    successes = 0;
    changes.push_back(why);
    if (to != breaker_state::open && to != breaker_state::half_open) openings = 0;
  }
  void open(breaker_reason why, std::int64_t t) {
    ++openings;
    opened_at = t;
    open_until = -1;  // To be told, and checked against the bounds.
    go(breaker_state::open, why);
  }
  void learn_open_until(std::int64_t until) {
    double longest = static_cast<double>(s.open_time.count());
    for (std::uint32_t i = 1; i < openings; ++i) longest *= s.open_growth_percent / 100.0;
    longest = std::min(longest, static_cast<double>(s.max_open_time.count()));
    const auto took = static_cast<double>(until - opened_at);
    const double shortest = openings == 1 ? longest : longest * (100 - s.jitter_percent) / 100;
    REQUIRE(took <= longest + 1);
    REQUIRE(took >= shortest - 10);
    open_until = until;
  }
  void expire(std::int64_t t, const breaker_memory& after) {
    for (const auto& p : std::vector<probe>(probes)) {
      const auto silent = p.begun + s.probe_timeout.count();
      const bool first = std::all_of(probes.begin(), probes.end(),
                                     [&](const probe& other) { return other.begun >= p.begun; });
      if (!first || t < silent) continue;
      open(breaker_reason::probe_unanswered, silent);
      // Where that opening is over already, its end is not to be seen any more.
      if (after.state == breaker_state::open)
        learn_open_until(after.open_until.time_since_epoch().count());
      return;
    }
  }
  void judge(std::int64_t t) {
    const auto width = (s.window.length.count() + s.window.buckets - 1) / s.window.buckets;
    std::uint64_t calls = 0, failures = 0, slow = 0;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      const bool in = s.window.by == window_settings::measure::calls
                          ? i + s.window.calls >= outcomes.size()
                          : outcomes[i].at / width + s.window.buckets >= t / width;
      if (!in) continue;
      ++calls;
      failures += outcomes[i].failed ? 1 : 0;
      slow += outcomes[i].slow ? 1 : 0;
    }
    if (s.failure_threshold > 0 && failures >= s.failure_threshold) {
      open(breaker_reason::failure_threshold, t);
    } else if (calls >= s.minimum_calls && s.failure_percent > 0 &&
               failures * 100 >= calls * s.failure_percent) {
      open(breaker_reason::failure_rate, t);
    } else if (calls >= s.minimum_calls && s.slow_percent > 0 &&
               slow * 100 >= calls * s.slow_percent) {
      open(breaker_reason::slow_rate, t);
    }
  }
  void report(const breaker_permit& p, call_outcome how, std::int64_t t) {
    if (p.epoch != epoch) return;
    const bool slow = t - p.begun.time_since_epoch().count() > s.slow_after.count();
    const bool failed = how == call_outcome::failure || how == call_outcome::timeout;
    if (state == breaker_state::half_open) {
      const auto at = std::find_if(probes.begin(), probes.end(),
                                   [&](const probe& each) { return each.id == p.probe; });
      if (at == probes.end()) return;
      probes.erase(at);
      if (how == call_outcome::ignored) return;
      if (failed) return open(breaker_reason::probe_failed, t);
      if (slow && s.slow_percent > 0) return open(breaker_reason::probe_slow, t);
      if (++successes == s.close_after) go(breaker_state::closed, breaker_reason::probes_succeeded);
    } else if (how != call_outcome::ignored && state != breaker_state::forced_closed) {
      outcomes.push_back({t, failed, slow});
      if (state == breaker_state::closed) judge(t);
    }
  }
};

struct world {
  explicit world(std::uint64_t seed)
      : random(seed),
        m{any_settings(random), {}, 1, {}, {}, 0, 0, 0, 0, {}},
        b(circuit_breaker::make(m.s, seed, start).value()) {}

  void move_clock() {
    const auto step = milliseconds(below(random, below(random, 10) == 0 ? 3'000 : 120));
    if (below(random, 25) == 0) {
      now -= step * 5;
      return;
    }
    // How often it is looked at makes no difference.
    if (below(random, 3) == 0) {
      auto ticked = b;
      for (int i = 1; i <= 3; ++i) ticked.tick(now + step * i / 3);
      auto plain = b;
      plain.tick(now);
      plain.tick(now + step);
      REQUIRE(ticked.snapshot() == plain.snapshot());
    }
    if (const auto due = b.tick_in(now); due && *due > microseconds(0)) {
      auto early = b, exact = b;
      early.tick(now);
      REQUIRE(early.tick(now + *due - microseconds(1)).empty());
      exact.tick(now);
      REQUIRE(exact.tick(now + *due).size() == 1);
    }
    now += step;
    t += microseconds(step).count();
  }

  void ask() {
    const auto a = b.ask(now);
    const auto after = b.snapshot();
    got = a.changes;
    m.expire(t, after);
    // An end that nobody saw: that it is over, or not, is the breaker's word.
    const bool over =
        m.open_until < 0 ? after.state == breaker_state::half_open : t >= m.open_until;
    if (m.state == breaker_state::open && over) {
      m.go(breaker_state::half_open, breaker_reason::open_time_over);
    }
    const bool half = m.state == breaker_state::half_open;
    const bool pass = half
                          ? m.probes.size() < m.s.max_probes
                          : m.state != breaker_state::open && m.state != breaker_state::forced_open;
    REQUIRE(a.permit.has_value() == pass);
    if (!pass) {
      REQUIRE(a.retry_in.has_value() == (m.state != breaker_state::forced_open));
      if (a.retry_in) REQUIRE(*a.retry_in > microseconds(0));
      return;
    }
    REQUIRE(a.permit->epoch == m.epoch);
    REQUIRE((a.permit->probe != 0) == half);
    if (half) m.probes.push_back({a.permit->probe, t});
    permits.push_back(*a.permit);
  }

  void report() {
    if (permits.empty()) return look();
    const auto at = permits.begin() + static_cast<std::ptrdiff_t>(random() % permits.size());
    const auto p = *at;
    // A probe's second answer must change nothing; one of a call in the closed state is forbidden.
    if (p.probe == 0 || below(random, 3) > 0) permits.erase(at);
    const auto how = static_cast<call_outcome>(below(random, 4));
    const auto before = b.snapshot();
    got = b.report(p, how, now);
    const auto after = b.snapshot();
    m.expire(t, after);
    if (p.epoch != m.epoch && m.changes.empty()) {
      auto same = before;
      same.clock = after.clock;
      ++same.totals.late;
      REQUIRE(after == same);
    }
    m.report(p, how, t);
  }

  void look() {
    got = b.tick(now);
    m.expire(t, b.snapshot());
  }

  void meddle() {
    const auto to = static_cast<breaker_state>(below(random, 7));
    if (to > breaker_state::metrics_only || to == breaker_state::closed) {
      const auto was = m.state;
      got = b.reset(now);
      m.go(breaker_state::closed, breaker_reason::by_operator);
      if (was == breaker_state::closed) m.changes.clear();
    } else {
      got = b.force(to, now);
      if (to >= breaker_state::forced_open && to != m.state) m.go(to, breaker_reason::by_operator);
    }
  }

  void check() {
    const auto memory = b.snapshot();
    if (m.state == breaker_state::open && m.open_until < 0) {
      m.learn_open_until(memory.open_until.time_since_epoch().count());
    }
    REQUIRE(got.size() == m.changes.size());
    for (std::size_t i = 0; i < m.changes.size(); ++i)
      REQUIRE(got.begin()[i].reason == m.changes[i]);
    if (!got.empty()) REQUIRE(got.begin()[got.size() - 1].to == m.state);
    REQUIRE(memory.state == m.state);
    REQUIRE(memory.epoch == m.epoch);
    REQUIRE(memory.openings == m.openings);
    REQUIRE(memory.probe_successes == m.successes);
    REQUIRE(memory.clock.reached.time_since_epoch().count() == t);
    const auto status = b.status_at(now);
    REQUIRE(status.state == m.state);
    REQUIRE(status.probes_under_way == m.probes.size());
    REQUIRE(status.probes_under_way <= m.s.max_probes);
    REQUIRE(status.next_probe_in.has_value() == (m.state == breaker_state::open));
    // Half-open never waits for an answer for longer than its maximum.
    for (const auto& p : m.probes) REQUIRE(t - p.begun < m.s.probe_timeout.count());
  }

  void step() {
    move_clock();
    m.changes.clear();
    got = {};
    // The same input on what is restored from the snapshot gives the same state.
    if (below(random, 4) == 0) b = circuit_breaker::restore(m.s, b.snapshot()).value();
    const auto what = below(random, 100);
    if (what < 48) {
      ask();
    } else if (what < 90) {
      report();
    } else if (what < 98) {
      look();
    } else {
      return meddle_after_look();
    }
    check();
  }

  // force() and reset() do not look at silent probes first.
  void meddle_after_look() {
    look();
    check();
    m.changes.clear();
    meddle();
    check();
  }

  std::mt19937_64 random;
  model m;
  circuit_breaker b;
  timestamp now = start;
  std::int64_t t = start.time_since_epoch().count();  ///< Forward time.
  std::vector<breaker_permit> permits;
  breaker_changes got;
};

}  // namespace

TEST_CASE("property: the breaker does as a list of all that happened says") {
  const std::uint64_t first_seed = 20'000;
  std::array<std::uint64_t, 9> reasons{};
  for (std::uint64_t seed = first_seed; seed < first_seed + 4'000; ++seed) {
    CAPTURE(seed);
    world w(seed);
    for (int i = 0; i < 150; ++i) {
      CAPTURE(i);
      w.step();
      for (const auto& c : w.got) ++reasons.at(static_cast<std::size_t>(c.reason));
    }
  }
  // The worlds are rich enough to reach everything.
  for (const auto count : reasons) CHECK(count > 100);
}

TEST_CASE("property: live and restored breakers stay equal to the last number") {
  const std::uint64_t first_seed = 30'000;
  for (std::uint64_t seed = first_seed; seed < first_seed + 1'000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto settings = any_settings(random);
    auto live = circuit_breaker::make(settings, seed, start).value();
    std::vector<breaker_permit> permits;
    auto now = start;
    for (int i = 0; i < 100; ++i) {
      CAPTURE(i);
      now += milliseconds(static_cast<std::int64_t>(below(random, 300)) - 20);
      auto restored = circuit_breaker::restore(settings, live.snapshot()).value();
      REQUIRE(restored.snapshot() == live.snapshot());
      if (below(random, 2) == 0 || permits.empty()) {
        const auto a = live.ask(now), other = restored.ask(now);
        REQUIRE(a.permit == other.permit);
        REQUIRE(a.retry_in == other.retry_in);
        if (a.permit) permits.push_back(*a.permit);
      } else {
        const auto how = static_cast<call_outcome>(below(random, 4));
        live.report(permits.back(), how, now);
        restored.report(permits.back(), how, now);
        permits.pop_back();
      }
      REQUIRE(restored.snapshot() == live.snapshot());
    }
  }
}
