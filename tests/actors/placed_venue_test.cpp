// A venue that is placed on a worker: its port, its actor on the host, the worker's desk, and the
// leases of the emergency controller, in virtual time.
#include "runtime/ports/trip_reports.hpp"
#include "tests/actors/away_house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;
using state = order_state;

}  // namespace

TEST_CASE("without a worker nothing is sent, and the venue says why") {
  away_house h;
  h.pass(100ms);
  const auto sent = h.send("one");
  REQUIRE(*sent);
  CHECK((*sent)->state == state::rejected);
  CHECK((*sent)->code == "not_sent");
  CHECK((*sent)->reason.find("zone=eu") != std::string::npos);
  auto asked = std::make_shared<std::optional<result<order_report>>>();
  h.port->query("one", away_house::order(),
                [asked](result<order_report> r) { *asked = std::move(r); });
  h.pass(4s);
  CHECK_FALSE(*asked);  // One may be on its way.
  h.pass(2s);
  REQUIRE(*asked);
  CHECK((*asked)->error().code == errc::unavailable);
  CHECK(h.handed->trouble().find("zone=eu") != std::string::npos);
  CHECK(h.port->unanswered().empty());
}

TEST_CASE("a worker that has the labels, and not the venue, is no use, and the log says so") {
  away_house h;
  h.equip = nullptr;
  h.hire("w");
  h.pass(1s);
  CHECK((*h.send("one"))->code == "not_sent");
  CHECK(h.log->has("it has no venue 'far' that takes orders"));
}

TEST_CASE("a worker sends the orders, and answers what is asked") {
  away_house h;
  h.hire("w");
  h.pass(1s);
  CHECK(h.handed->trouble().empty());
  std::optional<market_data> seen;
  h.port->fetch_market({"far", "BTC/USDT"}, [&](result<market_data> m) { seen = m.value(); });
  h.run();
  REQUIRE(seen);
  CHECK(seen->price_feed.is_number());
  CHECK(h.port->quantity_step("BTC/USDT") == h.exchange->quantity_step("BTC/USDT"));
  CHECK((*h.send("one"))->state == state::filled);
  CHECK((*h.rest("two"))->state == state::accepted);
  CHECK(h.equipment.at("w").door->sent == std::vector<std::string>{"one", "two"});
  CHECK(h.query("one").value().state == state::filled);
  CHECK(h.query("none").error().code == errc::unavailable);  // An earlier life may have sent it.
  CHECK(h.port->unanswered().empty());
  std::vector<std::string> open;
  h.port->open_orders([&](result<std::vector<std::string>> ids) { open = ids.value(); });
  h.run();
  CHECK(open == std::vector<std::string>{"two"});
  std::vector<std::string> canceled;
  h.port->cancel({"far", ""}, {"two"},
                 [&](result<cancel_report> r) { canceled = r.value().canceled; });
  h.run();
  CHECK(canceled == std::vector<std::string>{"two"});
  h.pass(6s);
  CHECK(h.query("none").error().code == errc::not_found);
}

TEST_CASE("a halt reaches the worker's gate, and is confirmed before it is acknowledged") {
  away_house h;
  h.hire("w");
  h.pass(1s);
  auto& door = *h.equipment.at("w").door;
  door.holds_orders = true;  // It has passed the host's gate, and waits for a connection there.
  const auto sent = h.send("one");
  CHECK_FALSE(*sent);
  CHECK(h.port->unanswered() == std::vector<std::string>{"one"});
  const auto o = h.command(emergency_action::halt);
  CHECK(o.result == "done");
  CHECK(o.warning.empty());
  door.let_go();
  h.run();
  REQUIRE(*sent);
  CHECK((*sent)->code == "halted");
  CHECK(door.sent.empty());
  CHECK(h.port->unanswered().empty());
  CHECK((*h.send("two"))->code == "halted");
  h.command(emergency_action::resume);
  CHECK((*h.send("three"))->state == state::filled);
}

