#include "runtime/resilience/circuit_breaker.hpp"

#include <algorithm>

namespace pitwall {

namespace {

using std::chrono::hours;

status refuse(const char* what, const char* remedy) {
  return {errc::invalid_argument, what, {}, remedy};
}

bool is_time(microseconds d) noexcept { return d > microseconds(0) && d <= hours(24); }

status check_thresholds(const breaker_settings& s) {
  if (s.failure_percent > 100 || s.slow_percent > 100) {
    return refuse("a breaker's rate is a percentage", "give 1 to 100, or 0 to turn it off");
  }
  if (s.minimum_calls < 1) return refuse("a rate needs calls", "give minimum_calls of at least 1");
  if (!is_time(s.slow_after)) {
    return refuse("slow_after is out of range", "give a time of up to a day");
  }
  if (s.window.by == window_settings::measure::time) return done{};
  const bool rates = s.failure_percent > 0 || s.slow_percent > 0;
  if (s.failure_threshold > s.window.calls || (rates && s.minimum_calls > s.window.calls)) {
    return refuse("the breaker could never open: its window holds fewer calls than it needs",
                  "give a longer window, or smaller failure_threshold and minimum_calls");
  }
  return done{};
}

// What a state can be at all, whatever the settings.
bool possible(const breaker_memory& m) noexcept {
  if (m.state > breaker_state::metrics_only || m.epoch == 0) return false;
  return std::all_of(m.probes.begin(), m.probes.end(), [&](const breaker_memory::probe& p) {
    return p.id == 0 || (m.state == breaker_state::half_open && p.id <= m.last_probe &&
                         p.begun <= m.clock.reached);
  });
}

}  // namespace

status circuit_breaker::check(const breaker_settings& s) {
  PITWALL_CHECK(call_window::check(s.window));
  PITWALL_CHECK(check_thresholds(s));
  if (!is_time(s.open_time) || !is_time(s.max_open_time) || s.max_open_time < s.open_time) {
    return refuse("a breaker's open time is out of range",
                  "give times of up to a day, and max_open_time not below open_time");
  }
  if (s.open_growth_percent < 100 || s.open_growth_percent > 1'000) {
    return refuse("open_growth_percent is out of range", "give 100 (no growth) to 1000");
  }
  if (s.jitter_percent > 90) return refuse("jitter_percent is out of range", "give 0 to 90");
  if (s.max_probes < 1 || s.max_probes > breaker_memory::max_probes) {
    return refuse("max_probes is out of range", "give 1 to 16");
  }
  if (s.close_after < 1 || s.close_after > 1'000) {
    return refuse("close_after is out of range", "give 1 to 1000 successes");
  }
  if (!is_time(s.probe_timeout)) {
    return refuse("probe_timeout is out of range", "give a time of up to a day");
  }
  return done{};
}

circuit_breaker::circuit_breaker(const breaker_settings& settings, const breaker_memory& memory)
    : settings_(settings), memory_(memory), window_(settings.window) {
  memory_.window = {};
}

result<circuit_breaker> circuit_breaker::make(const breaker_settings& settings, std::uint64_t seed,
                                              timestamp now) {
  PITWALL_CHECK(check(settings));
  breaker_memory m;
  m.since = now;
  m.clock = forward_time::from(now);
  m.random.state = seed;
  return circuit_breaker(settings, m);
}

result<circuit_breaker> circuit_breaker::restore(const breaker_settings& settings,
                                                 const breaker_memory& memory) {
  PITWALL_CHECK(check(settings));
  if (!possible(memory)) {
    return {errc::data_loss,
            "no circuit breaker was ever in the stored state",
            {},
            "reset the breaker"};
  }
  circuit_breaker breaker(settings, memory);
  if (memory.state == breaker_state::open) {
    breaker.memory_.open_until =
        std::min(memory.open_until, later(memory.clock.reached, settings.max_open_time));
  }
  breaker.window_.restore(memory.window);
  return breaker;
}

breaker_memory circuit_breaker::snapshot() const {
  auto m = memory_;
  m.window = window_.snapshot();
  return m;
}

// --- changes of state
// -----------------------------------------------------------------------------

void circuit_breaker::go(breaker_state to, breaker_reason why, timestamp at, breaker_changes& out) {
  auto& m = memory_;
  const auto clock = m.clock.on_clock(at);
  out.push({m.state, to, why, clock});
  m.state = to;
  m.since = clock;
  ++m.epoch;
  m.probes = {};
  m.probe_successes = 0;
  if (to != breaker_state::open) m.open_until = {};
  if (to != breaker_state::open && to != breaker_state::half_open) m.openings = 0;
  window_.clear();
}

microseconds circuit_breaker::open_duration() noexcept {
  auto d = settings_.open_time;
  if (memory_.openings <= 1) return d;
  for (std::uint32_t i = 1; i < memory_.openings && d < settings_.max_open_time; ++i) {
    const auto grown = d * settings_.open_growth_percent / 100;
    if (grown == d) break;
    d = grown;
  }
  d = std::min(d, settings_.max_open_time);
  const auto most = d.count() * settings_.jitter_percent / 100;
  return d - microseconds(pick(0, most, memory_.random.next()));
}

void circuit_breaker::open(breaker_reason why, timestamp at, breaker_changes& out) {
  auto& m = memory_;
  if (m.openings < std::numeric_limits<std::uint32_t>::max()) ++m.openings;
  ++m.totals.opened;
  const auto duration = open_duration();
  go(breaker_state::open, why, at, out);
  m.open_until = later(at, duration);
}

void circuit_breaker::expire(timestamp t, breaker_changes& out) {
  if (memory_.state != breaker_state::half_open) return;
  const auto silence = first_silence();
  if (silence && t >= *silence) open(breaker_reason::probe_unanswered, *silence, out);
}

// --- probes
// ---------------------------------------------------------------------------------------

std::optional<timestamp> circuit_breaker::first_silence() const noexcept {
  std::optional<timestamp> first;
  for (const auto& p : memory_.probes) {
    if (p.id != 0 && (!first || p.begun < *first)) first = p.begun;
  }
  if (first) *first = later(*first, settings_.probe_timeout);
  return first;
}

std::uint32_t circuit_breaker::probes_under_way() const noexcept {
  return static_cast<std::uint32_t>(std::count_if(memory_.probes.begin(), memory_.probes.end(),
                                                  [](const auto& p) { return p.id != 0; }));
}

std::optional<breaker_permit> circuit_breaker::take_probe(timestamp t) noexcept {
  if (probes_under_way() >= settings_.max_probes) return std::nullopt;
  for (auto& p : memory_.probes) {
    if (p.id != 0) continue;
    p = {++memory_.last_probe, t};
    return breaker_permit{memory_.epoch, p.id, t};
  }
  return std::nullopt;
}

bool circuit_breaker::give_back(std::uint64_t probe) noexcept {
  for (auto& p : memory_.probes) {
    if (p.id != probe) continue;
    p = {};
    return true;
  }
  return false;
}

// --- calls
// ----------------------------------------------------------------------------------------

circuit_breaker::answer circuit_breaker::ask(timestamp now) {
  auto& m = memory_;
  answer a;
  const auto t = m.clock.advance(now);
  expire(t, a.changes);
  if (m.state == breaker_state::open && t >= m.open_until) {
    go(breaker_state::half_open, breaker_reason::open_time_over, t, a.changes);
  }
  switch (m.state) {
    case breaker_state::closed:
    case breaker_state::forced_closed:
    case breaker_state::metrics_only:
      a.permit = breaker_permit{m.epoch, 0, t};
      break;
    case breaker_state::open:
      a.retry_in = between(t, m.open_until);
      break;
    case breaker_state::half_open:
      a.permit = take_probe(t);
      if (!a.permit) a.retry_in = between(t, *first_silence());
      break;
    case breaker_state::forced_open:
      break;
  }
  ++(a.permit ? m.totals.permitted : m.totals.refused);
  return a;
}

bool circuit_breaker::count(call_outcome outcome, bool slow) noexcept {
  auto& n = memory_.totals;
  switch (outcome) {
    case call_outcome::success:
      ++n.successes;
      break;
    case call_outcome::failure:
      ++n.failures;
      break;
    case call_outcome::timeout:
      ++n.timeouts;
      break;
    case call_outcome::ignored:
      ++n.ignored;
      return false;
  }
  n.slow += slow ? 1 : 0;
  return true;
}

breaker_changes circuit_breaker::report(const breaker_permit& permit, call_outcome outcome,
                                        timestamp now) {
  auto& m = memory_;
  breaker_changes changes;
  const auto t = m.clock.advance(now);
  expire(t, changes);
  const bool probing = m.state == breaker_state::half_open;
  if (permit.epoch != m.epoch || probing != (permit.probe != 0) ||
      (probing && !give_back(permit.probe))) {
    ++m.totals.late;
    return changes;
  }
  const bool slow = between(permit.begun, t) > settings_.slow_after;
  if (!count(outcome, slow)) return changes;
  const bool failed = outcome != call_outcome::success;
  if (probing) {
    judge_probe(failed, slow, t, changes);
  } else if (m.state != breaker_state::forced_closed) {
    window_.add(t, failed, slow);
    if (m.state == breaker_state::closed) judge_window(t, changes);
  }
  return changes;
}

void circuit_breaker::judge_probe(bool failed, bool slow, timestamp t, breaker_changes& out) {
  if (failed) return open(breaker_reason::probe_failed, t, out);
  if (slow && settings_.slow_percent > 0) return open(breaker_reason::probe_slow, t, out);
  if (++memory_.probe_successes < settings_.close_after) return;
  go(breaker_state::closed, breaker_reason::probes_succeeded, t, out);
}

void circuit_breaker::judge_window(timestamp t, breaker_changes& out) {
  const auto& sum = window_.sum();
  const auto& s = settings_;
  if (s.failure_threshold > 0 && sum.failures >= s.failure_threshold) {
    return open(breaker_reason::failure_threshold, t, out);
  }
  if (sum.calls < s.minimum_calls) return;
  if (s.failure_percent > 0 && sum.failures * 100 >= sum.calls * s.failure_percent) {
    return open(breaker_reason::failure_rate, t, out);
  }
  if (s.slow_percent > 0 && sum.slow * 100 >= sum.calls * s.slow_percent) {
    open(breaker_reason::slow_rate, t, out);
  }
}

// --- without a call
// -------------------------------------------------------------------------------

breaker_changes circuit_breaker::tick(timestamp now) {
  breaker_changes changes;
  expire(memory_.clock.advance(now), changes);
  return changes;
}

std::optional<microseconds> circuit_breaker::tick_in(timestamp now) const noexcept {
  if (memory_.state != breaker_state::half_open) return std::nullopt;
  const auto silence = first_silence();
  if (!silence) return std::nullopt;
  return std::max(between(memory_.clock.peek(now), *silence), microseconds(0));
}

breaker_changes circuit_breaker::force(breaker_state state, timestamp now) {
  breaker_changes changes;
  const auto t = memory_.clock.advance(now);
  if (state >= breaker_state::forced_open && state != memory_.state) {
    go(state, breaker_reason::by_operator, t, changes);
  }
  return changes;
}

breaker_changes circuit_breaker::reset(timestamp now) {
  breaker_changes changes;
  const auto before = memory_.state;
  go(breaker_state::closed, breaker_reason::by_operator, memory_.clock.advance(now), changes);
  memory_.totals = {};
  return before == breaker_state::closed ? breaker_changes{} : changes;
}

void circuit_breaker::forget_calls() noexcept {
  ++memory_.epoch;
  memory_.probes = {};
}

breaker_status circuit_breaker::status_at(timestamp now) const {
  auto then = *this;
  then.tick(now);
  const auto& m = then.memory_;
  breaker_status s{m.state, m.since, m.openings, then.probes_under_way(), {}, m.totals, {}};
  s.window = then.window_.sum_at(m.clock.reached);
  if (m.state == breaker_state::open) {
    s.next_probe_in = std::max(between(m.clock.reached, m.open_until), microseconds(0));
  }
  return s;
}

}  // namespace pitwall
