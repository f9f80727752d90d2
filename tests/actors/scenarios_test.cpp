// The eight things that users of the predecessor were promised, each as a test named after it; in
// virtual time, over the whole house.
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view trade = R"({"bot_id": "bot-1", "strategy_id": "momentum", "blocks": [
  {"id": "feed", "type": "paper", "category": "providers", "timeout": 5,
   "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
  {"id": "ok", "type": "threshold", "category": "conditions", "properties": {"min": 1}},
  {"id": "buy", "type": "buy", "category": "actions",
   "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper"}}],
  "connections": [
    {"from": {"blockId": "feed", "index": 0}, "to": {"blockId": "ok", "index": 0}},
    {"from": {"blockId": "ok", "index": 0}, "to": {"blockId": "buy", "index": 0}}]})";

std::size_t count(const std::vector<std::string>& all, std::string_view what) {
  return static_cast<std::size_t>(std::count(all.begin(), all.end(), what));
}

}  // namespace

TEST_CASE("scenario: events are emitted for every step, in order and without gaps") {
  house h;
  auto s = h.run_once(trade);
  CHECK(h.events->types() ==
        std::vector<std::string>{"execution_started", "node_started", "node_completed",
                                 "node_started", "node_completed", "node_started", "order_intent",
                                 "order_submitted", "order_filled", "node_completed",
                                 "execution_completed"});
  for (std::size_t i = 0; i < h.events->events.size(); ++i) CHECK(h.events->events[i].seq == i + 1);
}

TEST_CASE("scenario: the correlation id is on every event") {
  house h;
  auto s = h.run_once(trade);
  for (const auto& e : h.events->events) {
    CHECK(e.scope->execution_id == s->value().execution_id);
    CHECK(e.scope->bot_id == "bot-1");
    CHECK(e.scope->strategy_id == "momentum");
  }
  CHECK(h.door->sent.at(0).find(s->value().execution_id.substr(s->value().execution_id.size() -
                                                               26)) != std::string::npos);
}

TEST_CASE("scenario: state is persisted") {
  house h;
  auto s = h.run_once(trade);
  const auto kept = h.storage.events->execution(s->value().execution_id);
  REQUIRE(kept.ok());
  CHECK(kept->status == run_status::completed);
  CHECK(kept->orders == 1);
  CHECK(kept->last_seq == h.storage.events->head());
}

TEST_CASE("scenario: a halt stops execution") {
  house h;
  h.paper->set_deferred(true);
  auto w = h.deploy(trade);
  auto running = h.start(w);
  h.run();
  h.command(emergency_action::halt);
  CHECK(running->value().status == run_status::halted);
  auto refused = h.start(w);
  h.run();
  CHECK(refused->answer->error().code == errc::halted);
  h.paper->set_deferred(false);
  h.paper->flush();
  h.pass(1s);
  CHECK(h.door->sent.empty());
}

// The daily loss limit of a bot, by real fills: it buys, the price falls, and it sells at a loss.
TEST_CASE("scenario: a limit trips auto-halt") {
  risk_settings rules;
  rules.auto_halt = true;
  rules.bots["trader"] = risk_limits::none();
  rules.bots["trader"].daily_loss_limit = decimal::parse("-0.01").value();
  estate setup;
  setup.rules = rules;
  house h(0, std::move(setup));
  auto w = h.deploy(R"({"bot_id": "trader", "blocks": [
    {"id": "buy", "type": "buy", "category": "actions", "properties":
     {"signal": true, "symbol": "BTC/USDT", "amount": "0.01", "venue": "paper"}}],
    "connections": []})");
  auto other = h.deploy(R"({"bot_id": "other", "blocks": [
    {"id": "buy", "type": "buy", "category": "actions", "properties":
     {"signal": true, "symbol": "BTC/USDT", "amount": "0.01", "venue": "paper"}}],
    "connections": []})",
                        "other");
  auto first = h.start(w);
  h.run();
  CHECK(first->value().status == run_status::completed);
  // Its fee and the spread are more than it may lose.
  h.pass(100ms);
  const auto exceeded = h.events->all<risk_limit_exceeded>();
  REQUIRE(exceeded.size() == 1);
  CHECK(exceeded[0].scope == "bot:trader");
  CHECK(exceeded[0].limit == "daily_loss_limit");
  CHECK(exceeded[0].halts);
  CHECK(exceeded[0].figure < exceeded[0].threshold);
  const auto changes = h.events->all<emergency_state_changed>();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].scope == "bot:trader");
  CHECK(changes[0].new_state == "halt");
  CHECK(changes[0].trigger == "daily_loss_limit");
  CHECK(changes[0].operator_name == "pitwall");
  const auto trips = h.events->all<trip_recorded>();
  REQUIRE(trips.size() == 1);
  CHECK(trips[0].evidence.find("observed")->as_number() == exceeded[0].figure);
  CHECK(*trips[0].evidence.find("inputs") == exceeded[0].inputs);
  CHECK(trips[0].tripped_at <= trips[0].closed_at);
  auto refused = h.start(w);
  auto others = h.start(other, {}, true);
  h.run();
  REQUIRE(refused->done());
  CHECK(refused->answer->error().code == errc::halted);
  CHECK(others->value().status == run_status::completed);
  CHECK(h.door->sent.size() == 2);
}

