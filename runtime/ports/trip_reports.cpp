#include "runtime/ports/trip_reports.hpp"

#include <algorithm>
#include <utility>

namespace pitwall {

namespace {

// The last order before a halt lies close to it: at 30,000 events a second these are 60 ms.
constexpr std::uint64_t recent_events = 2'000;

bool contains(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

error no_report(std::uint64_t seq) {
  return {errc::not_found,
          seq == 0 ? std::string("no scope was ever closed, or its report is no longer kept")
                   : "there is no report '" + std::to_string(seq) + "', or it is no longer kept",
          {},
          "GET /api/v1/emergency/reports lists those there are"};
}

/// The change, and what was recorded right before it.
result<trip_fold> begin(const journal& from, std::uint64_t seq) {
  event_query query;
  query.after = seq >= 2 ? seq - 2 : 0;
  query.limit = 2;
  auto page = from.read(query);
  if (!page.ok() && page.error().code == errc::out_of_range) {
    query.after = seq - 1;  // Retention took what was before.
    page = from.read(query);
  }
  if (!page.ok()) return std::move(page).error();
  const recorded_event* change = nullptr;
  const trip_recorded* recorded = nullptr;
  for (const auto& e : page->events) {
    if (e.seq == seq && std::holds_alternative<emergency_state_changed>(e.what.body)) change = &e;
    if (e.seq + 1 == seq) recorded = std::get_if<trip_recorded>(&e.what.body);
  }
  if (change == nullptr)
    return error{errc::data_loss, "the event of the trip is missing", "seq " + std::to_string(seq),
                 "check the journal with `pitwall journal verify`"};
  return trip_fold(seq, change->what, recorded);
}

/// False: none of its events is kept.
result<bool> take_execution(const journal& from, const std::string& id, trip_fold& fold);

status take_recent(const journal& from, const trip_mark& mark, trip_fold& fold) {
  const auto seq = mark.seq;
  event_query query;
  query.after = seq > recent_events ? seq - recent_events : 0;
  query.limit = recent_events;
  auto page = from.read(query);
  if (!page.ok() && page.error().code == errc::out_of_range) {
    PITWALL_TRY(stats, from.stats());
    query.after = stats.first_seq - 1;
    page = from.read(query);
  }
  if (!page.ok()) return std::move(page).error();
  std::vector<std::string> sooner;
  for (const auto& e : page->events) {
    if (e.seq >= seq) break;
    fold.take_recent(e.scope, e.what);
    const auto& id = e.scope->execution_id;
    if (fold.was_sooner(e.what) && !contains(mark.unsettled, id) && !contains(sooner, id))
      sooner.push_back(id);
  }
  for (const auto& id : sooner) PITWALL_CHECK(take_execution(from, id, fold));
  return done{};
}

result<bool> take_execution(const journal& from, const std::string& id, trip_fold& fold) {
  event_query query;
  query.execution_id = id;
  query.types = trip_fold::types();
  bool any = false;
  for (;;) {
    auto page = from.read(query);
    if (!page.ok() && page.error().code == errc::out_of_range) return any;
    if (!page.ok()) return std::move(page).error();
    for (const auto& e : page->events) fold.take(e.seq, e.scope, e.what);
    any = any || !page->events.empty();
    if (page->at_end) return any;
    query.after = page->next_after;
  }
}

/// What had begun when the gate was closed, and was journaled right behind the change: a halt
/// overtakes what waits for its turn.
status take_overtaken(const journal& from, const trip_mark& mark, trip_fold& fold) {
  event_query query;
  query.after = mark.seq;
  query.limit = recent_events;
  PITWALL_TRY(page, from.read(query));
  for (const auto& e : page.events) {
    const auto& id = e.scope->execution_id;
    if (!std::holds_alternative<execution_started>(e.what.body)) continue;
    if (e.what.at > fold.gate_closed_at()) continue;
    if (contains(mark.unsettled, id)) continue;
    PITWALL_TRY(kept, take_execution(from, id, fold));
    static_cast<void>(kept);
  }
  return done{};
}

void add_acknowledgement(const trip_mark& mark, trip_report& report) {
  report.acknowledged_at = mark.acknowledged_at;
  report.acknowledged_as = mark.acknowledged_as;
  report.left_out = mark.left_out;
}

}  // namespace

result<trip_report> read_trip_report(const journal& from, std::uint64_t seq) {
  PITWALL_TRY(marks, from.trips(seq == 0 ? 0 : seq + 1, 1));
  if (marks.empty() || (seq != 0 && marks.front().seq != seq)) return no_report(seq);
  const auto& mark = marks.front();
  PITWALL_TRY(fold, begin(from, mark.seq));
  fold.closes_at(mark.closed_at);
  PITWALL_CHECK(take_recent(from, mark, fold));
  std::uint64_t gone = 0;
  for (const auto& id : mark.unsettled) {
    PITWALL_TRY(kept, take_execution(from, id, fold));
    if (!kept) ++gone;
  }
  PITWALL_CHECK(take_overtaken(from, mark, fold));
  auto report = std::move(fold).report();
  report.no_longer_kept = gone;
  add_acknowledgement(mark, report);
  return report;
}

result<std::vector<trip_report>> list_trip_reports(const journal& from, std::uint64_t before,
                                                   std::size_t limit) {
  PITWALL_TRY(marks, from.trips(before, limit));
  std::vector<trip_report> all;
  for (const auto& mark : marks) {
    PITWALL_TRY(fold, begin(from, mark.seq));
    all.push_back(std::move(fold).report());
    add_acknowledgement(mark, all.back());
  }
  return all;
}

}  // namespace pitwall
