#include "net/server/json_views.hpp"

#include <algorithm>

#include "runtime/workflow/json.hpp"

namespace pitwall {
namespace {

value text_or_null(const std::string& text) { return text.empty() ? value() : value(text); }

value number(std::uint64_t n) { return decimal(static_cast<std::int64_t>(n)); }

value in_milliseconds(microseconds us) {
  return decimal::from_raw(int128{us.count()} * (decimal::one_raw / 1'000));
}

template <class T>
value list_of(const std::vector<T>& all) {
  value::list list;
  list.reserve(all.size());
  for (const T& one : all) list.push_back(view_of(one));
  return list;
}

}  // namespace

value view_of(const problem& p) {
  return value::object{{"level", p.level == problem::severity::error ? "error" : "warning"},
                       {"pointer", p.pointer},
                       {"block_id", text_or_null(p.block_id)},
                       {"message", p.message},
                       {"remedy", p.remedy}};
}

value view_of(const execution_summary& s) {
  const event_scope nobody;
  const event_scope& scope = s.scope != nullptr ? *s.scope : nobody;
  return value::object{{"execution_id", scope.execution_id},
                       {"workflow_id", text_or_null(scope.workflow_id)},
                       {"bot_id", text_or_null(scope.bot_id)},
                       {"strategy_id", text_or_null(scope.strategy_id)},
                       {"status", to_string(s.status)},
                       {"started_at", to_iso8601(s.started_at)},
                       {"ended_at", s.ended_at ? value(to_iso8601(*s.ended_at)) : value()},
                       {"duration_ms", s.ended_at ? in_milliseconds(s.duration) : value()},
                       {"node_count", number(s.node_count)},
                       {"orders", number(s.orders)},
                       {"first_seq", number(s.first_seq)},
                       {"last_seq", number(s.last_seq)},
                       {"definition_id", text_or_null(s.definition_id)},
                       {"error", text_or_null(s.error)},
                       {"error_type", text_or_null(s.error_type)}};
}

value view_of(const execution_page& page) {
  return value::object{{"executions", list_of(page.executions)},
                       {"next_before", text_or_null(page.next_before)}};
}

value view_of(const journal_stats& s) {
  return value::object{{"first_seq", number(s.first_seq)},
                       {"last_seq", number(s.last_seq)},
                       {"events", number(s.events)},
                       {"commits", number(s.commits)},
                       {"bytes", number(s.bytes)},
                       {"executions", number(s.executions)},
                       {"open_executions", number(s.open_executions)},
                       {"directory", text_or_null(s.directory)},
                       {"format_version", s.format_version},
                       {"record_bytes", number(s.record_bytes)},
                       {"wal_bytes", number(s.wal_bytes)},
                       {"older_commits_kept", number(s.islands)},
                       {"older_bytes_kept", number(s.island_bytes)}};
}

value view_of(const prune_outcome& o) {
  return value::object{{"first_seq", number(o.first_seq)},
                       {"events", number(o.events)},
                       {"commits", number(o.commits)},
                       {"executions", number(o.executions)},
                       {"bytes", number(o.bytes)},
                       {"idempotency_keys", number(o.keys)},
                       {"older_commits_kept", number(o.islands)},
                       {"more", o.more}};
}

value view_of(const journal_head& h) {
  return value::object{{"seq", number(h.seq)},
                       {"hash", text_or_null(h.hash)},
                       {"head", h.hash.empty() ? value() : value(to_string(h))}};
}

value view_of(const deployed_workflow& w) {
  return value::object{{"id", w.id},
                       {"name", w.name},
                       {"definition_id", text_or_null(w.definition_id)},
                       {"node_count", number(w.node_count)},
                       {"in_flight", number(w.in_flight)},
                       {"status", w.given_up.empty() ? "running" : "given_up"},
                       {"error", text_or_null(w.given_up)},
                       {"warnings", view_of(w.warnings)}};
}

value view_of(const std::vector<deployed_workflow>& all) {
  return value::object{{"workflows", list_of(all)}};
}

value view_of(const std::vector<problem>& problems) { return list_of(problems); }

value emergency_view(const host_health& h) {
  value::list scopes;
  std::string global = "normal";
  for (const auto& [scope, state] : h.emergency) {
    if (scope == "global") global = state;
    scopes.push_back(value::object{{"scope", scope}, {"state", state}});
  }
  return value::object{{"state", global}, {"scopes", std::move(scopes)}};
}

namespace {

value venues_view(const host_health& h) {
  value::list venues;
  for (const auto& [name, v] : h.venues) {
    venues.push_back(value::object{{"name", name},
                                   {"status", v.open ? "open" : "closed"},
                                   {"unsettled_orders", number(v.unsettled)},
                                   {"error", text_or_null(v.last_error)}});
  }
  return venues;
}

value dead_letters_view(const host_health& h) {
  std::uint64_t total = 0;
  value::list kinds;
  for (const auto& k : h.dead_letters) {
    total += k.count;
    kinds.push_back(
        value::object{{"to", k.to}, {"message", k.message}, {"count", number(k.count)}});
  }
  return value::object{{"total", number(total)}, {"kinds", std::move(kinds)}};
}

value recovery_view(const host_health& h) {
  return value::object{{"phase", h.recovery},
                       {"unfinished", number(h.unfinished)},
                       {"resumed", number(h.resumed)},
                       {"waiting", number(h.waiting)},
                       {"not_resumed", number(h.not_resumed)}};
}

}  // namespace

value view_of(const host_health& h) {
  return value::object{
      {"host", text_or_null(h.host)},
      {"status", h.status},
      {"uptime_seconds", decimal(h.uptime_seconds)},
      {"version", h.version},
      {"storage", value::object{{"durability", h.durability}, {"last_seq", number(h.last_seq)}}},
      {"executions_in_flight", number(h.executions_in_flight)},
      {"emergency", emergency_view(h)},
      {"recovery", recovery_view(h)},
      {"venues", venues_view(h)},
      {"workflows_given_up", value::list(h.given_up.begin(), h.given_up.end())},
      {"dead_letters", dead_letters_view(h)}};
}

value view_of(const emergency_answer& a) {
  value::list orders(a.unanswered_orders.begin(), a.unanswered_orders.end());
  return value::object{{"scope", a.scope},
                       {"previous_state", a.previous_state},
                       {"state", a.state},
                       {"result", a.result},
                       {"closed_at", a.closed_at ? value(to_iso8601(*a.closed_at)) : value()},
                       {"unanswered_orders", std::move(orders)},
                       {"warnings", value::list(a.warnings.begin(), a.warnings.end())},
                       {"seq", number(a.seq)}};
}

value started_view(const std::string& execution_id, run_status status) {
  return value::object{{"execution_id", text_or_null(execution_id)}, {"status", to_string(status)}};
}

std::string page_json(const event_page& page, std::uint64_t head, std::size_t max_bytes) {
  std::string out = R"({"events":[)";
  std::uint64_t next_after = page.next_after;
  bool at_end = page.at_end;
  const recorded_event* shown = nullptr;
  for (const recorded_event& e : page.events) {
    if (e.seq > head) break;
    if (shown != nullptr && out.size() >= max_bytes) {
      next_after = shown->seq;
      at_end = false;
      break;
    }
    if (shown != nullptr) out += ',';
    append_event_json(e.seq, *e.scope, e.what, out);
    shown = &e;
  }
  if (next_after > head) {
    next_after = head;
    at_end = true;
  }
  out += R"(],"next_after":)" + std::to_string(next_after);
  out += at_end ? R"(,"at_end":true})" : R"(,"at_end":false})";
  return out;
}

}  // namespace pitwall
