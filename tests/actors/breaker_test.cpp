// Circuit breakers between the nodes, the routers and the venue, in virtual time.
#include "actors/breaker/memory_value.hpp"
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

/// One attempt, so that a failure is one failure.
constexpr std::string_view watcher = R"({"blocks": [
  {"id": "feed", "type": "paper", "category": "providers", "retry": {"max_attempts": 1},
   "timeout": 2, "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}}]})";
constexpr std::string_view buyer = R"({"bot_id": "b", "blocks": [
  {"id": "buy", "type": "buy", "category": "actions", "retry": {"max_attempts": 1},
   "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper", "signal": true}}]})";

template <class Answer, class Message>
Answer ask(house& h, Message message) {
  std::optional<Answer> answer;
  h.system.spawn(
      [](caf::event_based_actor* self, const breakers_actor& to, const Message& m,
         std::optional<Answer>* into) {
        self->request(to, caf::infinite, m).then([into](Answer& a) { *into = std::move(a); });
      },
      h.shared->breakers, message, &answer);
  h.run();
  REQUIRE(answer);
  return *answer;
}

breaker_report report_of(house& h, const std::string& name) {
  for (auto& r : ask<std::vector<breaker_report>>(h, list_breakers{}))
    if (r.name == name) return r;
  FAIL("no breaker " + name);
  return {};
}

std::string failure_of(house& h, const workflow_actor& w) {
  auto s = h.start(w);
  h.run();
  const auto failed = h.events->all<node_failed>();
  REQUIRE(s->done());
  return failed.empty() ? "" : failed.back().error_type;
}

error venue_down() { return {errc::unavailable, "connection refused", {}, {}}; }

}  // namespace

TEST_CASE("a breaker opens at the fifth failure, for every workflow, and closes again") {
  house h;
  auto w = h.deploy(watcher, "a");
  auto other = h.deploy(watcher, "b");
  h.door->market_failure = venue_down();
  for (int i = 0; i < 4; ++i) CHECK(failure_of(h, w) == "unavailable");
  CHECK(report_of(h, "paper/data").state == "closed");
  CHECK(failure_of(h, w) == "unavailable");
  CHECK(report_of(h, "paper/data").state == "open");
  const auto opened = h.events->all<circuit_breaker_state_changed>();
  REQUIRE(opened.size() == 1);
  CHECK(opened[0].breaker == "paper/data");
  CHECK(opened[0].new_state == "open");
  h.door->market_failure.reset();
  CHECK(failure_of(h, other) == "circuit_open");  // The venue is well, and is not asked.
  CHECK(report_of(h, "paper/data").refused == 1);
  h.pass(60s);
  for (int i = 0; i < 2; ++i) {
    auto s = h.start(other);
    h.run();
    CHECK(s->value().status == run_status::completed);
  }
  const auto all = h.events->all<circuit_breaker_state_changed>();
  REQUIRE(all.size() == 3);
  CHECK(all[1].new_state == "half_open");
  CHECK(all[2].new_state == "closed");
}

TEST_CASE("what this host kept back, or what was no news, is no failure of the venue's breaker") {
  house h;
  const auto w = h.deploy(watcher);
  auto no_news = venue_down();
  no_news.status = 304;
  for (const error& e : {error{errc::resource_exhausted, "not asked", {}, {}}, no_news}) {
    h.door->market_failure = e;
    for (int i = 0; i < 6; ++i) CHECK(failure_of(h, w) == to_string(e.code));
  }
  CHECK(report_of(h, "paper/data").state == "closed");
  // The venue's own 429 is one.
  error limited{errc::resource_exhausted, "too much", {}, {}};
  limited.status = 429;
  h.door->market_failure = limited;
  for (int i = 0; i < 5; ++i) CHECK(failure_of(h, w) == "resource_exhausted");
  CHECK(report_of(h, "paper/data").state == "open");
}

TEST_CASE("a call that times out is ended for real, counts, and its late answer changes nothing") {
  house h;
  auto w = h.deploy(watcher);
  h.paper->set_deferred(true);
  for (int i = 0; i < 5; ++i) {
    h.start(w);
    h.pass(2100ms);
  }
  CHECK(h.door->cancelled_fetches == 5);
  CHECK(h.events->all<node_failed>().size() == 5);
  auto r = report_of(h, "paper/data");
  CHECK(r.state == "open");
  CHECK(r.timeouts == 5);
  CHECK(r.under_way == 0);
  const auto events = h.events->events.size();
  h.paper->flush();
  h.run();
  CHECK(h.events->events.size() == events);
  CHECK(report_of(h, "paper/data").successes == 0);
}

