// Halted executions that a user lets go on, through the real actors, in virtual time.
#include <set>

#include "runtime/ports/trip_reports.hpp"
#include "tests/actors/buyer.hpp"
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

execution_summary only_one(house& h) {
  auto all = h.executions();
  REQUIRE(all.size() == 1);
  return all[0];
}

std::shared_ptr<std::optional<status>> send_reopen(house& h) {
  auto answer = std::make_shared<std::optional<status>>();
  caf::anon_send(h.recovery_of, reopen_halted{only_one(h).scope->execution_id,
                                              std::make_shared<const std::function<void(status)>>(
                                                  [answer](status s) { *answer = std::move(s); })});
  return answer;
}
status reopen(house& h) {
  const auto answer = send_reopen(h);
  h.run();
  REQUIRE(*answer);
  return **answer;
}

void check_books(house& h) {
  decimal bought;
  event_query fills;
  fills.types = {"order_filled"};
  const auto page = h.storage.events->read(fills);
  REQUIRE(page.ok());
  for (const auto& e : page->events)
    bought = *add(bought, std::get<order_filled>(e.what.body).fill.quantity);
  CHECK(*add(decimal(100), bought) == h.held("BTC"));
  CHECK(std::set(h.door->sent.begin(), h.door->sent.end()).size() == h.door->sent.size());
}

/// One execution, halted while it waits for its price.
void halt_midway(house& h) {
  auto w = h.deploy(buyer);
  h.recover();
  h.paper->set_deferred(true);
  auto s = h.start(w);
  h.run();
  h.command(emergency_action::halt);
  REQUIRE(s->value().status == run_status::halted);
  h.paper->set_deferred(false);
  h.paper->flush();
  h.run();
}

}  // namespace

TEST_CASE("reopen: a halted execution goes on and orders once") {
  house h;
  halt_midway(h);
  const auto refused = reopen(h);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == errc::failed_precondition);
  CHECK(refused.error().remedy.find("emergency resume") != std::string::npos);
  CHECK(only_one(h).status == run_status::halted);
  h.command(emergency_action::resume);
  CHECK(reopen(h).ok());
  h.pass(1s);
  CHECK(only_one(h).status == run_status::completed);
  CHECK(h.door->sent.size() == 1);
  CHECK(h.events->all<execution_resumed>().size() == 1);
  check_books(h);
  const auto over = reopen(h);
  REQUIRE_FALSE(over.ok());
  CHECK(over.error().code == errc::failed_precondition);
  CHECK(over.error().message.find("is not halted (completed)") != std::string::npos);
}

TEST_CASE("reopen: answered once it is durable, and asked for once") {
  house h;
  halt_midway(h);
  h.command(emergency_action::resume);
  const auto first = send_reopen(h), second = send_reopen(h);
  h.journal_port->hold = true;
  h.run();
  CHECK_FALSE(*first);
  REQUIRE(*second);
  CHECK((*second)->error().message.find("already") != std::string::npos);
  h.journal_port->release();
  h.run();
  REQUIRE(*first);
  CHECK((*first)->ok());
  h.pass(1s);
  CHECK(only_one(h).status == run_status::completed);
}

TEST_CASE("reopen: a second wish finds the first one under way, however far it has come") {
  for (std::size_t jobs = 0; jobs < 60; ++jobs) {
    CAPTURE(jobs);
    house h;
    halt_midway(h);
    h.command(emergency_action::resume);
    h.paper->set_deferred_submits(true);  // It does not end before the second one comes.
    const auto first = send_reopen(h);
    h.run_some(jobs);
    h.journal_port->hold = true;
    h.run();
    const auto second = send_reopen(h);
    h.run();
    h.journal_port->release();
    h.run();
    h.paper->set_deferred_submits(false);
    h.paper->flush();
    h.pass(2s);
    REQUIRE(*first);
    CHECK((*first)->ok());
    REQUIRE(*second);
    CHECK_FALSE((*second)->ok());
    CHECK(only_one(h).status == run_status::completed);
    CHECK(h.events->all<execution_resumed>().size() == 1);
    CHECK(h.door->sent.size() == 1);
    check_books(h);
  }
}

TEST_CASE("reopen: not while its bot is paused or stopped") {
  house h;
  auto bots = std::make_shared<bot_board>();
  h.shared->bot_states = bots;
  halt_midway(h);
  h.command(emergency_action::resume);
  bots->set("bot-1", {bot_state::paused, h.clock->now(), "lunch", "ann"});
  const auto refused = reopen(h);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().remedy.find("bots start bot-1") != std::string::npos);
  bots->set("bot-1", {});
  CHECK(reopen(h).ok());
}

TEST_CASE("reopen: an order that had left keeps its outcome, and is not sent again") {
  house h;
  auto w = h.deploy(buyer);
  h.recover();
  h.paper->set_deferred_submits(true);
  auto s = h.start(w);
  h.run();
  REQUIRE(h.door->sent.size() == 1);
  SECTION("settled before") {
    h.command(emergency_action::halt);
    h.paper->set_deferred_submits(false);
    h.run();
    h.command(emergency_action::resume);
  }
  SECTION("in doubt still") {
    h.door->unreachable = true;
    h.command(emergency_action::halt);
    h.paper->set_deferred_submits(false);
    h.run();
    h.command(emergency_action::resume);
  }
  REQUIRE(s->value().status == run_status::halted);
  CHECK(reopen(h).ok());
  h.door->unreachable = false;
  h.pass(2s);
  CHECK(only_one(h).status == run_status::completed);
  CHECK(only_one(h).open_orders == 0);
  CHECK(h.events->all<order_filled>().size() == 1);
  CHECK(h.door->sent.size() == 1);
  check_books(h);
}