TEST_CASE("scenario: a timeout prevents hanging") {
  house h;
  h.paper->set_deferred(true);
  auto s = h.run_once(R"({"timeout": 3, "blocks": [
    {"id": "feed", "type": "paper", "category": "providers"}]})");
  h.pass(2900ms);
  CHECK_FALSE(s->done());
  h.pass(200ms);
  CHECK(s->value().status == run_status::timed_out);
}

TEST_CASE("scenario: retries recover") {
  house h;
  h.door->market_failure = error{errc::unavailable, "connection reset", {}, {}};
  auto s = h.run_once(trade);
  h.pass(50ms);
  CHECK_FALSE(s->done());
  const auto retrying = h.events->all<node_retrying>();
  REQUIRE(retrying.size() == 1);
  CHECK(retrying[0].attempt == 1);
  CHECK(retrying[0].error_type == "unavailable");
  CHECK(retrying[0].wait <= 1s);
  h.door->market_failure.reset();
  h.pass(1100ms);
  CHECK(s->value().status == run_status::completed);
  CHECK(s->value().result_json.find(R"("attempts":{"feed":2)") != std::string::npos);
  CHECK(h.door->sent.size() == 1);
}

TEST_CASE("scenario: a breaker tracks failures and opens at five") {
  house h;
  h.door->market_failure = error{errc::unavailable, "connection reset", {}, {}};
  auto w = h.deploy(trade);
  for (int i = 0; i < 2; ++i) {
    h.start(w);
    h.pass(10s);  // Three attempts each.
  }
  CHECK(h.events->all<node_retrying>().size() >= 3);
  const auto changes = h.events->all<circuit_breaker_state_changed>();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].new_state == "open");
  CHECK(changes[0].reason.find("failure_threshold") != std::string::npos);
  CHECK(h.door->sent.empty());
}

TEST_CASE("what a file says of retries is followed") {
  house h;
  h.door->market_failure = error{errc::resource_exhausted, "slow down", {}, {}, 429, 7'000};
  SECTION("Retry-After is a floor") {
    h.run_once(R"({"blocks": [{"id": "feed", "type": "paper", "category": "providers"}]})");
    h.pass(50ms);
    REQUIRE(h.events->all<node_retrying>().size() == 1);
    CHECK(h.events->all<node_retrying>()[0].wait >= 7s);
  }
  SECTION("retry_on leaves out what it does not name") {
    h.run_once(R"({"blocks": [{"id": "feed", "type": "paper", "category": "providers",
      "retry": {"retry_on": ["timeout"]}}]})");
    CHECK(h.events->all<node_retrying>().empty());
    CHECK(h.events->all<node_failed>().size() == 1);
  }
  SECTION("max_attempts and waits without jitter") {
    h.door->market_failure = error{errc::unavailable, "away", {}, {}};
    h.guard_limits.breaker.failure_threshold = 0;
    h.run_once(R"({"blocks": [{"id": "feed", "type": "paper", "category": "providers", "retry":
      {"max_attempts": 4, "min_wait": 2, "multiplier": 3, "jitter": "none", "max_wait": 10}}]})");
    h.pass(30s);
    std::vector<microseconds> waits;
    for (const auto& r : h.events->all<node_retrying>()) waits.push_back(r.wait);
    CHECK(waits == std::vector<microseconds>{2s, 6s, 10s});
    CHECK(h.events->all<node_failed>().at(0).attempt == 4);
  }
}

TEST_CASE("cancel works at once on a running, a waiting and a retrying execution") {
  house h;
  auto w = h.deploy(trade);
  SECTION("its node hangs") { h.paper->set_deferred(true); }
  SECTION("it waits for the next attempt") {
    h.door->market_failure = error{errc::unavailable, "away", {}, {}};
  }
  auto s = h.start(w);
  h.pass(50ms);
  REQUIRE_FALSE(s->done());
  const auto id = h.events->events.at(0).scope->execution_id;
  caf::anon_send(w, cancel_run{id, "enough"});
  h.run();
  CHECK(s->value().status == run_status::cancelled);
  CHECK(count(h.events->types(), "execution_cancelled") == 1);
}

}  // namespace pitwall::test
