#include "runtime/workflow/run.hpp"

#include "tests/support/catch.hpp"
#include "tests/workflow/run_driver.hpp"

using namespace pitwall;
using namespace pitwall::test;
using namespace std::chrono_literals;

namespace {

/// feed -> check -> act, as small as a workflow gets that buys.
plan_builder chain() {
  plan_builder b;
  b.node({"feed", {}, effect_class::idempotent});
  b.node({"check", {"feed"}});
  b.node({"act", {"check"}, effect_class::effectful});
  return b;
}

/// a and b feed c; d needs a alone.
plan_builder diamond(on_error policy_of_a = on_error::skip_dependents,
                     on_error policy_of_b = on_error::skip_dependents) {
  plan_builder b;
  b.node({"a", {}, effect_class::idempotent, policy_of_a});
  b.node({"b", {}, effect_class::idempotent, policy_of_b});
  b.node({"c", {"a", "b"}});
  b.node({"d", {"a"}});
  return b;
}

}  // namespace

TEST_CASE("a run starts all nodes without sources at once", "[run]") {
  run_driver r(diamond());
  r.feed(begin{value("hook")});
  CHECK(r.new_events() == lines{"execution_started", "node_started a #1", "node_started b #1"});
  CHECK(r.new_effects() == lines{"run a", "run b"});
  const auto* started = r.latest<execution_started>();
  REQUIRE(started != nullptr);
  CHECK(started->node_count == 4);
  CHECK(started->definition_id == "def-1");
  CHECK(started->trigger == value("hook"));
  CHECK(r.state.trigger == value("hook"));
  CHECK(r.state.status == run_status::running);
  CHECK(r.latest_effect<run_node>()->deadline == r.now + 30s);

  SECTION("and only once") {
    r.feed(begin{});
    CHECK(r.last.events.empty());
    CHECK(r.last.effects.empty());
  }
}

TEST_CASE("a run without nodes completes at once", "[run]") {
  run_driver r(plan_builder{});
  r.start();
  CHECK(r.new_events() == lines{"execution_started", "execution_completed completed"});
  CHECK(r.new_effects() == lines{"finish"});
  CHECK(r.state.status == run_status::completed);
}

TEST_CASE("inputs before the begin decide nothing", "[run]") {
  run_driver r(chain());
  r.feed(node_finished{0, 0, {value(1)}, {}, nullptr});
  r.feed(tick{});
  r.feed(order_reported{});
  CHECK(r.events.empty());
  CHECK(next_deadline(r.state) == timestamp::max());
}

TEST_CASE("a node starts when its last source is final, with its inputs bound by slot", "[run]") {
  plan_builder b;
  b.node({.id = "a", .outputs = {"first", "second"}});
  b.node({.id = "b"});
  b.node({.id = "c", .sources = {"b", "a", "b"}, .constants = {value("fixed")}});
  run_driver r(b);
  r.start();
  r.wait(1500us);
  r.finish_node("a", 7);
  CHECK(r.new_events() == lines{"node_completed a"});
  CHECK(r.new_effects().empty());
  CHECK(r.latest<node_completed>()->duration == 1500us);
  CHECK(*r.latest<node_completed>()->outputs->names == lines{"first", "second"});
  CHECK(r.latest<node_completed>()->outputs->values == std::vector<value>{7, nullptr});

  r.finish_node("b", "text");
  CHECK(r.new_events() == lines{"node_completed b", "node_started c #1"});
  CHECK(r.new_effects() == lines{"run c"});
  CHECK(r.latest_effect<run_node>()->inputs == std::vector<value>{"text", 7, "text", "fixed"});

  r.finish_node("c");
  CHECK(r.new_events() == lines{"node_completed c", "execution_completed completed"});
  CHECK(r.new_effects() == lines{"finish"});
  CHECK(r.latest<execution_completed>()->duration == 1500us);
  CHECK(r.state.duration == 1500us);
}

TEST_CASE("dependents that get ready together start in the order of the plan", "[run]") {
  plan_builder b;
  b.node({"a"}).node({"z", {"a"}}).node({"m", {"a"}}).node({"b", {"a"}});
  run_driver r(b);
  r.start();
  r.finish_node("a");
  CHECK(r.new_effects() == lines{"run z", "run m", "run b"});
}

