#include "tests/support/catch.hpp"
#include "tests/workflow/run_driver.hpp"

using namespace pitwall;
using namespace pitwall::test;
using namespace std::chrono_literals;

namespace {

/// feed -> buy
run_driver trade(std::uint32_t most = 3) {
  plan_builder b;
  b.node({"feed", {}, effect_class::idempotent});
  b.node({"buy", {"feed"}, effect_class::effectful});
  run_driver r(b);
  r.rules.retry = retry_until(most);
  r.start();
  return r;
}

}  // namespace

TEST_CASE("retry: a failed attempt is made again after its wait", "[run][retry]") {
  auto r = trade();
  r.fail_node("feed");
  CHECK(r.new_events() == lines{"node_retrying feed #1 unavailable 1000 ms"});
  CHECK(r.of("feed").status == node_status::retrying);
  CHECK(next_deadline(r.state) == r.now + 1s);
  r.finish_node("feed");  // Too late: that attempt is over.
  CHECK(r.new_events().empty());
  r.wait(999ms);
  r.feed(tick{});
  CHECK(r.new_events().empty());
  r.wait(1ms);
  r.feed(tick{});
  CHECK(r.new_events() == lines{"node_started feed #2"});
  CHECK(r.new_effects() == lines{"run feed"});
  r.finish_node("feed", 1, r.now);
  CHECK(r.new_events() == lines{"node_completed feed", "node_started buy #1"});
  CHECK(result_json(r.state).find(R"("attempts":{"feed":2,"buy":1})") != std::string::npos);
  CHECK(same(replay(r.workflow, r.events), r.state));
}

TEST_CASE("retry: past the last attempt the node fails", "[run][retry]") {
  auto r = trade(2);
  r.fail_node("feed");
  r.wait(1s);
  r.feed(tick{});
  r.fail_node("feed");
  CHECK(r.new_events() == lines{"node_failed feed unavailable", "node_skipped buy",
                                "execution_completed completed_with_errors"});
}

TEST_CASE("retry: a call that was kept back does not hide what was wrong before", "[run][retry]") {
  const auto error_of = [](const std::string& type, bool tried_before) {
    auto r = trade();
    if (tried_before) {
      r.feed(node_errored{0, 1, "connection refused", "unavailable"});
      r.wait(1s);
      r.feed(tick{});
    }
    r.feed(node_errored{0, tried_before ? 2U : 1U, "sim/data: no", type});
    const auto* failed = r.latest<node_failed>();
    REQUIRE(failed != nullptr);
    CHECK(failed->error_type == type);
    CHECK(same(replay(r.workflow, r.events), r.state));
    return failed->error;
  };
  for (const char* type : {"retry_budget", "circuit_open", "rate_limited", "venue_busy"})
    CHECK(error_of(type, true) == "sim/data: no; the attempt before: connection refused");
  CHECK(error_of("retry_budget", false) == "sim/data: no");
  CHECK(error_of("not_found", true) == "sim/data: no");
  // What was wrong is over once an attempt has completed.
  auto r = trade();
  r.fail_node("feed");
  r.wait(1s);
  r.feed(tick{});
  r.finish_node("feed", 1, r.now);
  CHECK(r.of("feed").error.empty());
}

TEST_CASE("retry: a timeout counts, is abandoned, and its late answer changes nothing",
          "[run][retry]") {
  auto r = trade();
  r.wait(30s);
  r.feed(tick{});
  CHECK(r.new_events() == lines{"node_retrying feed #1 timeout 1000 ms"});
  CHECK(r.new_effects() == lines{"abandon feed"});
  r.feed(node_finished{0, 1, {value(1)}, r.now, nullptr});
  CHECK(r.new_events().empty());
  r.wait(1s);
  r.feed(tick{});
  CHECK(r.new_events() == lines{"node_started feed #2"});
  // Its deadline begins anew.
  r.wait(29s);
  r.feed(tick{});
  CHECK(r.new_events().empty());
}

TEST_CASE("retry: what is not worth it fails at once", "[run][retry]") {
  auto r = trade();
  r.fail_node("feed", "division_by_zero");
  CHECK(r.new_events() == lines{"node_failed feed division_by_zero", "node_skipped buy",
                                "execution_completed completed_with_errors"});
}

TEST_CASE("retry: never once there is an order", "[run][retry]") {
  auto r = trade();
  r.finish_node("feed", 1, r.now);
  r.propose("buy");
  SECTION("that may have left") {
    r.fail_node("buy");
    CHECK(r.new_events() == lines{"order_in_doubt buy", "node_completed buy in_doubt",
                                  "execution_completed completed_with_errors"});
  }
  SECTION("that the venue rejected") {
    r.report("buy", order_state::rejected, 0, "unavailable");
    CHECK(r.new_events() == lines{"order_rejected buy unavailable", "node_failed buy unavailable",
                                  "execution_completed completed_with_errors"});
  }
}

