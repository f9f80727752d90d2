// What the journals note when a scope is closed, and the reports that are read from it.
#include "runtime/ports/trip_reports.hpp"
#include "tests/storage/journals_under_test.hpp"
#include "tests/support/events.hpp"
#include "tests/support/pruning.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

event intent(const sample_workflow& flow, const std::string& order) {
  return {at_ms(2), order_intent{flow.nodes[1], order, {}}};
}
event filled(const sample_workflow& flow, const std::string& order) {
  return {at_ms(9), order_filled{flow.nodes[1], order, {}, {1, 1, 0, ""}, true}};
}
event_batch closing(const std::string& scope, std::int64_t ms = 5) {
  return {std::make_shared<const event_scope>(),
          {{at_ms(ms), trip_recorded{scope, at_ms(ms), at_ms(ms), {"o-1"}, value(3)}},
           {at_ms(ms), emergency_state_changed{scope, "normal", "halt", "r", "ann", "manual"}}}};
}
event_batch opening(const std::string& scope) {
  return {nullptr, {{at_ms(6), emergency_state_changed{scope, "halt", "normal", "r", "ann", "m"}}}};
}
std::vector<std::string> sorted(std::vector<std::string> ids) {
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace

TEST_CASE("a trip notes who was unsettled when it was committed") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    CHECK(must(s.events->trips(0, 10)).empty());
    commit(*s.events, {flow.whole(1)});                      // Over.
    commit(*s.events, {{nth_scope(2), {flow.started(1)}}});  // Runs.
    commit(*s.events, {{nth_scope(3), {flow.started(1), intent(flow, "o-3"), flow.completed(3)}}});
    const auto c = commit(*s.events, {{nth_scope(4), {flow.started(4)}},  // The same commit.
                                      closing("global"),
                                      {nth_scope(5), {flow.started(6)}}});
    commit(*s.events, {{nth_scope(6), {flow.started(7)}}});
    const auto marks = must(s.events->trips(0, 10));
    REQUIRE(marks.size() == 1);
    CHECK(marks[0].seq == c->first_seq + 2);
    CHECK(sorted(marks[0].unsettled) ==
          sorted({nth_execution_id(2), nth_execution_id(3), nth_execution_id(4)}));
    CHECK(marks[0].left_out == 0);
    CHECK_FALSE(marks[0].acknowledged_at);
    commit(*s.events, {{nullptr,
                        {{at_ms(8), trip_acknowledged{marks[0].seq, "done", at_ms(12)}},
                         {at_ms(9), trip_acknowledged{1, "done", at_ms(9)}}}}});
    const auto after = must(s.events->trips(0, 10));
    REQUIRE(after.size() == 1);
    CHECK(after[0].acknowledged_at == at_ms(8));
    CHECK(after[0].acknowledged_as == "done");
    CHECK(after[0].closed_at == at_ms(12));
    CHECK(after[0].unsettled.size() == 3);
  });
}

TEST_CASE("a trip counts those of whom it has no room, also where they only rest") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    constexpr std::uint64_t most = limits::max_trip_executions, more = 3;
    std::vector<event_batch> all;
    for (std::uint64_t n = 1; n <= most + more; ++n) {
      if (n % 2 == 0)
        all.push_back({nth_scope(n), {flow.started(1)}});
      else
        all.push_back({nth_scope(n), {flow.started(1), intent(flow, "o"), flow.completed(3)}});
      if (all.size() == 500) commit(*s.events, std::exchange(all, {}));
    }
    commit(*s.events, std::exchange(all, {}));
    // The newest ones have news in the same commit.
    commit(*s.events, {{nth_scope(most), {flow.node_begun(0, 1)}},
                       {nth_scope(most + 2), {flow.node_begun(0, 1)}},
                       closing("global")});
    const auto mark = must(s.events->trips(0, 1)).at(0);
    CHECK(mark.unsettled.size() == most);
    CHECK(mark.left_out == more);
  });
}

TEST_CASE("trips are listed newest first, and go with their events") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    std::vector<std::uint64_t> seqs;
    for (int i = 0; i < 7; ++i) {
      const auto c = commit(*s.events, {closing("bot:b"), opening("bot:b")});
      seqs.insert(seqs.begin(), c->first_seq + 1);
    }
    const auto listed = [&](std::uint64_t before, std::size_t limit) {
      std::vector<std::uint64_t> out;
      for (const auto& m : must(s.events->trips(before, limit))) out.push_back(m.seq);
      return out;
    };
    CHECK(listed(0, 100) == seqs);
    CHECK(listed(0, 2) == std::vector(seqs.begin(), seqs.begin() + 2));
    CHECK(listed(seqs[1], 3) == std::vector(seqs.begin() + 2, seqs.begin() + 5));
    CHECK(listed(seqs.back(), 3).empty());
    prune(*s.events, keep_events(6));
    CHECK(listed(0, 100) == std::vector(seqs.begin(), seqs.begin() + 2));
  });
}

