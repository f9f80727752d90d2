#include "net/server/api.hpp"
#include "net/server/event_feed.hpp"
#include "net/server/event_types.hpp"
#include "net/server/json_views.hpp"
#include "net/server/problem_reply.hpp"

namespace pitwall::http {
namespace {

constexpr std::uint64_t default_events = 100;
constexpr std::uint64_t most_events = 1'000;
// A page of events with large outputs ends early at this size; next_after goes on from there.
constexpr std::size_t page_bytes = 4U << 20U;
constexpr auto any_seq = std::uint64_t{1} << 62U;

/// A cursor of another journal would skip events in silence.
status check_after(std::uint64_t after, std::uint64_t head) {
  if (after <= head) return done{};
  return {errc::out_of_range,
          "the cursor " + std::to_string(after) + " is beyond the last published event, " +
              std::to_string(head),
          {},
          "the host has begun a new journal since: start again with after 0"};
}

reply problem_of_read(const error& e) {
  // Expired or foreign cursors: the resource is gone, and asking again will not help.
  return e.code == errc::out_of_range ? problem_reply(e, 410) : problem_reply(e);
}

result<event_query> query_of(const target& to) {
  event_query q;
  PITWALL_TRY(after, to.number("after", 0, 0, any_seq));
  PITWALL_TRY(limit, to.number("limit", default_events, 1, most_events));
  q.after = after;
  q.limit = limit;
  q.types = to.list("types");
  q.execution_id = to.parameter_or("execution_id", {});
  q.workflow_id = to.parameter_or("workflow_id", {});
  q.bot_id = to.parameter_or("bot_id", {});
  q.strategy_id = to.parameter_or("strategy_id", {});
  PITWALL_CHECK(check_event_types(q.types, to.path));
  return q;
}

reply read_page(const control& host, const event_query& query) {
  const std::uint64_t head = host.published_head();
  if (auto known = check_after(query.after, head); !known.ok()) {
    return problem_of_read(known.error());
  }
  const auto page = host.history().read(query);
  if (!page.ok()) return problem_of_read(page.error());
  return {200, "application/json", page_json(*page, head, page_bytes)};
}

void list_events(control& host, const exchange_ref& ex) {
  const target& to = ex->asked().to;
  if (auto known = to.allow_only(
          {"after", "limit", "types", "execution_id", "workflow_id", "bot_id", "strategy_id"});
      !known.ok()) {
    return ex->answer(problem_reply(known.error()));
  }
  auto query = query_of(to);
  if (!query.ok()) return ex->answer(problem_reply(query.error()));
  ex->work([&host, ex, query = std::move(*query)] { ex->answer(read_page(host, query)); });
}

void list_events_of(control& host, const exchange_ref& ex, const std::string& execution_id) {
  const target& to = ex->asked().to;
  if (auto known = to.allow_only({"after", "limit", "types"}); !known.ok()) {
    return ex->answer(problem_reply(known.error()));
  }
  auto query = query_of(to);
  if (!query.ok()) return ex->answer(problem_reply(query.error()));
  query->execution_id = execution_id;
  ex->work([&host, ex, query = std::move(*query)] {
    const auto found = host.history().execution(query.execution_id);
    ex->answer(found.ok() ? read_page(host, query) : problem_reply(found.error()));
  });
}

/// Last-Event-ID wins over `after`: a browser that reconnects sends its first address again.
/// Neither: from now on.
result<event_query> stream_query(const control& host, const request& asked) {
  const target& to = asked.to;
  PITWALL_CHECK(
      to.allow_only({"after", "types", "execution_id", "workflow_id", "bot_id", "strategy_id"}));
  PITWALL_TRY(query, query_of(to));
  if (to.parameter("after") == nullptr) query.after = host.published_head();
  if (const std::string* last = asked.header("Last-Event-ID"); last != nullptr && !last->empty()) {
    const auto seq = parse_unsigned(*last);
    if (!seq) {
      return {errc::invalid_argument, "Last-Event-ID is '" + *last + "'", to.path,
              "send the id of the last event that arrived"};
    }
    query.after = *seq;
  }
  return query;
}

void stream_events(control& host, recent_texts* recent, const exchange_ref& ex) {
  auto query = stream_query(host, ex->asked());
  if (!query.ok()) return ex->answer(problem_reply(query.error()));
  if (auto known = check_after(query->after, host.published_head()); !known.ok()) {
    return ex->answer(problem_of_read(known.error()));
  }
  auto feed = std::make_shared<event_feed>(host, std::move(*query), recent);
  ex->work([ex, feed] {
    if (const status first = feed->open(); !first.ok()) {
      return ex->answer(problem_of_read(first.error()));
    }
    ex->stream("text/event-stream", feed);
  });
}

}  // namespace

void add_event_routes(router& to, control& host, recent_texts* recent) {
  to.add("GET", "/api/v1/events",
         [&host](const exchange_ref& ex, const auto&) { list_events(host, ex); });
  to.add("GET", "/api/v1/executions/{id}/events",
         [&host](const exchange_ref& ex, const auto& captured) {
           list_events_of(host, ex, captured[0]);
         });
  to.add("GET", "/api/v1/events/stream",
         [&host, recent](const exchange_ref& ex, const auto&) { stream_events(host, recent, ex); });
}

}  // namespace pitwall::http
