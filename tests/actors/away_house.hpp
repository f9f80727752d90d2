// Job: a host whose venue "far" is placed on workers, in virtual time: one exchange that outlives
//      them all, and a door to it for each worker, which its own gate guards.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/placed_venue/actor.hpp"
#include "actors/placed_venue/port.hpp"
#include "actors/venue_desk/actor.hpp"
#include "tests/actors/worker_house.hpp"

namespace pitwall::test {

/// A worker's adapter: asks its gate as the order leaves, like any other.
class gated_door final : public venue {
 public:
  gated_door(std::shared_ptr<paper_venue> exchange, std::shared_ptr<order_gate> gate)
      : exchange_(std::move(exchange)), gate_(std::move(gate)) {}
  bool holds_orders = false;      ///< What is submitted waits, as for a connection, until let_go().
  bool holds_cancels = false;     ///< They wait, too.
  bool dead = false;              ///< With its process: nothing is told any more.
  bool unreachable = false;       ///< Cancels fail.
  bool answers_are_lost = false;  ///< Of cancels: they happen, and fail.
  std::optional<error> answer;    ///< To questions.
  std::vector<std::string> sent;
  std::size_t cancels = 0;

  const std::string& name() const noexcept override { return exchange_->name(); }
  cancel_call fetch_market(const market_request& r, completion<market_data> then) override {
    return exchange_->fetch_market(r, std::move(then));
  }
  void submit(const std::string& id, const order_request& order, const order_permit& permit,
              std::function<void(order_report)> then) override {
    auto leave = [this, id, order, permit, then = std::move(then)] {
      if (!gate_->allows(permit)) {
        order_report r;
        r.client_order_id = id;
        r.state = order_state::rejected;
        r.code = "halted";
        return dead ? void() : then(r);
      }
      sent.push_back(id);
      exchange_->submit(id, order, emergency_book().grant("far", "b", "s"),
                        [this, then](order_report r) {
                          if (!dead) then(std::move(r));
                        });
    };
    if (holds_orders)
      held_.push_back(std::move(leave));
    else
      leave();
  }
  void let_go() {
    holds_orders = holds_cancels = false;
    for (auto& leave : std::exchange(held_, {})) leave();
  }
  void query(const std::string& id, const order_request& order,
             completion<order_report> then) override {
    if (answer) return then(*answer);
    exchange_->query(id, order, std::move(then));
  }
  void cancel(const cancel_request& request, const std::vector<std::string>& ids,
              completion<cancel_report> then) override {
    ++cancels;
    if (holds_cancels) {
      held_.push_back([this, request, ids, then = std::move(then)] { cancel(request, ids, then); });
      return;
    }
    if (unreachable) return then(error{errc::unavailable, "the venue is away", {}, {}});
    if (!answers_are_lost) return exchange_->cancel(request, ids, std::move(then));
    exchange_->cancel(request, ids, [then = std::move(then)](const result<cancel_report>&) {
      then(error{errc::deadline_exceeded, "one may not be cancelled", {}, {}});
    });
  }
  bool lists_open_orders() const noexcept override { return true; }
  void open_orders(completion<std::vector<std::string>> then) override {
    exchange_->open_orders(std::move(then));
  }
  void on_report(std::function<void(order_report)> listener) override {
    exchange_->on_report(std::move(listener));
  }
  std::vector<std::string> unanswered() const override { return {}; }
  decimal quantity_step(const std::string& s) const override { return exchange_->quantity_step(s); }

 private:
  const std::shared_ptr<paper_venue> exchange_;
  const std::shared_ptr<order_gate> gate_;
  std::vector<std::function<void()>> held_;
};

class away_house : public worker_house {
 public:
  static constexpr std::chrono::seconds lease{5};

