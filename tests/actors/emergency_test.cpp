// Halts, through the real controller, gate, router and workflow actors, in virtual time.
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

constexpr std::string_view buyer = R"({
  "bot_id": "bot-1", "strategy_id": "s-1",
  "blocks": [
    {"id": "price", "type": "paper", "category": "providers",
     "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
    {"id": "go", "type": "threshold", "category": "conditions", "properties": {"min": 0}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper"}}],
  "connections": [
    {"from": {"blockId": "price", "index": 0}, "to": {"blockId": "go", "index": 0}},
    {"from": {"blockId": "go", "index": 0}, "to": {"blockId": "buy", "index": 0}}]})";

constexpr std::string_view watcher = R"({
  "blocks": [{"id": "price", "type": "paper", "category": "providers"}]})";

std::size_t orders_at_venue(const house& h) { return h.events->all<order_submitted>().size(); }

}  // namespace

TEST_CASE("a halted host refuses workflows that can order, and runs the others") {
  house h;
  auto trades = h.deploy(buyer, "trades");
  auto reads = h.deploy(watcher, "reads");
  const auto o = h.command(emergency_action::halt);
  CHECK(o.result == "done");
  CHECK(o.closed_at_us != 0);
  CHECK(o.previous_state == "normal");
  CHECK(o.state == "halt");
  CHECK(o.seq > 0);
  auto refused = h.start(trades);
  auto runs = h.start(reads);
  h.run();
  REQUIRE(refused->done());
  REQUIRE_FALSE(refused->answer->ok());
  CHECK(refused->answer->error().code == errc::halted);
  CHECK(runs->value().status == run_status::completed);
  h.command(emergency_action::resume);
  auto again = h.start(trades);
  h.run();
  CHECK(again->value().status == run_status::completed);
}

TEST_CASE("a halt closes the gate before it is durable, and is acknowledged only after") {
  house h;
  h.journal_port->hold = true;
  auto answer = h.send_command({emergency_action::halt, "global", "test", "tester", "manual"});
  h.run();
  CHECK_FALSE(can_trade(h.gate->read()->level("global")));
  CHECK_FALSE(*answer);
  h.journal_port->release();
  h.run();
  REQUIRE(*answer);
  CHECK((*answer)->result == "done");
}

namespace {

/// Reads the letters of the journal writer and those of a listener in one mailbox.
using ear = journal_writer_actor::extend_with<emergency_listener>;

ear::behavior_type listening(std::shared_ptr<std::vector<std::string>> heard) {
  return {[heard](append&) { heard->emplace_back("append"); }, [](commit_finished&) {},
          [](put_word&) {},
          [heard](const emergency_closed& m) { heard->push_back("closed " + m.scope); }};
}

}  // namespace

TEST_CASE(
    "what a limit calls for and is refused is an error in the log; of a person's, the answer") {
  house h;
  const std::string bad = "bot:" + std::string(300, 'a');
  const auto by_hand = h.send_command({emergency_action::halt, bad, "by hand", "me", "manual"});
  h.run();
  REQUIRE(*by_hand);
  CHECK((*by_hand)->failure.failed());
  CHECK(h.log->lines.empty());
  const auto by_limit =
      h.send_command({emergency_action::halt, bad, "it lost 100", "pitwall", "daily_loss_limit"});
  h.run();
  CHECK((*by_limit)->failure.failed());
  REQUIRE(h.log->lines.size() == 1);
  CHECK(h.log->lines[0].level == log_level::error);
  CHECK(h.log->has("daily_loss_limit"));
  CHECK(h.log->has("it lost 100"));
  CHECK(h.log->has("is not an emergency scope"));
}

TEST_CASE("the gate shows the restored state as soon as the controller is there") {
  house h;
  const auto gate = std::make_shared<order_gate>();
  CHECK_FALSE(can_trade(gate->read()->level("global")));
  emergency_actor controller = h.system.spawn<emergency>(
      emergency_options{{}, gate, h.clock, h.log, h.shared->writer, {h.paper}, {}, {}});
  CHECK(can_trade(gate->read()->level("global")));  // Before it had a turn.
  caf::anon_send_exit(controller, caf::exit_reason::user_shutdown);
  controller = nullptr;
  h.run();
}

