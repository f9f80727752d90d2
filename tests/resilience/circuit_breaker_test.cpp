#include "runtime/resilience/circuit_breaker.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr timestamp start{seconds(1'000'000)};
constexpr std::uint64_t seed = 77;

circuit_breaker make(const breaker_settings& settings = {}) {
  return circuit_breaker::make(settings, seed, start).value();
}

// One call, answered `took` later.
breaker_changes call(circuit_breaker& b, call_outcome outcome, timestamp now,
                     microseconds took = seconds(0)) {
  const auto a = b.ask(now);
  REQUIRE(a.permit.has_value());
  return b.report(*a.permit, outcome, now + took);
}

void fail_until_open(circuit_breaker& b, timestamp now) {
  for (int i = 0; i < 5; ++i) call(b, call_outcome::failure, now);
  REQUIRE(b.snapshot().state == breaker_state::open);
}

bool changed(const breaker_changes& changes, breaker_state from, breaker_state to,
             breaker_reason why, timestamp at) {
  return changes.size() == 1 && *changes.begin() == breaker_change{from, to, why, at};
}

}  // namespace

TEST_CASE("the fifth failure in 120 s opens it, the fourth does not; time-outs count") {
  auto b = make();
  for (int i = 0; i < 4; ++i) {
    CHECK(
        call(b, i % 2 == 0 ? call_outcome::failure : call_outcome::timeout, start + seconds(i * 30))
            .empty());
    CHECK(call(b, call_outcome::success, start + seconds(i * 30)).empty());
    CHECK(call(b, call_outcome::ignored, start + seconds(i * 30)).empty());
  }
  CHECK(changed(call(b, call_outcome::timeout, start + seconds(120)), breaker_state::closed,
                breaker_state::open, breaker_reason::failure_threshold, start + seconds(120)));
}

TEST_CASE("a failure is forgotten after the window and one bucket at most") {
  auto b = make();
  for (int i = 0; i < 4; ++i) call(b, call_outcome::failure, start);
  CHECK(call(b, call_outcome::failure, start + seconds(121)).empty());
  auto late = make();
  for (int i = 0; i < 4; ++i) call(late, call_outcome::failure, start);
  CHECK(call(late, call_outcome::failure, start + seconds(121) - microseconds(1)).size() == 1);
}

TEST_CASE("open refuses for 60 s, then lets two probes pass, and closes after two successes") {
  auto b = make();
  fail_until_open(b, start);
  CHECK(b.status_at(start + seconds(20)).next_probe_in == seconds(40));
  const auto early = b.ask(start + seconds(60) - microseconds(1));
  CHECK_FALSE(early.permit.has_value());
  CHECK(early.retry_in == microseconds(1));
  const auto half = start + seconds(60);
  const auto first = b.ask(half), second = b.ask(half), third = b.ask(half);
  CHECK(changed(first.changes, breaker_state::open, breaker_state::half_open,
                breaker_reason::open_time_over, half));
  REQUIRE(second.permit.has_value());
  CHECK_FALSE(third.permit.has_value());
  CHECK(third.retry_in == seconds(60));
  CHECK(b.report(*first.permit, call_outcome::success, half).empty());
  CHECK(changed(b.report(*second.permit, call_outcome::success, half + seconds(1)),
                breaker_state::half_open, breaker_state::closed, breaker_reason::probes_succeeded,
                half + seconds(1)));
  const auto s = b.status_at(half + seconds(1));
  CHECK(s.since == half + seconds(1));
  CHECK(s.window == call_counts{});
  CHECK(s.totals.permitted == 7);
  CHECK(s.totals.refused == 2);
  CHECK(s.totals.failures == 5);
  CHECK(s.totals.opened == 1);
}

TEST_CASE("an answered or ignored probe gives its place to the next, once") {
  breaker_settings settings;
  settings.max_probes = 1;
  settings.close_after = 3;
  auto b = make(settings);
  fail_until_open(b, start);
  const auto now = start + seconds(60);
  const auto first = b.ask(now);
  b.report(*first.permit, call_outcome::ignored, now);
  const auto second = b.ask(now);
  REQUIRE(second.permit.has_value());
  b.report(*first.permit, call_outcome::success, now);  // Again: it frees no other's place.
  CHECK_FALSE(b.ask(now).permit.has_value());
  CHECK(b.snapshot().probe_successes == 0);
  b.report(*second.permit, call_outcome::success, now);
  CHECK(b.ask(now).permit.has_value());
  CHECK(b.snapshot().probe_successes == 1);
}

TEST_CASE("a failed probe opens again, twice as long each time, to the maximum, with jitter") {
  breaker_settings settings;
  settings.max_open_time = seconds(300);
  auto b = make(settings);
  fail_until_open(b, start);
  auto now = start;
  bool jitter = false;
  for (const int most : {60, 120, 240, 300, 300, 300}) {
    const auto wait = *b.status_at(now).next_probe_in;
    CAPTURE(most, wait.count());
    CHECK(wait <= seconds(most));
    CHECK(wait >= seconds(most) * (most == 60 ? 100 : 90) / 100);
    jitter = jitter || wait < seconds(most);
    now += wait;
    CHECK(call(b, call_outcome::timeout, now).size() == 1);
  }
  CHECK(jitter);
  // Closed in between, it starts with the first open time again.
  now += *b.status_at(now).next_probe_in;
  call(b, call_outcome::success, now);
  call(b, call_outcome::success, now);
  fail_until_open(b, now);
  CHECK(b.status_at(now).next_probe_in == seconds(60));
}

