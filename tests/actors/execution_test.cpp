// A workflow from its JSON to its events, through real actors in virtual time.
#include "runtime/workflow/json.hpp"
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

constexpr std::string_view arbitrage = R"({
  "name": "spread", "bot_id": "bot-1", "strategy_id": "s-1",
  "blocks": [
    {"id": "left", "type": "binance", "category": "providers",
     "properties": {"profile_id": null, "symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
    {"id": "right", "type": "paper", "category": "providers",
     "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
    {"id": "spread", "type": "math", "category": "conditions",
     "properties": {"operation": "subtract"}},
    {"id": "flat", "type": "compare", "category": "conditions",
     "properties": {"operator": "==", "value2": "0"}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper"}}
  ],
  "connections": [
    {"from": {"blockId": "left", "index": 0}, "to": {"blockId": "spread", "index": 0}},
    {"from": {"blockId": "right", "index": 0}, "to": {"blockId": "spread", "index": 1}},
    {"from": {"blockId": "spread", "index": 0}, "to": {"blockId": "flat", "index": 0}},
    {"from": {"blockId": "flat", "index": 0}, "to": {"blockId": "buy", "index": 0}}
  ]})";

value result_of(const started& s) {
  auto parsed = parse_json(s.value().result_json);
  REQUIRE(parsed.ok());
  return *parsed;
}

}  // namespace

TEST_CASE("a workflow buys, and every step is an event in order") {
  house h;
  auto s = h.run_once(arbitrage);
  CHECK(s->value().status == run_status::completed);
  const auto types = h.events->types(s->value().execution_id);
  REQUIRE(types.size() == 15);
  CHECK(types.front() == "execution_started");
  CHECK(types.back() == "execution_completed");
  const std::vector<std::string> tail(types.end() - 6, types.end());
  CHECK(tail == std::vector<std::string>{"node_started", "order_intent", "order_submitted",
                                         "order_filled", "node_completed", "execution_completed"});
  for (std::size_t i = 0; i < h.events->events.size(); ++i) CHECK(h.events->events[i].seq == i + 1);
  for (const auto& e : h.events->events) {
    CHECK(e.scope->bot_id == "bot-1");
    CHECK(e.scope->strategy_id == "s-1");
    CHECK(e.scope->workflow_id == "test");
  }
  const auto filled = h.events->all<order_filled>();
  REQUIRE(filled.size() == 1);
  CHECK(filled[0].fill.quantity == *decimal::parse("0.01"));
  const auto intent = h.events->all<order_intent>();
  REQUIRE(intent.size() == 1);
  CHECK(intent[0].client_order_id == filled[0].client_order_id);
}

TEST_CASE("the result object names every node") {
  house h;
  auto r = result_of(*h.run_once(arbitrage));
  CHECK(r.find("status")->as_text() == "completed");
  CHECK(r.find("results")->as_list().size() == 5);
  CHECK(r.find("errors")->as_list().empty());
}

TEST_CASE("a dead price feed buys nothing: its dependents are skipped") {
  house h;
  h.paper->set_faults({.fail_fetches = true});
  auto s = h.run_once(arbitrage);
  h.pass(std::chrono::seconds(10));
  CHECK(s->value().status == run_status::completed_with_errors);
  CHECK(h.events->all<order_intent>().empty());
  CHECK(h.events->all<node_failed>().size() == 2);
  CHECK(h.events->all<node_skipped>().size() == 3);
}

TEST_CASE("stale prices buy nothing") {
  house h;
  auto w = h.deploy(arbitrage);
  auto first = h.start(w);
  h.run();
  REQUIRE(first->value().status == run_status::completed);
  h.paper->set_faults({.stale_prices = true});
  h.pass(std::chrono::seconds(10));
  auto s = h.start(w);
  h.run();
  CHECK(s->value().status == run_status::completed_with_errors);
  const auto failed = h.events->all<node_failed>();
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].error_type == "stale_input");
  CHECK(h.events->all<order_intent>().size() == 1);
}

TEST_CASE("a start that does not wait is answered once it is durable") {
  house h;
  auto w = h.deploy(arbitrage);
  h.journal_port->hold = true;
  auto s = h.start(w, {}, false);
  h.run();
  CHECK_FALSE(s->done());
  h.journal_port->release();
  h.run();
  CHECK(s->value().status == run_status::running);
  CHECK(s->value().result_json.empty());
  CHECK(h.events->types().back() == "execution_completed");
}