TEST_CASE("a breaker's state survives a restart, and the death of its actor") {
  estate left;
  {
    house h;
    auto w = h.deploy(watcher);
    h.door->market_failure = venue_down();
    for (int i = 0; i < 5; ++i) failure_of(h, w);
    SECTION("its actor dies") {
      const auto before = h.events->all<circuit_breaker_state_changed>().size();
      std::optional<breaker_actor> found = ask<breaker_actor>(h, find_breaker{"paper/data"});
      caf::anon_send_exit(*found, caf::exit_reason::kill);
      found.reset();
      h.run();
      CHECK(report_of(h, "paper/data").state == "open");
      CHECK(failure_of(h, w) == "circuit_open");
      CHECK(h.events->all<circuit_breaker_state_changed>().size() == before);
    }
    left = h.kill(10s);
  }
  house h(0, std::move(left));
  auto w = h.deploy(watcher);
  CHECK(failure_of(h, w) == "circuit_open");
  CHECK(report_of(h, "paper/data").state == "open");
  h.pass(51s);
  auto s = h.start(w);
  h.run();
  CHECK(s->value().status == run_status::completed);
}

TEST_CASE("an operator forces a breaker; the change is durable before the answer") {
  house h;
  auto w = h.deploy(watcher);
  h.start(w);
  h.run();
  const auto forced = ask<breaker_report>(
      h, steer_named{"paper/data", {breaker_action::open, "ann", "maintenance"}});
  CHECK(forced.state == "forced_open");
  const auto told = h.events->all<circuit_breaker_state_changed>();
  REQUIRE(told.size() == 1);
  CHECK(told[0].operator_name == "ann");
  CHECK(told[0].reason == "by_operator: maintenance");
  CHECK(failure_of(h, w) == "circuit_open");
  h.pass(10min);
  CHECK(failure_of(h, w) == "circuit_open");
  CHECK(
      ask<breaker_report>(h, steer_named{"paper/data", {breaker_action::reset, "ann", ""}}).state ==
      "closed");
  auto s = h.start(w);
  h.run();
  CHECK(s->value().status == run_status::completed);
}

TEST_CASE("an operator is not answered before the change is durable") {
  house h;
  auto w = h.deploy(watcher);
  h.start(w);
  h.run();
  h.journal_port->hold = true;
  std::optional<breaker_report> answer;
  h.system.spawn(
      [](caf::event_based_actor* self, const breakers_actor& to,
         std::optional<breaker_report>* into) {
        self->request(to, caf::infinite,
                      steer_named{"paper/data", {breaker_action::open, "ann", ""}})
            .then([into](const breaker_report& r) { *into = r; });
      },
      h.shared->breakers, &answer);
  h.run();
  CHECK_FALSE(answer);
  h.journal_port->release();
  h.run();
  REQUIRE(answer);
  CHECK(answer->state == "forced_open");
}

TEST_CASE("orders ask a breaker of their own: refused, nothing was sent, and nothing is in doubt") {
  house h;
  auto w = h.deploy(buyer);
  auto first = h.start(w);
  h.run();
  REQUIRE(first->value().status == run_status::completed);
  ask<breaker_report>(h, steer_named{"paper/orders", {breaker_action::open, "ann", ""}});
  CHECK(failure_of(h, w) == "circuit_open");
  CHECK(h.door->sent.size() == 1);
  const auto rejected = h.events->all<order_rejected>();
  REQUIRE(rejected.size() == 1);
  CHECK(rejected[0].code == "circuit_open");
  CHECK(h.events->all<order_in_doubt>().empty());
  const auto r = report_of(h, "paper/orders");
  CHECK(r.successes == 1);
  CHECK(r.under_way == 0);
  // Data is another class.
  CHECK(report_of(h, "paper/orders").state == "forced_open");
  auto feed = h.start(h.deploy(watcher, "feed"));
  h.run();
  CHECK(feed->value().status == run_status::completed);
}

TEST_CASE("orders in doubt open the breaker of orders") {
  house h;
  auto w = h.deploy(buyer);
  h.paper->set_faults({false, false, true, false});
  for (int i = 0; i < 5; ++i) {
    h.start(w);
    h.run();
  }
  CHECK(report_of(h, "paper/orders").state == "open");
  CHECK(failure_of(h, w) == "circuit_open");
}

