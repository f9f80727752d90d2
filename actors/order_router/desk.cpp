#include "actors/order_router/desk.hpp"

#include <utility>

#include "actors/office/actor.hpp"

namespace pitwall {
namespace {

/// Stands where no router lives any more: nothing is sent, and nothing is promised.
class closed_desk final : public resident<order_router_actor> {
 public:
  closed_desk(caf::actor_config& cfg, std::shared_ptr<const wall_clock> clock)
      : resident(cfg), clock_(std::move(clock)) {}

  const char* name() const override { return "closed_desk"; }
  behavior_type make_behavior() override {
    return {[this](const submit_order& m) {
              order_report r;
              r.client_order_id = m.client_order_id;
              r.state = order_state::rejected;
              r.code = "venue_closed";
              r.reason = "the venue's order router was given up; nothing was sent";
              r.at = clock_->now();
              send(caf::actor_cast<order_client>(current_sender()),
                   order_answer{m.token, std::move(r)});
            },
            [this](const cancel_open& m) {
              send(caf::actor_cast<order_client>(current_sender()),
                   cancel_answer{m.token, {}, wire_error(given_up())});
            },
            [](const venue_report&) {},
            [](const adopt_order&) {},  // The next start adopts it.
            [](const claim_order&) {},  // Its deadline calls it in doubt.
            [](const settlement&) {},
            [](ask_again) {},
            [](const open_when_settled&) -> caf::result<bool> {
              return caf::make_error(caf::sec::runtime_error, given_up().to_string());
            },
            [](pass_fence) { return true; },
            [](const call_granted&) {},
            [](const call_refused&) {},
            [](ask_doubts) { return order_doubts{}; },
            [](const word_on_order&) {
              return word_taken{false, {}, wire_error(given_up())};
            },
            [](const durable&) {},
            [](const orders_listed&) {},
            [](try_again) {},
            [](const cancel_resting&) { return false; },
            [](const resting_canceled&) {},
            [](const answer_journaled&) {}};
  }
  void on_exit() override { clock_ = nullptr; }

 private:
  static error given_up() {
    return {errc::unavailable, "the venue's order router was given up", {}, "restart the host"};
  }
  std::shared_ptr<const wall_clock> clock_;
};

}  // namespace

order_router_actor open_desk(caf::actor_system& system, order_router_options options,
                             desk_takeover taken_over) {
  office_options o;
  o.name = "order router of " + options.to->name();
  o.limits = router_restarts;
  o.clock = options.clock;
  o.log = options.log;
  o.settled_in = [taken_over, venue = options.to->name()](std::uint32_t term) {
    taken_over(venue, term);
  };
  o.given_up = [options](caf::actor_system& sys, const error& why) {
    if (options.board) options.board->set(options.to->name(), {false, 0, why.to_string()});
    return caf::actor_cast<caf::actor>(sys.spawn<closed_desk>(options.clock));
  };
  o.appoint = [options = std::move(options)](caf::actor_system& sys,
                                             std::uint32_t term) -> result<caf::actor> {
    auto mine = options;
    mine.term = term;
    if (term > 0) {
      mine.starts_closed = true;
      mine.closed_because = "its order router died and was replaced";
    }
    const auto port = mine.to;
    const bool returns = mine.cancels_on_return;
    auto holder = sys.spawn<order_router>(std::move(mine));
    // Straight to it, as the answers to what it asks come: by two ways one would overtake the
    // other.
    port->on_report(
        [holder](order_report r) { caf::anon_send(holder, venue_report{std::move(r)}); });
    if (returns) port->on_regained([holder] { caf::anon_send(holder, cancel_resting{true}); });
    return caf::actor_cast<caf::actor>(std::move(holder));
  };
  return caf::actor_cast<order_router_actor>(
      caf::actor_cast<caf::actor>(system.spawn<office>(std::move(o))));
}

}  // namespace pitwall
