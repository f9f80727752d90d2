// A worker that is lost and speaks on: what it says then counts for nothing. Against a puppet,
// which never beats, and says what the test makes it.
#include "tests/actors/worker_house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view looks = R"({"blocks": [
  {"id": "n", "type": "manual_trigger", "category": "triggers", "placement": ["zone=eu"],
   "timeout": 60, "retry": {"max_attempts": 1}}]})";
constexpr std::string_view counts = R"({"blocks": [
  {"id": "n", "type": "counter", "category": "triggers", "placement": ["zone=eu"],
   "timeout": 60, "retry": {"max_attempts": 1}}]})";
constexpr std::string_view tells = R"({"blocks": [
  {"id": "say", "type": "notify", "category": "actions", "placement": ["zone=eu"],
   "properties": {"signal": true, "message": "hello"}, "timeout": 60,
   "retry": {"max_attempts": 2, "min_wait": 1, "max_wait": 1, "jitter": "none"}}]})";
constexpr std::string_view buys = R"({"bot_id": "b", "blocks": [
  {"id": "buy", "type": "buy", "category": "actions", "placement": ["zone=eu"], "timeout": 60,
   "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper", "signal": true}}]})";

attempt_completed done_with(std::uint32_t attempt, value output) {
  return {0, attempt, {std::move(output)}, false, {}};
}

value output_of(const worker_house& h) {
  const auto all = h.events->all<node_completed>();
  REQUIRE(all.size() == 1);
  REQUIRE(all[0].outputs->values.size() == 1);
  return all[0].outputs->values[0];
}

}  // namespace

TEST_CASE(
    "of one node so many attempts are under way at a worker, and the next fails by its name") {
  worker_house h;
  const auto p = h.pretend("w");
  const auto w = h.deploy(looks);
  for (std::size_t i = 0; i < placed_node::max_trips_at_once; ++i) h.start(w);
  h.run();
  CHECK(p->attempts.size() == placed_node::max_trips_at_once);
  const auto refused = h.start(w);
  h.run();
  REQUIRE(refused->done());
  CHECK(refused->value().result_json.find("10000 attempts of this node are under way on worker") !=
        std::string::npos);
  const auto failures = h.events->all<node_failed>();
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].error_type == "resource_exhausted");
  // One comes back, and there is room again.
  p->says(done_with(p->attempts[0].attempt, value("x")));
  h.run();
  const auto next = h.start(w);
  h.run();
  CHECK_FALSE(next->done());
  CHECK(p->attempts.size() == placed_node::max_trips_at_once + 1);
}

TEST_CASE("a late answer of a lost place counts for nothing, whichever trip it names") {
  worker_house h;
  const auto old = h.pretend("old");
  const auto w = h.deploy(looks);
  auto s = h.start(w);
  h.run();
  REQUIRE(old->attempts.size() == 1);
  h.pass(6s);  // Its lease has ended.
  REQUIRE(h.rows().at(0).state == "lost");
  const auto now = h.pretend("now");
  auto again = h.start(w);
  h.run();
  REQUIRE(now->attempts.size() >= 1);
  for (const auto& a : old->attempts) old->says(done_with(a.attempt, value("late")));
  for (const auto& a : now->attempts) old->says(done_with(a.attempt, value("late")));
  h.run();
  CHECK_FALSE(again->done());
  for (const auto& a : now->attempts) now->says(done_with(a.attempt, value("in time")));
  h.run();
  CHECK(again->value().status == run_status::completed);
  for (const auto& c : h.events->all<node_completed>())
    CHECK(c.outputs->values.at(0) == value("in time"));
}

TEST_CASE("what was under way is sent to the next place under a number of its own") {
  worker_house h;
  const auto old = h.pretend("old");
  auto s = h.start(h.deploy(looks));
  h.run();
  h.pass(3500ms);
  const auto now = h.pretend("now");
  h.pass(2s);
  REQUIRE(now->attempts.size() == 1);
  REQUIRE(now->hosted.size() == 1);
  CHECK(now->hosted[0].epoch == now->epoch);
  CHECK(now->attempts[0].attempt != old->attempts.at(0).attempt);
  old->says(done_with(old->attempts[0].attempt, value("late")));
  now->says(done_with(now->attempts[0].attempt, value("in time")));
  now->says(done_with(now->attempts[0].attempt, value("twice")));
  h.run();
  CHECK(s->value().status == run_status::completed);
  CHECK(output_of(h) == value("in time"));
}

