#include "runtime/schedule/fire_plan.hpp"

#include <functional>

#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace std::chrono_literals;

namespace {

timestamp at(std::string_view text) { return parse_iso8601(text).value(); }

/// "start 12:00:00", "cancel 12:00:00", "skip 12:00:00-12:00:05 x6 why"
std::string said(const fire_actions& actions) {
  std::string all;
  const auto clock = [](timestamp t) { return to_iso8601(t).substr(11, 8); };
  for (const auto& a : actions) {
    if (!all.empty()) all += "; ";
    if (a.what == fire_action::kind::start) all += "start " + clock(a.at);
    if (a.what == fire_action::kind::cancel) all += "cancel " + clock(a.at);
    if (a.what != fire_action::kind::skip) continue;
    all += "skip " + clock(a.at);
    if (a.until != a.at) all += "-" + clock(a.until);
    if (a.count != 1) all += " x" + std::to_string(a.count);
    all += " " + a.why;
  }
  return all;
}

const auto noon = at("2026-03-01T12:00:00Z");

fire_plan every_minute(fire_policy policy = {}) {
  return {"b", schedule::every(1min), policy, noon};
}

}  // namespace

TEST_CASE("each moment starts once, at its time, under a key of its own") {
  auto plan = every_minute();
  CHECK(plan.next_wake() == noon + 1min);
  CHECK(said(plan.tick(noon + 59s)).empty());
  CHECK(said(plan.tick(noon + 1min)) == "start 12:01:00");
  CHECK(said(plan.tick(noon + 1min)).empty());
  CHECK(trigger_key("b", noon + 1min) == "trigger/b/2026-03-01T12:01:00.000000Z");
  CHECK(plan.started().empty());
  CHECK(plan.ended(noon + 1min).empty());
  CHECK(said(plan.tick(noon + 2min + 3s)) == "start 12:02:00");
}

TEST_CASE("overlap: skip, queue and cancel_running") {
  fire_policy policy;
  SECTION("skip, also before the first is known to run") {
    auto plan = every_minute();
    plan.tick(noon + 1min);
    CHECK(said(plan.tick(noon + 2min)) == "skip 12:02:00 the execution before it still runs");
    plan.started();
    CHECK(said(plan.tick(noon + 3min)) == "skip 12:03:00 the execution before it still runs");
    CHECK(plan.ended(noon + 3min).empty());
    CHECK(said(plan.tick(noon + 4min)) == "start 12:04:00");
  }
  SECTION("queue, up to its limit") {
    policy.when_running = overlap::queue;
    policy.queue_limit = 2;
    policy.max_wait = 5min;
    auto plan = every_minute(policy);
    plan.tick(noon + 1min);
    plan.started();
    CHECK(plan.tick(noon + 2min).empty());
    CHECK(plan.tick(noon + 3min).empty());
    CHECK(said(plan.tick(noon + 4min)) ==
          "skip 12:04:00 the execution before it still runs, and 2 fires wait already");
    CHECK(said(plan.ended(noon + 4min)) == "start 12:02:00");
    plan.started();
    CHECK(said(plan.ended(noon + 4min)) == "start 12:03:00");
  }
  SECTION("cancel_running starts the latest, once the old one has ended") {
    policy.when_running = overlap::cancel_running;
    auto plan = every_minute(policy);
    plan.tick(noon + 1min);
    CHECK(plan.tick(noon + 2min).empty());  // Not known to run yet.
    CHECK(said(plan.started()) == "cancel 12:01:00");
    CHECK(said(plan.tick(noon + 3min)) == "skip 12:02:00 a later fire took its place");
    CHECK(said(plan.ended(noon + 3min)) == "start 12:03:00");
    CHECK(plan.started().empty());
    CHECK(said(plan.tick(noon + 4min)) == "cancel 12:03:00");
  }
}