TEST_CASE("trips survive a restart, and the journal proves them") {
  const temp_directory directory;
  const auto options = small_options(directory);
  const sample_workflow flow;
  {
    const auto s = must(open_quickly(options));
    commit(*s.events, {{nth_scope(2), {flow.started(1)}}});
    commit(*s.events, {closing("global")});
  }
  const auto s = must(open_quickly(options));
  REQUIRE(must(s.events->trips(0, 10)).size() == 1);
  CHECK(must(s.events->trips(0, 10))[0].unsettled == std::vector{nth_execution_id(2)});
}

TEST_CASE("orders that rest are a trip's until they are filled, also after a restart") {
  const temp_directory directory;
  const auto options = small_options(directory);
  const sample_workflow flow;
  const auto order_of = [](std::uint64_t n) { return "o-" + std::to_string(n); };
  const auto rest = [&](const storage_set& s, std::uint64_t n) {
    commit(*s.events,
           {{nth_scope(n), {flow.started(1), intent(flow, order_of(n)), flow.completed(3)}}});
  };
  const auto fill = [&](const storage_set& s, std::uint64_t n) {
    commit(*s.events, {{nth_scope(n), {filled(flow, order_of(n))}}});
  };
  {
    const auto s = must(open_quickly(options));
    for (std::uint64_t n = 2; n < 6; ++n) rest(s, n);
    fill(s, 2);
  }
  const auto s = must(open_quickly(options));
  const auto of_a_trip = [&](std::int64_t at) {
    commit(*s.events, {closing("global", at), opening("global")});
    return must(s.events->trips(0, 1)).at(0).unsettled;
  };
  const auto id = [](std::uint64_t n) { return nth_execution_id(n); };
  fill(s, 4);
  rest(s, 6);
  CHECK(of_a_trip(5) == std::vector{id(3), id(5), id(6)});
  // A fill that shares the commit with the change.
  rest(s, 7);
  commit(*s.events, {{nth_scope(7), {filled(flow, order_of(7))}}, closing("global", 6)});
  CHECK(sorted(must(s.events->trips(0, 1)).at(0).unsettled) ==
        sorted({id(3), id(5), id(6), id(7)}));
  commit(*s.events, {opening("global")});
  for (const auto n : {3, 5, 6}) fill(s, static_cast<std::uint64_t>(n));
  CHECK(of_a_trip(7).empty());
}

TEST_CASE("a report is read from the journal, as of now") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    CHECK(read_trip_report(*s.events, 0).error().code == errc::not_found);
    for (std::uint64_t n = 100; n < 400; ++n) commit(*s.events, {flow.whole(n)});
    commit(*s.events, {{nth_scope(1), {flow.started(1), intent(flow, "o-1")}},
                       {nth_scope(2), {flow.started(1)}}});
    // One that saw the gate closed before the change was written.
    commit(*s.events,
           {{nth_scope(3), {flow.started(1), {at_ms(5), execution_halted{"r", "halt"}}}}});
    const auto c = commit(*s.events, {closing("global")});
    const auto seq = c->last_seq;
    commit(*s.events, {{nth_scope(1), {{at_ms(7), execution_halted{"r", "halt"}}}},
                       {nullptr, {{at_ms(8), trip_acknowledged{seq, "done", at_ms(9)}}}}});
    auto r = must(read_trip_report(*s.events, seq));
    CHECK(r.change.reason == "r");
    CHECK(r.evidence == value(3));
    CHECK(r.acknowledged_at == at_ms(8));
    CHECK(r.closed_at == at_ms(9));
    REQUIRE(r.executions.size() == 3);
    CHECK(r.executions[0].fate == "halted");
    CHECK(r.executions[1].fate == "ran_on");
    CHECK(r.executions[2].fate == "halted");
    REQUIRE(r.orders.size() == 1);
    CHECK(r.orders[0].now == "under_way");
    REQUIRE(r.last_order);
    CHECK(r.last_order->client_order_id == "o-1");
    // Later the same report says more.
    commit(*s.events, {{nth_scope(1), {filled(flow, "o-1")}}, {nth_scope(2), {flow.completed(9)}}});
    r = must(read_trip_report(*s.events, 0));
    CHECK(r.orders[0].now == "filled");
    CHECK(r.executions[1].status == run_status::completed);
    CHECK(read_trip_report(*s.events, seq - 1).error().code == errc::not_found);
    CHECK(must(list_trip_reports(*s.events, 0, 10)).size() == 1);
    CHECK(must(list_trip_reports(*s.events, seq, 10)).empty());
    // Retention may take what was before, and in the end the report itself.
    prune(*s.events, keep_events(must(s.events->stats()).last_seq - seq + 1));
    CHECK(must(read_trip_report(*s.events, 0)).change.reason == "r");
    for (std::uint64_t n = 400; n < 410; ++n) commit(*s.events, {flow.whole(n)});
    prune(*s.events, keep_events(10));
    CHECK(read_trip_report(*s.events, 0).error().code == errc::not_found);
  });
}
