// A worker's desk at a venue that dies or comes late, what a desk lets leave, and what its host may
// promise of leases that it does not know; in virtual time.
#include "tests/actors/away_house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;
using state = order_state;

/// By a defect of its own.
void break_desk(away_house& h, const std::string& worker) {
  const auto desk = caf::actor_cast<caf::actor>(h.equipment.at(worker).desk);
  caf::anon_send(desk, caf::exit_msg{desk.address(), caf::make_error(caf::sec::runtime_error)});
  h.run();
}

std::uint64_t epoch_of(away_house& h) { return h.rows().at(0).epoch; }

}  // namespace

TEST_CASE("a desk that dies is made anew, and nothing else of its worker ends") {
  away_house h;
  h.hire("w");
  h.pass(1s);
  CHECK((*h.rest("rests"))->state == state::accepted);
  auto& door = *h.equipment.at("w").door;
  door.holds_orders = true;
  const auto sent = h.send("under-way");
  const auto epoch = epoch_of(h);
  break_desk(h, "w");
  // What had not left does not leave, and its sender learns that nobody knows.
  door.let_go();
  h.run();
  REQUIRE(*sent);
  CHECK((*sent)->state == state::in_doubt);
  CHECK(door.sent == std::vector<std::string>{"rests"});
  CHECK(h.log->has("the desk of venue 'far' died and is replaced"));
  CHECK(h.log->has("worker 'w' goes on without its desk, which died"));
  h.exchange->cancel({"far", ""}, {"rests"}, [](const result<cancel_report>&) {});
  h.told.clear();
  h.pass(1s);
  CHECK((*h.send("next"))->state == state::filled);
  CHECK(epoch_of(h) == epoch);
  CHECK(h.rows().at(0).state == "joined");
  CHECK(h.dials == 1);
  // What happened meanwhile is told by the new one.
  REQUIRE(h.told.size() >= 1);
  CHECK(h.told.front().client_order_id == "rests");
  CHECK(h.told.front().state == state::canceled);
}

TEST_CASE("the desk that is made anew stops and cancels like the one before, when it is cut off") {
  away_house h;
  h.hire("w");
  h.pass(1s);
  CHECK((*h.rest("rests"))->state == state::accepted);
  break_desk(h, "w");
  h.pass(1s);
  caf::anon_send_exit(h.agent, caf::exit_reason::kill);  // The host is gone.
  h.pass(4s);
  CHECK(h.open_there().empty());
}

TEST_CASE("a desk that dies when its host is gone, too, leaves the next one to stop and cancel") {
  away_house h;
  h.hire("w");
  h.pass(1s);
  CHECK((*h.rest("rests"))->state == state::accepted);
  caf::anon_send_exit(h.agent, caf::exit_reason::kill);  // The host is gone.
  h.run();
  break_desk(h, "w");
  h.pass(6s);
  CHECK(h.open_there().empty());
  CHECK(h.log->has("orders at 'far' that were open when the host was lost"));
}

TEST_CASE("a desk that is cut off counts what it cancelled also where not all could be") {
  away_house h;
  h.hire("w");
  h.pass(1s);
  CHECK((*h.rest("rests"))->state == state::accepted);
  auto& door = *h.equipment.at("w").door;
  door.answers_are_lost = true;
  caf::anon_send_exit(h.agent, caf::exit_reason::kill);  // The host is gone.
  h.pass(8s);
  CHECK(h.open_there().empty());
  CHECK(h.log->has("open orders at 'far' could not all be cancelled: one may not be cancelled"));
  door.answers_are_lost = false;
  h.pass(10s);
  CHECK(h.log->has("cancelled 1 orders at 'far' that were open when the host was lost"));
  h.place_it();
  h.pass(1s);
  CHECK(h.query("rests").value().reason ==
        "worker 'w' was cut off from this host, and cancelled it");
}

