#include "actors/scheduler/office.hpp"

#include <utility>

#include "actors/office/actor.hpp"

namespace pitwall {

scheduler_actor open_scheduler_office(caf::actor_system& system, scheduler_options options,
                                      std::function<void(const error&)> given_up) {
  office_options o;
  o.name = "scheduler";
  o.clock = options.clock;
  o.log = options.log;
  o.given_up = [given_up = std::move(given_up)](caf::actor_system&, const error& why) {
    given_up(why);
    return caf::actor{};
  };
  o.appoint = [options = std::move(options)](caf::actor_system& sys,
                                             std::uint32_t) -> result<caf::actor> {
    return caf::actor_cast<caf::actor>(sys.spawn<scheduler>(options));
  };
  return caf::actor_cast<scheduler_actor>(caf::actor(system.spawn<office>(std::move(o))));
}

}  // namespace pitwall