TEST_CASE("a halt that a worker does not confirm is closed by the end of its lease") {
  away_house h;
  struct mute_desk {
    static lease_holder_actor::behavior_type make(lease_holder_actor::pointer self,
                                                  std::shared_ptr<bool> answers) {
      return {[self, answers](const take_book& m) -> caf::result<book_taken> {
        if (*answers) return book_taken{m.version};
        return self->make_response_promise<book_taken>();
      }};
    }
  };
  const auto answers = std::make_shared<bool>(false);
  lease_holder_actor holder = h.system.spawn(mute_desk::make, answers);
  grant_lease wanted{{1, 1, 1}, "w", "far", 7, 0, holder};
  const auto lent = h.ask<lease_answer>(h.controller, wanted);
  REQUIRE(lent);
  CHECK(lent->granted);
  CHECK(lent->asked_ns == 7);
  REQUIRE(lent->state.book);
  CHECK(can_trade(lent->state.book->level("global")));
  const auto ends = h.clock->now() + 5s;
  SECTION("it does not answer") {
    auto answer = h.send_command({emergency_action::halt, "global", "test", "tester", "manual"});
    h.run();
    CHECK_FALSE(*answer);  // Durable already: the worker is waited for.
    CHECK(h.events->all<trip_acknowledged>().empty());
    h.sched.advance_time(99ms);
    h.run();
    CHECK_FALSE(*answer);
    h.sched.advance_time(1ms);
    h.run();
    REQUIRE(*answer);
    CHECK((*answer)->result == "done");
    CHECK((*answer)->warning.find("worker 'w' has not confirmed it") != std::string::npos);
    const auto closed = timestamp(microseconds((*answer)->closed_at_us));
    CHECK(closed >= ends);
    CHECK(closed <= ends + 10ms);
    // The journal says what the answer did.
    const auto told = h.events->all<trip_acknowledged>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].closed_at == closed);
    CHECK(h.events->all<trip_recorded>().at(0).closed_at < ends - 4s);
    const auto report = read_trip_report(*h.storage.events, (*answer)->seq);
    REQUIRE(report.ok());
    CHECK(report->closed_at == closed);
    CHECK(report->acknowledged_at == h.clock->now());
    // So it is said again, until its lease is over.
    CHECK(h.send_command({emergency_action::halt, "global", "again", "tester", "manual"}) !=
          nullptr);
    h.pass(6s);
    const auto late = h.command(emergency_action::halt);
    CHECK(late.warning.empty());
  }
  SECTION("it does") {
    *answers = true;
    const auto o = h.command(emergency_action::halt);
    CHECK(o.warning.empty());
    CHECK(timestamp(microseconds(o.closed_at_us)) < ends - 4s);
  }
  SECTION("it does, a while later: until then its orders may have left") {
    auto answer = h.send_command({emergency_action::halt, "global", "test", "tester", "manual"});
    h.run();
    h.sched.advance_time(40ms);
    h.run();
    CHECK_FALSE(*answer);
    const auto confirmed = h.clock->now();
    grant_lease again{{1, 1, 1}, "w", "far", 8, 0, holder};
    again.version = h.ask<lease_answer>(h.controller, again)->version;
    h.ask<lease_answer>(h.controller, again);  // It has the book, it says.
    h.run();
    REQUIRE(*answer);
    CHECK((*answer)->warning.empty());
    CHECK(timestamp(microseconds((*answer)->closed_at_us)) == confirmed);
    const auto told = h.events->all<trip_acknowledged>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].closed_at == confirmed);
    CHECK(h.events->all<trip_recorded>().at(0).closed_at == confirmed - 40ms);
  }
  SECTION("its venue is not the one that is halted") {
    CHECK(h.command(emergency_action::halt, "venue:near").warning.empty());
    auto answer = h.send_command({emergency_action::halt, "venue:far", "t", "t", "manual"});
    h.run();
    CHECK_FALSE(*answer);
    h.sched.advance_time(100ms);
    h.run();
    REQUIRE(*answer);
    CHECK_FALSE((*answer)->warning.empty());
  }
  SECTION("its next question shows that it has the book") {
    auto answer = h.send_command({emergency_action::halt, "global", "test", "tester", "manual"});
    h.run();
    CHECK_FALSE(*answer);
    wanted.version = lent->version + 1;
    const auto again = h.ask<lease_answer>(h.controller, wanted);
    REQUIRE(again);
    CHECK_FALSE(can_trade(again->state.book->level("global")));
    REQUIRE(*answer);
    CHECK((*answer)->warning.empty());
  }
  caf::anon_send_exit(holder, caf::exit_reason::user_shutdown);
  h.run();
}

TEST_CASE("a worker that was stopped across its lease sends nothing of what waited there") {
  away_house h;
  auto& w = h.hire("w");
  h.pass(1s);
  auto& door = *h.equipment.at("w").door;
  door.holds_orders = true;
  const auto queued = h.send("queued");
  w.boot->ahead += 10s;  // SIGSTOP and SIGCONT, as its clock shows it.
  door.let_go();
  const auto late = h.send("late");
  h.run();
  CHECK(door.sent.empty());
  REQUIRE(*late);
  CHECK((*late)->code == "not_sent");
  REQUIRE(*queued);
  CHECK((*queued)->code == "not_sent");
  h.pass(3s);
  CHECK((*h.send("next"))->state == state::filled);
  CHECK(door.sent == std::vector<std::string>{"next"});
}

