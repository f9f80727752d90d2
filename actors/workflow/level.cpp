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

}  // namespace pitwall