TEST_CASE("the age of an output is that of the oldest input it rests on", "[run]") {
  run_driver r(diamond());
  r.start();
  r.finish_node("a", 1, start_time - 2s);
  r.finish_node("b", 1, start_time - 3s);
  r.finish_node("d", 1);
  CHECK(r.of("d").observed_at == start_time - 2s);

  SECTION("without a time of its own") {
    r.finish_node("c", 1);
    CHECK(r.of("c").observed_at == start_time - 3s);
  }
  SECTION("a node cannot make old inputs young") {
    r.finish_node("c", 1, start_time);
    CHECK(r.of("c").observed_at == start_time - 3s);
  }
  SECTION("but can add something older") {
    r.finish_node("c", 1, start_time - 4s);
    CHECK(r.of("c").observed_at == start_time - 4s);
  }
}

TEST_CASE("what rests on constants only has no age", "[run]") {
  run_driver r(chain());
  r.start();
  r.finish_node("feed");
  CHECK(r.of("feed").observed_at == timestamp::max());
  r.finish_node("check");
  CHECK(r.of("check").observed_at == timestamp::max());
}

TEST_CASE("late, repeated and misdirected answers decide nothing", "[run]") {
  run_driver r(chain());
  r.start();
  r.feed(node_finished{0, 2, {value(1)}, {}, nullptr});
  CHECK(r.last.events.empty());
  r.feed(node_finished{9, 1, {value(1)}, {}, nullptr});
  CHECK(r.last.events.empty());
  r.feed(node_errored{1, 0, "not started", "internal"});
  CHECK(r.last.events.empty());
  r.finish_node("feed");
  r.feed(node_finished{0, 1, {value(2)}, {}, nullptr});
  CHECK(r.last.events.empty());
  r.feed(node_errored{0, 1, "too late", "internal"});
  CHECK(r.last.events.empty());
  r.feed(order_proposed{9, 1, {}});
  r.feed(notification_proposed{9, 1, {}});
  r.feed(cancel_proposed{9, 1, {}});
  r.feed(order_reported{9, {}, {}});
  CHECK(r.last.events.empty());
  CHECK(r.last.effects.empty());
}

TEST_CASE("a wrong number of outputs is a failure of the block", "[run]") {
  run_driver r(chain());
  r.start();
  r.feed(node_finished{0, 1, {value(1), value(2)}, {}, nullptr});
  CHECK(r.new_events()[0] == "node_failed feed internal");
  CHECK(r.latest<node_failed>()->error == "the block gave 2 outputs instead of 1");
}

TEST_CASE("outputs that the node has journaled itself are used as they are", "[run]") {
  run_driver r(chain());
  r.start();
  const auto& feed = r.workflow->nodes[0];
  const auto kept = std::make_shared<const port_values>(port_values{feed.outputs, {value(42)}});
  apply(r.state, {r.now, node_state_changed{feed.identity, 1, value(5), kept}});
  CHECK(r.of("feed").journaled == kept);
  r.feed(node_finished{0, 1, {}, {}, r.of("feed").journaled});
  CHECK(r.of("feed").outputs == kept);
  CHECK(r.of("feed").journaled == nullptr);
  CHECK(r.latest_effect<run_node>()->inputs == std::vector<value>{42});
}

TEST_CASE("a failed node skips all that rests on it", "[run]") {
  run_driver r(chain());
  r.start();
  r.wait(2ms);
  r.fail_node("feed", "unavailable");
  CHECK(r.new_events() == lines{"node_failed feed unavailable", "node_skipped check",
                                "node_skipped act", "execution_completed completed_with_errors"});
  CHECK(r.new_effects() == lines{"finish"});
  CHECK(r.latest<node_failed>()->duration == 2ms);
  CHECK(r.of("check").error == "feed failed");
  CHECK(r.of("act").error == "check was skipped because feed failed");
  CHECK(r.state.status == run_status::completed_with_errors);
}

TEST_CASE("a node with one failed and one running source is skipped at once", "[run]") {
  run_driver r(diamond());
  r.start();
  r.fail_node("b");
  CHECK(r.new_events() == lines{"node_failed b unavailable", "node_skipped c"});
  r.finish_node("a");
  CHECK(r.new_events() == lines{"node_completed a", "node_started d #1"});
  r.finish_node("d");
  CHECK(r.new_events()[1] == "execution_completed completed_with_errors");
}

TEST_CASE("a node that failed with `continue` gives null to its dependents", "[run]") {
  run_driver r(diamond(on_error::proceed));
  r.start();
  r.fail_node("a");
  CHECK(r.new_events() == lines{"node_failed a unavailable", "node_started d #1"});
  CHECK(r.latest_effect<run_node>()->inputs == std::vector<value>{nullptr});
  r.finish_node("b", 3);
  CHECK(r.latest_effect<run_node>()->inputs == std::vector<value>{nullptr, 3});
  r.finish_node("c");
  r.finish_node("d");
  CHECK(r.state.status == run_status::completed_with_errors);
}

