#include "runtime/host/order_venues.hpp"

#include <algorithm>

namespace pitwall {

std::vector<problem> order_problems(const workflow_definition& definition,
                                    const std::vector<outside_venue>& venues) {
  std::vector<problem> out;
  for (std::size_t i = 0; i < definition.blocks.size(); ++i) {
    const auto& b = definition.blocks[i];
    if (b.type != "buy" && b.type != "sell" && b.type != "cancel") continue;
    const value* named = b.properties.find("venue");
    if (named == nullptr || !named->is_text()) continue;
    const auto it = std::find_if(venues.begin(), venues.end(), [&](const auto& v) {
      return v.name == named->as_text() && v.data_only();
    });
    if (it == venues.end()) continue;
    out.push_back({problem::severity::error,
                   definition.origin + "/blocks/" + std::to_string(i) + "/properties/venue", b.id,
                   "of '" + it->name + "', a venue of type " + it->type +
                       ", the host has market data alone: no order can leave for it",
                   "order on a venue that takes orders: 'paper', or one of type binance"});
  }
  return out;
}

status check_orders(const workflow_definition& definition,
                    const std::vector<outside_venue>& venues) {
  const auto problems = order_problems(definition, venues);
  if (problems.empty()) return done{};
  return error{errc::failed_precondition, problems.front().message,
               "block '" + problems.front().block_id + "'", problems.front().remedy};
}

}  // namespace pitwall
