// Orders, notifications and cancels: what an execution lets out, and what it makes of the answers.
#include "runtime/base/ids.hpp"
#include "runtime/workflow/run.hpp"
#include "tests/support/catch.hpp"
#include "tests/workflow/run_driver.hpp"

using namespace pitwall;
using namespace pitwall::test;
using namespace std::chrono_literals;

namespace {

/// feed -> buy -> after
plan_builder trade(milliseconds timeout_of_buy = 30s) {
  plan_builder b;
  b.node({"feed", {}, effect_class::idempotent});
  b.node({"buy", {"feed"}, effect_class::effectful, on_error::skip_dependents, timeout_of_buy});
  b.node({"after", {"buy"}});
  return b;
}

/// Up to the running buy node.
run_driver at_buy(timestamp observed = start_time) {
  run_driver r(trade());
  r.start();
  r.finish_node("feed", 100, observed);
  return r;
}

run_driver ordered(order_kind kind) {
  auto r = at_buy();
  r.propose("buy", kind);
  return r;
}

}  // namespace

TEST_CASE("an order leaves after its intent, under a derived id", "[run][order]") {
  auto r = at_buy();
  r.propose("buy");
  CHECK(r.new_events() == lines{"order_intent buy"});
  CHECK(r.new_effects() == lines{"place buy"});
  const auto id = make_client_order_id(r.state.scope->execution_id, 1);
  CHECK(r.latest<order_intent>()->client_order_id == id);
  CHECK(r.latest_effect<place_order>()->client_order_id == id);
  CHECK(r.latest_effect<place_order>()->order == r.latest<order_intent>()->order);
  CHECK(r.of("buy").client_order_id == id);
  CHECK(r.of("buy").order_progress == order_stage::intended);

  SECTION("and no second one does") {
    r.propose("buy");
    CHECK(r.last.events.empty());
    CHECK(r.last.effects.empty());
  }
}

TEST_CASE("a wrong attempt or a node that does not run orders nothing", "[run][order]") {
  auto r = at_buy();
  r.feed(order_proposed{1, 2, {}});
  CHECK(r.last.effects.empty());
  r.feed(order_proposed{2, 0, {}});
  CHECK(r.last.effects.empty());
  r.fail_node("buy");
  r.feed(order_proposed{1, 1, {}});
  CHECK(r.last.effects.empty());
}

TEST_CASE("a block that is not effectful cannot order", "[run][order]") {
  run_driver r(trade());
  r.start();
  r.propose("feed");
  CHECK(r.new_events()[0] == "node_failed feed internal");
  CHECK(r.latest_effect<place_order>() == nullptr);
}

TEST_CASE("old news buys nothing", "[run][order]") {
  SECTION("as old as allowed") {
    auto r = at_buy(start_time - 5s);
    r.propose("buy");
    CHECK(r.new_events() == lines{"order_intent buy"});
  }
  SECTION("older") {
    auto r = at_buy(start_time - 5s - 1us);
    r.propose("buy");
    CHECK(r.new_events() == lines{"node_failed buy stale_input", "node_skipped after",
                                  "execution_completed completed_with_errors"});
    CHECK(r.latest_effect<place_order>() == nullptr);
  }
  SECTION("the node took its time") {
    auto r = at_buy(start_time);
    r.wait(6250ms);
    r.propose("buy");
    CHECK(r.latest<node_failed>()->error ==
          "the oldest input was 6.25 s old, and at most 5 s is allowed: no order was sent");
  }
  SECTION("the limit is a rule") {
    auto r = at_buy(start_time);
    r.rules.max_input_age = 1s;
    r.wait(2s);
    r.propose("buy");
    CHECK(r.new_events()[0] == "node_failed buy stale_input");
  }
  SECTION("the beginning of time") {
    auto r = at_buy(timestamp::min());
    r.propose("buy");
    CHECK(r.new_events()[0] == "node_failed buy stale_input");
  }
  SECTION("constants are never old") {
    auto r = at_buy(timestamp::max());
    r.wait(20s);
    r.propose("buy");
    CHECK(r.new_events() == lines{"order_intent buy"});
  }
}