TEST_CASE("an attempt whose workers go one after the other is given up, and not sent for ever") {
  worker_house h;
  std::vector<std::shared_ptr<puppet>> all{h.pretend("w0")};
  auto s = h.start(h.deploy(looks));
  h.run();
  for (int i = 1; i < 6 && !s->done(); ++i) {
    h.pass(3500ms);  // The next is here before the lease of the one before it ends.
    all.push_back(h.pretend("w" + std::to_string(i)));
  }
  CHECK(s->value().status == run_status::completed_with_errors);
  std::size_t trips = 0;
  for (const auto& p : all) trips += p->attempts.size();
  CHECK(trips == placed_node::max_trips);
  const auto failures = h.events->all<node_failed>();
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].error_type == "unavailable");
}

TEST_CASE("executions number their attempts alike, and each gets its own answer") {
  worker_house h;
  const auto p = h.pretend("p");
  const auto w = h.deploy(looks);
  auto first = h.start(w);
  auto second = h.start(w);
  h.run();
  REQUIRE(p->attempts.size() == 2);
  CHECK(p->attempts[0].attempt != p->attempts[1].attempt);
  p->says(done_with(p->attempts[1].attempt, value(2)));
  h.run();
  CHECK(first->done() != second->done());
  p->says(done_with(p->attempts[0].attempt, value(1)));
  h.run();
  CHECK(first->done());
  CHECK(second->done());
}

TEST_CASE("a change of trigger state counts only if it is the next, and its attempt still wanted") {
  worker_house h;
  add_counter(h);
  const auto p = h.pretend("p");
  const auto w = h.deploy(counts);
  auto s = h.start(w);
  h.run();
  REQUIRE(p->attempts.size() == 1);
  SECTION("the next") {
    p->says(trigger_changed{done_with(p->attempts[0].attempt, value(1)), 1, value("s1")});
    h.run();
    CHECK(s->value().status == run_status::completed);
    const auto changes = h.events->all<node_state_changed>();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].version == 1);
    CHECK(changes[0].state == value("s1"));
    CHECK(changes[0].outputs->values.at(0) == value(1));
    CHECK(p->dropped.empty());
  }
  SECTION("one too far: the place is left, and the attempt made anew from the host's state") {
    p->says(trigger_changed{done_with(p->attempts[0].attempt, value(1)), 2, value("s2")});
    h.run();
    CHECK(p->dropped.size() == 1);
    REQUIRE(p->hosted.size() == 2);
    CHECK(p->hosted[1].version == 0);
    CHECK(p->hosted[1].number != p->hosted[0].number);
    REQUIRE(p->attempts.size() == 2);
    p->says(trigger_changed{done_with(p->attempts[1].attempt, value(1)), 1, value("s1")});
    h.run();
    CHECK(s->value().status == run_status::completed);
    CHECK(h.events->all<node_state_changed>().size() == 1);
  }
  SECTION("of an attempt that was given up: it changes nothing, and the next goes by the host") {
    auto other = h.start(w);
    h.pass(100ms);
    REQUIRE_FALSE(h.events->events.empty());
    const auto first = h.events->events[0].scope->execution_id;
    CHECK(h.ask<bool>(w, cancel_run{first, "test"}) == true);
    REQUIRE(p->abandoned.size() == 1);
    const auto late = p->abandoned[0];
    p->says(trigger_changed{done_with(late, value(1)), 1, value("s1")});
    h.run();
    CHECK(h.events->all<node_state_changed>().empty());
    CHECK(p->dropped.size() == 1);
    REQUIRE(p->hosted.size() == 2);
    CHECK(p->hosted[1].version == 0);
    CHECK(p->attempts.back().attempt != late);
    p->says(trigger_changed{done_with(p->attempts.back().attempt, value(1)), 1, value("s1")});
    h.run();
    CHECK(s->done());
    CHECK(other->done());
    CHECK(h.events->all<node_state_changed>().size() == 1);
  }
}

