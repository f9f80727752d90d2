#include "actors/risk/office.hpp"

#include <utility>

#include "actors/office/actor.hpp"

namespace pitwall {

risk_actor open_risk_office(caf::actor_system& system, std::shared_ptr<order_gate> gate,
                            risk_options first, std::function<result<risk_options>()> restored,
                            std::shared_ptr<log_port> log,
                            std::function<void(const error&)> given_up) {
  office_options o;
  o.name = "risk actor";
  o.clock = first.clock;
  o.log = std::move(log);
  o.given_up = [given_up = std::move(given_up)](caf::actor_system&, const error& why) {
    given_up(why);
    return caf::actor{};
  };
  auto at_start = std::make_shared<risk_options>(std::move(first));
  o.appoint = [at_start, gate = std::move(gate), restored = std::move(restored)](
                  caf::actor_system& sys, std::uint32_t term) -> result<caf::actor> {
    if (term == 0) return caf::actor_cast<caf::actor>(sys.spawn<risk>(std::move(*at_start)));
    gate->void_before(term);
    PITWALL_TRY(again, restored());
    again.term = term;
    return caf::actor_cast<caf::actor>(sys.spawn<risk>(std::move(again)));
  };
  return caf::actor_cast<risk_actor>(caf::actor(system.spawn<office>(std::move(o))));
}

}  // namespace pitwall
