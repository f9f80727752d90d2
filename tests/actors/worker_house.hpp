// Job: a host with workers, all in one actor system and in virtual time: a house with a list of
//      workers, real workers that join it, and one that only says what a test lets it say.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/placed_node/actor.hpp"
#include "actors/worker/actor.hpp"
#include "actors/workers/actor.hpp"
#include "tests/actors/house.hpp"

namespace pitwall::test {

/// A worker that is real, with a way of its own to the venue of its house.
struct hired {
  worker_actor handle;
  std::shared_ptr<mortal_venue> door;
  std::shared_ptr<virtual_boot> boot;
};

/// What a worker that is none was sent. It never beats, and its node says what the test makes it.
struct puppet {
  caf::actor link, node;
  std::uint64_t epoch = 0;
  std::vector<host_node> hosted;
  std::vector<std::uint64_t> dropped;
  std::vector<run_attempt> attempts;
  std::vector<std::uint32_t> abandoned;
  std::vector<std::uint64_t> confirmed;
  caf::strong_actor_ptr asked_by;  ///< Of the latest attempt.
  wire_error refuses{};

  /// As if its node had said so.
  template <class Message>
  void says(Message m) const {
    caf::send_as(node, caf::actor_cast<caf::actor>(asked_by), std::move(m));
  }
};

class worker_house : public house {
 public:
  explicit worker_house(std::uint64_t shuffle_seed = 0, estate from = {})
      : house(shuffle_seed, std::move(from)) {
    open_desk_for_workers();
  }
  ~worker_house() {
    for (auto& [name, w] : workers_here) caf::anon_send_exit(w.handle, leaving);
    for (auto& p : puppets) {
      caf::anon_send_exit(p->link, leaving);
      caf::anon_send_exit(p->node, leaving);
      p->asked_by = nullptr;
      p->hosted.clear();
    }
    caf::anon_send_exit(desk, leaving);
    run();
  }

  void open_desk_for_workers(milliseconds settle = milliseconds(0)) {
    workers_options o;
    o.rules.first_epoch = ++epochs_begin_at * 1'000;
    o.settle = settle;
    o.host = "home";
    o.version = "1.0";
    o.risk = shared->risk;
    o.breakers = shared->breakers;
    o.boot = host_boot;
    o.clock = clock;
    o.log = log;
    desk = system.spawn<workers>(std::move(o));
    shared->workers = desk;
  }

  worker_options options_of(const std::string& name, std::vector<std::string> labels, hired& h) {
    worker_options o;
    o.who = {name, "1.0", ++incarnations, std::move(labels), 1};
    o.dial = [this](const dial_completion& then) {
      ++dials;
      if (unreachable)
        then(error{errc::unavailable, "no route to the host", {}, {}});
      else
        then(caf::actor_cast<front_door_actor>(desk));
    };
    o.services_for = [this, door = h.door](const host_ties&) {
      services s;
      s.clock = clock;
      s.log = log;
      s.outside = outside_of_workers;
      s.venues.add(door->name(), {door, {}});
      s.venues.set_fallback(door->name());
      return s;
    };
    o.blocks = std::shared_ptr<const block_catalog>(std::shared_ptr<void>(), &blocks);
    o.boot = h.boot;
    o.clock = clock;
    o.log = log;
    if (equip) equip(o, h);
    return o;
  }

  hired& hire(const std::string& name, std::vector<std::string> labels = {"zone=eu"}) {
    auto& h = workers_here[name];
    h.door = std::make_shared<mortal_venue>(paper);
    h.boot = std::make_shared<virtual_boot>(sched);
    h.handle = system.spawn<worker>(options_of(name, std::move(labels), h));
    run();
    return h;
  }
  /// As kill -9: its nodes go with it.
  void kill_worker(const std::string& name) {
    caf::anon_send_exit(workers_here.at(name).handle, caf::exit_reason::kill);
  }

  std::shared_ptr<puppet> pretend(const std::string& name,
                                  std::vector<std::string> labels = {"zone=eu"}) {
    auto p = std::make_shared<puppet>();
    p->node = system.spawn(puppet_node, p.get());
    p->link = system.spawn(puppet_link, p.get());
    puppets.push_back(p);
    const auto joined =
        ask<join_answer>(desk, join_request{name, "1.0", ++incarnations, std::move(labels), 1,
                                            clock->now(), caf::actor_cast<worker_link>(p->link)});
    REQUIRE(joined);
    REQUIRE_FALSE(joined->refusal.failed());
    p->epoch = joined->epoch;
    return p;
  }

  /// What the actor answers; nothing where that is an error, or nothing.
  template <class Answer, class Handle, class Message>
  std::optional<Answer> ask(const Handle& whom, Message what) {
    auto got = std::make_shared<std::optional<Answer>>();
    system.spawn(
        [](caf::event_based_actor* self, const Handle& to, const Message& m,
           const std::shared_ptr<std::optional<Answer>>& into) {
          self->request(to, caf::infinite, m)
              .then([into](Answer& a) { *into = std::move(a); }, [](caf::error&) {});
        },
        whom, std::move(what), got);
    run();
    return *got;
  }
  std::vector<worker_row> rows() {
    return ask<std::vector<worker_row>>(desk, list_workers{}).value();
  }

  static constexpr auto leaving = caf::exit_reason::user_shutdown;
  workers_actor desk;
  std::map<std::string, hired> workers_here;
  std::vector<std::shared_ptr<puppet>> puppets;
  std::shared_ptr<web> outside_of_workers;
  std::function<void(worker_options&, hired&)> equip;  ///< Of workers that are hired from now on.
  std::uint64_t incarnations = 0, epochs_begin_at = 0;
  std::size_t dials = 0;
  bool unreachable = false;

 private:
  static caf::behavior puppet_node(caf::event_based_actor* self, puppet* p) {
    return {[self, p](run_attempt& m) {
              p->asked_by = self->current_sender();
              p->attempts.push_back(std::move(m));
            },
            [p](const abandon_attempt& m) { p->abandoned.push_back(m.attempt); },
            [p](const confirm_notification& m) { p->confirmed.push_back(m.token); }};
  }
  static caf::behavior puppet_link(caf::event_based_actor* self, puppet* p) {
    self->set_default_handler(caf::drop);
    return {[p](host_node& m) {
              p->hosted.push_back(std::move(m));
              struct hosted answer;
              answer.failure = p->refuses;
              if (!answer.failure.failed()) answer.node = caf::actor_cast<node_actor>(p->node);
              return answer;
            },
            [p](const drop_node& m) { p->dropped.push_back(m.number); }};
  }
};

/// A registered type whose blocks count their evaluations: trigger state, and output, is the
/// number.
inline void add_counter(house& h, std::string category = "triggers") {
  struct counter final : block {
    result<step> evaluate(const evaluation& in) const override {
      const auto n = in.state.is_number() ? in.state.as_number() : decimal(0);
      const value next(*add(n, decimal(1)));
      return step(completion{{next}, next, std::nullopt});
    }
  };
  block_type t;
  t.name = "counter";
  t.category = std::move(category);
  t.summary = "Counts.";
  t.outputs = {{"n", port_kind::number}};
  t.stateful = true;
  t.make = [](const block_config&) -> result<std::unique_ptr<const block>> {
    return std::unique_ptr<const block>(new counter());
  };
  REQUIRE(h.blocks.add(std::move(t)).ok());
}

}  // namespace pitwall::test
