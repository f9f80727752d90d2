// Actors die while their host lives: what they ran goes on from the journal.
#include <set>

#include "tests/actors/buyer.hpp"
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

/// Asks the recovery actor, and gives its answer.
template <class Message>
bool ask(house& h, Message message) {
  std::optional<bool> answer;
  h.system.spawn(
      [](caf::event_based_actor* self, const recovery_actor& to, const Message& m,
         std::optional<bool>* into) {
        self->request(to, caf::infinite, m).then([into](bool b) { *into = b; });
      },
      h.recovery_of, message, &answer);
  h.run();
  REQUIRE(answer);
  return *answer;
}

recovery_progress progress(house& h) {
  std::optional<recovery_progress> answer;
  h.system.spawn(
      [](caf::event_based_actor* self, const recovery_actor& to,
         std::optional<recovery_progress>* into) {
        self->request(to, caf::infinite, ask_recovery{}).then([into](const recovery_progress& p) {
          *into = p;
        });
      },
      h.recovery_of, &answer);
  h.run();
  REQUIRE(answer);
  return *answer;
}

/// What the journal says was bought is what the account has, and nothing was sent twice.
void check_books(house& h) {
  decimal bought;
  for (const auto& f : h.events->all<order_filled>()) bought = *add(bought, f.fill.quantity);
  CHECK(*add(decimal(100), bought) == h.held("BTC"));
  CHECK(std::set(h.door->sent.begin(), h.door->sent.end()).size() == h.door->sent.size());
}

}  // namespace

TEST_CASE("a workflow actor dies: its successor goes on with what it ran, and orders once") {
  house h;
  auto w = h.deploy(buyer);
  h.recover();
  h.paper->set_deferred_submits(true);
  auto s = h.start(w);
  h.run();
  REQUIRE(h.door->sent.size() == 1);
  caf::anon_send_exit(w, caf::exit_reason::kill);
  h.run();
  REQUIRE(s->done());
  CHECK(s->answer->error().message.find("interrupted") != std::string::npos);
  h.paper->set_deferred_submits(false);
  h.pass(150ms);
  h.deploy(buyer);
  h.pass(1s);
  REQUIRE(h.executions().size() == 1);
  CHECK(h.executions()[0].status == run_status::completed);
  CHECK(h.door->sent.size() == 1);
  CHECK(h.events->all<execution_resumed>().size() == 1);
  check_books(h);
}

TEST_CASE("an execution actor dies: another goes on with it") {
  house h;
  auto w = h.deploy(buyer);
  h.recover();
  h.start(w);
  while (h.events->all<order_intent>().empty()) h.run_some(1);
  const auto execution = h.next_named("execution");
  REQUIRE(execution);
  caf::anon_send_exit(execution, caf::exit_reason::kill);
  h.run();
  REQUIRE(h.executions().size() == 1);
  CHECK(h.executions()[0].status == run_status::completed);
  CHECK(h.door->sent.size() == 1);
  check_books(h);
}

TEST_CASE("one that takes its actors down again and again is stuck; an operator decides") {
  house h;
  auto w = h.deploy(buyer);
  h.recover();
  h.start(w);
  while (h.storage.events->head() == 0) h.run_some(1);
  std::set<caf::actor_addr> killed;
  while (killed.size() < 4) {
    const auto execution = h.next_named("execution");
    REQUIRE(execution);
    if (killed.insert(execution).second) caf::anon_send_exit(execution, caf::exit_reason::kill);
    h.run_some(1);
  }
  h.run();
  const auto id = h.executions().at(0).scope->execution_id;
  CHECK(h.executions()[0].status == run_status::running);
  CHECK(h.log->has("again and again"));
  CHECK(progress(h).failed == 1);
  CHECK_FALSE(ask(h, resume_stuck{"exec_other"}));
  SECTION("resume") {
    CHECK(ask(h, resume_stuck{id}));
    // Its order may have been settled as not sent meanwhile: it is not sent now.
    CHECK(is_final(h.executions()[0].status));
    CHECK(h.executions()[0].open_orders == 0);
    CHECK(h.door->sent.size() <= 1);
    CHECK(progress(h).failed == 0);
    CHECK_FALSE(ask(h, resume_stuck{id}));
    CHECK_FALSE(ask(h, cancel_stuck{id, "too late"}));
  }
  SECTION("cancel") {
    CHECK(ask(h, cancel_stuck{id, "enough"}));
    CHECK(h.executions()[0].status == run_status::cancelled);
    CHECK(h.events->all<execution_cancelled>().at(0).reason == "enough");
    CHECK(progress(h).failed == 0);
  }
  check_books(h);
}