TEST_CASE("a desk that dies again and again is given up, and the host says so") {
  away_house h;
  h.hire("w");
  h.pass(1s);
  const auto epoch = epoch_of(h);
  for (int i = 0; i < 6; ++i) {
    break_desk(h, "w");
    h.pass(600ms);
  }
  CHECK(h.log->has("the desk of venue 'far' died and is given up"));
  CHECK(h.handed->trouble().find("its desk of venue 'far' died too often") != std::string::npos);
  CHECK((*h.send("none"))->code == "not_sent");
  CHECK(epoch_of(h) == epoch);
  CHECK(h.dials == 1);
}

TEST_CASE("a desk that cannot be made costs its worker nothing else, and is made later") {
  away_house h;
  bool no_threads = true;
  const auto equip = h.equip;
  h.equip = [&](worker_options& o, hired& w) {
    equip(o, w);
    o.desks.at("far") = [&no_threads, make = o.desks.at("far")] {
      if (no_threads) throw std::runtime_error("no thread is left");
      return make();
    };
  };
  const bool dies_first = GENERATE(false, true);
  CAPTURE(dies_first);
  no_threads = !dies_first;
  h.hire("w");
  h.pass(1s);
  const auto epoch = epoch_of(h);
  if (dies_first) {
    CHECK((*h.send("one"))->state == state::filled);
    no_threads = true;
    break_desk(h, "w");
    h.pass(1s);
  }
  CHECK((*h.send("none"))->code == "not_sent");
  CHECK(h.log->has("the desk of venue 'far' could not be made: no thread is left"));
  CHECK(h.handed->trouble().find("could not be made: no thread is left") != std::string::npos);
  no_threads = false;
  h.pass(10s);
  CHECK((*h.send("two"))->state == state::filled);
  CHECK(epoch_of(h) == epoch);
  CHECK(h.dials == 1);
}

TEST_CASE("a venue whose desk is given up moves to another worker that fits") {
  away_house h;
  h.hire("a");
  h.pass(1s);
  h.hire("b");
  CHECK((*h.send("one"))->state == state::filled);
  CHECK((*h.rest("rests"))->state == state::accepted);
  for (int i = 0; i < 6; ++i) {
    break_desk(h, "a");
    h.pass(600ms);
  }
  CHECK(h.log->has("the desk of venue 'far' died and is given up"));
  CHECK(h.log->has("worker 'a' cannot be used: its desk of venue 'far' died too often"));
  h.pass(1s);
  CHECK(h.handed->trouble().empty());
  CHECK((*h.send("two"))->state == state::filled);
  CHECK(h.equipment.at("a").door->sent == std::vector<std::string>{"one", "rests"});
  CHECK(h.equipment.at("b").door->sent == std::vector<std::string>{"two"});
  // It is told of what the other one had left there.
  h.pass(6s);
  CHECK(h.query("rests").value().state == state::accepted);
  CHECK(h.query("none").error().code == errc::not_found);
}

TEST_CASE("a worker that cannot be used is tried again, ever more rarely, and said to be once") {
  away_house h;
  const auto equip = std::exchange(h.equip, nullptr);
  h.hire("w");
  const auto places = h.last_place_number();
  h.pass(120s);
  // After 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s, and then each 30.
  const auto tried = h.last_place_number() - places - 1;
  CHECK(tried >= 7);
  CHECK(tried <= 10);
  CHECK(std::ranges::count_if(h.log->lines, [](const auto& l) {
          return l.message.find("worker 'w' cannot be used: it has no venue 'far'") !=
                 std::string::npos;
        }) == 1);
  CHECK(h.handed->trouble().find("this one again in a while") != std::string::npos);
  SECTION("one that joins and has it is taken at once") {
    h.equip = equip;
    h.hire("x");
    h.pass(1s);
    CHECK(h.handed->trouble().empty());
    CHECK((*h.send("one"))->state == state::filled);
  }
  SECTION("and so is the same one, once it was started anew") {
    h.kill_worker("w");
    h.run();
    h.equip = equip;
    h.hire("w");
    h.pass(1s);
    CHECK((*h.send("one"))->state == state::filled);
  }
}

