// Triggers in virtual time: what starts when, what is skipped and said so, and that nothing starts
// twice wherever the host dies.
#include "actors/scheduler/actor.hpp"

#include <set>

#include "actors/bots/actor.hpp"
#include "actors/scheduler/news.hpp"
#include "actors/scheduler/office.hpp"
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view looker = R"({"bot_id": "b", "blocks": [
  {"id": "p", "type": "paper", "category": "providers"}]})";
constexpr std::string_view listener = R"({"bot_id": "l", "blocks": [
  {"id": "e", "type": "event_listener", "category": "triggers",
   "properties": {"event_type": "execution_completed"}}]})";
constexpr std::string_view buyer = R"({"bot_id": "b", "blocks": [
  {"id": "t", "type": "manual_trigger", "category": "triggers"},
  {"id": "p", "type": "paper", "category": "providers", "properties": {"symbol": "BTC/USDT"}},
  {"id": "buy", "type": "buy", "category": "actions",
   "properties": {"symbol": "BTC/USDT", "amount": 0.1, "order_type": "market"}}],
  "connections": [{"from": {"blockId": "t", "index": 0}, "to": {"blockId": "buy", "index": 0}},
                  {"from": {"blockId": "p", "index": 0}, "to": {"blockId": "buy", "index": 2}}]})";

trigger_binding on(const std::string& bot, const std::string& workflow, const std::string& line) {
  std::vector<error> problems;
  auto spec = parse_trigger_line(line, problems);
  for (const auto& p : problems) FAIL(p.to_string());
  REQUIRE(spec);
  return {bot, workflow, std::move(*spec)};
}

/// Notes of a process that is killed: nothing is written after that.
struct mortal_notes final : state_store {
  explicit mortal_notes(std::shared_ptr<state_store> s) : inner(std::move(s)) {}
  status put(std::string_view key, std::string_view bytes, durability how) override {
    return dead ? status(pitwall::done{}) : inner->put(key, bytes, how);
  }
  status erase(std::string_view key, durability how) override { return inner->erase(key, how); }
  result<std::string> get(std::string_view key) const override { return inner->get(key); }
  result<std::vector<std::pair<std::string, std::string>>> scan(
      std::string_view prefix) const override {
    return inner->scan(prefix);
  }
  result<std::string> put_definition(std::string_view text, durability how) override {
    return inner->put_definition(text, how);
  }
  std::shared_ptr<state_store> inner;
  bool dead = false;
};

struct triggered_house : house {
  explicit triggered_house(std::uint64_t seed = 0, estate from = {})
      : house(seed, std::move(from)) {
    shared->bot_states = states;
    notes = std::make_shared<mortal_notes>(storage.states);
  }
  ~triggered_house() { dismiss(); }

  void dismiss() {
    if (clockwork) caf::anon_send_exit(clockwork, caf::exit_reason::user_shutdown);
    clockwork = nullptr;
    by_id.clear();
  }
  estate die(microseconds down) {
    notes->dead = true;
    return kill(down);
  }
  void put(std::string_view json, const std::string& id = "w") { by_id[id] = deploy(json, id); }
  void bind(std::vector<trigger_binding> triggers) {
    scheduler_options o;
    o.triggers = triggers;
    o.clock = clock;
    o.history = journal_port;
    o.notes = notes;
    o.mode = durability::memory;
    o.bots = states;
    o.log = log;
    o.start = [this](start_request r, control::completion<start_answer> then) {
      const auto w = by_id.find(r.workflow_id);
      if (w == by_id.end()) return then(error{errc::not_found, "no such workflow", {}, {}});
      asked_again += storage.events->start_with_key(r.workflow_id, r.idempotency_key).ok() ? 1 : 0;
      caf::anon_send(w->second,
                     start_execution{std::move(r.trigger), false,
                                     std::make_shared<const start_completion>(std::move(then)),
                                     nullptr, std::move(r.idempotency_key)});
    };
    o.cancel = [this](const std::string& id, const std::string& why) {
      if (cancels_lost > 0) {
        --cancels_lost;
        return;
      }
      for (const auto& [name, w] : by_id) caf::anon_send(w, cancel_run{id, why});
    };
    o.find_venue = [this](const std::string& name) {
      return name == "paper" ? std::shared_ptr<venue>(door) : nullptr;
    };
    clockwork = open_scheduler_office(system, std::move(o), [](const error&) {});
    caf::anon_send(broadcast, add_sink{std::make_shared<scheduler_news>(clockwork, triggers)});
  }
  trigger_view view(const std::string& bot = "b") {
    auto into = std::make_shared<trigger_list>();
    system.spawn(
        [](caf::event_based_actor* self, const scheduler_actor& to,
           const std::shared_ptr<trigger_list>& list) {
          self->request(to, caf::infinite, ask_triggers{}).then([list](trigger_list& all) {
            *list = std::move(all);
          });
        },
        clockwork, into);
    run();
    REQUIRE(into->by_bot.count(bot) == 1);
    return into->by_bot[bot];
  }
  /// Of everything that was ever started: when it was due, in the order of the starts.
  std::vector<std::string> fires(std::string_view member = "fire_time") {
    std::vector<std::string> out;
    const auto page = storage.events->read({0, 100'000, {}, {"execution_started"}});
    REQUIRE(page.ok());
    for (const auto& e : page->events) {
      const auto& trigger = std::get<execution_started>(e.what.body).trigger;
      if (const auto* t = trigger.find(member))
        out.push_back(t->is_text() ? t->as_text() : t->as_number().to_string());
    }
    return out;
  }
  /// As the clock on the wall has it.
  static std::string clock_of(const std::string& fire) { return fire.substr(11, 8); }
  std::string clocks() {
    std::string all;
    for (const auto& f : fires()) all += (all.empty() ? "" : " ") + clock_of(f);
    return all;
  }

  std::shared_ptr<bot_board> states = std::make_shared<bot_board>();
  std::shared_ptr<mortal_notes> notes;
  std::map<std::string, workflow_actor> by_id;
  scheduler_actor clockwork;
  std::size_t cancels_lost = 0;  ///< The next so many reach nobody.
  std::size_t asked_again = 0;   ///< For what the journal had.
};

}  // namespace

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
                      {on("l", "heard", "event execution_completed of w")});
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

}  // namespace pitwall::test
