// Mail that nobody takes: counted by kind, whichever way it is lost.
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

std::uint64_t counted(const house& h, std::string_view to, std::string_view message) {
  std::uint64_t total = 0;
  for (const auto& k : h.config.letters->all())
    if (k.to == to && k.message == message) total += k.count;
  return total;
}

constexpr std::string_view trivial =
    R"({"blocks": [{"id": "m", "type": "manual_trigger", "category": "triggers"}]})";

}  // namespace

TEST_CASE("a message to a dead actor is counted, once per message") {
  house h;
  auto w = h.deploy(trivial);
  caf::anon_send_exit(w, caf::exit_reason::kill);
  h.run();
  CHECK(counted(h, "workflow", "cancel_run") == 0);
  for (int i = 0; i < 3; ++i) caf::anon_send(w, cancel_run{"x", "y"});
  h.run();
  CHECK(counted(h, "workflow", "cancel_run") == 3);
}

TEST_CASE("what a dead actor leaves unread is counted, and who asked hears of it") {
  house h;
  auto w = h.deploy(trivial);
  caf::anon_send_exit(w, caf::exit_reason::kill);  // High priority: first of all that waits.
  auto asked = std::make_shared<bool>(false);
  caf::anon_send(w, cancel_run{"x", "y"});
  caf::anon_send(w, deadline_tick{});  // A tick may always come too late.
  h.system.spawn(
      [](caf::event_based_actor* self, const workflow_actor& to,
         const std::shared_ptr<bool>& refused) {
        self->request(to, caf::infinite, count_in_flight{})
            .then([](std::uint64_t) {}, [refused](caf::error&) { *refused = true; });
      },
      w, asked);
  h.run();
  CHECK(*asked);
  CHECK(counted(h, "workflow", "cancel_run") == 1);
  CHECK(counted(h, "workflow", "deadline_tick") == 0);
  CHECK(counted(h, "workflow", "count_in_flight") == 1);
}

TEST_CASE("a host that stops with executions in flight leaves no mail for a recovery that ended") {
  house h;
  auto w = h.deploy(R"({"blocks": [
    {"id": "feed", "type": "paper", "category": "providers",
     "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}}]})");
  h.recover();
  h.paper->set_deferred(true);
  auto s = h.start(w);
  h.run();
  REQUIRE_FALSE(s->done());
  const auto ended_by = [&](caf::exit_reason why) {
    caf::anon_send_exit(h.recovery_of, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(w, why);
    h.run();
    return counted(h, "recovery", "interrupted");
  };
  SECTION("told to end, as by a host that stops") {
    CHECK(ended_by(caf::exit_reason::user_shutdown) == 0);
  }
  SECTION("one that dies is somebody's to take over") {
    CHECK(ended_by(caf::exit_reason::kill) == 1);
  }
}

TEST_CASE("a message that the behaviour does not know is counted, and its actor lives on") {
  house h;
  auto w = h.deploy(trivial);
  caf::anon_send(caf::actor_cast<caf::actor>(w), ask_again{});
  h.run();
  CHECK(counted(h, "workflow", "ask_again") == 1);
  auto s = h.start(w);
  h.run();
  CHECK(s->value().status == run_status::completed);
}

namespace {

/// Waits for an answer for 10 ms.
class impatient final : public resident<caf::typed_actor<caf::reacts_to<ask_again>>> {
 public:
  impatient(caf::actor_config& cfg, workflow_actor of) : resident(cfg), of_(std::move(of)) {}
  const char* name() const override { return "impatient"; }
  behavior_type make_behavior() override {
    request(of_, std::chrono::milliseconds(10), count_in_flight{})
        .then([](std::uint64_t) {}, [](caf::error&) {});
    return {[](ask_again) {}};
  }
  void on_exit() override { of_ = nullptr; }

 private:
  workflow_actor of_;
};

}  // namespace

TEST_CASE("an answer to a question that was given up is counted") {
  house h;
  auto w = h.deploy(trivial);
  auto a = h.system.spawn<impatient>(w);
  // It asks, and its time is over before the workflow has its turn.
  REQUIRE(h.next_named("impatient"));
  h.sched.run_once();
  h.sched.advance_time(std::chrono::milliseconds(20));
  h.run();
  const auto all = h.config.letters->all();
  REQUIRE(all.size() == 1);
  CHECK(all[0].to == "impatient");
  CHECK(all[0].message.starts_with("answer"));
  CHECK(all[0].count == 1);
  caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
  h.run();
}

TEST_CASE("that the time of an answered question is over is no mail") {
  house h;
  auto w = h.deploy(trivial);
  auto a = h.system.spawn<impatient>(w);
  h.run();
  h.sched.advance_time(std::chrono::milliseconds(20));
  h.run();
  for (const auto& k : h.config.letters->all()) FAIL(k.to + " did not take " + k.message);
  caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
  h.run();
}

TEST_CASE("an execution of everyday leaves no dead letters") {
  house h;
  auto w = h.deploy(R"({"bot_id": "b", "blocks": [
    {"id": "feed", "type": "paper", "category": "providers"},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper", "signal": true}}]})");
  for (int i = 0; i < 20; ++i) h.start(w);
  h.pass(std::chrono::seconds(5));
  for (const auto& k : h.config.letters->all())
    FAIL(k.to + " did not take " + std::to_string(k.count) + " x " + k.message);
}

}  // namespace pitwall::test
