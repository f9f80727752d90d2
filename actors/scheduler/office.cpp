#include "actors/scheduler/office.hpp"

#include <utility>

#include "actors/office/actor.hpp"

namespace pitwall {
namespace {

/// For a scheduler that was given up: it says so to whoever asks.
scheduler_actor::behavior_type stands_in(scheduler_actor::pointer, trigger_list shown) {
  return {[](const wake_up&) {},
          [](const read_table&) {},
          [](const start_answered&) {},
          [](const restart_answered&) {},
          [](const price_seen&) {},
          [](const trigger_letter_ref&) {},
          [](const call_granted&) {},
          [](const call_refused&) {},
          [shown = std::move(shown)](const ask_triggers&) { return shown; }};
}

}  // namespace

scheduler_actor open_scheduler_office(caf::actor_system& system, scheduler_options options,
                                      std::function<void(const error&)> given_up) {
  office_options o;
  o.name = "scheduler";
  o.clock = options.clock;
  o.log = options.log;
  o.given_up = [given_up = std::move(given_up), table = options.table](caf::actor_system& sys,
                                                                       const error& why) {
    given_up(why);
    trigger_list shown;
    for (const auto& t : table->read()->triggers) {
      auto& view = shown.by_bot[t.bot_id];
      view.workflow_id = t.workflow_id;
      view.text = t.trigger.text;
      view.last_skip = "nothing fires any more: " + why.message + ": " + why.remedy;
    }
    return caf::actor_cast<caf::actor>(sys.spawn(stands_in, std::move(shown)));
  };
  o.appoint = [options = std::move(options)](caf::actor_system& sys,
                                             std::uint32_t) -> result<caf::actor> {
    return caf::actor_cast<caf::actor>(sys.spawn<scheduler>(options));
  };
  return caf::actor_cast<scheduler_actor>(caf::actor(system.spawn<office>(std::move(o))));
}

}  // namespace pitwall
