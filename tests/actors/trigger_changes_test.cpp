// Triggers that change while the host runs, volumes, and a venue's breaker, in virtual time.
#include "tests/actors/trigger_house.hpp"

namespace pitwall::test {

TEST_CASE("a trigger that is changed begins at the present; one that is not goes on") {
  triggered_house h;
  h.put(looker);
  h.put(looker, "v");
  h.bind({on("b", "w", "every 20s")});
  h.pass(45s);
  CHECK(h.clocks() == "08:00:20 08:00:40");
  SECTION("others come and go beside it") {
    h.bind({on("b", "w", "every 20s"), on("c", "v", "every 30s")});
    h.pass(16s);
    CHECK(h.view().started == 3);
    CHECK(h.view("c").started == 1);
    h.bind({on("c", "v", "every 30s")});
    h.pass(30s);
    CHECK(h.clocks() == "08:00:20 08:00:40 08:01:00 08:01:00 08:01:30");
  }
  SECTION("other words") {
    h.bind({on("b", "w", "every 7s")});
    h.pass(5s);
    CHECK(h.clocks() == "08:00:20 08:00:40 08:00:48");
    CHECK(h.view().text == "every 7s");
    CHECK(h.view().started == 1);
  }
  SECTION("another workflow") {
    h.bind({on("b", "v", "every 20s")});
    h.pass(16s);
    CHECK(h.clocks() == "08:00:20 08:00:40 08:01:00");
    CHECK(h.events->all<execution_started>().size() == 3);
    CHECK(h.view().workflow_id == "v");
  }
  SECTION("none any more") {
    h.bind({});
    h.pass(60s);
    CHECK(h.clocks() == "08:00:20 08:00:40");
  }
}

TEST_CASE("an event trigger that is bound while the host runs hears what comes from then on") {
  triggered_house h;
  h.put(looker, "first");
  h.put(listener, "second");
  h.bind({on("b", "first", "every 10s")});
  h.pass(25s);
  h.bind({on("b", "first", "every 10s"), on("l", "second", "event execution_completed of first")});
  h.pass(10s);
  CHECK(h.view("l").started == 1);
  CHECK(h.events->all<execution_started>().size() == 4);
}

TEST_CASE("the answer to a start of a trigger that is another one now is nobody's") {
  triggered_house h;
  h.put(looker);
  h.paper->set_deferred(true);
  h.bind({on("b", "w", "every 10s")});
  h.journal_port->hold = true;
  h.pass(11s);
  h.bind({on("b", "w", "every 10s jitter=1s")});
  h.journal_port->release();
  h.journal_port->hold = false;
  h.run();
  CHECK(h.view().started == 0);
  h.paper->set_deferred(false);
  h.paper->flush();
  h.pass(11s);
  CHECK(h.view().started == 1);
}

TEST_CASE("a volume starts an execution when it is reached, and is in its trigger") {
  triggered_house h;
  h.put(looker);
  h.bind({on("b", "w", "market paper BTC/USDT poll=1s volume=10")});
  h.pass(3s);
  CHECK(h.log->has("the venue tells no volume"));
  h.door->minute_volume = decimal(4);
  h.pass(3s);
  CHECK(h.view().started == 0);
  h.door->minute_volume = decimal(12);
  h.pass(5s);
  CHECK(h.view().started == 1);
  const auto trigger = h.events->all<execution_started>().front().trigger;
  CHECK(trigger.find("volume")->as_number() == decimal(12));
  CHECK(trigger.find("previous_volume")->as_number() == decimal(4));
  CHECK(trigger.find("previous_price") == nullptr);
  h.door->minute_volume = decimal(1);
  h.pass(2s);
  h.door->minute_volume = decimal(10);
  h.pass(2s);
  CHECK(h.view().started == 2);
}

TEST_CASE("a market trigger asks through its venue's breaker: failures open it, and it waits") {
  triggered_house h;
  h.guards = h.shared->breakers;
  h.guard_limits.breaker.failure_threshold = 3;
  h.put(looker);
  h.bind({on("b", "w", "market paper BTC/USDT poll=1s crosses=1")});
  h.pass(5s);
  CHECK(h.door->fetches >= 4);
  h.door->market_failure = error{errc::unavailable, "the venue is away", {}, {}};
  h.pass(5s);
  const auto changes = h.events->all<circuit_breaker_state_changed>();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].breaker == "paper/data");
  CHECK(changes[0].new_state == "open");
  // Nobody asks an open one.
  const auto before = h.door->fetches;
  h.pass(20s);
  CHECK(h.door->fetches == before);
  h.door->market_failure.reset();
  h.pass(90s);
  CHECK(h.door->fetches > before + 20);
}

TEST_CASE("a venue that does not answer is asked anew once nobody waits for it any more") {
  triggered_house h;
  h.guards = h.shared->breakers;
  h.put(looker);
  h.bind({on("b", "w", "market paper BTC/USDT poll=1s crosses=1")});
  h.pass(3s);
  const auto before = h.door->fetches;
  h.paper->set_deferred(true);  // Nothing is answered any more,
  h.pass(40s);
  h.paper->set_deferred(false);  // until now.
  h.paper->flush();
  h.pass(40s);
  CHECK(h.door->fetches > before + 5);
}

TEST_CASE("a trigger that is changed gives back its place at the breaker") {
  triggered_house h;
  h.guards = h.shared->breakers;
  h.guard_limits.at_once = {1, 10};
  h.put(looker);
  h.paper->set_deferred(true);
  h.bind({on("b", "w", "market paper BTC/USDT poll=1s crosses=1")});
  h.pass(2s);
  const auto before = h.door->fetches;
  CHECK(before == 1);
  h.bind({on("b", "w", "market paper BTC/USDT poll=1s crosses=2")});
  h.pass(2s);
  CHECK(h.door->fetches == 2);
  h.paper->set_deferred(false);
  h.paper->flush();
  h.run();
}

}  // namespace pitwall::test
