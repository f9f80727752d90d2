// Job: the reports of what closed a scope, and what became of what was open then.
#include <algorithm>

#include "net/server/api.hpp"
#include "net/server/problem_reply.hpp"
#include "runtime/ports/trip_reports.hpp"

namespace pitwall::http {
namespace {

constexpr std::uint64_t default_reports = 20, most_reports = 100;

value text_or_null(const std::string& text) { return text.empty() ? value() : value(text); }
value number(std::uint64_t n) { return decimal(static_cast<std::int64_t>(n)); }
value time_or_null(const std::optional<timestamp>& t) {
  return t ? value(to_iso8601(*t)) : value();
}
value in_milliseconds(microseconds us) {
  return decimal::from_raw(int128{us.count()} * (decimal::one_raw / 1'000));
}
value texts(const std::vector<std::string>& all) {
  value::list list;
  for (const auto& each : all) list.emplace_back(each);
  return list;
}

void add_scope(value::object& to, const event_scope& scope) {
  to.emplace_back("execution_id", scope.execution_id);
  to.emplace_back("workflow_id", text_or_null(scope.workflow_id));
  to.emplace_back("bot_id", text_or_null(scope.bot_id));
  to.emplace_back("strategy_id", text_or_null(scope.strategy_id));
}

/// What a list shows of it.
value::object head_of(const trip_report& r) {
  const auto delay = [&](const std::optional<timestamp>& t) {
    return t ? in_milliseconds(*t - r.tripped_at) : value();
  };
  return {{"id", std::to_string(r.seq)},
          {"scope", r.change.scope},
          {"previous_state", r.change.previous_state},
          {"state", r.change.new_state},
          {"trigger", r.change.trigger},
          {"operator", text_or_null(r.change.operator_name)},
          {"reason", r.change.reason},
          {"tripped_at", to_iso8601(r.tripped_at)},
          {"closed_at", to_iso8601(r.closed_at)},
          {"closed_after_ms", delay(r.closed_at)},
          {"acknowledged_at", time_or_null(r.acknowledged_at)},
          {"acknowledged_after_ms", delay(r.acknowledged_at)},
          {"acknowledged_as", text_or_null(r.acknowledged_as)},
          {"evidence", r.evidence},
          {"unanswered_orders", texts(r.unanswered)}};
}

value view_of(const trip_execution& e) {
  value::object out;
  add_scope(out, *e.scope);
  out.emplace_back("fate", e.fate);
  out.emplace_back("status", to_string(e.status));
  out.emplace_back("started_at", to_iso8601(e.started_at));
  out.emplace_back("halted_at", time_or_null(e.halted_at));
  out.emplace_back("resumed_at", time_or_null(e.resumed_at));
  out.emplace_back("ended_at", time_or_null(e.ended_at));
  return out;
}

value view_of(const trip_order& o) {
  value::object out{{"client_order_id", o.client_order_id}};
  add_scope(out, *o.scope);
  out.emplace_back("node_id", text_or_null(o.node_id));
  out.emplace_back("venue", o.order.venue);
  out.emplace_back("symbol", o.order.symbol);
  out.emplace_back("side", to_string(o.order.side));
  out.emplace_back("order_type", to_string(o.order.kind));
  out.emplace_back("amount", o.order.amount);
  out.emplace_back("price", o.order.price.is_zero() ? value() : value(o.order.price));
  out.emplace_back("state_then", o.then);
  out.emplace_back("state", o.now);
  out.emplace_back("filled", o.filled);
  out.emplace_back("code", text_or_null(o.code));
  out.emplace_back("reason", text_or_null(o.reason));
  out.emplace_back("intended_at", to_iso8601(o.intended_at));
  out.emplace_back("answered_at", time_or_null(o.answered_at));
  out.emplace_back("final_at", time_or_null(o.final_at));
  out.emplace_back("unanswered", value(o.unanswered));
  return out;
}

value view_of(const trip_report& r, std::uint64_t as_of) {
  auto out = head_of(r);
  value last;
  if (r.last_order) {
    const auto& l = *r.last_order;
    const auto after = std::max(l.left_before - r.tripped_at, microseconds{0});
    last = value::object{{"client_order_id", l.client_order_id},
                         {"left_after", to_iso8601(l.left_after)},
                         {"left_before", to_iso8601(l.left_before)},
                         {"at_most_after_trip_ms", in_milliseconds(after)}};
  }
  out.emplace_back("last_order", std::move(last));
  value::list executions, orders;
  for (const auto& e : r.executions) executions.push_back(view_of(e));
  for (const auto& o : r.orders) orders.push_back(view_of(o));
  out.emplace_back("executions", std::move(executions));
  out.emplace_back("orders", std::move(orders));
  out.emplace_back("executions_left_out", number(r.left_out));
  out.emplace_back("executions_no_longer_kept", number(r.no_longer_kept));
  out.emplace_back("as_of_seq", number(as_of));
  return out;
}

void list_reports(control& host, const exchange_ref& ex) {
  const auto& to = ex->asked().to;
  if (auto known = to.allow_only({"before", "limit"}); !known.ok())
    return ex->answer(problem_reply(known.error()));
  const auto limit = to.number("limit", default_reports, 1, most_reports);
  if (!limit.ok()) return ex->answer(problem_reply(limit.error()));
  const auto before = to.number("before", 0, 1, ~std::uint64_t{0} >> 1U);
  if (!before.ok()) return ex->answer(problem_reply(before.error()));
  ex->work([&host, ex, limit = *limit, before = *before] {
    const auto all = list_trip_reports(host.history(), before, limit);
    if (!all.ok()) return ex->answer(problem_reply(all.error()));
    value::list reports;
    for (const auto& r : *all) reports.emplace_back(head_of(r));
    const bool full = all->size() == limit;
    ex->answer(
        json_reply(value::object{{"reports", std::move(reports)},
                                 {"next_before", full ? number(all->back().seq) : value()}}));
  });
}

void get_report(control& host, const exchange_ref& ex, const std::string& id) {
  if (auto known = ex->asked().to.allow_only({}); !known.ok())
    return ex->answer(problem_reply(known.error()));
  const auto seq = id == "latest" ? std::optional<std::uint64_t>(0) : parse_unsigned(id);
  if (!seq || (*seq == 0 && id != "latest"))
    return ex->answer(problem_reply(error{errc::invalid_argument, "'" + id + "' is no report's id",
                                          ex->asked().to.path, "give a seq, or `latest`"}));
  ex->work([&host, ex, seq = *seq] {
    const auto as_of = host.history().head();
    const auto r = read_trip_report(host.history(), seq);
    ex->answer(r.ok() ? json_reply(view_of(*r, as_of)) : problem_reply(r.error()));
  });
}

}  // namespace

void add_emergency_routes(router& to, control& host) {
  to.add("GET", "/api/v1/emergency/reports",
         [&host](const exchange_ref& ex, const auto&) { list_reports(host, ex); });
  to.add(
      "GET", "/api/v1/emergency/reports/{id}",
      [&host](const exchange_ref& ex, const auto& captured) { get_report(host, ex, captured[0]); });
}

}  // namespace pitwall::http
