#include <algorithm>
#include <array>

#include "net/server/api.hpp"
#include "net/server/json_views.hpp"
#include "net/server/problem_reply.hpp"

namespace pitwall::http {
namespace {

constexpr std::uint64_t default_executions = 50;
constexpr std::uint64_t most_executions = 1'000;

constexpr std::array all_statuses{run_status::queued,    run_status::running,
                                  run_status::completed, run_status::completed_with_errors,
                                  run_status::failed,    run_status::timed_out,
                                  run_status::halted,    run_status::cancelled};

result<std::optional<run_status>> status_of_query(const target& to) {
  const std::string* text = to.parameter("status");
  if (text == nullptr) return std::optional<run_status>();
  const auto found = std::find_if(all_statuses.begin(), all_statuses.end(),
                                  [text](run_status s) { return to_string(s) == *text; });
  if (found != all_statuses.end()) return std::optional(*found);
  std::string known;
  for (const auto s : all_statuses) known.append(known.empty() ? "" : ", ").append(to_string(s));
  return {errc::invalid_argument, "parameter 'status' is '" + *text + "'", to.path,
          "give one of: " + known};
}

result<std::optional<timestamp>> time_of_query(const target& to, std::string_view name) {
  const std::string* text = to.parameter(name);
  if (text == nullptr) return std::optional<timestamp>();
  if (const auto time = parse_iso8601(*text); time.ok()) return std::optional(*time);
  return {errc::invalid_argument,
          "parameter '" + std::string(name) + "' is '" + *text + "', no time", to.path,
          "give ISO 8601 in UTC, as 2026-03-01T12:00:00Z"};
}

result<execution_query> query_of(const target& to) {
  PITWALL_CHECK(to.allow_only({"workflow_id", "bot_id", "strategy_id", "status", "started_after",
                               "started_before", "before", "limit"}));
  execution_query q;
  q.workflow_id = to.parameter_or("workflow_id", {});
  q.bot_id = to.parameter_or("bot_id", {});
  q.strategy_id = to.parameter_or("strategy_id", {});
  q.before = to.parameter_or("before", {});
  PITWALL_TRY(wanted, status_of_query(to));
  q.status = wanted;
  PITWALL_TRY(after, time_of_query(to, "started_after"));
  PITWALL_TRY(before, time_of_query(to, "started_before"));
  q.started_after = after;
  q.started_before = before;
  PITWALL_TRY(limit, to.number("limit", default_executions, 1, most_executions));
  q.limit = limit;
  return q;
}

void list_executions(control& host, const exchange_ref& ex) {
  auto query = query_of(ex->asked().to);
  if (!query.ok()) return ex->answer(problem_reply(query.error()));
  ex->work([&host, ex, query = std::move(*query)] {
    const auto page = host.history().executions(query);
    ex->answer(page.ok() ? json_reply(view_of(*page)) : problem_reply(page.error()));
  });
}

/// The newest execution of the workflow. Pages without one are passed over: many open ones of
/// other workflows may lie before it.
result<execution_summary> latest_of(const journal& history, const std::string& workflow_id) {
  execution_query query;
  query.workflow_id = workflow_id;
  query.limit = 1;
  while (true) {
    PITWALL_TRY(page, history.executions(query));
    if (!page.executions.empty()) return std::move(page.executions.front());
    if (page.next_before.empty()) break;
    query.before = page.next_before;
  }
  return {errc::not_found, "workflow '" + workflow_id + "' has no execution", {}, "start one"};
}

void get_latest(control& host, const exchange_ref& ex, const std::string& workflow_id) {
  if (auto known = ex->asked().to.allow_only({}); !known.ok()) {
    return ex->answer(problem_reply(known.error()));
  }
  ex->work([&host, ex, workflow_id] {
    const auto found = latest_of(host.history(), workflow_id);
    ex->answer(found.ok() ? json_reply(view_of(*found)) : problem_reply(found.error()));
  });
}

void get_execution(control& host, const exchange_ref& ex, const std::string& id) {
  if (auto known = ex->asked().to.allow_only({}); !known.ok()) {
    return ex->answer(problem_reply(known.error()));
  }
  ex->work([&host, ex, id] {
    const auto found = host.history().execution(id);
    ex->answer(found.ok() ? json_reply(view_of(*found)) : problem_reply(found.error()));
  });
}

/// The latest states of the workflow's triggers: what a new execution goes on from.
void get_states(control& host, const exchange_ref& ex, const std::string& workflow_id) {
  if (auto known = ex->asked().to.allow_only({}); !known.ok()) {
    return ex->answer(problem_reply(known.error()));
  }
  ex->work([&host, ex, workflow_id] {
    const auto states = host.history().node_states(workflow_id);
    if (!states.ok()) return ex->answer(problem_reply(states.error()));
    value::list nodes;
    for (const auto& s : *states)
      nodes.push_back(value(
          value::object{{"node_id", value(s.node_id)},
                        {"version", value(decimal(static_cast<std::int64_t>(s.latest.version)))},
                        {"state", s.latest.state}}));
    ex->answer(json_reply(value(
        value::object{{"workflow_id", value(workflow_id)}, {"nodes", value(std::move(nodes))}})));
  });
}

void cancel_execution(control& host, const exchange_ref& ex, const std::string& id) {
  const auto body = object_body(ex->asked(), {"reason"});
  if (!body.ok()) return ex->answer(problem_reply(body.error()));
  ex->work([&host, ex, id, reason = text_member(*body, "reason", {})] {
    host.cancel(id, reason, [ex, id](const status& r) {
      ex->answer(r.ok() ? json_reply(started_view(id, run_status::cancelled))
                        : problem_reply(r.error()));
    });
  });
}

void resume_execution(control& host, const exchange_ref& ex, const std::string& id) {
  if (auto known = ex->asked().to.allow_only({}); !known.ok()) {
    return ex->answer(problem_reply(known.error()));
  }
  ex->work([&host, ex, id] {
    host.resume(id, [ex, id](const status& r) {
      ex->answer(r.ok() ? json_reply(started_view(id, run_status::running))
                        : problem_reply(r.error()));
    });
  });
}

}  // namespace

void add_execution_routes(router& to, control& host) {
  to.add("GET", "/api/v1/executions",
         [&host](const exchange_ref& ex, const auto&) { list_executions(host, ex); });
  to.add("GET", "/api/v1/executions/{id}", [&host](const exchange_ref& ex, const auto& captured) {
    get_execution(host, ex, captured[0]);
  });
  to.add(
      "GET", "/api/v1/workflows/{id}/latest",
      [&host](const exchange_ref& ex, const auto& captured) { get_latest(host, ex, captured[0]); });
  to.add(
      "GET", "/api/v1/workflows/{id}/states",
      [&host](const exchange_ref& ex, const auto& captured) { get_states(host, ex, captured[0]); });
  to.add("POST", "/api/v1/executions/{id}/cancel", access::scope::trade,
         [&host](const exchange_ref& ex, const auto& captured) {
           cancel_execution(host, ex, captured[0]);
         });
  to.add("POST", "/api/v1/executions/{id}/resume", access::scope::trade,
         [&host](const exchange_ref& ex, const auto& captured) {
           resume_execution(host, ex, captured[0]);
         });
}

}  // namespace pitwall::http