TEST_CASE("a worker that is cut off stops, cancels what is open within its lease, and says so") {
  away_house h;
  h.hire("w");
  h.pass(1s);
  CHECK((*h.rest("rests"))->state == state::accepted);
  auto& door = *h.equipment.at("w").door;
  door.unreachable = GENERATE(false, true);
  caf::anon_send_exit(h.agent, caf::exit_reason::kill);  // The host is gone.
  h.pass(2s);
  CHECK(h.open_there() == std::vector<std::string>{"rests"});
  CHECK(door.cancels == 0);
  h.pass(1'100ms);
  CHECK(h.log->has("cut off from the host: no order leaves for 'far' any more"));
  CHECK(door.cancels > 0);
  door.unreachable = false;
  h.pass(900ms);
  CHECK(h.open_there().empty());
  CHECK(h.log->has("cancelled 1 orders at 'far' that were open when the host was lost"));
  const auto cancels = door.cancels;
  h.pass(10s);
  CHECK(door.cancels == cancels);
  h.place_it();
  h.pass(1s);
  CHECK(h.log->has("was cut off from this host"));
  // This life of the host asks for it, and tells why it is over.
  const auto found = h.query("rests");
  REQUIRE(found.ok());
  CHECK(found->state == state::canceled);
  CHECK(found->reason == "worker 'w' was cut off from this host, and cancelled it");
  CHECK((*h.send("next"))->state == state::filled);
}

TEST_CASE("what a worker canceled while it was cut off is told once it is back, with the reason") {
  away_house h;
  auto& w = h.hire("w");
  h.pass(1s);
  CHECK((*h.rest("rests"))->state == state::accepted);
  w.boot->ahead += 4s;  // Late for what it trades by, and not for its lease: it notices itself.
  h.pass(1'500ms);
  CHECK(h.open_there().empty());
  REQUIRE_FALSE(h.told.empty());
  CHECK(h.told.back().client_order_id == "rests");
  CHECK(h.told.back().state == state::canceled);
  CHECK(h.told.back().reason == "worker 'w' was cut off from this host, and cancelled it");
}

TEST_CASE("an order that was under way at a worker that died is in doubt until it is settled") {
  away_house h;
  h.hire("w");
  h.pass(7s);  // Nothing of an earlier life is expected any more.
  auto& door = *h.equipment.at("w").door;
  const bool reached = GENERATE(false, true);
  CAPTURE(reached);
  door.holds_orders = !reached;
  door.dead = reached;
  const auto sent = h.send("one");
  CHECK_FALSE(*sent);
  h.kill_with_desk("w");
  REQUIRE(*sent);
  CHECK((*sent)->state == state::in_doubt);
  CHECK((*sent)->code == "no_answer");
  CHECK(h.port->unanswered() == std::vector<std::string>{"one"});
  h.hire("v");
  h.pass(1s);
  CHECK((*h.send("two"))->state == state::filled);
  if (reached) {
    CHECK(h.query("one").value().state == state::filled);
    CHECK(h.port->unanswered().empty());
    return;
  }
  // The dead one's lease goes on: what it had may come yet.
  CHECK(h.query("one").error().code == errc::unavailable);
  h.pass(6s);
  CHECK(h.query("one").error().code == errc::not_found);
  CHECK(h.port->unanswered().empty());
  CHECK(h.equipment.at("v").door->sent == std::vector<std::string>{"two"});
}

TEST_CASE("fills of what was open at a lost worker are told by the next one") {
  away_house h;
  h.hire("w");
  h.pass(1s);
  CHECK((*h.rest("rests"))->state == state::accepted);
  h.kill_with_desk("w");
  CHECK(h.log->has("worker 'w' was lost with 1 open orders at 'far'"));
  h.exchange->cancel({"far", ""}, {"rests"}, [](const result<cancel_report>&) {});
  h.told.clear();
  h.hire("v");
  h.pass(1s);
  REQUIRE(h.told.size() == 1);
  CHECK(h.told.front().client_order_id == "rests");
  CHECK(h.told.front().state == state::canceled);
  CHECK(h.regained == 1);
}

TEST_CASE("an actor of a placed venue that dies owes no answer") {
  away_house h;
  h.hire("w");
  h.pass(1s);
  h.equipment.at("w").door->holds_orders = true;
  const auto sent = h.send("one");
  caf::anon_send_exit(h.agent, caf::exit_reason::kill);
  h.run();
  REQUIRE(*sent);
  CHECK((*sent)->state == state::in_doubt);
  const auto after = h.send("two");
  REQUIRE(*after);
  CHECK((*after)->state == state::in_doubt);
  CHECK(h.query("one").error().code == errc::unavailable);
}

}  // namespace pitwall::test
