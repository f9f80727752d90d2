#include "net/live/event_filter.hpp"

#include <algorithm>

namespace pitwall::live {
namespace {

bool has(const std::vector<std::string>& sorted, std::string_view one) noexcept {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), one);
  return at != sorted.end() && *at == one;
}

}  // namespace

bool event_filter::wants(const event_scope& scope, std::string_view type) const noexcept {
  if (!types.empty() && !has(types, type)) return false;
  return all || names_nobody() || has(workflow_ids, scope.workflow_id) ||
         has(bot_ids, scope.bot_id) || has(strategy_ids, scope.strategy_id);
}

}  // namespace pitwall::live
