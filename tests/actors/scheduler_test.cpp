// Triggers in virtual time: what starts when, what is skipped and said so, and that nothing starts
// twice wherever the host dies.
#include "actors/scheduler/actor.hpp"

#include <set>

#include "tests/actors/trigger_house.hpp"

namespace pitwall::test {
// The house's time begins at 2027-01-15T08:00:00Z.

TEST_CASE("an interval and a cron expression start executions at their moments") {
  triggered_house h;
  h.put(looker);
  h.put(looker, "v");
  h.bind({on("b", "w", "every 20s"), on("c", "v", "cron 1,2 9 * * * Europe/Berlin")});
  h.pass(2min + 1s);
  std::multiset<std::string> seen;
  for (const auto& f : h.fires()) seen.insert(h.clock_of(f));
  CHECK(seen == std::multiset<std::string>{"08:00:20", "08:00:40", "08:01:00", "08:01:00",
                                           "08:01:20", "08:01:40", "08:02:00", "08:02:00"});
  const auto view = h.view();
  CHECK(view.started == 6);
  CHECK(view.skipped == 0);
  CHECK(view.workflow_id == "w");
  CHECK(view.text == "every 20s");
  CHECK(to_iso8601(view.last_fire.value()).substr(11, 8) == "08:02:00");
  CHECK(to_iso8601(view.next_fire.value()).substr(11, 8) == "08:02:20");
  const auto started = h.events->all<execution_started>();
  CHECK(started[0].idempotency_key.find("trigger/b/2027-01-15T08:00:20") == 0);
}

TEST_CASE("a fire while the one before runs: skipped and said so, queued, or the old one ends") {
  triggered_house h;
  h.paper->set_deferred(true);
  h.put(looker);
  const auto let_go = [&] {
    h.paper->set_deferred(false);
    h.paper->flush();
    h.run();
  };
  SECTION("skip") {
    h.bind({on("b", "w", "every 5s")});
    h.pass(16s);
    CHECK(h.clocks() == "08:00:05");
    CHECK(h.view().skipped == 2);
    CHECK(h.view().last_skip == "the execution before it still runs");
    CHECK(h.log->has("not started: what was due at 2027-01-15T08:00:10"));
    let_go();
    h.pass(5s);
    CHECK(h.clocks() == "08:00:05 08:00:20");
  }
  SECTION("queue") {
    h.bind({on("b", "w", "every 5s overlap=queue queue_limit=2")});
    h.pass(21s);
    CHECK(h.clocks() == "08:00:05");
    CHECK(h.view().skipped == 1);
    let_go();
    CHECK(h.clocks() == "08:00:05 08:00:10 08:00:15");
  }
  SECTION("cancel_running") {
    h.bind({on("b", "w", "every 5s overlap=cancel_running")});
    h.pass(16s);
    CHECK(h.clocks() == "08:00:05 08:00:10 08:00:15");
    const auto cancelled = h.events->all<execution_cancelled>();
    REQUIRE(cancelled.size() == 2);
    CHECK(cancelled[0].reason == "its trigger fired again");
    let_go();
  }
  SECTION("cancel_running, where the word of it is lost at first") {
    h.cancels_lost = 2;
    h.bind({on("b", "w", "every 20s overlap=cancel_running")});
    h.pass(42s);
    CHECK(h.clocks() == "08:00:20");
    CHECK(h.cancels_lost == 0);
    h.pass(3s);
    CHECK(h.clocks() == "08:00:20 08:00:40");
    CHECK(h.events->all<execution_cancelled>().size() == 1);
    let_go();
  }
}

TEST_CASE("while the bot is paused or the host halted fires are skipped, and not made up for") {
  triggered_house h;
  h.put(buyer);
  h.bind({on("b", "w", "every 10s catch_up=1h missed=each overlap=queue")});
  h.pass(11s);
  CHECK(h.clocks() == "08:00:10");
  h.states->set("b", {bot_state::paused, h.clock->now(), "lunch", {}});
  h.pass(20s);
  CHECK(h.view().last_skip == "bot 'b' is paused: lunch");
  CHECK(h.view().skipped == 2);
  const auto lines_of = [&](std::string_view part) {
    return std::count_if(h.log->lines.begin(), h.log->lines.end(),
                         [&](const auto& l) { return l.message.find(part) != std::string::npos; });
  };
  CHECK(lines_of("bot 'b' is paused: lunch") == 1);
  h.states->set("b", {bot_state::running, h.clock->now(), {}, {}});
  h.command(emergency_action::halt);
  h.pass(10s);
  CHECK(h.view().last_skip == "the emergency state is halt");
  h.command(emergency_action::resume);
  h.pass(10s);
  CHECK(h.clocks() == "08:00:10 08:00:50");
  CHECK(h.view().skipped == 3);
}

TEST_CASE("a clock that is set: back, nothing starts twice; forward, the moments between missed") {
  triggered_house h;
  h.put(looker);
  h.bind({on("b", "w", "every 60s")});
  h.pass(61s);
  CHECK(h.clocks() == "08:01:00");
  h.clock->jump(-30s);  // It is 08:00:31.
  h.pass(60s);
  CHECK(h.clocks() == "08:01:00");
  h.pass(30s);
  CHECK(h.clocks() == "08:01:00 08:02:00");
  h.clock->jump(10min);  // It is 08:12:01: the latest moment is not late yet.
  h.pass(60s);
  CHECK(h.clocks() == "08:01:00 08:02:00 08:12:00 08:13:00");
  CHECK(h.view().last_skip == "it was missed, and is too late now");
}

TEST_CASE("a clock that is set forward to just behind a fire does not lose it") {
  const auto ahead = GENERATE(20s, 50s, 110s);
  CAPTURE(ahead.count());
  triggered_house h;
  h.put(looker);
  h.bind({on("b", "w", "every 120s")});
  h.pass(118s - ahead);
  h.clock->jump(ahead + 3s);  // It is 08:02:01.
  h.pass(5s);
  CHECK(h.clocks() == "08:02:00");
  CHECK(h.view().skipped == 0);
}

TEST_CASE("what was missed while the host was down is made up for as the trigger says") {
  for (const auto& [policy, expected] : std::vector<std::pair<std::string, std::string>>{
           {"", "08:00:10 08:02:00"},
           {" catch_up=10m", "08:00:10 08:01:50 08:02:00"},
           {" catch_up=50s missed=each overlap=queue",
            "08:00:10 08:01:10 08:01:20 08:01:30 08:01:40 08:01:50 08:02:00"}}) {
    CAPTURE(policy);
    estate left;
    {
      triggered_house h;
      h.put(looker);
      h.bind({on("b", "w", "every 10s" + policy)});
      h.pass(16s);
      left = h.die(100s);  // Until 08:01:56.
    }
    triggered_house h(0, std::move(left));
    h.put(looker);
    h.recover();
    h.bind({on("b", "w", "every 10s" + policy)});
    h.pass(5s);
    CHECK(h.clocks() == expected);
  }
}

TEST_CASE("wherever the host dies, no moment starts twice and the queue loses none") {
  const std::uint64_t seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto line = "every 1s catch_up=1h missed=each overlap=queue queue_limit=1000";
  for (int round = 0; round < 12; ++round) {
    estate left;
    timestamp begun{}, now{};
    for (int life = 0; life < 6; ++life) {
      triggered_house h(random() | 1U, std::move(left));
      if (life == 0) begun = h.clock->now();
      h.put(looker);
      h.bind({on("b", "w", line)});
      if (life > 0) h.recover();
      h.pass(std::chrono::milliseconds(random() % 4'000));
      h.sched.advance_time(1s);
      h.run_some(random() % 120);
      CHECK(h.asked_again == 0);
      left = h.die(std::chrono::milliseconds(random() % 5'000));
    }
    triggered_house h(0, std::move(left));
    h.put(looker);
    h.bind({on("b", "w", line)});
    h.recover();
    h.pass(3s);
    now = h.clock->now();
    const auto fires = h.fires();
    const std::set<std::string> once(fires.begin(), fires.end());
    CHECK(once.size() == fires.size());
    CHECK(std::is_sorted(fires.begin(), fires.end()));
    const auto due = (now - begun) / 1s;
    CAPTURE(due);
    CHECK(static_cast<std::int64_t>(fires.size()) == due);
  }
}

TEST_CASE("an execution that goes on after a restart still counts as the running one") {
  estate left;
  {
    triggered_house h;
    h.paper->set_deferred(true);
    h.put(looker);
    h.bind({on("b", "w", "every 10s")});
    SECTION("known to run") { h.pass(11s); }
    SECTION("journaled, and nobody was told") {
      h.pass(9s);
      h.sched.advance_time(1s);
      while (h.storage.events->head() == 0) REQUIRE(h.run_some(1));
    }
    left = h.die(h.clock->now().time_since_epoch() % 10s == 0s ? 2s : 1s);
  }
  triggered_house h(0, std::move(left));
  h.put(looker);
  h.bind({on("b", "w", "every 10s")});
  h.recover();
  h.pass(10s);
  CHECK(h.asked_again == 0);
  CHECK(h.clocks() == "08:00:10");
  CHECK(h.view().last_skip == "the execution before it still runs");
  h.paper->set_deferred(false);
  h.paper->flush();
  h.pass(10s);
  CHECK(h.clocks() == "08:00:10 08:00:30");
}

TEST_CASE("what was skipped in a pause is not made up for after a restart either") {
  estate left;
  const auto trigger = on("b", "w", "every 10s catch_up=1h missed=each overlap=queue");
  {
    triggered_house h;
    h.put(looker);
    h.bind({trigger});
    h.states->set("b", {bot_state::paused, h.clock->now(), "lunch", {}});
    h.pass(31s);
    left = h.die(1s);
  }
  triggered_house h(0, std::move(left));
  h.put(looker);
  h.bind({trigger});
  h.pass(10s);
  CHECK(h.clocks() == "08:00:40");
}

TEST_CASE("a scheduler that dies has a successor that goes on") {
  triggered_house h;
  h.put(looker);
  h.bind({on("b", "w", "every 10s")});
  h.pass(11s);
  auto dying = caf::actor_addr();
  h.sched.advance_time(9s);
  dying = h.next_named("scheduler");
  REQUIRE(dying);
  caf::anon_send_exit(caf::actor_cast<caf::actor>(dying), caf::exit_reason::kill);
  h.pass(21s);
  CHECK(h.clocks() == "08:00:10 08:00:20 08:00:30 08:00:40");
  CHECK(h.log->has("scheduler died and is replaced"));
}

TEST_CASE("a scheduler that is given up says so to whoever asks for its triggers") {
  triggered_house h;
  h.put(looker);
  h.bind({on("b", "w", "every 10s")});
  h.run();
  for (int i = 0; i < 100 && !h.log->has("scheduler died too often"); ++i) {
    h.sched.advance_time(2s);
    const auto dying = h.next_named("scheduler");
    if (!dying) break;
    caf::anon_send_exit(caf::actor_cast<caf::actor>(dying), caf::exit_reason::kill);
    h.run();
  }
  REQUIRE(h.log->has("scheduler died too often"));
  CHECK(h.view().last_skip.find("nothing fires any more") == 0);
  CHECK(h.view().text == "every 10s");
}

TEST_CASE("a changed trigger begins at the present, and one by hand starts nothing") {
  estate left;
  {
    triggered_house h;
    h.put(looker);
    h.bind({on("b", "w", "every 10s catch_up=1h missed=each overlap=queue")});
    h.pass(11s);
    left = h.die(100s);
  }
  triggered_house h(0, std::move(left));
  h.put(looker);
  h.bind({on("b", "w", "every 30s catch_up=1h missed=each overlap=queue"), on("c", "w", "manual")});
  h.pass(10s);
  CHECK(h.clocks() == "08:00:10 08:02:00");
  CHECK_FALSE(h.view("c").next_fire);
  CHECK(h.view("c").text == "manual");
}

TEST_CASE("a workflow that is not there, and a journal that fails") {
  triggered_house h;
  h.bind({on("b", "nobody", "every 10s")});
  h.pass(11s);
  CHECK(h.view().last_skip == "no such workflow");
  CHECK(h.fires().empty());
}

TEST_CASE("another workflow's event starts one execution each, also over a death") {
  estate left;
  const auto heard = on("l", "heard",
                        "event execution_completed of w status=completed "
                        "overlap=queue catch_up=1m");
  {
    triggered_house h;
    h.put(looker);
    h.put(listener, "heard");
    h.put(looker, "other");
    h.bind({heard});
    h.run();
    h.start(h.by_id["w"]);
    h.start(h.by_id["other"]);
    h.start(h.by_id["w"]);
    h.run();
    CHECK(h.fires("status").size() == 2);
    CHECK(h.view("l").started == 2);
    // Its event is durable, and nobody has been told of it when the host dies.
    h.dismiss();
    h.run();
    h.put(looker);
    h.start(h.by_id["w"]);
    h.run();
    left = h.die(10s);
  }
  triggered_house h(0, std::move(left));
  h.put(looker);
  h.put(listener, "heard");
  h.bind({heard});
  h.recover();
  h.pass(1s);
  CHECK(h.fires("status").size() == 3);
  const auto seqs = h.fires("seq");
  CHECK(std::set<std::string>(seqs.begin(), seqs.end()).size() == seqs.size());
}

TEST_CASE("events that nobody has read yet are one message, and read ones another") {
  triggered_house h;
  caf::scoped_actor reader(h.system);
  scheduler_news news(caf::actor_cast<scheduler_actor>(caf::actor_cast<caf::actor>(reader)),
                      std::make_shared<trigger_table>(
                          trigger_set{{on("l", "heard", "event execution_completed of w")}, {}}));
  std::uint64_t seq = 0;
  const auto say = [&](const std::string& workflow) {
    auto c = std::make_shared<committed>();
    c->first_seq = c->last_seq = ++seq;
    c->batches.push_back({std::make_shared<const event_scope>(event_scope{"x", workflow, "b", ""}),
                          {{h.clock->now(), execution_completed{}}}});
    news.offer(c);
  };
  std::vector<std::shared_ptr<const trigger_news>> read;
  const auto read_one = [&] {
    reader->receive(
        [&](const trigger_letter_ref& l) { read.push_back(l->news.exchange(nullptr)); });
    REQUIRE(read.back());
  };
  for (int i = 0; i < 1'000; ++i) say("w");
  CHECK(reader->mailbox().size() == 1);
  read_one();
  CHECK(read[0]->first_of_all == 1);
  CHECK(read[0]->events.at("l").from == 1);
  CHECK(read[0]->events.at("l").up_to == 1'000);
  CHECK_FALSE(read[0]->ended);
  say("other");
  CHECK(reader->mailbox().empty());
  say("heard");
  say("w");
  CHECK(reader->mailbox().size() == 1);
  read_one();
  CHECK(read[1]->ended);
  CHECK(read[1]->events.at("l").from == 1'003);
  CHECK(read[1]->first_of_all == 0);
}

TEST_CASE("a price that moves starts executions, and one that fails is said once") {
  triggered_house h;
  h.put(looker);
  h.bind({on("b", "w", "market paper BTC/USDT poll=1s change_percent=0.01"),
          on("c", "w", "market nowhere X crosses=1")});
  h.pass(5min);
  const auto fired = h.fires();
  REQUIRE_FALSE(fired.empty());
  CHECK(h.view().started == fired.size());
  CHECK(h.log->has("there is no venue 'nowhere'"));
  const auto trigger = h.events->all<execution_started>().front().trigger;
  const auto price = trigger.find("price")->as_number();
  const auto before = trigger.find("previous_price")->as_number();
  CHECK(price != before);
  h.door->market_failure = error{errc::unavailable, "the venue is away", {}, {}};
  h.pass(5s);
  std::size_t said = 0;
  for (const auto& l : h.log->lines)
    said += l.message.find("no price: the venue is away") != std::string::npos ? 1 : 0;
  CHECK(said == 1);
}

TEST_CASE("a price that its venue calls old moves nothing") {
  triggered_house h;
  h.put(looker);
  h.bind({on("b", "w", "market paper BTC/USDT poll=1s crosses=100")});
  h.pass(3s);
  h.door->price_age = limits::max_input_age + 1s;
  h.door->price = value(decimal(1));
  h.pass(10s);
  CHECK(h.fires().empty());
  CHECK(h.log->has("no price: the venue's is from "));
  h.door->price_age = 2s;
  h.pass(2s);
  CHECK(h.fires().size() == 1);
}

}  // namespace pitwall::test