TEST_CASE("retry: an effect is decided anew, from inputs that are still young", "[run][retry]") {
  auto r = trade();
  r.finish_node("feed", 1, r.now);
  r.fail_node("buy");
  r.wait(1s);
  r.feed(tick{});
  CHECK(r.new_events() == lines{"node_started buy #2"});
  r.wait(4s + 1us);
  r.propose("buy");
  CHECK(r.new_events() ==
        lines{"node_failed buy stale_input", "execution_completed completed_with_errors"});
}

TEST_CASE("retry: a venue's Retry-After is passed on to the advice", "[run][retry]") {
  auto r = trade();
  r.feed(node_errored{0, 1, "slow down", "unavailable", 429, microseconds(7s)});
  CHECK(r.new_events() == lines{"node_retrying feed #1 unavailable 7000 ms"});
}

TEST_CASE("retry: none that would begin after the run's deadline", "[run][retry]") {
  plan_builder b;
  b.node({"feed", {}, effect_class::idempotent});
  b.timeout(10s);
  run_driver r(b);
  r.rules.retry = retry_until(3);
  r.start();
  r.wait(9s);
  r.fail_node("feed");
  CHECK(r.new_events() ==
        lines{"node_failed feed unavailable", "execution_completed completed_with_errors"});
}

TEST_CASE("retry: a halt or a cancel ends a waiting node at once", "[run][retry]") {
  auto r = trade();
  r.fail_node("feed");
  SECTION("halt") {
    r.feed(halt_requested{"stop", "halt"});
    CHECK(r.new_events() == lines{"execution_halted stop halt"});
    CHECK(r.of("feed").status == node_status::halted);
  }
  SECTION("cancel") {
    r.feed(cancel_requested{"enough"});
    CHECK(r.of("feed").status == node_status::cancelled);
  }
  CHECK(r.new_effects() == lines{"finish"});
  CHECK(same(replay(r.workflow, r.events), r.state));
}

TEST_CASE("retry: the wait outlives a crash, and a clock that is set back", "[run][retry]") {
  auto r = trade();
  r.fail_node("feed");
  r.crash();
  r.resume();
  CHECK(r.new_events() == lines{"execution_resumed"});
  CHECK(r.of("feed").status == node_status::retrying);
  SECTION("crash") { r.wait(1s); }
  SECTION("clock") { r.wait(-1h); }
  r.feed(tick{});
  CHECK(r.new_events() == lines{"node_started feed #2"});
}

TEST_CASE("retry: the node that ends the run on an error does so past its last attempt alone",
          "[run][retry]") {
  plan_builder b;
  node_spec feed{"feed", {}, effect_class::idempotent};
  feed.policy = on_error::fail;
  b.node(std::move(feed));
  run_driver r(b);
  r.rules.retry = retry_until(2);
  r.start();
  r.wait(30s);
  r.feed(tick{});
  CHECK(r.new_events() == lines{"node_retrying feed #1 timeout 1000 ms"});
  r.wait(1s);
  r.feed(tick{});
  r.wait(30s);
  r.feed(tick{});
  CHECK(r.new_events() == lines{"node_failed feed timeout", "execution_failed node_timeout"});
}

TEST_CASE("retry: not while the journal knows of an order, even of one that has ended",
          "[run][retry]") {
  auto r = trade();
  r.finish_node("feed", 1, r.now);
  r.propose("buy");
  r.crash();
  r.journaled(order_canceled{r.workflow->nodes[1].identity, r.of("buy").client_order_id, "gone"});
  r.resume();
  r.wait(30s);
  r.feed(tick{});
  CHECK(r.new_events() ==
        lines{"node_failed buy timeout", "execution_completed completed_with_errors"});
}

TEST_CASE("retry: the advice hears how often it failed, and since when; a node made anew is new",
          "[run][retry]") {
  auto r = trade();
  const auto begun = r.now;
  std::vector<std::pair<std::uint32_t, microseconds>> asked;
  std::vector<microseconds> waits;
  r.rules.retry = [&](const failed_node_attempt& a) -> std::optional<microseconds> {
    asked.emplace_back(a.failures, a.now - a.first_started_at);
    waits.push_back(a.last_wait);
    return microseconds(1s);
  };
  r.wait(100ms);
  r.fail_node("feed");
  r.wait(1s);
  r.feed(tick{});
  r.wait(200ms);
  r.fail_node("feed");
  REQUIRE(asked.size() == 2);
  CHECK(asked[0] == std::pair<std::uint32_t, microseconds>(1, 100ms));
  CHECK(asked[1] == std::pair<std::uint32_t, microseconds>(2, r.now - begun));
  r.wait(1s);
  r.feed(tick{});
  r.finish_node("feed", 1, r.now);
  r.wait(6s);
  r.crash();
  r.resume();  // What feed gave is too old for the buy that is still to be decided.
  REQUIRE(r.new_events() == lines{"execution_resumed feed buy", "node_started feed #4"});
  r.wait(50ms);
  r.fail_node("feed");
  CHECK(asked.back() == std::pair<std::uint32_t, microseconds>(1, 50ms));
  CHECK(waits == std::vector<microseconds>{0s, 1s, 0s});
}
