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

std::vector<problem> bot_venue_problems(const workflow_definition& definition,
                                        const bot_venues& all) {
  const auto own = all.find(definition.bot_id);
  if (definition.bot_id.empty() || own == all.end()) return {};
  std::vector<problem> out;
  for (std::size_t i = 0; i < definition.blocks.size(); ++i) {
    const auto& b = definition.blocks[i];
    const bool provides = b.category == "providers";
    const std::string property = provides ? "profile_id" : "venue";
    const value* named = b.properties.find(property);
    const bool says_none = named == nullptr || named->is_null() || *named == value("");
    if (provides ? !says_none : says_none || !named->is_text()) continue;
    const auto& type = provides ? b.type : named->as_text();
    const auto meant = own->second.find(type);
    if (meant == own->second.end() || meant->second == type) continue;
    out.push_back({problem::severity::warning,
                   definition.origin + "/blocks/" + std::to_string(i) + "/properties/" + property,
                   b.id,
                   "goes to '" + type + "' (without a venue of that name: to paper) and not to '" +
                       meant->second + "': bots[" + definition.bot_id +
                       "].venues holds for the workflow of that entry alone",
                   "write \"" + property + "\": \"" + meant->second + "\" into the block"});
  }
  return out;
}

}  // namespace pitwall