TEST_CASE("no order leaves before its intent is durable") {
  house h;
  auto w = h.deploy(arbitrage);
  const auto before = h.held("BTC");
  h.journal_port->hold = true;
  auto s = h.start(w);
  h.run();
  // The intent waits in the journal; the venue has not heard of it.
  CHECK(h.held("BTC") == before);
  CHECK(h.events->events.empty());
  CHECK_FALSE(s->done());
  h.journal_port->release();
  h.run();
  CHECK(s->value().status == run_status::completed);
  CHECK(h.held("BTC") > before);
}

TEST_CASE("a journal that fails ends the execution with its error, and nothing is sent") {
  house h;
  auto w = h.deploy(arbitrage);
  h.journal_port->fail = true;
  auto s = h.start(w);
  h.run();
  REQUIRE(s->done());
  REQUIRE_FALSE(s->answer->ok());
  CHECK(s->answer->error().code == errc::io_error);
  CHECK(h.journal_failures.size() == 1);
  auto again = h.start(w);
  h.run();
  REQUIRE(again->done());
  CHECK_FALSE(again->answer->ok());
}

TEST_CASE("a node that does not answer times out in virtual time") {
  house h;
  h.shared->retry.max_attempts = 1;
  h.paper->set_deferred(true);
  auto w = h.deploy(R"({"blocks": [
    {"id": "price", "type": "paper", "category": "providers", "timeout": 2},
    {"id": "sum", "type": "math", "category": "conditions",
     "properties": {"operation": "add", "value2": 1}}],
    "connections": [{"from": {"blockId": "price", "index": 0},
                     "to": {"blockId": "sum", "index": 0}}]})");
  auto s = h.start(w);
  h.pass(std::chrono::milliseconds(1900));
  CHECK_FALSE(s->done());
  h.pass(std::chrono::milliseconds(250));
  CHECK(s->value().status == run_status::completed_with_errors);
  const auto failed = h.events->all<node_failed>();
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].error_type == "timeout");
  // The late answer changes nothing.
  const auto before = h.events->events.size();
  h.paper->set_deferred(false);
  h.paper->flush();
  h.run();
  CHECK(h.events->events.size() == before);
}

TEST_CASE("a whole execution times out") {
  house h;
  h.paper->set_deferred(true);
  auto w = h.deploy(R"({"timeout": 1, "blocks": [
    {"id": "price", "type": "paper", "category": "providers", "timeout": 20}]})");
  auto s = h.start(w);
  h.pass(std::chrono::milliseconds(1200));
  CHECK(s->value().status == run_status::timed_out);
  CHECK(h.events->types().back() == "execution_failed");
}

TEST_CASE("an order without an answer at its deadline is in doubt, not failed") {
  house h;
  auto w = h.deploy(R"({"blocks": [
    {"id": "buy", "type": "buy", "category": "actions", "timeout": 1,
     "properties": {"signal": true, "symbol": "BTC/USDT", "amount": 0.5, "venue": "paper"}}]})");
  h.paper->set_deferred(true);
  auto s = h.start(w);
  h.pass(std::chrono::milliseconds(1200));
  CHECK(s->value().status == run_status::completed_with_errors);
  CHECK(h.events->all<order_in_doubt>().size() == 1);
  CHECK(h.events->all<order_rejected>().empty());
}

TEST_CASE("a running execution is cancelled") {
  house h;
  h.paper->set_deferred(true);
  auto w = h.deploy(R"({"blocks": [{"id": "price", "type": "paper", "category": "providers"}]})");
  auto s = h.start(w);
  h.pass(std::chrono::milliseconds(100));
  REQUIRE_FALSE(h.events->events.empty());
  caf::scoped_actor self(h.system);
  self->send(w, cancel_run{h.events->events.front().scope->execution_id, "enough"});
  h.run();
  CHECK(s->value().status == run_status::cancelled);
}

TEST_CASE("two hundred executions at once, in any interleaving, keep each its own events") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    house h(seed);
    auto w = h.deploy(arbitrage);
    std::vector<std::shared_ptr<started>> all;
    for (int i = 0; i < 200; ++i) all.push_back(h.start(w));
    h.run();
    std::uint64_t expected = 1;
    for (const auto& e : h.events->events) REQUIRE(e.seq == expected++);
    for (const auto& s : all) {
      REQUIRE(s->value().status == run_status::completed);
      CHECK(h.events->types(s->value().execution_id).size() == 15);
    }
    CHECK(h.events->all<order_intent>().size() == 200);
    CHECK(h.events->all<order_filled>().size() >= 200);
  }
}

}  // namespace pitwall::test
