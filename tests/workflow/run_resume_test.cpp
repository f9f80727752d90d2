#include "tests/support/catch.hpp"
#include "tests/workflow/run_driver.hpp"

using namespace pitwall;
using namespace pitwall::test;
using namespace std::chrono_literals;

namespace {

/// feed -> check -> buy, and note beside it.
plan_builder trade() {
  plan_builder b;
  b.node({"feed", {}, effect_class::idempotent});
  b.node({"check", {"feed"}});
  b.node({"note", {"feed"}});
  b.node({"buy", {"check"}, effect_class::effectful});
  return b;
}

run_driver with_intent() {
  run_driver r(trade());
  r.start();
  r.finish_node("feed", 1, r.now);
  r.finish_node("check");
  r.finish_node("note");
  r.propose("buy");
  return r;
}

}  // namespace

TEST_CASE("resume: nodes that were running run again, completed ones do not", "[run][resume]") {
  run_driver r(trade());
  r.start();
  r.finish_node("feed", 1, r.now);
  r.finish_node("note");
  r.wait(1s);
  r.crash();
  r.resume();
  CHECK(r.new_events() == lines{"execution_resumed", "node_started check #2"});
  CHECK(r.new_effects() == lines{"run check"});
  CHECK(r.latest_effect<run_node>()->inputs.at(0) == value(1));
  r.finish_node("check");
  r.propose("buy");
  r.report("buy", order_state::filled, 2);
  CHECK(r.state.status == run_status::completed);
  CHECK(same(replay(r.workflow, r.events), r.state));
}

TEST_CASE("resume: what waited for a result that came goes on with it", "[run][resume]") {
  run_driver r(trade());
  r.start();
  r.finish_node("feed", 7, r.now);
  r.crash(2);  // The starts of both dependents were not durable.
  r.resume();
  CHECK(r.new_events() ==
        lines{"execution_resumed", "node_started check #1", "node_started note #1"});
}

TEST_CASE("resume: results too old to act on are made anew, and nothing else", "[run][resume]") {
  run_driver r(trade());
  r.start();
  r.finish_node("feed", 1, r.now);
  r.finish_node("check");
  r.finish_node("note");
  r.wait(5s + 1us);
  r.crash();
  r.resume();
  CHECK(r.new_events() == lines{"execution_resumed feed check buy", "node_started feed #2"});
  r.finish_node("feed", 2, r.now);
  CHECK(r.new_events() == lines{"node_completed feed", "node_started check #2"});
  CHECK(r.latest_effect<run_node>()->inputs.at(0) == value(2));
  r.finish_node("check");
  r.propose("buy");
  CHECK(r.new_effects() == lines{"place buy"});
  r.report("buy", order_state::filled, 2);
  CHECK(r.state.status == run_status::completed);
  CHECK(r.of("note").attempt == 1);
  CHECK(same(replay(r.workflow, r.events), r.state));
}

TEST_CASE("resume: old results that no effect rests on stay", "[run][resume]") {
  plan_builder b;
  b.node({"feed", {}, effect_class::idempotent});
  b.node({"check", {"feed"}});
  b.node({"note", {"check"}});
  run_driver r(b);
  r.start();
  r.finish_node("feed", 1, r.now);
  r.finish_node("check");
  r.wait(1min);
  r.crash();
  r.resume();
  CHECK(r.new_events() == lines{"execution_resumed", "node_started note #2"});
}

TEST_CASE("resume: an effect and a moved trigger state are not made twice to freshen an input",
          "[run][resume]") {
  plan_builder b;
  b.node({"feed", {}, effect_class::idempotent});
  b.node({"buy", {"feed"}, effect_class::effectful});
  b.node({"sell", {"buy"}, effect_class::effectful});
  run_driver r(b);
  r.start();
  r.finish_node("feed", 1, r.now);
  r.propose("buy");
  r.report("buy", order_state::filled, 2);
  r.wait(6s);
  r.crash();
  r.resume();
  CHECK(r.new_events() == lines{"execution_resumed", "node_started sell #2"});
  r.propose("sell");
  CHECK(r.new_events().front() == "node_failed sell stale_input");
}