TEST_CASE("what waits at a desk whose owner goes leaves neither then nor for the next one") {
  away_house h;
  h.hire("w");
  h.pass(1s);
  auto& door = *h.equipment.at("w").door;
  door.holds_orders = true;
  h.send("waits");
  caf::anon_send_exit(h.agent, caf::exit_reason::kill);
  h.run();
  const bool at_once = GENERATE(false, true);  // The lease would last for a while.
  if (at_once) door.let_go();
  h.place_it();
  h.pass(1s);
  if (!at_once) door.let_go();
  h.run();
  CHECK(door.sent.empty());
  CHECK((*h.send("next"))->state == state::filled);
}

TEST_CASE("a desk that is wanted before the host has answered the joining is given after it") {
  away_house h;
  // A host whose answer is overtaken by what its venue's actor asks for.
  struct host_of {
    caf::typed_response_promise<join_answer> joining;
    std::vector<hosted_desk> answers;
  };
  const auto its = std::make_shared<host_of>();
  const auto front = h.system.spawn(
      [](caf::event_based_actor* self, const std::shared_ptr<host_of>& d) -> caf::behavior {
        return {[self](const knock&) {
                  door open;
                  open.open = true;
                  open.desk = caf::actor_cast<caf::strong_actor_ptr>(self);
                  return open;
                },
                [self, d](const join_request& m) {
                  d->joining = self->make_response_promise<join_answer>();
                  self->request(m.link, caf::infinite, host_desk{7, 1, "far"})
                      .then([d](hosted_desk& a) { d->answers.push_back(std::move(a)); });
                  return d->joining;
                },
                [d](join_answer& a) { d->joining.deliver(std::move(a)); },
                [](const worker_heartbeat& m) {
                  return heartbeat_answer{m.sent_ns, true};
                },
                [](const leave_host&) {}};
      },
      its);
  hired w;
  w.door = std::make_shared<mortal_venue>(h.paper);
  w.boot = std::make_shared<virtual_boot>(h.sched);
  auto options = h.options_of("w", {}, w);
  options.dial = [&](const dial_completion& then) {
    then(caf::actor_cast<front_door_actor>(front));
  };
  h.workers_here["w"] = w;
  h.workers_here["w"].handle = h.system.spawn<worker>(std::move(options));
  h.run();
  CHECK(its->answers.empty());
  join_answer a;
  SECTION("once that has come") {
    a.epoch = 7;
    a.beat_every_us = 1'000'000;
    a.lease_us = 4'000'000;
    caf::anon_send(front, a);
    h.run();
    REQUIRE(its->answers.size() == 1);
    CHECK_FALSE(its->answers[0].failure.failed());
    CHECK(its->answers[0].desk);
  }
  SECTION("and not at all where it is not taken") {
    a.refusal = wire_error(error{errc::failed_precondition, "its clock is off", {}, {}});
    caf::anon_send(front, a);
    h.run();
    REQUIRE(its->answers.size() == 1);
    CHECK(its->answers[0].failure.to_error().code == errc::unavailable);
  }
  its->answers.clear();
  caf::anon_send_exit(front, h.leaving);
  caf::anon_send_exit(h.workers_here["w"].handle, h.leaving);
  h.run();
}