TEST_CASE("what waited too long is not started, however long the one before ran") {
  fire_policy policy;
  policy.when_running = GENERATE(overlap::queue, overlap::cancel_running);
  CAPTURE(to_string(policy.when_running));
  const auto two = [&](fire_policy p) {
    auto plan = every_minute(p);
    plan.tick(noon + 1min);
    plan.started();
    plan.tick(noon + 2min);
    return plan;
  };
  CHECK(said(two(policy).ended(noon + 3min)) == "start 12:02:00");
  CHECK(said(two(policy).ended(noon + 3min + 1us)) == "skip 12:02:00 it waited too long");
  policy.max_wait = 0s;
  CHECK(said(two(policy).ended(noon + 2min + 5s)) == "start 12:02:00");
  CHECK(said(two(policy).ended(noon + 2min + 6s)) == "skip 12:02:00 it waited too long");
  policy.catch_up = 1h;
  CHECK(said(two(policy).ended(noon + 62min)) == "start 12:02:00");
  CHECK(said(two(policy).ended(noon + 63min)) == "skip 12:02:00 it waited too long");
}

TEST_CASE("a start that is tried again is not either, where the host slept meanwhile") {
  auto plan = every_minute();
  plan.tick(noon + 1min);
  plan.refused(true, "the venue is closed", noon + 1min);
  auto same = plan;
  CHECK(said(same.tick(noon + 1min + 6s)) == "skip 12:01:00 it waited too long");
  CHECK(said(plan.tick(noon + 2min + 30s)) ==
        "skip 12:01:00 it waited too long; skip 12:02:00 it was missed, and is too late now");
  CHECK(said(plan.tick(noon + 3min)) == "start 12:03:00");
}

TEST_CASE("missed moments: skipped past the catch-up, the latest of the others, or each") {
  fire_policy policy;
  policy.when_running = overlap::queue;
  SECTION("without a catch-up they are skipped") {
    auto plan = every_minute(policy);
    CHECK(said(plan.tick(noon + 3min + 30s)) ==
          "skip 12:01:00-12:03:24 x0 it was missed, and is too late now");
    CHECK(said(plan.tick(noon + 4min)) == "start 12:04:00");
  }
  SECTION("the latest stands for all within the catch-up") {
    policy.catch_up = 2min;
    auto plan = every_minute(policy);
    CHECK(said(plan.tick(noon + 4min + 30s)) ==
          "skip 12:01:00-12:02:29 x0 it was missed, and is too late now; "
          "skip 12:03:00 it was missed, and a later one stands for it; start 12:04:00");
  }
  SECTION("one on time stands for them too") {
    policy.catch_up = 2min;
    auto plan = every_minute(policy);
    CHECK(said(plan.tick(noon + 2min)) ==
          "skip 12:01:00 it was missed, and a later one stands for it; start 12:02:00");
  }
  SECTION("each, in order") {
    policy.catch_up = 1h;
    policy.each_missed = true;
    auto plan = every_minute(policy);
    CHECK(said(plan.tick(noon + 3min)) == "start 12:01:00");
    plan.started();
    CHECK(said(plan.ended(noon + 3min)) == "start 12:02:00");
    plan.started();
    CHECK(said(plan.ended(noon + 3min)) == "start 12:03:00");
  }
  SECTION("a year of them takes one step") {
    policy.catch_up = 1min;
    fire_plan plan{"b", schedule::every(1s), policy, noon};
    const auto actions = plan.tick(noon + std::chrono::years(1));
    CHECK(actions.size() < 20);
  }
}

TEST_CASE("a clock that is set back starts nothing twice; set forward, it misses") {
  fire_policy policy;
  auto plan = every_minute(policy);
  plan.tick(noon + 1min);
  plan.started();
  plan.ended(noon + 1min);
  CHECK(plan.tick(noon - 10min).empty());
  CHECK(plan.tick(noon + 1min).empty());
  CHECK(plan.next_fire() == noon + 2min);
  CHECK(said(plan.tick(noon + 1h + 30s)) ==
        "skip 12:02:00-13:00:24 x0 it was missed, and is too late now");
}

TEST_CASE("what is due while it is shut is skipped, and so is what waits") {
  fire_policy policy;
  policy.when_running = overlap::queue;
  policy.catch_up = 1h;
  auto plan = every_minute(policy);
  plan.tick(noon + 1min);
  plan.started();
  plan.tick(noon + 2min);
  CHECK(said(plan.shut("bot 'b' is paused")) == "skip 12:02:00 bot 'b' is paused");
  CHECK(said(plan.tick(noon + 3min)) == "skip 12:03:00 bot 'b' is paused");
  CHECK(plan.ended(noon + 3min).empty());
  CHECK(plan.shut({}).empty());
  CHECK(plan.tick(noon + 3min + 30s).empty());  // Nothing of it is made up for.
  CHECK(said(plan.tick(noon + 4min)) == "start 12:04:00");
}