TEST_CASE("a silent probe has failed at its time, whenever someone looks") {
  auto b = make();
  fail_until_open(b, start);
  const auto probe = b.ask(start + seconds(60));
  CHECK(b.tick_in(start + seconds(70)) == seconds(50));
  CHECK(b.tick(start + seconds(120) - microseconds(1)).empty());
  auto later = b;
  CHECK(changed(b.tick(start + seconds(120)), breaker_state::half_open, breaker_state::open,
                breaker_reason::probe_unanswered, start + seconds(120)));
  CHECK(b.tick_in(start + seconds(120)) == std::nullopt);
  // Not looked at for an hour, it opened then, too, and that is over long ago.
  const auto asked = later.ask(start + hours(1));
  REQUIRE(asked.changes.size() == 2);
  CHECK(asked.changes.begin()->at == start + seconds(120));
  CHECK(asked.permit.has_value());
  CHECK(later.report(*probe.permit, call_outcome::success, start + hours(1)).empty());
  CHECK(later.snapshot().totals.late == 1);
  CHECK(later.snapshot().probe_successes == 0);
}

TEST_CASE("an answer of an earlier state changes nothing") {
  auto b = make();
  const auto old = b.ask(start);
  fail_until_open(b, start);
  const auto probe = b.ask(start + seconds(60));
  call(b, call_outcome::failure, start + seconds(61));
  auto before = b.snapshot();
  CHECK(b.report(*old.permit, call_outcome::failure, start + seconds(61)).empty());
  CHECK(b.report(*probe.permit, call_outcome::success, start + seconds(61)).empty());
  before.totals.late = 2;
  CHECK(b.snapshot() == before);
}

TEST_CASE("a call of before an opening does not count after it has closed again") {
  auto b = make();
  std::vector<breaker_permit> old;
  for (int i = 0; i < 5; ++i) old.push_back(*b.ask(start).permit);
  fail_until_open(b, start);
  call(b, call_outcome::success, start + seconds(60));
  call(b, call_outcome::success, start + seconds(60));
  for (const auto& p : old) CHECK(b.report(p, call_outcome::timeout, start + seconds(61)).empty());
  CHECK(b.snapshot().state == breaker_state::closed);
  CHECK(b.status_at(start + seconds(61)).window.failures == 0);
}

TEST_CASE("a failure rate counts once the window holds the minimum, and at exactly the rate") {
  breaker_settings settings;
  settings.failure_threshold = 0;
  settings.failure_percent = 50;
  settings.minimum_calls = 10;
  auto b = make(settings);
  for (int i = 0; i < 9; ++i) CHECK(call(b, call_outcome::failure, start).empty());
  CHECK(changed(call(b, call_outcome::success, start), breaker_state::closed, breaker_state::open,
                breaker_reason::failure_rate, start));
  auto exact = make(settings);
  for (int i = 0; i < 10; ++i) call(exact, call_outcome::success, start);
  for (int i = 0; i < 9; ++i) CHECK(call(exact, call_outcome::failure, start).empty());
  CHECK(call(exact, call_outcome::failure, start).size() == 1);
}

TEST_CASE("a rate of slow calls opens it, and a slow probe opens it again") {
  breaker_settings settings;
  settings.window.by = window_settings::measure::calls;
  settings.window.calls = 10;
  settings.slow_percent = 30;
  settings.minimum_calls = 10;
  settings.slow_after = seconds(2);
  auto b = make(settings);
  for (int i = 0; i < 8; ++i) call(b, call_outcome::success, start, seconds(2));
  call(b, call_outcome::success, start, seconds(3));
  call(b, call_outcome::success, start, seconds(3));
  CHECK(b.snapshot().totals.slow == 2);
  CHECK(call(b, call_outcome::success, start, seconds(3)).begin()->reason ==
        breaker_reason::slow_rate);
  const auto changes = call(b, call_outcome::success, start + seconds(63), seconds(3));
  REQUIRE(changes.size() == 1);
  CHECK(changes.begin()->reason == breaker_reason::probe_slow);
}