TEST_CASE("when an order's node completes", "[run][order]") {
  struct row {
    order_kind kind;
    order_state answer;
    int fills;
    lines events;
  };
  const auto done = [](lines first) {
    first.push_back("node_completed buy");
    first.push_back("node_started after #1");
    return first;
  };
  const lines one{"order_submitted buy", "order_filled buy 1"};
  const lines two{"order_submitted buy", "order_filled buy 1", "order_filled buy 1 complete"};
  const std::vector<row> rows{
      {order_kind::limit, order_state::accepted, 0, done({"order_submitted buy"})},
      {order_kind::gtc, order_state::accepted, 0, done({"order_submitted buy"})},
      {order_kind::limit, order_state::partially_filled, 1, done(one)},
      {order_kind::limit, order_state::filled, 2, done(two)},
      {order_kind::market, order_state::accepted, 0, {"order_submitted buy"}},
      {order_kind::ioc, order_state::accepted, 0, {"order_submitted buy"}},
      {order_kind::fok, order_state::accepted, 0, {"order_submitted buy"}},
      {order_kind::market, order_state::partially_filled, 1, one},
      {order_kind::market, order_state::filled, 2, done(two)},
      {order_kind::ioc, order_state::canceled, 1,
       done({"order_submitted buy", "order_filled buy 1", "order_canceled buy"})},
      {order_kind::fok, order_state::canceled, 0,
       done({"order_submitted buy", "order_canceled buy"})},
  };
  for (const auto& x : rows) {
    CAPTURE(to_string(x.kind), to_string(x.answer));
    auto r = ordered(x.kind);
    r.report("buy", x.answer, x.fills);
    CHECK(r.new_events() == x.events);
    if (x.events.size() > 2 && x.events.back() == "node_started after #1")
      CHECK(r.latest_effect<run_node>()->inputs == std::vector<value>{"report"});
  }
}

TEST_CASE("a filled order: every fill once, whatever the reports repeat", "[run][order]") {
  auto r = ordered(order_kind::market);
  r.report("buy", order_state::accepted);
  r.report("buy", order_state::accepted);
  CHECK(r.last.events.empty());
  r.report("buy", order_state::partially_filled, 1);
  CHECK(r.new_events() == lines{"order_filled buy 1"});
  r.report("buy", order_state::partially_filled, 1);
  CHECK(r.last.events.empty());
  r.report("buy", order_state::filled, 2);
  CHECK(r.new_events() ==
        lines{"order_filled buy 1 complete", "node_completed buy", "node_started after #1"});
  r.report("buy", order_state::filled, 2);
  CHECK(r.last.events.empty());
  CHECK(r.of("buy").fills == 2);
  CHECK(r.of("buy").order_progress == order_stage::closed);
  r.finish_node("after");
  CHECK(r.state.status == run_status::completed);
}

TEST_CASE("a resting order goes on filling while its execution runs", "[run][order]") {
  auto r = ordered(order_kind::limit);
  r.report("buy", order_state::accepted);
  r.report("buy", order_state::partially_filled, 1);
  CHECK(r.new_events() == lines{"order_filled buy 1"});
  r.report("buy", order_state::filled, 2);
  CHECK(r.new_events() == lines{"order_filled buy 1 complete"});
  r.report("buy", order_state::filled, 3);
  CHECK(r.last.events.empty());
  r.finish_node("after");
  r.report("buy", order_state::filled, 4);
  CHECK(r.last.events.empty());
}

TEST_CASE("a rejected order fails its node with the venue's code", "[run][order]") {
  auto r = ordered(order_kind::market);
  SECTION("a code") {
    r.report("buy", order_state::rejected, 0, "insufficient_funds");
    CHECK(r.new_events() == lines{"order_rejected buy insufficient_funds",
                                  "node_failed buy insufficient_funds", "node_skipped after",
                                  "execution_completed completed_with_errors"});
    CHECK(r.of("buy").error ==
          "the order was rejected (insufficient_funds): reason of insufficient_funds");
  }
  SECTION("the halt's") {
    r.report("buy", order_state::rejected, 0, "halted");
    CHECK(r.new_events()[1] == "node_failed buy halted");
  }
  SECTION("none") {
    r.report("buy", order_state::rejected);
    CHECK(r.new_events()[1] == "node_failed buy rejected");
  }
}

