// The list of a host's workers: its front door, joins, silences, and the places it gives out.
#include "tests/actors/worker_house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view looks = R"({"blocks": [
  {"id": "n", "type": "manual_trigger", "category": "triggers", "placement": ["zone=eu"],
   "timeout": 60, "retry": {"max_attempts": 1}}]})";

join_request request_of(worker_house& h, const caf::actor& link, std::string name = "w") {
  return {std::move(name),
          "1.0",
          7,
          {"zone=eu"},
          2,
          h.clock->now(),
          caf::actor_cast<worker_link>(link)};
}

}  // namespace

TEST_CASE("the front door opens to the same protocol, and shows where to join") {
  worker_house h;
  const auto front = caf::actor_cast<front_door_actor>(h.desk);
  const auto d = h.ask<door>(front, knock{worker_protocol, "w", "1.0"});
  REQUIRE(d);
  CHECK(d->open);
  CHECK(d->version == "1.0");
  CHECK(d->desk == caf::actor_cast<caf::strong_actor_ptr>(h.desk));
}

TEST_CASE("another protocol is refused in one sentence that names both versions") {
  worker_house h;
  const auto front = caf::actor_cast<front_door_actor>(h.desk);
  const auto d = h.ask<door>(front, knock{worker_protocol + 1, "w", "2.0"});
  REQUIRE(d);
  CHECK_FALSE(d->open);
  CHECK(d->desk == nullptr);
  CHECK(d->protocol == worker_protocol);
  CHECK(d->refusal ==
        "host 'home' is pitwall 1.0 and speaks worker protocol 2, worker 'w' is pitwall 2.0 and "
        "speaks worker protocol 3: install the same version on both");
  CHECK(h.log->has("install the same version on both"));
  CHECK(h.rows().empty());
}

TEST_CASE("rows tell of each worker that is or was here") {
  worker_house h;
  h.hire("b", {"zone=eu", "gpu"});
  h.pretend("a", {});
  h.pass(3s);
  auto rows = h.rows();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].name == "a");
  CHECK(rows[0].state == "suspect");
  CHECK(rows[0].heard_us_ago >= 3'000'000);
  CHECK(rows[1].name == "b");
  CHECK(rows[1].version == "1.0");
  CHECK(rows[1].labels == std::vector<std::string>{"zone=eu", "gpu"});
  CHECK(rows[1].state == "joined");
  CHECK(rows[1].heard_us_ago <= 1'100'000);
  CHECK(rows[1].lease_us_left > 3'000'000);
  h.pass(3s);
  CHECK(h.rows().at(0).state == "lost");
  caf::anon_send_exit(h.workers_here.at("b").handle, h.leaving);
  h.run();
  rows = h.rows();
  CHECK(rows[1].state == "left");
  CHECK(rows[1].lease_us_left == 0);
}

TEST_CASE("a suspect worker keeps what it runs, and gets nothing more") {
  worker_house h;
  const auto p = h.pretend("p");
  const auto w = h.deploy(looks);
  auto s = h.start(w);
  h.run();
  CHECK(p->attempts.size() == 1);
  h.pass(3s);
  CHECK(h.rows().at(0).state == "suspect");
  auto second = h.start(w);
  h.run();
  CHECK(p->attempts.size() == 2);
  auto other = h.start(h.deploy(looks, "other"));
  h.run();
  CHECK(other->value().status == run_status::completed_with_errors);
}

TEST_CASE("a heartbeat counts for the worker that sent it, and for no other's epoch") {
  worker_house h;
  const auto p = h.pretend("p");
  h.pass(3s);
  // From somebody else.
  const auto stranger = h.ask<heartbeat_answer>(h.desk, worker_heartbeat{p->epoch, 5, 0, 0});
  REQUIRE(stranger);
  CHECK_FALSE(stranger->live);
  CHECK(stranger->sent_ns == 5);
  h.pass(3s);
  CHECK(h.rows().at(0).state == "lost");
}

TEST_CASE("a worker with a clock of its own is not taken, and neither is one without an actor") {
  worker_house h;
  const auto p = h.pretend("p");
  auto far = request_of(h, p->link);
  far.clock += 3s;
  auto answer = h.ask<join_answer>(h.desk, far);
  REQUIRE(answer);
  CHECK(answer->epoch == 0);
  CHECK(answer->refusal.message.find("clock") != std::string::npos);
  CHECK(answer->refusal.remedy.find("NTP") != std::string::npos);
  far.clock -= 6s;
  CHECK(h.ask<join_answer>(h.desk, far)->refusal.failed());
  auto nobody = request_of(h, p->link);
  nobody.link = worker_link();
  CHECK(h.ask<join_answer>(h.desk, nobody)->refusal.failed());
  CHECK_FALSE(h.ask<join_answer>(h.desk, request_of(h, p->link))->refusal.failed());
}

TEST_CASE("nodes go to the worker with the fewest, and each counts until it is gone") {
  worker_house h;
  h.hire("a");
  h.hire("b");
  for (int i = 0; i < 4; ++i) {
    auto s = h.start(h.deploy(looks, "w" + std::to_string(i)));
    h.run();
    CHECK(s->value().status == run_status::completed);
  }
  auto rows = h.rows();
  CHECK(rows.at(0).nodes == 2);
  CHECK(rows.at(1).nodes == 2);
  for (const auto& w : h.workflows) caf::anon_send(w, retire{});
  h.run();
  rows = h.rows();
  CHECK(rows.at(0).nodes == 0);
  CHECK(rows.at(1).nodes == 0);
}

TEST_CASE("soon after its start a host waits for workers that are on their way back") {
  worker_house h;
  caf::anon_send_exit(h.desk, h.leaving);
  h.open_desk_for_workers(4s);
  auto s = h.start(h.deploy(looks));
  h.pass(2s);
  CHECK_FALSE(s->done());
  SECTION("one comes") {
    h.hire("w");
    CHECK(s->value().status == run_status::completed);
  }
  SECTION("none comes") {
    h.pass(3s);
    CHECK(s->value().status == run_status::completed_with_errors);
  }
}

TEST_CASE("when the list of workers dies, what it placed ends, and what is asked of it fails") {
  worker_house h;
  const auto p = h.pretend("p");
  auto s = h.start(h.deploy(looks));
  h.run();
  CHECK(p->attempts.size() == 1);
  caf::anon_send_exit(h.desk, caf::exit_reason::kill);
  h.run();
  CHECK(p->dropped.size() == 1);
  CHECK(s->value().status == run_status::completed_with_errors);
  CHECK(h.events->all<node_failed>().at(0).error_type == "unavailable");
}

}  // namespace pitwall::test