TEST_CASE(
    "a worker that does not answer when its desk is asked for is asked again a moment later") {
  away_house h;
  const auto p = h.pretend("w");  // It knows nothing of desks: each question ends in an error.
  h.pass(1'600ms);
  CHECK(h.log->has("worker 'w' does not answer"));
  CHECK(h.rows().at(0).state == "joined");
  // Not as fast as it can.
  CHECK(h.last_place_number() < 6);
}

TEST_CASE("the journal's failure closes the worker's gate at once") {
  away_house h;
  h.hire("w");
  h.pass(1s);
  auto& door = *h.equipment.at("w").door;
  door.holds_orders = true;
  const auto sent = h.send("waits");
  h.gate->close_for_good();
  h.run();
  door.let_go();
  h.run();
  CHECK(door.sent.empty());
  REQUIRE(*sent);
  CHECK((*sent)->code == "halted");
}

TEST_CASE("a halt soon after a start says until when leases of an earlier life may last") {
  away_house h;
  emergency_options o;
  o.gate = std::make_shared<order_gate>();
  o.clock = h.clock;
  o.log = h.log;
  o.writer = h.shared->writer;
  o.boot = h.host_boot;
  o.earlier_leases = 5s;
  const auto until = h.clock->now() + 5s + 5ms;  // Clocks that run unequally fast.
  emergency_actor controller = h.system.spawn<emergency>(std::move(o));
  h.pass(2s);
  const emergency_command halt{emergency_action::halt, "global", "test", "tester", "manual"};
  const auto early = h.ask<emergency_outcome>(controller, halt);
  REQUIRE(early);
  CHECK(early->result == "done");
  CHECK(early->warning.find("has not heard of since its start") != std::string::npos);
  CHECK(timestamp(microseconds(early->closed_at_us)) == until);
  // For the one that changes nothing too, and no longer than it is true.
  h.pass(3s);
  const auto again = h.ask<emergency_outcome>(controller, halt);
  REQUIRE(again);
  CHECK(timestamp(microseconds(again->closed_at_us)) == until);
  h.pass(10ms);
  const auto late = h.ask<emergency_outcome>(controller, halt);
  REQUIRE(late);
  CHECK(late->warning.empty());
  caf::anon_send_exit(controller, h.leaving);
  h.run();
}

TEST_CASE("no more calls are under way at a worker than there may be, and the next says why") {
  away_house h;
  h.hire("w");
  h.pass(1s);
  auto& door = *h.equipment.at("w").door;
  door.holds_orders = true;
  for (std::size_t i = 0; i < placed_venue::max_calls; ++i) h.send("o" + std::to_string(i));
  const auto refused = h.send("one-more");
  REQUIRE(*refused);
  CHECK((*refused)->code == "not_sent");
  CHECK((*refused)->reason.find("4096 calls are under way at worker 'w'") != std::string::npos);
  std::optional<result<market_data>> seen;
  h.port->fetch_market({"far", "BTC/USDT"},
                       [&](result<market_data> m) { seen.emplace(std::move(m)); });
  h.run();
  REQUIRE(seen);
  CHECK(seen->error().code == errc::resource_exhausted);
  // What cancels is never refused, nor does it take an order's place.
  std::optional<result<cancel_report>> done;
  h.port->cancel({"far", ""}, {}, [&](result<cancel_report> r) { done.emplace(std::move(r)); });
  h.run();
  REQUIRE(done);
  CHECK(done->ok());
  door.let_go();
  h.run();
  h.send("next");
  CHECK(door.sent.back() == "next");
}

TEST_CASE("however many cancels and questions wait at a worker, an order and a price go") {
  away_house h;
  h.hire("w");
  h.pass(1s);
  auto& door = *h.equipment.at("w").door;
  door.holds_cancels = true;
  std::size_t cancelled = 0;
  for (std::size_t i = 0; i <= placed_venue::max_calls; ++i)
    h.port->cancel({"far", ""}, {"o"}, [&](const result<cancel_report>&) { ++cancelled; });
  h.run();
  CHECK((*h.send("one"))->state == state::filled);
  std::optional<result<market_data>> seen;
  h.port->fetch_market({"far", "BTC/USDT"},
                       [&](result<market_data> m) { seen.emplace(std::move(m)); });
  h.run();
  REQUIRE(seen);
  CHECK(seen->ok());
  CHECK(cancelled == 0);
  door.let_go();
  h.run();
  CHECK(cancelled == placed_venue::max_calls + 1);
}

}  // namespace pitwall::test