TEST_CASE("an order that was kept on this side says nothing of its venue") {
  struct row {
    const char* code;
    std::uint64_t successes, failures;
  };
  const auto r = GENERATE(row{"halted", 0, 0}, row{"permit_void", 0, 0}, row{"dry_run", 0, 0},
                          row{"data_only", 0, 0}, row{"not_sent", 0, 1}, row{"rate_limited", 0, 1},
                          row{"insufficient_balance", 1, 0}, row{"venue_2013", 1, 0});
  CAPTURE(r.code);
  house h;
  auto w = h.deploy(buyer);
  h.paper->set_faults({false, true, false, false});
  *h.door->retell = [&](order_report& told) { told.code = r.code; };
  h.start(w);
  h.run();
  REQUIRE(h.events->all<order_rejected>().size() == 1);
  CHECK(report_of(h, "paper/orders").successes == r.successes);
  CHECK(report_of(h, "paper/orders").failures == r.failures);
}

TEST_CASE("an order whose turn has not come when a halt is acknowledged does not leave") {
  house h;
  h.guard_limits.at_once = {1, 10};
  auto w = h.deploy(buyer);
  h.paper->set_deferred_submits(true);
  auto first = h.start(w);
  auto second = h.start(w);
  h.run();
  REQUIRE(h.door->sent.size() == 1);
  CHECK(report_of(h, "paper/orders").waiting == 1);
  h.command(emergency_action::halt);
  h.paper->set_deferred_submits(false);
  h.paper->flush();
  h.run();
  h.pass(1s);
  CHECK(h.door->sent.size() == 1);
  CHECK(report_of(h, "paper/orders").under_way == 0);
}

TEST_CASE("a cancel also ends what still waits at its breaker: the venue never hears of it") {
  house h;
  h.guard_limits.at_once = {1, 10};
  auto w = h.deploy(buyer);
  h.paper->set_deferred_submits(true);
  auto out = h.start(w);
  auto waiting = h.start(w);
  h.run();
  REQUIRE(h.door->sent.size() == 1);
  auto cancel = h.start(h.deploy(R"({"bot_id": "b", "blocks": [
    {"id": "stop", "type": "cancel", "category": "actions",
     "properties": {"signal": true, "venue": "paper"}}]})",
                                 "cancel"));
  h.run();
  CHECK(waiting->value().status == run_status::completed_with_errors);
  CHECK(cancel->value().status == run_status::completed);
  const auto rejected = h.events->all<order_rejected>();
  REQUIRE(rejected.size() == 1);
  CHECK(rejected[0].code == "not_sent");
  CHECK(cancel->value().result_json.find(rejected[0].client_order_id) != std::string::npos);
  h.paper->set_deferred_submits(false);
  h.paper->flush();
  h.pass(1s);
  CHECK(out->done());
  CHECK(h.door->sent.size() == 1);
  const auto r = report_of(h, "paper/orders");
  CHECK(r.under_way == 0);
  CHECK(r.waiting == 0);
  CHECK(r.failures + r.timeouts == 0);  // A cancel says nothing about the venue.
}

TEST_CASE("past its rate limit a call is refused, and told when to come again") {
  house h;
  h.guard_limits.rate = token_limits{2, 1s, 2};
  auto w = h.deploy(watcher);
  for (int i = 0; i < 2; ++i) CHECK(failure_of(h, w).empty());
  CHECK(failure_of(h, w) == "rate_limited");
  CHECK(report_of(h, "paper/data").failures == 0);
  auto patient = h.deploy(R"({"blocks": [
    {"id": "feed", "type": "paper", "category": "providers", "retry": {"max_attempts": 2}}]})",
                          "patient");
  auto s = h.start(patient);
  h.pass(2500ms);
  CHECK(s->value().status == run_status::completed);
  const auto retried = h.events->all<node_retrying>();
  REQUIRE(retried.size() == 1);
  CHECK(retried[0].wait >= 500ms);  // Not before there is room: a floor for its own wait.
  auto order = h.deploy(buyer, "buyer");
  for (int i = 0; i < 2; ++i) h.start(order);
  h.run();
  CHECK(failure_of(h, order) == "rate_limited");
  CHECK(h.door->sent.size() == 2);
  CHECK(h.events->all<order_rejected>().at(0).code == "rate_limited");
}