TEST_CASE("a skipped node skips on, whatever its own policy", "[run]") {
  plan_builder b;
  b.node({"a"}).node({"b", {"a"}, effect_class::pure, on_error::proceed}).node({"c", {"b"}});
  run_driver r(b);
  r.start();
  r.fail_node("a");
  CHECK(r.of("c").status == node_status::skipped);
}

TEST_CASE("a node with the policy `fail` ends the run", "[run]") {
  run_driver r(diamond(on_error::fail));
  r.start();
  r.wait(1s);
  r.fail_node("a", "unavailable");
  CHECK(r.new_events() == lines{"node_failed a unavailable", "execution_failed unavailable"});
  CHECK(r.new_effects() == lines{"abandon b", "finish"});
  CHECK(r.latest<execution_failed>()->error == "a failed: it broke");
  CHECK(r.latest<execution_failed>()->duration == 1s);
  CHECK(r.state.status == run_status::failed);
  CHECK(r.of("b").status == node_status::cancelled);
  CHECK(r.of("c").status == node_status::cancelled);
  CHECK(r.state.open_nodes == 0);
}

TEST_CASE("a node that does not answer in time fails", "[run]") {
  run_driver r(chain());
  r.start();
  r.wait(30s - 1us);
  r.feed(tick{});
  CHECK(r.last.events.empty());
  CHECK(next_deadline(r.state) == start_time + 30s);
  r.wait(1us);
  r.feed(tick{});
  CHECK(r.new_events()[0] == "node_failed feed timeout");
  CHECK(r.new_effects() == lines{"abandon feed", "finish"});
  CHECK(r.latest<node_failed>()->error == "did not answer within 30 s");
  CHECK(r.state.status == run_status::completed_with_errors);
}

TEST_CASE("nodes that time out together free what waits for both", "[run]") {
  run_driver r(diamond(on_error::proceed, on_error::proceed));
  r.start();
  r.wait(30s);
  r.feed(tick{});
  CHECK(r.new_events() == lines{"node_failed a timeout", "node_started d #1",
                                "node_failed b timeout", "node_started c #1"});
}

TEST_CASE("one that times out with skip keeps back what another freed", "[run]") {
  run_driver r(diamond(on_error::proceed, on_error::skip_dependents));
  r.start();
  r.wait(30s);
  r.feed(tick{});
  CHECK(r.new_events() == lines{"node_failed a timeout", "node_started d #1",
                                "node_failed b timeout", "node_skipped c"});
}

TEST_CASE("a node's timeout under `fail` is no timeout of the execution", "[run]") {
  run_driver r(diamond(on_error::skip_dependents, on_error::fail));
  r.start();
  r.wait(30s);
  r.feed(tick{});
  CHECK(r.new_events() == lines{"node_failed b timeout", "execution_failed node_timeout"});
  CHECK(r.new_effects() == lines{"abandon b", "abandon a", "finish"});
  CHECK(r.state.status == run_status::failed);
}

TEST_CASE("an execution that exceeds its timeout times out", "[run]") {
  run_driver r(diamond().timeout(10s));
  r.start();
  CHECK(next_deadline(r.state) == start_time + 10s);
  r.finish_node("a");
  r.wait(10s);
  r.feed(tick{});
  CHECK(r.new_events() == lines{"execution_failed timeout"});
  CHECK(r.new_effects() == lines{"abandon b", "abandon d", "finish"});
  CHECK(r.latest<execution_failed>()->error == "the execution did not end within 10 s");
  CHECK(r.state.status == run_status::timed_out);
  CHECK(r.of("a").status == node_status::completed);
  CHECK(r.of("c").status == node_status::cancelled);
  CHECK(next_deadline(r.state) == timestamp::max());
}

TEST_CASE("a halt ends the run at once", "[run]") {
  run_driver r(diamond());
  r.start();
  r.finish_node("a");
  r.wait(3ms);
  r.feed(halt_requested{"operator", "halt"});
  CHECK(r.new_events() == lines{"execution_halted operator halt"});
  CHECK(r.new_effects() == lines{"abandon b", "abandon d", "finish"});
  CHECK(r.state.status == run_status::halted);
  CHECK(r.state.duration == 3ms);
  CHECK(r.of("a").status == node_status::completed);
  for (const auto* id : {"b", "c", "d"}) CHECK(r.of(id).status == node_status::halted);
}

TEST_CASE("a cancelled run", "[run]") {
  run_driver r(diamond());
  r.start();
  r.wait(3ms);
  r.feed(cancel_requested{"no longer needed"});
  CHECK(r.new_events() == lines{"execution_cancelled"});
  CHECK(r.new_effects() == lines{"abandon a", "abandon b", "finish"});
  CHECK(r.latest<execution_cancelled>()->duration == 3ms);
  CHECK(r.state.status == run_status::cancelled);
  CHECK(r.of("c").status == node_status::cancelled);
}