TEST_CASE("resume: a trigger state that was journaled counts, once", "[run][resume]") {
  run_driver r(trade());
  r.start();
  r.finish_node("feed", 1, r.now);
  const auto& check = r.workflow->nodes[r.index("check")];
  const event moved{
      r.now,
      node_state_changed{check.identity, 4, value(9),
                         std::make_shared<port_values>(port_values{check.outputs, {value(5)}})}};
  apply(r.state, moved);
  r.events.push_back(moved);
  r.crash();
  r.resume();
  CHECK(r.new_events() == lines{"execution_resumed", "node_started note #2", "node_completed check",
                                "node_started buy #1"});
  CHECK(r.of("check").outputs->values.at(0) == value(5));
  CHECK(r.latest_effect<run_node>()->inputs.at(0) == value(5));
}

TEST_CASE("resume: an order with an intent is settled by asking, never sent", "[run][resume]") {
  auto r = with_intent();
  r.wait(1h);
  r.crash();
  r.resume();
  CHECK(r.new_events() == lines{"execution_resumed"});
  CHECK(r.new_effects() == lines{"settle buy"});
  const auto* asked = r.latest_effect<settle_order>();
  CHECK(asked->client_order_id == r.of("buy").client_order_id);
  CHECK(asked->deadline == r.now + 30s);

  SECTION("the venue has it") {
    r.report("buy", order_state::filled, 2);
    CHECK(r.state.status == run_status::completed);
  }
  SECTION("the venue accepted it and says no more") {
    r.report("buy", order_state::in_doubt);
    CHECK(r.state.status == run_status::completed_with_errors);
    CHECK(r.of("buy").status == node_status::in_doubt);
  }
  SECTION("the venue never got it, and its inputs are old") {
    r.missing("buy");
    CHECK(r.new_events() == lines{"order_rejected buy not_sent", "node_failed buy not_sent",
                                  "execution_completed completed_with_errors"});
  }
  SECTION("nobody answers") {
    r.wait(30s);
    r.feed(tick{});
    CHECK(r.new_events().front() == "order_in_doubt buy");
  }
  CHECK(same(replay(r.workflow, r.events), r.state));
}

TEST_CASE("resume: an order that never left may leave while its inputs are fresh",
          "[run][resume]") {
  auto r = with_intent();
  const auto id = r.of("buy").client_order_id;
  r.wait(2s);
  r.crash();
  r.resume();
  SECTION("now") {
    r.missing("buy");
    CHECK(r.new_events().empty());
    REQUIRE(r.new_effects() == lines{"place buy"});
    CHECK(r.latest_effect<place_order>()->client_order_id == id);
    r.report("buy", order_state::filled, 2);
    CHECK(r.state.status == run_status::completed);
  }
  SECTION("not while halted") {
    r.missing("buy", false);
    CHECK(r.new_events().front() == "order_rejected buy not_sent");
  }
  SECTION("not beyond a limit, which is what is told") {
    r.missing("buy", false, "max_order_size", "max_order_size of the host: 2, and the limit is 1");
    CHECK(r.new_events().front() == "order_rejected buy max_order_size");
    bool told = false;
    for (const auto& e : r.events)
      if (const auto* f = std::get_if<node_failed>(&e.body))
        told =
            f->error_type == "max_order_size" && f->error.find("limit is 1") != std::string::npos;
    CHECK(told);
  }
  SECTION("not past its deadline") {
    r.wait(30s);
    r.missing("buy");
    CHECK(r.new_events().front() == "order_rejected buy not_sent");
  }
  SECTION("not twice") {
    r.missing("buy");
    r.report("buy", order_state::filled, 2);
    r.missing("buy");
    CHECK(r.new_effects().empty());
  }
}

