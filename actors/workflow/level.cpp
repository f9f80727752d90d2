#include "actors/workflow/level.hpp"

#include <algorithm>

namespace pitwall {

emergency_level level_of(const plan& workflow, const services& shared) {
  const auto& d = *workflow.definition;
  const auto book = shared.gate->read();
  auto strictest = book->effective({}, d.bot_id, d.strategy_id);
  if (!workflow.can_order) return strictest;
  for (const auto& name : workflow.order_venues) {
    const auto* v = shared.venues.find(name);
    strictest =
        std::max(strictest, book->effective(v ? v->port->name() : name, d.bot_id, d.strategy_id));
  }
  return strictest;
}

std::string way_out_of(emergency_level level) {
  const std::string resume = "`pitwall emergency resume --reason ...`";
  return level == emergency_level::shutdown
             ? "start the host anew with `pitwall serve --leave-shutdown`, then " + resume
             : "resume with " + resume;
}

}  // namespace pitwall