TEST_CASE("an order in doubt is neither done nor failed, and nothing acts on it", "[run][order]") {
  auto r = ordered(order_kind::market);
  const lines ends{"order_in_doubt buy", "node_completed buy in_doubt", "node_skipped after",
                   "execution_completed completed_with_errors"};
  SECTION("the venue's word") {
    r.report("buy", order_state::in_doubt);
    CHECK(r.new_events() == ends);
    CHECK(r.new_effects() == lines{"finish"});
  }
  SECTION("no answer in time") {
    r.wait(30s);
    r.feed(tick{});
    CHECK(r.new_events() == ends);
    CHECK(r.new_effects() == lines{"abandon buy", "finish"});
    CHECK(r.latest<order_in_doubt>()->reason == "the venue did not answer within 30 s");
  }
  SECTION("accepted, and no final word in time") {
    r.report("buy", order_state::accepted);
    r.wait(30s);
    r.feed(tick{});
    CHECK(r.new_events() == ends);
  }
  SECTION("the node died: its order may have left all the same") {
    r.fail_node("buy", "internal");
    CHECK(r.new_events() == ends);
  }
  SECTION("the node says it is done, but the venue did not") {
    r.finish_node("buy");
    CHECK(r.new_events() == ends);
  }
  CHECK(r.of("buy").status == node_status::in_doubt);
  CHECK(r.of("after").error == "buy is in doubt");
  CHECK(r.of("buy").order_progress == order_stage::in_doubt);
}

TEST_CASE("whatever ends a run, an order in flight is in doubt before", "[run][order]") {
  run_driver r(trade().timeout(20s));
  r.start();
  r.finish_node("feed", 1, start_time);
  r.propose("buy");
  r.wait(20s);
  SECTION("halt") {
    r.feed(halt_requested{"operator", "halt"});
    CHECK(r.new_events() == lines{"order_in_doubt buy", "execution_halted operator halt"});
    CHECK(r.of("buy").status == node_status::halted);
  }
  SECTION("cancel") {
    r.feed(cancel_requested{"operator"});
    CHECK(r.new_events() == lines{"order_in_doubt buy", "execution_cancelled"});
  }
  SECTION("the execution's timeout") {
    r.feed(tick{});
    CHECK(r.new_events() == lines{"order_in_doubt buy", "execution_failed timeout"});
    CHECK(r.state.status == run_status::timed_out);
  }
  CHECK(r.new_effects() == lines{"abandon buy", "finish"});
  CHECK(r.of("buy").order_progress == order_stage::in_doubt);
  CHECK(same(replay(r.workflow, r.events), r.state));
}

TEST_CASE("an order that is known not to have left is not sent, and not in doubt", "[run][order]") {
  auto r = ordered(order_kind::market);
  const auto buy = r.index("buy");
  r.feed(halt_requested{"operator", "halt", {buy}});
  CHECK(r.new_events() == lines{"order_rejected buy not_sent", "execution_halted operator halt"});
  CHECK(r.latest<order_rejected>()->code == "not_sent");
  CHECK(r.of("buy").order_progress == order_stage::closed);
  CHECK(same(replay(r.workflow, r.events), r.state));
}

TEST_CASE("another node's failure under `fail` leaves an order in flight in doubt",
          "[run][order]") {
  plan_builder b;
  b.node({"buy", {}, effect_class::effectful});
  b.node({"other", {}, effect_class::pure, on_error::fail});
  run_driver r(b);
  r.start();
  r.propose("buy");
  r.fail_node("other");
  CHECK(r.new_events() == lines{"node_failed other unavailable", "order_in_doubt buy",
                                "execution_failed unavailable"});
}

TEST_CASE("an order with the policy `fail`", "[run][order]") {
  plan_builder b;
  b.node({"buy", {}, effect_class::effectful, on_error::fail});
  b.node({"after", {"buy"}});
  run_driver r(b);
  r.start();
  r.propose("buy");
  SECTION("rejected: the run fails") {
    r.report("buy", order_state::rejected, 0, "risk");
    CHECK(r.new_events() ==
          lines{"order_rejected buy risk", "node_failed buy risk", "execution_failed risk"});
  }
  SECTION("in doubt: nothing has failed yet, and nothing goes on") {
    r.wait(30s);
    r.feed(tick{});
    CHECK(r.new_events() == lines{"order_in_doubt buy", "node_completed buy in_doubt",
                                  "node_skipped after",
                                  "execution_completed completed_with_errors"});
  }
}