TEST_CASE("a notification under way when its worker is lost fails, and is told by the next") {
  worker_house h;
  const auto old = h.pretend("old");
  auto s = h.start(h.deploy(tells));
  h.run();
  REQUIRE(old->attempts.size() == 1);
  const bool confirmed = GENERATE(true, false);
  if (!confirmed) h.journal_port->hold = true;
  old->says(attempt_wants_notification{0, old->attempts[0].attempt, 5, {"hello", ""}});
  h.run();
  h.pass(3s);
  h.hire("now");
  h.pass(3s);
  h.journal_port->release();
  h.pass(3s);
  for (const auto& f : h.events->all<node_failed>()) UNSCOPED_INFO(f.error_type + ": " + f.error);
  CHECK(s->value().status == run_status::completed);
  CHECK(h.events->all<node_retrying>().size() == 1);
  CHECK(old->confirmed.size() == (confirmed ? 1 : 0));
  CHECK(h.events->all<node_completed>().size() == 1);
}

TEST_CASE(
    "from its proposal on an order is the host's, and the loss of its worker changes nothing") {
  worker_house h;
  const auto p = h.pretend("p");
  auto s = h.start(h.deploy(buys));
  h.run();
  REQUIRE(p->attempts.size() == 1);
  const attempt_wants_order wanted{0,
                                   p->attempts[0].attempt,
                                   9,
                                   {"paper", "BTC/USDT", order_side::buy, order_kind::market,
                                    *decimal::parse("0.01"), decimal()}};
  h.journal_port->hold = true;  // The intent waits for the disk.
  p->says(wanted);
  h.run();
  CHECK(p->abandoned == std::vector<std::uint32_t>{wanted.attempt});
  h.pass(6s);
  CHECK(h.rows().at(0).state == "lost");
  CHECK(h.door->sent.empty());
  p->says(wanted);
  h.journal_port->release();
  h.run();
  p->says(wanted);
  h.run();
  CHECK(s->value().status == run_status::completed);
  CHECK(h.door->sent.size() == 1);
  CHECK(h.held("BTC") == *decimal::parse("100.01"));
}

TEST_CASE("a node that dies there by itself is replaced as one here, and its attempts fail") {
  worker_house h;
  const auto p = h.pretend("p");
  auto s = h.start(h.deploy(looks));
  h.run();
  caf::anon_send_exit(p->node, caf::exit_reason::unhandled_exception);
  h.pass(1s);
  CHECK(s->value().status == run_status::completed_with_errors);
  CHECK(h.log->has("a node's actor died"));
  CHECK(p->dropped.size() == 1);
}

TEST_CASE("a worker that will not host it says why, and the attempt fails with that") {
  worker_house h;
  const auto p = h.pretend("p");
  p->refuses = wire_error(error{errc::failed_precondition, "it has no room", {}, {}});
  auto s = h.start(h.deploy(looks));
  h.run();
  CHECK(s->value().status == run_status::completed_with_errors);
  const auto failures = h.events->all<node_failed>();
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].error_type == "failed_precondition");
  CHECK(failures[0].error.find("worker 'p'") != std::string::npos);
  CHECK(h.rows().at(0).nodes == 0);
}

TEST_CASE("a worker whose epoch is over before its host knows fails no attempt") {
  worker_house h;
  const auto p = h.pretend("p");
  p->refuses = wire_error(error{errc::aborted, "its epoch is over", {}, {}});
  auto s = h.start(h.deploy(looks));
  h.run();
  CHECK(p->hosted.size() == 1);
  h.pass(3500ms);
  CHECK_FALSE(s->done());
  const auto now = h.pretend("now");
  h.pass(2s);  // The lease of the first ends.
  CHECK(p->hosted.size() == 1);
  REQUIRE(now->attempts.size() == 1);
  now->says(done_with(now->attempts[0].attempt, value("in time")));
  h.run();
  CHECK(s->value().status == run_status::completed);
}

}  // namespace pitwall::test