TEST_CASE("an execution that waits for a closed venue can be cancelled; its order is settled") {
  estate left;
  {
    house h;
    const auto w = h.deploy(buyer);
    h.paper->set_deferred_submits(true);
    h.start(w);
    h.run();
    left = h.kill(1s);
    h.paper->set_deferred_submits(false);
  }
  house h(0, std::move(left));
  h.deploy(buyer);
  h.door->unreachable = true;
  h.recover();
  const auto id = h.executions().at(0).scope->execution_id;
  CHECK(ask(h, cancel_stuck{id, "no patience"}));
  CHECK(h.events->types() == std::vector<std::string>{"order_in_doubt", "execution_cancelled"});
  CHECK(progress(h).waiting == 0);
  h.door->unreachable = false;
  h.pass(1min);
  CHECK(h.events->types() == std::vector<std::string>{"order_in_doubt", "execution_cancelled",
                                                      "order_submitted", "order_filled"});
  CHECK(h.executions()[0].status == run_status::cancelled);
  CHECK(h.executions()[0].open_orders == 0);
}

TEST_CASE("an order that was settled while its execution was stuck is not sent or told again") {
  estate left;
  {
    house h;
    const auto w = h.deploy(buyer);
    h.paper->set_deferred_submits(true);
    h.start(w);
    h.run();
    left = h.kill(1s);
    h.paper->set_deferred_submits(false);
  }
  house h(0, std::move(left));
  h.recover();  // Nobody knows the definition.
  const auto id = h.executions().at(0).scope->execution_id;
  CHECK(h.events->types() == std::vector<std::string>{"order_submitted", "order_filled"});
  h.deploy(buyer);
  CHECK(ask(h, resume_stuck{id}));
  CHECK(h.executions()[0].status == run_status::completed);
  CHECK(h.events->all<order_filled>().size() == 1);
  CHECK(h.door->sent.empty());
}

TEST_CASE("a fill that comes between the replay and the claim is journaled once") {
  constexpr std::string_view resting = R"({"bot_id": "bot-1", "blocks": [
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.02", "price": "1", "order_type": "limit",
                    "venue": "paper", "signal": true}}]})";
  house h;
  auto w = h.deploy(resting);
  h.recover();
  h.paper->set_deferred_submits(true);
  h.start(w);
  h.run();
  REQUIRE(h.door->sent.size() == 1);
  caf::anon_send_exit(w, caf::exit_reason::kill);
  h.run();
  h.paper->set_deferred_submits(false);
  h.paper->flush();
  h.run();
  order_report filled;
  filled.client_order_id = h.door->sent[0];
  filled.venue_order_id = "v-1";
  filled.state = order_state::partially_filled;
  filled.fills = {{decimal(1), *decimal::parse("0.01"), decimal(0), "USDT"}};
  h.deploy(resting);
  h.run();
  h.sched.advance_time(1s);
  REQUIRE(h.next_named("workflow"));  // It is about to get the replayed state.
  h.door->says = filled;
  caf::anon_send(h.shared->venues.find("paper")->router, venue_report{filled});
  h.pass(1s);
  CHECK(h.executions().at(0).status == run_status::completed);
  CHECK(h.events->all<order_submitted>().size() == 1);
  CHECK(h.events->all<order_filled>().size() == 1);
}

