#include "net/server/json_views.hpp"
#include "runtime/base/clock.hpp"

namespace pitwall {
namespace {

value text_or_null(const std::string& text) { return text.empty() ? value() : value(text); }

}  // namespace

value view_of(const bot_view& b) {
  return value::object{
      {"id", b.id},
      {"state", b.state},
      {"since", b.since ? value(to_iso8601(*b.since)) : value()},
      {"reason", text_or_null(b.reason)},
      {"operator", text_or_null(b.operator_name)},
      {"workflows", value::list(b.workflows.begin(), b.workflows.end())},
      {"executions_in_flight", value(decimal(static_cast<std::int64_t>(b.in_flight)))}};
}

value view_of(const std::vector<bot_view>& all) {
  value::list items;
  for (const auto& b : all) items.push_back(view_of(b));
  return value::object{{"bots", value(std::move(items))}};
}

}  // namespace pitwall