TEST_CASE("a run can be halted or cancelled before it begins", "[run]") {
  run_driver r(chain());
  SECTION("halted") { r.feed(halt_requested{"operator", "halt"}); }
  SECTION("cancelled") { r.feed(cancel_requested{"operator"}); }
  CHECK(r.new_effects() == lines{"finish"});
  CHECK(is_final(r.state.status));
  CHECK(r.state.duration == 0us);
  r.start();
  CHECK(r.last.events.empty());
}

TEST_CASE("after the end nothing is decided", "[run]") {
  run_driver r(chain());
  r.start();
  r.feed(halt_requested{"operator", "halt"});
  const std::vector<run_input> inputs{begin{},
                                      node_finished{0, 1, {value(1)}, {}, nullptr},
                                      node_errored{0, 1, "x", "y"},
                                      order_proposed{0, 1, {}},
                                      order_reported{0, {}, {}},
                                      notification_proposed{0, 1, {}},
                                      cancel_proposed{0, 1, {}},
                                      tick{},
                                      halt_requested{"again", "halt"},
                                      cancel_requested{"again"}};
  r.wait(1h);
  for (const auto& input : inputs) {
    r.feed(input);
    CAPTURE(input.index());
    CHECK(r.last.events.empty());
    CHECK(r.last.effects.empty());
  }
}

TEST_CASE("a clock that goes back gives no negative duration", "[run]") {
  run_driver r(chain());
  r.start();
  r.now -= 5s;
  r.finish_node("feed");
  CHECK(r.latest<node_completed>()->duration == 0us);
}

TEST_CASE("timeouts at the end of time do not wrap", "[run]") {
  plan_builder b;
  b.node({.id = "a", .timeout = milliseconds::max()});
  run_driver r(b.timeout(milliseconds::max()));
  r.start();
  CHECK(next_deadline(r.state) == timestamp::max());
  r.feed(tick{});
  CHECK(r.last.events.empty());
}

TEST_CASE("events find their node by id where the identity is another object", "[run]") {
  for (const bool hints : {true, false}) {
    CAPTURE(hints);
    auto b = chain();
    if (!hints) b.without_index_hints();
    run_driver r(b);
    r.start();
    r.finish_node("feed");
    r.finish_node("check");
    auto copied = r.events;
    for (auto& e : copied)
      std::visit(
          [](auto& x) {
            if constexpr (requires { x.node; }) {
              auto identity = *x.node;
              identity.index = identity.index == 0 ? 77 : 0;  // No place, or a wrong one.
              x.node = std::make_shared<const node_identity>(std::move(identity));
            }
          },
          e.body);
    CHECK(same(replay(r.workflow, copied), r.state));
  }
}

TEST_CASE("events that do not fit change nothing", "[run]") {
  run_driver r(chain());
  r.start();
  r.finish_node("feed");
  const auto feed = r.workflow->nodes[0].identity;
  const auto stranger = std::make_shared<const node_identity>(node_identity{"x", "x", "y", "z"});
  const auto before = r.state;
  const std::vector<event_body> bodies{
      execution_started{9, "other", value(1)},
      node_started{feed, 2},
      node_completed{feed, 1, 1s, nullptr, r.now},
      node_failed{feed, 1, 1s, "x", "y"},
      node_skipped{feed, "x"},
      node_state_changed{feed, 1, value(1), nullptr},
      node_started{stranger, 1},
      node_completed{stranger, 1, 1s, nullptr, r.now},
      node_skipped{nullptr, "x"},
      order_intent{stranger, "id", {}},
      order_submitted{feed, "id", "v"},
      order_filled{stranger, "id", {}, {}, true},
      order_rejected{nullptr, "id", "c", "r"},
      order_in_doubt{stranger, "id", "r"},
      notification_sent{stranger, "m", "u"},
      emergency_state_changed{"global", "normal", "halt", "r", "o", "manual"}};
  for (const auto& body : bodies) {
    apply(r.state, {r.now, body});
    CAPTURE(type_name(body));
    CHECK(same(r.state, before));
  }
  r.feed(halt_requested{"operator", "halt"});
  const auto halted = r.state;
  apply(r.state, {r.now, execution_completed{run_status::completed, 1s}});
  apply(r.state, {r.now, execution_failed{"e", "timeout", 1s}});
  apply(r.state, {r.now, execution_cancelled{"e", 1s}});
  CHECK(same(r.state, halted));
}