TEST_CASE("reopen: a kill in the resumed run is recovered like any other") {
  for (std::size_t jobs = 0; jobs < 60; ++jobs) {
    CAPTURE(jobs);
    std::size_t sent = 0;
    bool told = false;
    auto left = [&] {
      house first;
      halt_midway(first);
      first.command(emergency_action::resume);
      const auto answer = send_reopen(first);
      for (std::size_t i = 0; i < jobs; ++i) first.run_some(1);
      told = *answer && (*answer)->ok();
      auto estate = first.kill();
      sent = first.door->sent.size();
      return estate;
    }();
    house h(0, std::move(left));
    h.deploy(buyer);
    h.recover();
    h.pass(2s);
    if (told || only_one(h).status != run_status::halted)
      CHECK(only_one(h).status == run_status::completed);
    else
      CHECK(reopen(h).ok());
    h.pass(2s);
    CHECK(only_one(h).status == run_status::completed);
    CHECK(sent + h.door->sent.size() == 1);
    check_books(h);
  }
}

TEST_CASE("reopen: halted again meanwhile, it stays or is halted again, and goes on later") {
  for (std::size_t jobs = 0; jobs < 40; ++jobs) {
    CAPTURE(jobs);
    house h;
    halt_midway(h);
    h.command(emergency_action::resume);
    const auto answer = send_reopen(h);
    for (std::size_t i = 0; i < jobs; ++i) h.run_some(1);
    h.command(emergency_action::halt);
    h.pass(1s);
    REQUIRE(*answer);
    const auto now = only_one(h).status;
    CHECK((now == run_status::halted || now == run_status::completed));
    h.command(emergency_action::resume);
    if (now == run_status::halted) CHECK(reopen(h).ok());
    h.pass(1s);
    const auto last = only_one(h).status;
    CHECK((last == run_status::completed || last == run_status::completed_with_errors));
    CHECK(h.door->sent.size() <= 1);
    check_books(h);
  }
}

TEST_CASE("reopen: what cannot go on says why, and stays halted") {
  house h;
  SECTION("its definition is gone") {
    halt_midway(h);
    h.routes.clear();
    h.command(emergency_action::resume);
    const auto refused = reopen(h);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == errc::failed_precondition);
    CHECK(refused.error().message.find("definition") != std::string::npos);
  }
  SECTION("its timeout is over") {
    std::string limited(buyer);
    limited.insert(limited.find('{') + 1, R"("timeout": 20,)");
    auto w = h.deploy(limited);
    h.recover();
    h.paper->set_deferred(true);
    h.start(w);
    h.run();
    h.command(emergency_action::halt);
    h.command(emergency_action::resume);
    h.pass(21s);
    const auto refused = reopen(h);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message.find("timeout") != std::string::npos);
  }
  h.pass(1s);
  CHECK(only_one(h).status == run_status::halted);
  CHECK(h.door->sent.empty());
}

TEST_CASE("a trip is recorded with its change, and that it was acknowledged after it") {
  house h;
  auto w = h.deploy(buyer);
  h.recover();
  h.paper->set_deferred_submits(true);
  h.start(w);
  h.run();
  const auto o = h.command(emergency_action::halt, "bot:bot-1", "enough");
  const auto recorded = h.events->all<trip_recorded>();
  REQUIRE(recorded.size() == 1);
  CHECK(recorded[0].scope == "bot:bot-1");
  CHECK(recorded[0].unanswered == o.unanswered_orders);
  CHECK(recorded[0].closed_at.time_since_epoch().count() == o.closed_at_us);
  const auto told = h.events->all<trip_acknowledged>();
  REQUIRE(told.size() == 1);
  CHECK(told[0].trip == o.seq);
  CHECK(told[0].result == "done");
  CHECK(told[0].closed_at == recorded[0].closed_at);
  const auto r = read_trip_report(*h.storage.events, o.seq);
  REQUIRE(r.ok());
  CHECK(r->change.reason == "enough");
  CHECK(r->acknowledged_at);
  REQUIRE(r->executions.size() == 1);
  CHECK(r->executions[0].fate == "halted");
  REQUIRE(r->orders.size() == 1);
  CHECK(r->orders[0].unanswered);
  CHECK(r->last_order->client_order_id == h.door->sent[0]);
  // Neither a repeated halt nor its end are trips.
  h.command(emergency_action::halt, "bot:bot-1");
  h.command(emergency_action::resume, "bot:bot-1");
  CHECK(h.events->all<trip_recorded>().size() == 1);
  CHECK(h.events->all<trip_acknowledged>().size() == 1);
}

TEST_CASE("a trip that was answered too early says so") {
  house h;
  h.journal_port->hold = true;
  h.send_command({emergency_action::halt, "global", "test", "tester", "manual"});
  h.run();
  h.sched.advance_time(limits::emergency_commit_deadline);
  h.run();
  h.journal_port->release();
  h.run();
  const auto r = read_trip_report(*h.storage.events, 0);
  REQUIRE(r.ok());
  CHECK(r->acknowledged_as == "halted_not_durable");
  CHECK(*r->acknowledged_at - r->closed_at == limits::emergency_commit_deadline);
}

}  // namespace pitwall::test