TEST_CASE("reports that belong to no order decide nothing", "[run][order]") {
  auto r = at_buy();
  r.report("buy", order_state::filled, 1);
  CHECK(r.last.events.empty());
  r.propose("buy");
  order_report other;
  other.client_order_id = "pw-other";
  other.state = order_state::filled;
  r.feed(order_reported{1, other, {value(1)}});
  CHECK(r.last.events.empty());
  r.report("buy", order_state::rejected, 0, "x");
  r.report("buy", order_state::filled, 2);
  CHECK(r.last.events.empty());
}

TEST_CASE("an order stands even where its block made no outputs of it", "[run][order]") {
  auto r = ordered(order_kind::market);
  order_report filled;
  filled.state = order_state::filled;
  r.feed(order_reported{1, filled, {}});
  CHECK(r.of("buy").status == node_status::completed);
  CHECK(r.of("buy").outputs->values == std::vector<value>{nullptr});
}

TEST_CASE("a notification in the journal is not abandoned when the run ends early",
          "[run][order]") {
  auto r = at_buy();
  r.feed(notification_proposed{1, 1, {"up", "http://x"}});
  r.feed(halt_requested{"test", "halt"});
  CHECK(r.new_effects() == lines{"finish"});
}

TEST_CASE("a notification is journaled, then sent, then the node completes", "[run][order]") {
  auto r = at_buy();
  r.feed(notification_proposed{1, 1, {"up", "http://x"}});
  CHECK(r.new_events() == lines{"notification_sent buy"});
  CHECK(r.new_effects() == lines{"notify buy"});
  CHECK(r.latest_effect<send_notification>()->message.message == "up");
  r.feed(notification_proposed{1, 1, {"up", "http://x"}});
  CHECK(r.last.effects.empty());
  r.finish_node("buy");
  CHECK(r.new_events() == lines{"node_completed buy", "node_started after #1"});
}

TEST_CASE("a cancel goes out without an event of its own", "[run][order]") {
  auto r = at_buy();
  r.feed(cancel_proposed{1, 1, {"paper", "BTC/USD"}});
  CHECK(r.last.events.empty());
  CHECK(r.new_effects() == lines{"cancel buy"});
  CHECK(r.latest_effect<cancel_orders>()->request.symbol == "BTC/USD");
  r.finish_node("buy");
  CHECK(r.of("buy").status == node_status::completed);
}

TEST_CASE("order: one that is refused before it has an intent says why", "[run][order]") {
  auto r = at_buy();
  r.feed(order_refused{r.index("buy"), r.of("buy").attempt, "max_order_size", "2 is more than 1"});
  CHECK(r.latest<order_rejected>()->code == "max_order_size");
  CHECK(r.latest<node_failed>()->error ==
        "the order was refused (max_order_size): 2 is more than 1");
  CHECK(r.latest<node_failed>()->error_type == "max_order_size");
}

TEST_CASE("order: a node that waits to be told to go on hears that it will not", "[run][order]") {
  plan_builder b;
  b.node({"feed", {}, effect_class::idempotent});
  b.node({"buy", {"feed"}, effect_class::effectful});
  run_driver r(b);
  r.start();
  r.finish_node("feed", 1, r.now);
  SECTION("its inputs are too old") {
    r.wait(6s);
    r.propose("buy");
    CHECK(r.new_effects() == lines{"abandon buy", "finish"});
  }
  SECTION("the order never arrived, and may not leave any more") {
    r.propose("buy");
    r.missing("buy", false);
    CHECK(r.new_effects() == lines{"abandon buy", "finish"});
  }
  SECTION("the venue has forgotten an order that it accepted") {
    r.propose("buy", order_kind::ioc);
    r.report("buy", order_state::accepted);
    r.missing("buy");
    CHECK(r.new_effects() == lines{"abandon buy", "finish"});
  }
}
