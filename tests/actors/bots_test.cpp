// Bots in virtual time: what a pause and a stop promise, whatever the journal does meanwhile.
#include "actors/bots/actor.hpp"
#include "tests/actors/house.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::test {
namespace {

constexpr std::string_view trader = R"({"bot_id": "b", "blocks": [
  {"id": "p", "type": "paper", "category": "providers"}]})";
constexpr std::string_view stranger = R"({"bot_id": "c", "blocks": [
  {"id": "p", "type": "paper", "category": "providers"}]})";

struct bot_house : house {
  explicit bot_house(estate from = {}) : house(0, std::move(from)) {
    const auto stored = storage.events->bot_states();
    for (const auto& s : *stored)
      states->set(s.bot_id,
                  {*bot_state_from_string(s.change.new_state), s.at, s.change.reason, {}});
    shared->bot_states = states;
    owner = system.spawn<bots>(bots_options{states, clock, shared->writer});
  }
  ~bot_house() {
    caf::anon_send_exit(owner, caf::exit_reason::user_shutdown);
    owner = nullptr;
  }

  std::shared_ptr<std::optional<bot_outcome>> steer(bot_action action, const std::string& bot = "b",
                                                    const std::string& who = "ann") {
    auto answer = std::make_shared<std::optional<bot_outcome>>();
    system.spawn(
        [](caf::event_based_actor* self, const bots_actor& to, const steer_bot& m,
           const std::shared_ptr<std::optional<bot_outcome>>& into) {
          self->request(to, caf::infinite, m).then([into](bot_outcome& o) {
            *into = std::move(o);
          });
        },
        owner, steer_bot{bot, action, "because", who}, answer);
    run();
    return answer;
  }
  /// Empty: the start was taken.
  std::string refusal(const workflow_actor& w) {
    auto s = start(w);
    run();
    return s->done() && !s->answer->ok() ? s->answer->error().message : std::string();
  }

  std::shared_ptr<bot_board> states = std::make_shared<bot_board>();
  bots_actor owner;
};

}  // namespace

TEST_CASE("a paused bot takes no starts from the moment of the answer; what runs goes on") {
  bot_house h;
  h.paper->set_deferred(true);
  auto mine = h.deploy(trader);
  auto other = h.deploy(stranger, "other");
  auto running = h.start(mine);
  h.run();
  h.journal_port->hold = true;
  auto paused = h.steer(bot_action::pause);
  CHECK_FALSE(*paused);                                    // Not before it is durable,
  CHECK(h.refusal(mine) == "bot 'b' is paused: because");  // and in force before that.
  h.journal_port->release();
  h.run();
  REQUIRE(*paused);
  CHECK((*paused)->previous_state == "running");
  CHECK((*paused)->state == "paused");
  CHECK(h.refusal(other).empty());
  h.paper->set_deferred(false);
  h.paper->flush();
  h.run();
  CHECK(running->value().status == run_status::completed);
  const auto told = h.events->all<bot_state_changed>();
  REQUIRE(told.size() == 1);
  CHECK(told[0].operator_name == "ann");
  CHECK(told[0].trigger == "manual");
  CHECK((*h.steer(bot_action::start))->state == "running");
  CHECK(h.refusal(mine).empty());
}

TEST_CASE("a bot's start opens when it is durable, and not if a pause came after it") {
  bot_house h;
  auto w = h.deploy(trader);
  h.steer(bot_action::pause);
  h.journal_port->hold = true;
  auto begun = h.steer(bot_action::start);
  CHECK_FALSE(*begun);
  CHECK_FALSE(h.refusal(w).empty());
  auto again = h.steer(bot_action::pause);
  h.journal_port->release();
  h.run();
  CHECK((*begun)->state == "running");
  CHECK((*again)->state == "paused");
  CHECK_FALSE(h.refusal(w).empty());
  CHECK(h.states->read("b").state == bot_state::paused);
  CHECK(h.storage.events->bot_states()->front().change.new_state == "paused");
}

TEST_CASE("a pause never weakens a stop, and nothing new is journaled for what is so already") {
  bot_house h;
  h.steer(bot_action::stop);
  const auto weaker = h.steer(bot_action::pause);
  CHECK((*weaker)->failure.failed());
  CHECK(h.states->read("b").state == bot_state::stopped);
  CHECK((*h.steer(bot_action::stop))->state == "stopped");
  CHECK(h.events->all<bot_state_changed>().size() == 1);
}

TEST_CASE("who pauses a bot that another has paused already keeps it so, and is journaled") {
  bot_house h;
  h.steer(bot_action::pause, "b", "configuration");
  CHECK((*h.steer(bot_action::pause))->state == "paused");
  CHECK(h.states->read("b").operator_name == "ann");
  REQUIRE(h.events->all<bot_state_changed>().size() == 2);
  CHECK(h.events->all<bot_state_changed>()[1].operator_name == "ann");
  h.steer(bot_action::pause);
  CHECK(h.events->all<bot_state_changed>().size() == 2);
}

TEST_CASE("a journal that fails leaves a paused bot paused, and says so") {
  bot_house h;
  auto w = h.deploy(trader);
  h.journal_port->fail = true;
  const auto paused = h.steer(bot_action::pause);
  REQUIRE(*paused);
  CHECK((*paused)->failure.failed());
  CHECK(h.states->read("b").state == bot_state::paused);
}

TEST_CASE("what a stopped bot runs is cancelled, also after a restart in between") {
  estate left;
  {
    bot_house h;
    h.paper->set_deferred(true);
    auto mine = h.deploy(trader);
    auto other = h.deploy(stranger, "other");
    auto a = h.start(mine, {}, false);
    auto b = h.start(other, {}, false);
    h.run();
    REQUIRE(a->answer->ok());
    REQUIRE(b->answer->ok());
    h.steer(bot_action::stop);
    SECTION("told") {
      caf::anon_send(mine, cancel_bot{"b", "its bot was stopped"});
      caf::anon_send(other, cancel_bot{"b", "its bot was stopped"});
      h.run();
      const auto cancelled = h.events->all<execution_cancelled>();
      REQUIRE(cancelled.size() == 1);
      CHECK(cancelled[0].reason == "its bot was stopped");
    }
    SECTION("the host died before it could") {
      CHECK(h.events->all<execution_cancelled>().empty());
    }
    left = h.kill();
  }
  bot_house h(std::move(left));
  h.paper->set_deferred(false);
  auto mine = h.deploy(trader);
  h.deploy(stranger, "other");
  h.recover();
  h.pass(std::chrono::milliseconds(200));
  std::size_t cancelled = 0, completed = 0;
  const auto page = h.storage.events->executions({});
  for (const auto& e : page->executions) {
    if (e.scope->bot_id == "b") cancelled += e.status == run_status::cancelled;
    if (e.scope->bot_id == "c") completed += e.status == run_status::completed;
  }
  CHECK(cancelled == 1);
  CHECK(completed == 1);
  CHECK((*h.steer(bot_action::pause))->failure.failed());  // It is known to be stopped.
  CHECK_FALSE(h.refusal(mine).empty());
}

}  // namespace pitwall::test
