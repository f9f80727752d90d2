// A worker and its way back to its host.
#include "tests/actors/worker_house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view looks = R"({"blocks": [
  {"id": "n", "type": "manual_trigger", "category": "triggers", "placement": ["zone=eu"],
   "timeout": 60, "retry": {"max_attempts": 1}}]})";

const std::string one_node =
    R"({"blocks": [{"id": "n", "type": "manual_trigger", "category": "triggers"}]})";

/// A front door of another version.
caf::behavior other_version(caf::event_based_actor*, std::uint32_t later) {
  return {[later](const knock& k) {
    door d;
    d.protocol = k.protocol + later;
    d.refusal = "host 'home' is pitwall 9.0: install the same version on both";
    return d;
  }};
}

}  // namespace

TEST_CASE("a worker that cannot reach its host dials again, less and less often, and joins then") {
  worker_house h;
  h.unreachable = true;
  h.hire("w");
  CHECK(h.dials == 1);
  h.pass(60s);
  CHECK(h.dials > 5);
  CHECK(h.dials < 60);
  CHECK(h.rows().empty());
  // Said once, not with every try.
  CHECK(std::count_if(h.log->lines.begin(), h.log->lines.end(), [](const auto& l) {
          return l.message.find("no route") != std::string::npos;
        }) == 1);
  h.unreachable = false;
  h.pass(11s);
  CHECK(h.rows().at(0).state == "joined");
}

TEST_CASE("a worker stays as long as it beats") {
  worker_house h;
  h.hire("w");
  const auto epoch = h.rows().at(0).epoch;
  h.pass(60s);
  CHECK(h.rows().at(0).state == "joined");
  CHECK(h.rows().at(0).epoch == epoch);
  CHECK(h.dials == 1);
}

TEST_CASE("a worker whose host restarts joins the new one, and its nodes run, with no restart") {
  worker_house h;
  h.hire("w");
  const auto w = h.deploy(looks);
  auto s = h.start(w);
  h.run();
  CHECK(s->value().status == run_status::completed);
  const auto epoch = h.rows().at(0).epoch;
  caf::anon_send_exit(h.desk, caf::exit_reason::kill);
  h.run();
  h.open_desk_for_workers(4s);
  auto again = h.start(w);
  h.pass(3s);
  CHECK(again->value().status == run_status::completed);
  REQUIRE(h.rows().size() == 1);
  CHECK(h.rows()[0].state == "joined");
  CHECK(h.rows()[0].epoch > epoch);
  CHECK(h.rows()[0].nodes == 1);
}

TEST_CASE("a worker that was given up by its host comes back under another epoch") {
  worker_house h;
  auto& hired = h.hire("w");
  const auto w = h.deploy(looks);
  h.start(w);
  h.run();
  const auto epoch = h.rows().at(0).epoch;
  // The host's clock runs ahead: its lease is over before the next heartbeat.
  h.host_boot->ahead += 10s;
  h.run();
  CHECK(h.rows().at(0).state == "lost");
  h.pass(3s);
  CHECK(h.rows().at(0).state == "joined");
  CHECK(h.rows().at(0).epoch > epoch);
  auto s = h.start(w);
  h.run();
  CHECK(s->value().status == run_status::completed);

  SECTION("or that finds its own lease over, as after SIGSTOP") {
    const auto second = h.rows().at(0).epoch;
    hired.boot->ahead += 10s;
    h.pass(3s);
    CHECK(h.rows().at(0).state == "joined");
    CHECK(h.rows().at(0).epoch > second);
    CHECK(h.log->has("the host has not answered within the lease"));
  }
}

