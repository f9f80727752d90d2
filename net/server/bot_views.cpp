#include "net/server/json_views.hpp"
#include "runtime/base/clock.hpp"

namespace pitwall {
namespace {

value text_or_null(const std::string& text) { return text.empty() ? value() : value(text); }
value time_or_null(const std::optional<timestamp>& t) {
  return t ? value(to_iso8601(*t)) : value();
}
value whole(std::uint64_t n) { return decimal(static_cast<std::int64_t>(n)); }

/// The scopes that keep the bot's orders back, whichever workflow they come from.
value halted_by(const std::string& bot_id, const host_health& now) {
  value::list out;
  for (const auto& [scope, state] : now.emergency)
    if ((scope == "global" || scope == "bot:" + bot_id) && (state == "halt" || state == "shutdown"))
      out.emplace_back(scope);
  return out;
}

value view_of(const trigger_view& t) {
  return value::object{{"workflow_id", t.workflow_id},
                       {"text", t.text},
                       {"next_fire", time_or_null(t.next_fire)},
                       {"last_fire", time_or_null(t.last_fire)},
                       {"started", whole(t.started)},
                       {"skipped", whole(t.skipped)},
                       {"last_skip", text_or_null(t.last_skip)}};
}

}  // namespace

value view_of(const bot_view& b, const host_health& now) {
  return value::object{{"id", b.id},
                       {"state", b.state},
                       {"halted_by", halted_by(b.id, now)},
                       {"since", time_or_null(b.since)},
                       {"reason", text_or_null(b.reason)},
                       {"operator", text_or_null(b.operator_name)},
                       {"workflows", value::list(b.workflows.begin(), b.workflows.end())},
                       {"executions_in_flight", whole(b.in_flight)},
                       {"trigger", b.trigger ? view_of(*b.trigger) : value()}};
}

value view_of(const std::vector<bot_view>& all, const host_health& now) {
  value::list items;
  for (const auto& b : all) items.push_back(view_of(b, now));
  return value::object{{"bots", value(std::move(items))}};
}

}  // namespace pitwall