TEST_CASE("forced open refuses all until it is reset; forced closed and metrics only never do") {
  auto b = make();
  CHECK(changed(b.force(breaker_state::forced_open, start), breaker_state::closed,
                breaker_state::forced_open, breaker_reason::by_operator, start));
  CHECK(b.force(breaker_state::forced_open, start).empty());
  const auto asked = b.ask(start + hours(1'000));
  CHECK_FALSE(asked.permit.has_value());
  CHECK(asked.retry_in == std::nullopt);
  for (const auto mode : {breaker_state::forced_closed, breaker_state::metrics_only}) {
    CHECK(b.force(mode, start).size() == 1);
    for (int i = 0; i < 50; ++i) CHECK(call(b, call_outcome::failure, start).empty());
  }
  CHECK(b.status_at(start).window.failures == 50);  // Of metrics_only alone.
  CHECK(b.snapshot().totals.failures == 100);
  CHECK(b.force(breaker_state::open, start).empty());
  CHECK(changed(b.reset(start), breaker_state::metrics_only, breaker_state::closed,
                breaker_reason::by_operator, start));
  CHECK(b.snapshot().totals == breaker_totals{});
  const auto permit = *b.ask(start).permit;
  CHECK(b.reset(start).empty());
  b.report(permit, call_outcome::failure, start);
  CHECK(b.status_at(start).window.failures == 0);
}

TEST_CASE("a clock set back neither keeps it open for long nor shortens its time") {
  auto b = make();
  fail_until_open(b, start);
  CHECK(b.ask(start - hours(1)).retry_in == seconds(60));
  CHECK_FALSE(b.ask(start - hours(1) + seconds(59)).permit.has_value());
  const auto probe = b.ask(start - hours(1) + seconds(60));
  REQUIRE(probe.permit.has_value());
  CHECK(probe.changes.begin()->at == start - hours(1) + seconds(60));
  CHECK(b.report(*probe.permit, call_outcome::success, start - hours(9)).empty());
  CHECK(call(b, call_outcome::success, start - hours(9)).begin()->to == breaker_state::closed);
}

TEST_CASE("after a restart it is open as long as it was, and calls of before are forgotten") {
  auto b = make();
  fail_until_open(b, start);
  auto again = circuit_breaker::restore({}, b.snapshot()).value();
  CHECK(again.snapshot() == b.snapshot());
  CHECK_FALSE(again.ask(start + seconds(59)).permit.has_value());
  const auto probe = again.ask(start + seconds(60));
  REQUIRE(again.ask(start + seconds(60)).permit.has_value());
  auto third = circuit_breaker::restore({}, again.snapshot()).value();
  CHECK_FALSE(third.ask(start + seconds(61)).permit.has_value());
  third.forget_calls();
  CHECK(third.ask(start + seconds(61)).permit.has_value());
  CHECK(third.report(*probe.permit, call_outcome::failure, start + seconds(61)).empty());
  CHECK(third.snapshot().totals.late == 1);
}

TEST_CASE("an answer to a call of before a restart counts for nothing, closed or not") {
  auto b = make();
  const auto old = b.ask(start);
  b.forget_calls();
  CHECK(b.report(*old.permit, call_outcome::failure, start).empty());
  CHECK(b.snapshot().totals.late == 1);
  CHECK(b.status_at(start).window.failures == 0);
}

TEST_CASE("restored with other settings it keeps its state; what cannot be is refused") {
  auto b = make();
  call(b, call_outcome::failure, start);
  breaker_settings other;
  other.window.by = window_settings::measure::calls;
  CHECK(circuit_breaker::restore(other, b.snapshot())->status_at(start).window == call_counts{});
  b.reset(start);
  fail_until_open(b, start);
  other.open_time = other.max_open_time = seconds(10);
  CHECK(circuit_breaker::restore(other, b.snapshot())->status_at(start).next_probe_in ==
        seconds(10));
  auto damaged = b.snapshot();
  damaged.state = static_cast<breaker_state>(9);
  CHECK(circuit_breaker::restore({}, damaged).error().code == errc::data_loss);
  damaged = b.snapshot();
  damaged.probes[3].id = 1;
  CHECK_FALSE(circuit_breaker::restore({}, damaged).ok());
}

TEST_CASE("breaker settings out of range are refused") {
  const auto refused = [](auto change) {
    breaker_settings s;
    change(s);
    return !circuit_breaker::make(s, seed, start).ok();
  };
  CHECK(refused([](auto& s) { s.failure_percent = 101; }));
  CHECK(refused([](auto& s) { s.minimum_calls = 0; }));
  CHECK(refused([](auto& s) { s.slow_after = seconds(0); }));
  CHECK(refused([](auto& s) { s.open_time = seconds(0); }));
  CHECK(refused([](auto& s) { s.max_open_time = seconds(59); }));
  CHECK(refused([](auto& s) { s.open_growth_percent = 99; }));
  CHECK(refused([](auto& s) { s.jitter_percent = 91; }));
  CHECK(refused([](auto& s) { s.max_probes = 0; }));
  CHECK(refused([](auto& s) { s.max_probes = 17; }));
  CHECK(refused([](auto& s) { s.close_after = 0; }));
  CHECK(refused([](auto& s) { s.probe_timeout = hours(25); }));
  CHECK(refused([](auto& s) { s.window.buckets = 0; }));
  CHECK(refused([](auto& s) { s.window.length = hours(25); }));
  CHECK(refused([](auto& s) {
    s.window.by = window_settings::measure::calls;
    s.window.calls = 4;
  }));
}