TEST_CASE("a node of an epoch that is over is neither hosted nor dropped by its number") {
  worker_house h;
  auto& w = h.hire("w");
  const auto epoch = h.rows().at(0).epoch;
  host_node wanted{epoch + 1, 1, R"({"blocks": [
    {"id": "n", "type": "manual_trigger", "category": "triggers"}]})", "n", 0, {}};
  auto answer = h.ask<struct hosted>(w.handle, wanted);
  REQUIRE(answer);
  CHECK(answer->failure.to_error().code == errc::aborted);
  wanted.epoch = epoch;
  answer = h.ask<struct hosted>(w.handle, wanted);
  REQUIRE(answer);
  CHECK_FALSE(answer->failure.failed());
  CHECK(answer->node);
  wanted.block_id = "m";
  CHECK(h.ask<struct hosted>(w.handle, wanted)->failure.to_error().code == errc::not_found);
  wanted.definition = "{";
  CHECK(h.ask<struct hosted>(w.handle, wanted)->failure.to_error().code == errc::invalid_argument);
}

TEST_CASE("a node that is wanted before the host has answered the joining is hosted after it") {
  worker_house h;
  // A host whose answer is overtaken by what its nodes send.
  struct desk {
    caf::typed_response_promise<join_answer> joining;
    std::vector<struct hosted> answers;
  };
  const auto d = std::make_shared<desk>();
  const auto front = h.system.spawn(
      [](caf::event_based_actor* self, const std::shared_ptr<desk>& its) -> caf::behavior {
        return {[self](const knock&) {
                  door open;
                  open.open = true;
                  open.desk = caf::actor_cast<caf::strong_actor_ptr>(self);
                  return open;
                },
                [self, its](const join_request& m) {
                  its->joining = self->make_response_promise<join_answer>();
                  const auto want = [&](std::uint64_t number) {
                    self->request(m.link, caf::infinite, host_node{7, number, one_node, "n", 0, {}})
                        .then([its](struct hosted& a) { its->answers.push_back(std::move(a)); });
                  };
                  want(1);
                  want(2);
                  self->send(m.link, drop_node{7, 2});
                  return its->joining;
                },
                [its](join_answer& a) { its->joining.deliver(std::move(a)); },
                [](const worker_heartbeat& m) {
                  return heartbeat_answer{m.sent_ns, true};
                },
                [](const leave_host&) {}};
      },
      d);
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
  REQUIRE(d->answers.size() == 1);  // Nobody needs that one any more.
  CHECK(d->answers[0].failure.to_error().code == errc::aborted);
  SECTION("once that has come") {
    join_answer a;
    a.epoch = 7;
    a.beat_every_us = 1'000'000;
    a.lease_us = 4'000'000;
    caf::anon_send(front, a);
    h.run();
    REQUIRE(d->answers.size() == 2);
    CHECK_FALSE(d->answers[1].failure.failed());
    CHECK(d->answers[1].node);
  }
  SECTION("and not at all where it is not taken") {
    join_answer a;
    a.refusal = wire_error(error{errc::failed_precondition, "its clock is off", {}, {}});
    caf::anon_send(front, a);
    h.run();
    REQUIRE(d->answers.size() == 2);
    CHECK(d->answers[1].failure.to_error().code == errc::aborted);
  }
  d->answers.clear();
  caf::anon_send_exit(front, h.leaving);
  caf::anon_send_exit(h.workers_here["w"].handle, h.leaving);
  h.run();
}

TEST_CASE("a worker of another version says so, and tries again: its host may be replaced") {
  worker_house h;
  const auto front = h.system.spawn(other_version, std::uint32_t{1});
  hired w;
  w.door = std::make_shared<mortal_venue>(h.paper);
  w.boot = std::make_shared<virtual_boot>(h.sched);
  auto options = h.options_of("w", {}, w);
  const auto to_desk = options.dial;
  bool replaced = false;
  options.dial = [&](const dial_completion& then) {
    if (replaced) return to_desk(then);
    then(caf::actor_cast<front_door_actor>(front));
  };
  h.workers_here["w"] = w;
  h.workers_here["w"].handle = h.system.spawn<worker>(std::move(options));
  h.pass(5s);
  CHECK(h.log->has("install the same version on both"));
  CHECK(h.rows().empty());
  replaced = true;
  h.pass(11s);
  CHECK(h.rows().at(0).state == "joined");
  caf::anon_send_exit(front, h.leaving);
  caf::anon_send_exit(h.workers_here["w"].handle, h.leaving);
  h.run();
}

}  // namespace pitwall::test