TEST_CASE("a block may name a breaker of its own") {
  house h;
  auto w = h.deploy(R"({"blocks": [
    {"id": "feed", "type": "paper", "category": "providers", "circuit_breaker": "mine",
     "retry": {"max_attempts": 1}}]})");
  h.door->market_failure = venue_down();
  for (int i = 0; i < 5; ++i) failure_of(h, w);
  CHECK(report_of(h, "mine").state == "open");
  h.door->market_failure.reset();
  auto s = h.start(h.deploy(watcher, "other"));
  h.run();
  CHECK(s->value().status == run_status::completed);
}

TEST_CASE("a venue's bulkhead holds calls back; who waits too long leaves the line") {
  house h;
  h.guard_limits.at_once = {2, 3};
  auto w = h.deploy(watcher);
  h.paper->set_deferred(true);
  for (int i = 0; i < 6; ++i) h.start(w);
  h.run();
  auto r = report_of(h, "paper/data");
  CHECK(r.under_way == 2);
  CHECK(r.waiting == 3);
  REQUIRE(h.events->all<node_failed>().size() == 1);
  CHECK(h.events->all<node_failed>()[0].error_type == "venue_busy");
  h.paper->flush();
  h.run();
  r = report_of(h, "paper/data");
  CHECK(r.under_way == 2);
  CHECK(r.waiting == 1);
  h.pass(2100ms);
  r = report_of(h, "paper/data");
  CHECK(r.under_way == 0);
  CHECK(r.waiting == 0);
  CHECK(r.timeouts == 2);  // The one in line says nothing about the venue.
}

TEST_CASE("a caller that dies does not keep its place for ever") {
  house h;
  h.guard_limits.at_once = {1, 1};
  auto w = h.deploy(watcher);
  h.paper->set_deferred(true);
  h.start(w);
  h.run();
  CHECK(report_of(h, "paper/data").under_way == 1);
  const auto guard = ask<breaker_actor>(h, find_breaker{"paper/data"});
  // Somebody asks for a place, is granted it later, and is gone by then.
  auto lost = h.system.spawn(
      [](caf::event_based_actor* self, const breaker_actor& to, timestamp until) {
        self->send(to, ask_call{1, false, until});
      },
      guard, h.clock->now() + 5s);
  h.run();
  h.paper->set_deferred(false);
  h.paper->flush();
  h.pass(10s);
  CHECK(report_of(h, "paper/data").under_way == 0);
}

TEST_CASE("a caller that lives and never ends its call is timed out, and counts") {
  house h;
  const auto guard = ask<breaker_actor>(h, find_breaker{"paper/data"});
  auto silent = h.system.spawn(
      [](caf::event_based_actor* self, const breaker_actor& to,
         timestamp deadline) -> caf::behavior {
        self->send(to, ask_call{1, false, deadline});
        self->send(to, ask_call{2, false, deadline});
        return {[](const call_granted&) {}};
      },
      guard, h.clock->now() + 5s);
  h.run();
  CHECK(report_of(h, "paper/data").under_way == 2);
  h.pass(10s);
  CHECK(report_of(h, "paper/data").under_way == 0);
  CHECK(report_of(h, "paper/data").timeouts == 2);
  caf::anon_send_exit(silent, caf::exit_reason::kill);
  h.run();
}

TEST_CASE("retries of a venue stay within its budget") {
  house h;
  h.guard_limits.retries = {0, 0, 0};
  h.guard_limits.breaker.failure_threshold = 0;
  h.door->market_failure = venue_down();
  h.run_once(R"({"blocks": [{"id": "feed", "type": "paper", "category": "providers"}]})");
  h.pass(2s);
  const auto failed = h.events->all<node_failed>();
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].attempt == 2);
  CHECK(failed[0].error_type == "retry_budget");
}

TEST_CASE("a breaker's memory travels as a value") {
  breaker_memory m;
  m.state = breaker_state::half_open;
  m.epoch = 7;
  m.openings = 3;
  m.random.state = ~std::uint64_t{5};
  m.probes[2] = {9, timestamp(microseconds(12))};
  m.totals.opened = 4;
  const auto back = memory_of(value_of(m));
  REQUIRE(back.ok());
  CHECK(*back == m);
  CHECK_FALSE(memory_of(value(3)).ok());
  auto cut = value_of(m).as_list();
  cut.pop_back();
  CHECK_FALSE(memory_of(value(cut)).ok());
  cut[0] = value(77);
  CHECK_FALSE(memory_of(value(cut)).ok());
}

}  // namespace pitwall::test