  away_house() {
    open_gate = std::make_shared<order_gate>();
    open_gate->publish(std::make_shared<emergency_book>());
    paper_options o;
    o.name = "far";
    o.volatility_ppb = 0;
    exchange = std::make_shared<paper_venue>(o, open_gate, clock);
    handed = std::make_shared<handed_orders>(gate);
    equip = [this](worker_options& w, hired& h) {
      auto& e = equipment[w.who.name];
      e.gate = std::make_shared<order_gate>(h.boot);
      e.door = std::make_shared<gated_door>(exchange, e.gate);
      w.desks.emplace("far", [this, &e, boot = h.boot, name = w.who.name] {
        e.desk = system.spawn<venue_desk>(
            venue_desk_options{e.door, e.gate, boot, clock, log, name, e.memory});
        return desk_link(e.desk);
      });
    };
    place_it();
  }
  ~away_house() {
    port.reset();
    caf::anon_send_exit(agent, leaving);
    run();
    for (auto& [name, e] : equipment) caf::anon_send_exit(e.desk, leaving);
    run();
    for (auto& [name, w] : workers_here) caf::anon_send_exit(w.handle, leaving);
    agent = nullptr;
    equipment.clear();
    run();
  }

  /// As a start of the host does; another one is gone.
  void place_it() {
    if (agent) caf::anon_send_exit(agent, leaving);
    run();
    placed_venue_options o;
    o.venue = "far";
    o.labels = {"zone=eu"};
    o.handed = handed;
    o.lease = lease;
    o.boot = host_boot;
    o.clock = clock;
    o.log = log;
    agent = system.spawn<placed_venue>(std::move(o));
    port = std::make_unique<placed_venue_port>("far", handed, agent, clock);
    port->on_report([this](order_report r) { told.push_back(std::move(r)); });
    port->on_regained([this] { ++regained; });
    caf::anon_send(agent, begin_placing{desk, controller});
    run();
  }
  /// As kill -9 of its process.
  void kill_with_desk(const std::string& name) {
    auto& e = equipment.at(name);
    e.door->dead = true;
    caf::anon_send_exit(e.desk, caf::exit_reason::kill);
    kill_worker(name);
    run();
  }

  /// Of the places that were given out so far; takes one.
  std::uint64_t last_place_number() {
    return ask<place>(desk, find_place{{"zone=eu"}}).value().number;
  }
  order_permit permit() const { return gate->read()->grant("far", "b", "s"); }
  static order_request order(order_kind kind = order_kind::market, int price = 0) {
    return {"far", "BTC/USDT", order_side::buy, kind, *decimal::parse("0.5"), decimal(price)};
  }
  std::shared_ptr<std::optional<order_report>> send(const std::string& id,
                                                    const order_request& what = order()) {
    auto got = std::make_shared<std::optional<order_report>>();
    port->submit(id, what, permit(), [got](order_report r) { *got = std::move(r); });
    run();
    return got;
  }
  /// One that rests: far below the market.
  std::shared_ptr<std::optional<order_report>> rest(const std::string& id) {
    return send(id, order(order_kind::limit, 1));
  }
  result<order_report> query(const std::string& id) {
    result<order_report> out = error{errc::internal, "no answer", {}, {}};
    port->query(id, order(), [&out](result<order_report> r) { out = std::move(r); });
    run();
    return out;
  }
  std::vector<std::string> open_there() {
    std::vector<std::string> out;
    exchange->open_orders([&](result<std::vector<std::string>> all) { out = all.value(); });
    return out;
  }

  struct kit {
    std::shared_ptr<order_gate> gate;
    std::shared_ptr<gated_door> door;
    std::shared_ptr<desk_memory> memory = std::make_shared<desk_memory>();
    venue_desk_actor desk;
  };
  std::shared_ptr<order_gate> open_gate;
  std::shared_ptr<paper_venue> exchange;
  std::shared_ptr<handed_orders> handed;
  std::map<std::string, kit> equipment;
  placed_venue_actor agent;
  std::unique_ptr<placed_venue_port> port;
  std::vector<order_report> told;
  std::size_t regained = 0;
};

}  // namespace pitwall::test