TEST_CASE("resume: an accepted order that the venue forgot is in doubt", "[run][resume]") {
  auto r = with_intent();
  r.report("buy", order_state::accepted);
  REQUIRE(r.of("buy").order_progress == order_stage::accepted);
  r.crash();
  r.resume();
  r.missing("buy");
  CHECK(r.new_events().front() == "order_in_doubt buy");
}

TEST_CASE("resume: the time of the whole run counts its downtime", "[run][resume]") {
  SECTION("over: nothing starts") {
    run_driver r(trade().timeout(10'000ms));
    r.start();
    r.wait(11s);
    r.crash();
    r.resume();
    CHECK(r.new_events() == lines{"execution_resumed", "execution_failed timeout"});
  }
  SECTION("an order is settled first") {
    plan_builder b = trade();
    b.node({"sell", {"buy"}, effect_class::effectful}).timeout(10'000ms);
    run_driver r(b);
    r.start();
    r.finish_node("feed", 1, r.now);
    r.finish_node("check");
    r.propose("buy");
    r.wait(11s);
    r.crash();
    r.resume();
    CHECK(r.new_effects() == lines{"settle buy"});
    r.report("buy", order_state::filled, 2);
    CHECK(r.new_events() == lines{"order_submitted buy", "order_filled buy 1",
                                  "order_filled buy 1 complete", "node_completed buy"});
    r.feed(tick{});
    CHECK(r.new_events() == lines{"execution_failed timeout"});
  }
}

TEST_CASE("resume: one that is about to be ended starts nothing", "[run][resume]") {
  auto r = with_intent();
  r.wait(1min);
  r.crash();
  r.resume(true);
  CHECK(r.new_events() == lines{"execution_resumed"});
  CHECK(r.new_effects() == lines{"settle buy"});
  r.report("buy", order_state::canceled);
  CHECK(r.state.status == run_status::completed);
}

TEST_CASE("resume: a notification that was journaled is told again, and journaled once",
          "[run][resume]") {
  plan_builder b;
  b.node({"tell", {}, effect_class::effectful});
  run_driver r(b);
  r.start();
  r.feed(notification_proposed{0, 1, {"hello", ""}});
  r.crash();
  r.resume();
  CHECK(r.new_effects() == lines{"run tell"});
  r.feed(notification_proposed{0, 2, {"hello", ""}});
  CHECK(r.new_events().empty());
  CHECK(r.new_effects() == lines{"notify tell"});
}

TEST_CASE("resume: a notification that was journaled keeps the inputs it was decided from",
          "[run][resume]") {
  plan_builder b;
  b.node({"feed", {}, effect_class::idempotent});
  b.node({"tell", {"feed"}, effect_class::effectful});
  for (const bool journaled : {true, false}) {
    run_driver r(b);
    r.start();
    r.finish_node("feed", 1, r.now);
    if (journaled) r.feed(notification_proposed{1, 1, {"hello", ""}});
    r.wait(6s);
    r.crash();
    r.resume();
    CHECK(r.new_effects() == (journaled ? lines{"run tell"} : lines{"run feed"}));
  }
}

TEST_CASE("resume: only a running execution is resumed", "[run][resume]") {
  run_driver r(trade());
  r.resume();
  CHECK(r.new_events().empty());
  r.start();
  r.feed(halt_requested{"stop", "halt"});
  r.crash();
  r.resume();
  CHECK(r.new_events().empty());
}

TEST_CASE("resume: a source made anew leaves an order under way alone", "[run][resume]") {
  plan_builder b;
  b.node({"feed", {}, effect_class::idempotent});
  b.node({"buy", {"feed"}, effect_class::effectful});
  b.node({"sell", {"feed"}, effect_class::effectful});
  run_driver r(b);
  r.start();
  r.finish_node("feed", 1, r.now);
  r.propose("buy");
  r.wait(6s);
  r.crash();
  r.resume();
  REQUIRE(r.new_events() == lines{"execution_resumed feed sell", "node_started feed #2"});
  SECTION("whether that fails") {
    r.fail_node("feed");
    CHECK(r.new_events() == lines{"node_failed feed unavailable", "node_skipped sell"});
  }
  SECTION("or not") {
    r.finish_node("feed", 2, r.now);
    CHECK(r.new_events() == lines{"node_completed feed", "node_started sell #2"});
  }
  CHECK(r.of("buy").status == node_status::running);
}

TEST_CASE("resume: an order that ended while nobody ran the execution ends its node, told once",
          "[run][resume]") {
  auto r = with_intent();
  const auto buy = r.workflow->nodes[r.index("buy")].identity;
  const auto id = r.of("buy").client_order_id;
  const auto stuck_until = [&](event_body last) {
    r.crash();
    r.journaled(std::move(last));
    r.resume();
    CHECK(r.new_events() == lines{"execution_resumed"});
    CHECK(r.new_effects() == lines{"settle buy"});
  };
  SECTION("filled") {
    r.journaled(order_submitted{buy, id, "v-1"});
    stuck_until(order_filled{buy, id, *r.of("buy").order, {100, 2, 0, "USD"}, true});
    r.report("buy", order_state::filled, 1);
    CHECK(r.new_events() == lines{"node_completed buy", "execution_completed completed"});
  }
  SECTION("canceled") {
    stuck_until(order_canceled{buy, id, "by hand"});
    r.report("buy", order_state::canceled);
    CHECK(r.new_events() == lines{"node_completed buy", "execution_completed completed"});
  }
  SECTION("rejected") {
    stuck_until(order_rejected{buy, id, "not_sent", "never"});
    r.report("buy", order_state::rejected, 0, "not_sent");
    CHECK(r.new_events() ==
          lines{"node_failed buy not_sent", "execution_completed completed_with_errors"});
  }
  SECTION("and the venue has forgotten it") {
    stuck_until(order_canceled{buy, id, "by hand"});
    r.missing("buy");
    CHECK(r.of("buy").error_type == "interrupted");
    CHECK(r.state.status == run_status::completed_with_errors);
  }
  CHECK(same(replay(r.workflow, r.events), r.state));
}

TEST_CASE("an input from before the clock was set back is as old as it is far ahead",
          "[run][resume]") {
  run_driver r(trade());
  r.start();
  r.finish_node("feed", 1, r.now);
  r.finish_node("check");
  r.finish_node("note");
  SECTION("no order is decided from it") {
    r.now -= 5s + 1us;
    r.propose("buy");
    CHECK(r.of("buy").error_type == "stale_input");
  }
  SECTION("a correction of moments is none") {
    r.now -= 1ms;
    r.propose("buy");
    CHECK(r.new_effects().back() == "place buy");
  }
  SECTION("one that never left stays") {
    r.propose("buy");
    r.crash();
    r.now -= 1h;
    r.resume();
    r.missing("buy");
    CHECK(r.of("buy").error_type == "not_sent");
  }
  SECTION("after a restart it is made anew") {
    r.crash();
    r.now -= 1h;
    r.resume();
    CHECK(r.new_events().front() == "execution_resumed feed check buy");
  }
}

TEST_CASE("a young input does not hide one from before the clock was set back", "[run]") {
  plan_builder b;
  b.node({"old", {}, effect_class::idempotent});
  b.node({"young", {}, effect_class::idempotent});
  b.node({"both", {"old", "young"}});
  b.node({"buy", {"both"}, effect_class::effectful});
  run_driver r(b);
  r.start();
  r.finish_node("old", 1, r.now);
  r.now -= 1h;
  r.finish_node("young", 1, r.now);
  r.finish_node("both");
  r.propose("buy");
  CHECK(r.of("buy").error_type == "stale_input");
}
