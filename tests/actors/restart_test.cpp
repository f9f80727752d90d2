// Bots whose executions fail, in virtual time: when they are started again, and when no more.
#include <set>

#include "tests/actors/trigger_house.hpp"

namespace pitwall::test {
namespace {

/// Fails while its price cannot be had.
constexpr std::string_view shaky = R"({"bot_id": "b", "blocks": [
  {"id": "p", "type": "paper", "category": "providers", "on_error": "fail",
   "retry": {"max_attempts": 1}}]})";

restart_binding again(const std::string& words, const std::string& bot = "b") {
  std::vector<error> problems;
  const auto p = parse_restart(words, problems);
  REQUIRE(p);
  return {bot, *p};
}

const error away{errc::unavailable, "the venue is away", {}, {}};

/// How long after the first start each other one came, in seconds.
std::string waits(triggered_house& h) {
  std::string out;
  std::optional<timestamp> first;
  const auto page = h.storage.events->read({0, 100'000, {}, {"execution_started"}});
  REQUIRE(page.ok());
  for (const auto& e : page->events) {
    if (!first) first = e.what.at;
    const auto after = std::chrono::duration_cast<std::chrono::seconds>(e.what.at - *first);
    out += (out.empty() ? "" : " ") + std::to_string(after.count());
  }
  return out;
}

}  // namespace

TEST_CASE("an execution that fails is started again, later each time, and then no more") {
  triggered_house h;
  h.put(shaky);
  h.bind({}, {again("on_failure max=3 wait=2s max_wait=5s")});
  h.run();
  h.door->market_failure = away;
  h.start(h.by_id["w"]);
  h.pass(60s);
  CHECK(waits(h) == "0 2 6 11");
  REQUIRE(h.paused.size() == 1);
  CHECK(h.paused[0].find("4 executions in a row failed, the last of them exec_w_") == 0);
  const auto starts = h.events->all<execution_started>();
  const auto& trigger = starts.back().trigger;
  CHECK(trigger.find("type")->as_text() == "restart");
  CHECK(trigger.find("failures")->as_number() == decimal(3));
  CHECK(starts.back().idempotency_key == "restart/b/" + trigger.find("execution_id")->as_text());
  // An operator starts it: the row begins anew.
  h.states->set("b", {bot_state::running, h.clock->now(), {}, {}});
  h.start(h.by_id["w"]);
  h.pass(3s);
  CHECK(h.events->all<execution_started>().size() == 6);
}

TEST_CASE("a success ends the row; never is never; another bot is another matter") {
  triggered_house h;
  h.put(shaky);
  h.bind({}, {again("on_failure max=2 wait=2s"), again("never", "c"), again("on_failure", "d")});
  h.run();
  h.door->market_failure = away;
  h.start(h.by_id["w"]);
  h.pass(3s);
  h.door->market_failure.reset();
  h.pass(10s);
  CHECK(waits(h) == "0 2 6");
  h.door->market_failure = away;
  h.start(h.by_id["w"]);
  h.pass(1s);
  h.door->market_failure.reset();
  h.pass(5s);
  CHECK(h.events->all<execution_started>().size() == 5);
  CHECK(h.paused.empty());
  h.bind({}, {again("never")});
  h.door->market_failure = away;
  h.start(h.by_id["w"]);
  h.pass(60s);
  CHECK(h.events->all<execution_started>().size() == 6);
}

TEST_CASE("a bot that is paused meanwhile is not started again, nor made up for afterwards") {
  triggered_house h;
  h.put(shaky);
  h.bind({}, {again("on_failure wait=5s")});
  h.run();
  h.door->market_failure = away;
  h.start(h.by_id["w"]);
  h.pass(1s);
  h.states->set("b", {bot_state::paused, h.clock->now(), "lunch", {}});
  h.pass(10s);
  h.states->set("b", {bot_state::running, h.clock->now(), {}, {}});
  h.pass(60s);
  CHECK(waits(h) == "0");
}

TEST_CASE("what failed while the bot was paused is not started again by a new binding either") {
  triggered_house h;
  h.put(shaky);
  h.bind({}, {again("on_failure wait=5s")});
  h.run();
  h.door->market_failure = away;
  h.journal_port->hold = true;
  h.start(h.by_id["w"]);
  h.pass(1s);
  h.states->set("b", {bot_state::paused, h.clock->now(), "lunch", {}});
  h.journal_port->release();
  h.pass(1s);
  h.states->set("b", {bot_state::running, h.clock->now(), {}, {}});
  h.bind({}, {again("on_failure wait=6s")});
  h.pass(60s);
  CHECK(waits(h) == "0");
}

TEST_CASE("a policy answers no failure from before it was there") {
  triggered_house h;
  h.put(shaky);
  h.bind({}, {});
  h.run();
  h.door->market_failure = away;
  h.start(h.by_id["w"]);
  h.pass(1s);
  h.bind({}, {again("on_failure wait=2s")});
  h.pass(60s);
  CHECK(waits(h) == "0");
  h.start(h.by_id["w"]);
  h.pass(3s);
  CHECK(waits(h) == "0 61 63");
}

TEST_CASE("what cannot be started for the moment is tried again; what is refused is dropped") {
  triggered_house h;
  h.put(shaky);
  h.bind({}, {again("on_failure wait=2s")});
  h.run();
  h.door->market_failure = away;
  h.start(h.by_id["w"]);
  h.run();
  h.door->market_failure.reset();
  SECTION("not now") {
    h.refusals = 2;
    h.pass(10s);
    CHECK(h.log->has("not started yet: not now"));
    CHECK(waits(h) == "0 6");
  }
  SECTION("gone") {
    h.by_id.clear();
    h.pass(10s);
    CHECK(h.log->has("not started again: no such workflow"));
    CHECK(waits(h) == "0");
  }
}

TEST_CASE("wherever the host dies, a failure is answered by one start") {
  const std::uint64_t seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 30; ++round) {
    CAPTURE(round);
    estate left;
    {
      triggered_house h(random() | 1U);
      h.put(shaky);
      h.bind({}, {again("on_failure wait=1s")});
      h.run();
      h.door->market_failure = away;
      h.start(h.by_id["w"]);
      if (random() % 4 != 0) h.pass(milliseconds(random() % 2'200));
      left = h.die(std::chrono::seconds(random() % 3));
    }
    std::size_t started = 0, failed = 0;
    {
      triggered_house h(random() | 1U, std::move(left));
      h.put(shaky);
      h.recover();
      h.bind({}, {again("on_failure wait=1s")});
      h.pass(30s);
      const auto page = h.storage.events->read({0, 100'000, {}, {}});
      REQUIRE(page.ok());
      std::set<std::string> keys;
      for (const auto& e : page->events) {
        failed += std::holds_alternative<execution_failed>(e.what.body);
        const auto* s = std::get_if<execution_started>(&e.what.body);
        if (s == nullptr) continue;
        ++started;
        if (!s->idempotency_key.empty()) CHECK(keys.insert(s->idempotency_key).second);
      }
      CHECK(h.asked_again + started >= failed);
      if (started > 0) CHECK(started == failed + 1);
    }
  }
}

}  // namespace pitwall::test