TEST_CASE("a halt is on its way to the journal before anybody is told whom it ends") {
  house h;
  const auto heard = std::make_shared<std::vector<std::string>>();
  ear probe = h.system.spawn(listening, heard);
  emergency_actor controller = h.system.spawn<emergency>(emergency_options{
      {}, h.gate, h.clock, h.log, journal_writer_actor(probe), {h.paper}, {}, {}});
  caf::anon_send(controller, watch_emergency{emergency_listener(probe)});
  h.run();
  caf::anon_send(controller,
                 emergency_command{emergency_action::halt, "bot:b", "r", "o", "manual"});
  h.run();
  // Each of them writes what it ended behind the change then: the report finds who was open.
  CHECK(*heard == std::vector<std::string>{"append", "closed bot:b"});
  caf::anon_send_exit(controller, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(probe, caf::exit_reason::user_shutdown);
  h.run();
}

TEST_CASE("a halt whose commit takes too long is answered halted_not_durable, and stays closed") {
  house h;
  h.journal_port->hold = true;
  auto answer = h.send_command({emergency_action::halt, "global", "test", "tester", "manual"});
  h.run();
  h.sched.advance_time(limits::emergency_commit_deadline);
  h.run();
  REQUIRE(*answer);
  CHECK((*answer)->result == "halted_not_durable");
  CHECK(h.marker->left.size() == 1);
  CHECK(h.marker->stands);
  CHECK_FALSE(can_trade(h.gate->read()->level("global")));
  h.journal_port->release();
  h.run();
}

TEST_CASE("a marker that hangs holds up no answer, and no other halt") {
  house h;
  h.journal_port->hold = true;
  h.marker->hangs = true;
  auto first = h.send_command({emergency_action::halt, "bot:a", "test", "tester", "manual"});
  h.run();
  h.sched.advance_time(limits::emergency_commit_deadline);
  h.run();
  CHECK_FALSE(*first);
  auto second = h.send_command({emergency_action::halt, "bot:b", "test", "tester", "manual"});
  h.run();
  CHECK_FALSE(can_trade(h.gate->read()->level("bot:b")));
  h.sched.advance_time(marker_deadline);
  h.run();
  REQUIRE(*first);
  CHECK((*first)->result == "halted_not_durable");
  CHECK((*first)->warning.find("the next start may not be halted") == 0);
  CHECK_FALSE(*second);
  h.journal_port->release();
  h.marker->answer(done{});
  h.run();
  REQUIRE(*second);
  CHECK((*second)->result == "done");
}

TEST_CASE("where the marker cannot be left, the answer says so") {
  house h;
  h.marker->hangs = true;
  h.journal_port->fail = true;
  auto answer = h.send_command({emergency_action::halt, "global", "test", "tester", "manual"});
  h.run();
  CHECK_FALSE(*answer);
  h.marker->answer(error{errc::io_error, "read-only file system", {}, {}});
  h.run();
  REQUIRE(*answer);
  CHECK((*answer)->result == "halted_not_durable");
  CHECK((*answer)->warning.find("read-only file system") != std::string::npos);
}

TEST_CASE("a halt that becomes durable after all takes its marker back, the last of several") {
  house h;
  h.journal_port->hold = true;
  auto one = h.send_command({emergency_action::halt, "bot:a", "test", "tester", "manual"});
  auto two = h.send_command({emergency_action::halt, "bot:b", "test", "tester", "manual"});
  h.run();
  h.sched.advance_time(limits::emergency_commit_deadline);
  h.run();
  REQUIRE(*one);
  REQUIRE(*two);
  CHECK(h.marker->left.size() == 2);
  CHECK(h.marker->lifted == 0);
  for (auto& commit : std::exchange(h.journal_port->held, {})) commit();
  h.run();
  CHECK(h.marker->lifted == 0);
  CHECK(h.marker->stands);
  h.journal_port->release();
  h.run();
  CHECK(h.marker->lifted == 1);
}

TEST_CASE("a halt that is durable before its marker is there is answered as done") {
  house h;
  h.journal_port->hold = true;
  h.marker->hangs = true;
  auto answer = h.send_command({emergency_action::halt, "global", "test", "tester", "manual"});
  h.run();
  h.sched.advance_time(limits::emergency_commit_deadline);
  h.run();
  CHECK_FALSE(*answer);
  h.journal_port->release();
  h.run();
  REQUIRE(*answer);
  CHECK((*answer)->result == "done");
  CHECK((*answer)->seq > 0);
  CHECK(h.marker->lifted == 1);
}

TEST_CASE("a resume whose commit takes long is answered when it takes effect, and not before") {
  house h;
  h.command(emergency_action::halt);
  h.journal_port->hold = true;
  auto answer = h.send_command({emergency_action::resume, "global", "over", "tester", "manual"});
  h.run();
  h.sched.advance_time(10 * limits::emergency_commit_deadline);
  h.run();
  CHECK_FALSE(*answer);
  CHECK_FALSE(can_trade(h.gate->read()->level("global")));
  h.journal_port->release();
  h.run();
  REQUIRE(*answer);
  CHECK((*answer)->result == "done");
  CHECK(can_trade(h.gate->read()->level("global")));
}

TEST_CASE("a halt whose commit fails is answered halted_not_durable") {
  house h;
  h.journal_port->fail = true;
  const auto o = h.command(emergency_action::halt);
  CHECK(o.result == "halted_not_durable");
  CHECK(h.marker->left.size() == 1);
  CHECK(h.marker->stands);
  CHECK_FALSE(can_trade(h.gate->read()->level("global")));
}

TEST_CASE("a resume that cannot be journaled leaves the gate closed") {
  house h;
  h.command(emergency_action::halt);
  h.journal_port->fail = true;
  const auto o = h.command(emergency_action::resume);
  CHECK(o.failure.failed());
  CHECK_FALSE(can_trade(h.gate->read()->level("global")));
}

TEST_CASE("a resume is journaled after all that the halt before it ended") {
  house h;
  const auto w = h.deploy(R"({"bot_id": "b", "blocks": [
    {"id": "price", "type": "paper", "category": "providers",
     "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper", "signal": true}}],
    "connections": [{"from": {"blockId": "price", "index": 0},
                     "to": {"blockId": "buy", "index": 2}}]})");
  h.door->dead = true;  // The price does not come.
  auto s = h.start(w, {}, false);
  h.run();
  REQUIRE(s->done());
  const auto release_one = [&h] {
    for (auto& commit : std::exchange(h.journal_port->held, {})) commit();
    h.run();
  };
  h.journal_port->hold = true;
  caf::anon_send(h.shared->writer, append{event_batch{std::make_shared<const event_scope>(),
                                                      {{timestamp{}, notification_sent{}}}},
                                          0, false});
  h.run();  // Under way when the halt comes; what it ends waits behind it.
  auto halted = h.send_command({emergency_action::halt, "global", "stop", "tester", "manual"});
  h.run();
  release_one();
  auto resumed = h.send_command({emergency_action::resume, "global", "go", "tester", "manual"});
  h.run();
  h.journal_port->release();
  h.run();
  REQUIRE(*halted);
  REQUIRE(*resumed);
  const auto all = h.storage.events->read({0, 1'000, {}, {}});
  REQUIRE(all.ok());
  std::string order;
  for (const auto& e : all->events) {
    if (const auto* change = std::get_if<emergency_state_changed>(&e.what.body))
      order += change->new_state + " ";
    if (std::holds_alternative<execution_halted>(e.what.body)) order += "ended ";
  }
  CHECK(order == "halt ended normal ");
}

TEST_CASE("a pulse comes back once the journal does, and no halt waits behind it") {
  house h;
  std::vector<bool> pulses;
  const auto pulse = [&] {
    caf::anon_send(h.controller, put_pulse{std::make_shared<const std::function<void(status)>>(
                                     [&](const status& s) { pulses.push_back(s.ok()); })});
    h.run();
  };
  const auto note = [&] {
    caf::anon_send(h.shared->writer, append{event_batch{std::make_shared<const event_scope>(),
                                                        {{timestamp{}, notification_sent{}}}},
                                            0, false});
    h.run();
  };
  pulse();
  CHECK(pulses == std::vector<bool>{true});
  CHECK(h.journal_port->head() == 0);  // It leaves nothing in the journal.
  h.journal_port->hold = true;
  note();
  note();  // Waits behind the first, which the disk does not answer.
  pulse();
  CHECK(pulses.size() == 1);
  auto halted = h.send_command({emergency_action::halt, "global", "stop", "tester", "manual"});
  h.run();
  for (auto& commit : std::exchange(h.journal_port->held, {})) commit();
  h.run();
  for (auto& commit : std::exchange(h.journal_port->held, {})) commit();
  h.run();
  CHECK(pulses == std::vector<bool>{true, true});
  CHECK(*halted);  // Although the second note is not in the journal yet.
  CHECK(h.storage.events->head() == 3);
  h.journal_port->release();
  h.run();
  h.journal_port->fail = true;
  note();
  pulse();
  CHECK(pulses == std::vector<bool>{true, true, false});
}

TEST_CASE("a halt decided while a resume is on its way to the disk wins") {
  house h;
  h.command(emergency_action::halt);
  h.journal_port->hold = true;
  auto resumed = h.send_command({emergency_action::resume, "global", "go", "tester", "manual"});
  h.run();
  auto halted = h.send_command({emergency_action::halt, "global", "stop", "tester", "manual"});
  h.run();
  h.journal_port->release();
  h.run();
  REQUIRE(*resumed);
  REQUIRE(*halted);
  CHECK((*halted)->result == "done");
  CHECK_FALSE(can_trade(h.gate->read()->level("global")));
  const auto changes = h.events->all<emergency_state_changed>();
  REQUIRE(changes.size() == 3);
  CHECK(changes.back().new_state == "halt");
}

TEST_CASE("a second halt is acknowledged only when the first is durable") {
  house h;
  h.journal_port->hold = true;
  auto first = h.send_command({emergency_action::halt, "global", "a", "tester", "manual"});
  auto second = h.send_command({emergency_action::halt, "global", "b", "tester", "manual"});
  h.run();
  CHECK_FALSE(*second);
  h.journal_port->release();
  h.run();
  REQUIRE(*first);
  REQUIRE(*second);
  const bool one_changed = ((*first)->result == "done") != ((*second)->result == "done");
  CHECK(one_changed);
  CHECK(h.events->all<emergency_state_changed>().size() == 1);
}

TEST_CASE("an order whose intent waits for the disk never leaves once a halt came") {
  house h;
  auto w = h.deploy(buyer);
  h.journal_port->hold = true;
  auto s = h.start(w);
  h.run();  // The intent is in the journal's hands now.
  auto halted = h.send_command({emergency_action::halt, "global", "stop", "tester", "manual"});
  h.run();
  h.journal_port->release();
  h.run();
  REQUIRE(*halted);
  CHECK((*halted)->unanswered_orders.empty());
  CHECK(s->value().status == run_status::halted);
  CHECK(orders_at_venue(h) == 0);
  // It is known not to have left: rejected, not in doubt.
  CHECK(h.events->all<order_in_doubt>().empty());
  const auto rejected = h.events->all<order_rejected>();
  REQUIRE(rejected.size() == 1);
  CHECK(rejected[0].code == "not_sent");
  bool known = true;
  const auto intents = h.events->all<order_intent>();
  REQUIRE(intents.size() == 1);
  h.paper->query(intents[0].client_order_id, {}, [&](result<order_report> r) { known = r.ok(); });
  CHECK_FALSE(known);
}

TEST_CASE("a halt interrupts a node that waits") {
  house h;
  auto w = h.deploy(buyer);
  h.paper->set_deferred(true);
  auto s = h.start(w);
  h.run();
  CHECK_FALSE(s->done());
  h.command(emergency_action::halt, "bot:bot-1");
  CHECK(s->value().status == run_status::halted);
  CHECK(h.events->all<execution_halted>().size() == 1);
}

TEST_CASE("each scope halts what it names and nothing else") {
  for (const std::string scope : {"venue:paper", "bot:bot-1", "strategy:s-1", "global"}) {
    CAPTURE(scope);
    house h;
    auto w = h.deploy(buyer);
    h.command(emergency_action::halt, scope);
    auto s = h.start(w);
    h.run();
    REQUIRE(s->done());
    CHECK_FALSE(s->answer->ok());
  }
  for (const std::string scope : {"venue:other", "bot:bot-2", "strategy:s-2"}) {
    CAPTURE(scope);
    house h;
    auto w = h.deploy(buyer);
    h.command(emergency_action::halt, scope);
    auto s = h.start(w);
    h.run();
    CHECK(s->value().status == run_status::completed);
  }
}

TEST_CASE("after the acknowledgement of a halt nothing reaches the venue, in any interleaving") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    house h(seed);
    auto w = h.deploy(buyer);
    std::vector<std::shared_ptr<started>> all;
    for (int i = 0; i < 20; ++i) all.push_back(h.start(w));
    // Let it run for a random while, then halt in the middle of it.
    std::mt19937_64 random(seed);
    for (auto steps = random() % 400; steps > 0 && h.sched.has_job(); --steps) h.sched.run_once();
    auto answer = h.send_command({emergency_action::halt, "global", "stop", "tester", "manual"});
    std::optional<decimal> held_at_ack;
    while (h.sched.has_job()) {
      h.sched.run_once();
      if (*answer && !held_at_ack) held_at_ack = h.held("BTC");
    }
    REQUIRE(held_at_ack);
    CHECK(h.held("BTC") == *held_at_ack);
    for (const auto& s : all) REQUIRE(s->done());
  }
}

}  // namespace pitwall::test