TEST_CASE("a start that is refused for now is tried until it is too late for it") {
  auto plan = every_minute();
  plan.tick(noon + 1min);
  CHECK(plan.refused(true, "the venue is closed", noon + 1min).empty());
  CHECK(plan.next_wake() == noon + 1min + 1s);
  CHECK(said(plan.tick(noon + 1min + 1s)) == "start 12:01:00");
  plan.refused(true, "the venue is closed", noon + 1min + 3s);
  CHECK(said(plan.tick(noon + 1min + 4s)) == "start 12:01:00");
  CHECK(said(plan.refused(true, "the venue is closed", noon + 1min + 4s)) ==
        "skip 12:01:00 the venue is closed");
  CHECK(said(plan.tick(noon + 2min)) == "start 12:02:00");
  CHECK(said(plan.refused(false, "halted", noon + 2min)) == "skip 12:02:00 halted");
}

TEST_CASE("jitter is the same for the same fire, within its bound, and spread") {
  fire_policy policy;
  policy.jitter = 30s;
  auto plan = every_minute(policy);
  std::chrono::milliseconds least = 1h, most = 0s;
  for (int i = 1; i <= 1'000; ++i) {
    const auto j = plan.jitter(noon + i * 1min);
    CHECK(j == fire_plan("b", schedule::every(1min), policy, noon).jitter(noon + i * 1min));
    least = std::min(least, j);
    most = std::max(most, j);
  }
  CHECK(least >= 0s);
  CHECK(least < 1s);
  CHECK(most > 29s);
  CHECK(most <= 30s);
  const auto due = noon + 1min + plan.jitter(noon + 1min);
  CHECK(plan.next_wake() == due);
  CHECK(plan.tick(due - 1ms).empty());
  CHECK(said(plan.tick(due)) == "start 12:01:00");
  CHECK(plan.jitter(noon) != fire_plan("c", schedule::every(1min), policy, noon).jitter(noon));
}

TEST_CASE("a jitter longer than the interval loses nothing, and is the same after a restart") {
  fire_policy policy;
  policy.jitter = 5min;
  policy.when_running = overlap::queue;
  policy.queue_limit = 1'000;
  policy.catch_up = GENERATE(0min, 10min);
  const auto every = schedule::every(5s);
  fire_plan plan{"b", every, policy, noon};
  std::vector<timestamp> starts;
  std::string skips;
  const std::function<void(const fire_actions&, timestamp)> take = [&](const auto& actions,
                                                                       timestamp now) {
    for (const auto& a : actions) {
      if (a.what == fire_action::kind::skip) skips += said({a}) + "\n";
      if (a.what != fire_action::kind::start) continue;
      starts.push_back(a.at);
      CHECK(now - a.at <= policy.jitter);
      take(plan.started(), now);
      take(plan.ended(now), now);
    }
  };
  for (auto now = noon; now < noon + 1h;) {
    const auto wake = plan.next_wake().value();
    REQUIRE(wake > now);
    const auto again = fire_plan("b", every, policy, plan.remember().handled);
    REQUIRE(again.next_wake() == wake);
    now = wake;
    take(plan.tick(now), now);
  }
  CHECK(skips.empty());
  CHECK(starts.size() >= 12 * 55);
  for (std::size_t i = 0; i < starts.size(); ++i)
    REQUIRE(starts[i] == noon + (static_cast<int>(i) + 1) * 5s);
}

TEST_CASE("what it remembers leaves out nothing that is open") {
  fire_policy policy;
  policy.when_running = overlap::queue;
  auto plan = every_minute(policy);
  CHECK(plan.remember() == fire_plan::memory{noon, std::nullopt});
  plan.tick(noon + 1min);
  CHECK(plan.remember() == fire_plan::memory{noon + 1min - 1us, noon + 1min});
  plan.started();
  CHECK(plan.remember() == fire_plan::memory{noon + 1min, std::nullopt});
  plan.tick(noon + 2min);
  plan.tick(noon + 3min);
  CHECK(plan.remember() == fire_plan::memory{noon + 2min - 1us, std::nullopt});
}