TEST_CASE("a cancel that comes between the venue's word and the claim is not forgotten") {
  constexpr std::string_view resting = R"({"bot_id": "bot-1", "blocks": [
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.02", "price": "1", "order_type": "limit",
                    "venue": "paper", "signal": true}}]})";
  estate left;
  order_report filled;
  {
    house h;
    const auto w = h.deploy(resting);
    h.paper->set_deferred_submits(true);
    h.start(w);
    h.run();
    filled.client_order_id = h.door->sent.at(0);
    left = h.kill(1s);
    h.paper->set_deferred_submits(false);
  }
  house h(0, std::move(left));
  h.deploy(resting);
  h.door->unreachable = true;
  h.recover();
  filled.venue_order_id = "v-1";
  filled.state = order_state::partially_filled;
  filled.fills = {{decimal(1), *decimal::parse("0.01"), decimal(0), "USDT"}};
  h.door->says = filled;
  h.door->unreachable = false;
  h.sched.advance_time(1s);
  REQUIRE(h.next_named("workflow"));  // The venue has said it, and nobody has claimed the order.
  auto canceled = filled;
  canceled.state = order_state::canceled;
  caf::anon_send(h.shared->venues.find("paper")->router, venue_report{canceled});
  h.pass(1s);
  CHECK(h.executions().at(0).status == run_status::completed);
  CHECK(h.executions().at(0).open_orders == 0);
  CHECK(h.events->all<order_filled>().size() == 1);
  CHECK(h.events->all<order_canceled>().size() == 1);
}

TEST_CASE("a cancel between a doubt and its handing over is journaled once") {
  house h;
  const auto w = h.deploy(R"({"bot_id": "bot-1", "blocks": [
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.02", "price": "1", "order_type": "limit",
                    "venue": "paper", "signal": true}}]})");
  h.paper->set_deferred_submits(true);
  h.start(w);
  h.run();
  order_report report;
  report.client_order_id = h.door->sent.at(0);
  report.state = order_state::in_doubt;
  const auto router = h.shared->venues.find("paper")->router;
  caf::anon_send(router, venue_report{report});
  REQUIRE(h.next_named("execution"));  // It is about to journal the doubt.
  report.venue_order_id = "v-1";
  report.state = order_state::canceled;
  h.door->says = report;
  caf::anon_send(router, venue_report{report});
  h.sched.jobs.push_back(h.sched.jobs.front());  // The router is faster.
  h.sched.jobs.pop_front();
  h.pass(1s);
  CHECK(h.executions().at(0).open_orders == 0);
  CHECK(h.events->all<order_in_doubt>().size() == 1);
  CHECK(h.events->all<order_submitted>().size() == 1);
  CHECK(h.events->all<order_canceled>().size() == 1);
}

TEST_CASE("actors killed anywhere, however often: every execution ends, and orders go out once") {
  std::size_t deaths = 0, resumed = 0, stuck = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    house h(seed);
    auto w = h.deploy(buyer);
    h.recover();
    for (int round = 0; round < 12; ++round) {
      for (int i = 0; i < 3; ++i) h.start(w);
      h.paper->set_deferred_submits(random() % 3 == 0);
      h.run_some(random() % 200);
      const auto victim = random() % 4;
      if (victim == 0) {
        caf::anon_send_exit(w, caf::exit_reason::kill);
        h.run_some(random() % 100);
        w = h.deploy(buyer);
        ++deaths;
      } else if (const auto who = h.next_named(victim == 1 ? "node" : "execution")) {
        caf::anon_send_exit(who, caf::exit_reason::kill);
        ++deaths;
      }
      h.run_some(random() % 100);
      if (h.paper->unanswered().size() > 4) h.paper->flush();
    }
    h.paper->set_deferred_submits(false);
    h.paper->flush();
    h.pass(1min);
    for (const auto& e : h.executions())
      if (!is_final(e.status)) {
        ++stuck;
        CHECK(ask(h, resume_stuck{e.scope->execution_id}));
      }
    h.pass(1min);
    for (const auto& e : h.executions()) {
      CAPTURE(e.scope->execution_id);
      CHECK(is_final(e.status));
      CHECK(e.open_orders == 0);
    }
    resumed += h.events->all<execution_resumed>().size();
    check_books(h);
  }
  CHECK(deaths > 250);
  CHECK(resumed > 200);
}

}  // namespace pitwall::test
