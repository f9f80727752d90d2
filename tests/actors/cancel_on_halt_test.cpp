// What rests in a scope is cancelled as soon as a halt has closed it, in virtual time.
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

std::string rests(const std::string& bot, const std::string& strategy, const std::string& price) {
  return R"({"bot_id": ")" + bot + R"(", "strategy_id": ")" + strategy + R"(", "blocks": [
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "price": ")" +
         price + R"(", "order_type": "limit", "venue": "paper", "signal": true}}]})";
}

estate sweeping() {
  estate e;
  e.cancel_on_halt = true;
  return e;
}

std::size_t open(house& h) {
  const auto page = read_orders(*h.storage.events, {});
  REQUIRE(page.ok());
  return page->orders.size();
}

}  // namespace

TEST_CASE("a halt cancels what rests in its scope, and nothing else") {
  house h(0, sweeping());
  for (const auto& [bot, strategy] :
       std::vector<std::pair<std::string, std::string>>{{"a", "up"}, {"b", "up"}, {"c", "down"}})
    h.start(h.deploy(rests(bot, strategy, "1"), "w-" + bot));
  h.run();
  REQUIRE(open(h) == 3);
  h.command(emergency_action::halt, "bot:a");
  CHECK(open(h) == 2);
  REQUIRE(h.events->all<order_canceled>().size() == 1);
  h.command(emergency_action::alert, "global");
  h.command(emergency_action::resume, "bot:a");
  CHECK(open(h) == 2);
  h.command(emergency_action::halt, "strategy:up");
  CHECK(open(h) == 1);
  h.command(emergency_action::halt, "venue:paper");
  CHECK(open(h) == 0);
  CHECK(h.events->all<order_canceled>().size() == 3);
}

TEST_CASE("a halt whose disk hangs cancels what rests all the same") {
  house h(0, sweeping());
  h.start(h.deploy(rests("a", "up", "1")));
  h.run();
  REQUIRE(open(h) == 1);
  h.journal_port->hold = true;
  const auto answer = h.send_command({emergency_action::halt, "bot:a", "test", "tester", "manual"});
  h.run();
  bool venue_has_it = true;
  h.paper->open_orders([&](const auto& ids) { venue_has_it = !ids->empty(); });
  CHECK_FALSE(venue_has_it);
  h.sched.advance_time(limits::emergency_commit_deadline);
  h.run();
  REQUIRE(*answer);
  CHECK((*answer)->result == "halted_not_durable");
  h.journal_port->release();
  h.run();
  CHECK(open(h) == 0);
}

TEST_CASE("without the option a halt cancels nothing") {
  house h;
  h.start(h.deploy(rests("a", "up", "1")));
  h.run();
  h.command(emergency_action::halt);
  h.pass(1min);
  CHECK(open(h) == 1);
}

TEST_CASE("a cancel that the venue does not take is tried again until it does, or the resume") {
  for (const bool resumed : {false, true}) {
    CAPTURE(resumed);
    house h(0, sweeping());
    h.start(h.deploy(rests("a", "up", "1")));
    h.run();
    h.door->unreachable = true;
    h.command(emergency_action::halt);
    CHECK(h.log->has("could not all be cancelled"));
    CHECK(open(h) == 1);
    if (resumed) h.command(emergency_action::resume);
    h.door->unreachable = false;
    h.pass(1min);
    CHECK(open(h) == (resumed ? 1 : 0));
  }
}

TEST_CASE("an order that comes to rest after the halt is cancelled too, in any order of things") {
  std::size_t late = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    house h(seed, sweeping());
    const auto w = h.deploy(rests("a", "up", "1"));
    h.paper->set_deferred_submits(true);
    h.start(w);
    h.run_some(seed);
    const bool left = !h.door->sent.empty();
    auto halted = h.send_command({emergency_action::halt, "global", "test", "tester", "manual"});
    h.run();
    REQUIRE(*halted);
    if (left && open(h) == 1) ++late;
    h.paper->set_deferred_submits(false);
    while (h.paper->flush() > 0) h.run();
    h.pass(30s);
    REQUIRE(open(h) == 0);
    const bool venue_has_it = [&] {
      bool any = true;
      h.paper->open_orders([&](const auto& ids) { any = !ids->empty(); });
      return any;
    }();
    REQUIRE_FALSE(venue_has_it);
  }
  CHECK(late > 5);
}

TEST_CASE("a start that is halted cancels what the process before left resting") {
  estate left;
  {
    house h;
    h.start(h.deploy(rests("a", "up", "1")));
    h.run();
    left = h.kill(1s);
    left.cancel_on_halt = true;
  }
  house h(0, std::move(left));
  h.command(emergency_action::halt);
  h.recover();
  h.pass(10s);
  CHECK(open(h) == 0);
}

}  // namespace pitwall::test
