// A run that was halted, and goes on because somebody wants it to.
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

void halt(run_driver& r, std::vector<std::uint32_t> unsent = {}) {
  r.feed(halt_requested{"limit", "halt", std::move(unsent)});
  REQUIRE(r.state.status == run_status::halted);
}

run_driver halted_with_intent(bool unsent = false) {
  run_driver r(trade());
  r.start();
  r.finish_node("feed", 1, r.now);
  r.finish_node("check");
  r.propose("buy");
  halt(r, unsent ? std::vector<std::uint32_t>{r.index("buy")} : std::vector<std::uint32_t>{});
  return r;
}

bool replays(const run_driver& r) { return same(replay(r.workflow, r.events), r.state); }

}  // namespace

TEST_CASE("halted: what the halt ended runs now, what was completed stays", "[run][halted]") {
  run_driver r(trade());
  r.start();
  r.finish_node("feed", 1, r.now);
  r.finish_node("note");
  halt(r);
  r.wait(1s);
  r.crash();
  r.resume_halted();
  CHECK(r.new_events() == lines{"execution_resumed", "node_started check #2"});
  CHECK(r.state.status == run_status::running);
  CHECK(r.state.error.empty());
  CHECK(r.state.error_type.empty());
  r.finish_node("check");
  r.propose("buy");
  CHECK(r.new_effects() == lines{"place buy"});
  r.report("buy", order_state::filled, 2);
  CHECK(r.state.status == run_status::completed);
  CHECK(r.of("note").attempt == 1);
  CHECK(replays(r));
}

TEST_CASE("halted: inputs that an order will rest on are read anew", "[run][halted]") {
  run_driver r(trade());
  r.start();
  r.finish_node("feed", 1, r.now);
  r.finish_node("check");
  r.finish_node("note");
  halt(r);
  r.wait(1h);
  r.crash();
  r.resume_halted();
  CHECK(r.new_events() == lines{"execution_resumed feed check", "node_started feed #2"});
  r.finish_node("feed", 2, r.now);
  r.finish_node("check");
  r.propose("buy");
  CHECK(r.new_effects() == lines{"place buy"});
  CHECK(r.of("note").attempt == 1);
  CHECK(replays(r));
}

TEST_CASE("halted: an order from before the halt keeps its outcome, and is not sent again",
          "[run][halted]") {
  auto r = halted_with_intent();
  CHECK(r.of("buy").order_progress == order_stage::in_doubt);
  r.wait(1s);
  r.crash();
  SECTION("the venue filled it") {
    r.resume_halted();
    CHECK(r.new_effects() == lines{"run note", "settle buy"});
    r.report("buy", order_state::filled, 2);
    CHECK(r.of("buy").status == node_status::completed);
    CHECK(r.of("buy").error_type.empty());
  }
  SECTION("its fills were journaled meanwhile") {
    const auto& buy = r.workflow->nodes[r.index("buy")].identity;
    const auto id = r.of("buy").client_order_id;
    r.journaled(order_submitted{buy, id, "v-1"});
    r.journaled(order_filled{buy, id, *r.of("buy").order, {100, 2, 0, "USD"}, true});
    r.crash();
    r.resume_halted();
    CHECK(r.new_effects() == lines{"run note", "settle buy"});
    r.report("buy", order_state::filled, 1);
    CHECK(r.new_events() == lines{"node_completed buy"});
  }
  SECTION("the venue never had it: not now either, though all is fresh and nothing halted") {
    r.resume_halted();
    r.missing("buy", true);
    CHECK(r.new_events().front() == "order_rejected buy not_sent");
    CHECK(r.of("buy").status == node_status::failed);
    for (const auto& e : r.last.effects) CHECK_FALSE(std::holds_alternative<place_order>(e));
  }
  SECTION("the venue does not say in time") {
    r.resume_halted();
    r.wait(31s);
    r.feed(tick{});
    CHECK(r.of("buy").status == node_status::in_doubt);
  }
  CHECK(replays(r));
}

TEST_CASE("halted: what the venue accepted before is never called unsent", "[run][halted]") {
  run_driver r(trade());
  r.start();
  r.finish_node("feed", 1, r.now);
  r.finish_node("check");
  r.finish_node("note");
  r.propose("buy");
  r.report("buy", order_state::accepted);
  halt(r);
  r.crash();
  r.resume_halted();
  CHECK(r.of("buy").order_progress == order_stage::accepted);
  r.missing("buy", true);
  CHECK(r.of("buy").status == node_status::in_doubt);
  CHECK(r.latest<order_rejected>() == nullptr);
  CHECK(replays(r));
}

TEST_CASE("halted: an order that is known not to have left ends its node", "[run][halted]") {
  auto r = halted_with_intent(true);
  CHECK(r.of("buy").order_progress == order_stage::closed);
  r.crash();
  r.resume_halted();
  CHECK(r.new_effects() == lines{"run note", "settle buy"});
  r.missing("buy", true);
  CHECK(r.of("buy").status == node_status::failed);
  CHECK(r.new_effects() == lines{"abandon buy"});
  CHECK(replays(r));
}

TEST_CASE("halted: a trigger state that moved in this run counts, and moves once",
          "[run][halted]") {
  for (const bool late : {false, true}) {
    CAPTURE(late);
    run_driver r(trade());
    r.start();
    r.finish_node("feed", 1, r.now);
    r.finish_node("note");
    const auto& check = r.workflow->nodes[r.index("check")];
    const auto outputs =
        std::make_shared<const port_values>(port_values{check.outputs, {value(7)}});
    if (late) halt(r);
    r.journaled(node_state_changed{check.identity, 1, value(3), outputs});
    if (!late) halt(r);
    r.crash();
    r.resume_halted();
    CHECK(r.new_events() ==
          lines{"execution_resumed", "node_completed check", "node_started buy #1"});
    CHECK(replays(r));
  }
}

TEST_CASE("halted: again and again, and dying in between", "[run][halted]") {
  run_driver r(trade());
  r.start();
  r.finish_node("feed", 1, r.now);
  halt(r);
  r.resume_halted();
  halt(r);
  r.crash();
  r.resume_halted();
  r.finish_node("note");
  r.crash();
  r.resume();
  CHECK(r.new_events() == lines{"execution_resumed", "node_started check #4"});
  r.finish_node("check");
  r.propose("buy");
  halt(r);
  r.resume_halted();
  r.report("buy", order_state::filled, 2);
  CHECK(r.state.status == run_status::completed);
  CHECK(r.latest_effect<place_order>() != nullptr);
  CHECK(replays(r));
}

TEST_CASE("halted: an end all the same for who was not asked to go on", "[run][halted]") {
  run_driver r(trade());
  r.start();
  halt(r);
  r.resume();
  CHECK(r.new_events().empty());
  r.feed(tick{});
  CHECK(r.new_events().empty());
  SECTION("nor does another end go on") {
    run_driver other(trade());
    other.start();
    other.feed(cancel_requested{"by hand"});
    other.resume_halted();
    CHECK(other.new_events().empty());
    CHECK(other.state.status == run_status::cancelled);
  }
}
