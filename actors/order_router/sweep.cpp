// Job: cancels what rests at the venue: of scopes that may not trade (cancel on halt), or all (the
//      host ends). Cancels always pass a halt. What a cancel meets is reported by the venue, with
//      fills; one that fails is tried again while the scope may not trade.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/order_router/desk.hpp"

namespace pitwall {

bool order_router::is_halted(const open_order& o) const {
  return !can_trade(
      options_.gate->read()->effective(options_.to->name(), o.scope->bot_id, o.scope->strategy_id));
}

caf::result<bool> order_router::sweep(const cancel_resting& m) {
  std::vector<std::string> ids;
  bool whole = true;
  std::set<std::string> under_way;  // A halt may be told again and again.
  if (!m.all)
    for (const auto& [token, s] : sweeping_) under_way.insert(s.ids.begin(), s.ids.end());
  std::erase_if(sweep_again_, [this](const auto& id) { return !orders_.contains(id); });
  for (const auto& [id, o] : orders_) {
    if (!m.all && !is_halted(o) && !sweep_again_.contains(id)) continue;
    if (under_way.contains(id)) continue;
    if (o.accepted && !o.asked_breaker && o.fate == doubt::none && o.word == 0)
      ids.push_back(id);
    else
      whole = false;  // Nobody knows whether it rests.
  }
  if (ids.empty()) {
    sweeps_failed_ = 0;
    return whole;
  }
  std::sort(ids.begin(), ids.end());
  const auto token = ++last_sweep_;
  sweeping_.emplace(token, sweeping{make_response_promise<bool>(), ids, m.all, whole});
  if (options_.log)
    options_.log->write(log_level::warning, "venue",
                        "cancelling " + std::to_string(ids.size()) + " resting orders at " +
                            options_.to->name() + (m.all ? "" : ": trading is halted"));
  options_.to->cancel({options_.to->name(), {}}, ids,
                      [self = order_router_actor(this), token](result<cancel_report> outcome) {
                        resting_canceled done{token, {}};
                        if (!outcome.ok()) done.failure = wire_error(outcome.error());
                        caf::anon_send(self, std::move(done));
                      });
  return sweeping_.at(token).promise;
}

void order_router::swept(const resting_canceled& m) {
  const auto waiting = sweeping_.extract(m.token);
  if (waiting.empty()) return;
  const bool failed = m.failure.failed();
  if (failed && options_.log)
    options_.log->write(log_level::error, "venue",
                        "resting orders at " + options_.to->name() +
                            " could not all be cancelled: " + m.failure.message);
  auto& was = waiting.mapped();
  was.promise.deliver(!failed && was.whole);
  if (!failed) {
    sweeps_failed_ = 0;
    for (const auto& id : was.ids) sweep_again_.erase(id);
    return;
  }
  // Newer orders than those are none of its business.
  if (was.of_all) sweep_again_.insert(was.ids.begin(), was.ids.end());
  if (options_.cancels_on_halt || !sweep_again_.empty()) {
    sweep_later(wait_after(sweeps_failed_++, std::chrono::seconds(10)));
  }
}

void order_router::sweep_later(std::chrono::milliseconds wait) {
  if (!std::exchange(sweep_sent_, true)) delayed_send(this, wait, try_again{true});
}

namespace {

class sweeper final : public resident<emergency_listener> {
 public:
  sweeper(caf::actor_config& cfg, std::vector<order_router_actor> to)
      : resident(cfg), to_(std::move(to)) {}
  const char* name() const override { return "sweeper"; }
  behavior_type make_behavior() override {
    return {[this](const emergency_closed&) {
      for (const auto& router : to_) caf::anon_send(router, cancel_resting{false});
    }};
  }
  void on_exit() override { to_.clear(); }

 private:
  std::vector<order_router_actor> to_;
};

}  // namespace

emergency_listener cancel_what_halts(caf::actor_system& system,
                                     std::vector<order_router_actor> routers) {
  return system.spawn<sweeper>(std::move(routers));
}

}  // namespace pitwall
