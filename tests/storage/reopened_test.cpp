// An execution that was halted and goes on is open again: in every list, for a start, and for
// retention; until it ends once more.
#include "storage/rocks/open_with.hpp"
#include "storage/verify.hpp"
#include "tests/storage/journals_under_test.hpp"
#include "tests/support/events.hpp"
#include "tests/support/pruning.hpp"

using namespace pitwall;
using namespace pitwall::storage;
using namespace pitwall::test;

namespace {

event intent(const sample_workflow& flow) {
  return {at_ms(2), order_intent{flow.nodes[1], "o", {}}};
}
event halted() { return {at_ms(3), execution_halted{"limit", "halt"}}; }
event resumed() { return {at_ms(50), execution_resumed{}}; }

std::vector<std::string> listed(const journal& j, std::optional<run_status> status,
                                const std::string& workflow = {}) {
  execution_query query;
  query.status = status;
  query.workflow_id = workflow;
  query.limit = 5;
  std::vector<std::string> ids;
  for (;;) {
    const auto page = must(j.executions(query));
    for (const auto& e : page.executions) ids.push_back(e.scope->execution_id);
    if (page.next_before.empty()) return ids;
    query.before = page.next_before;
  }
}
std::vector<std::string> unsettled(const journal& j) {
  std::vector<std::string> ids;
  for (std::string at;;) {
    const auto page = must(j.unsettled(at, 10));
    for (const auto& e : page.executions) ids.push_back(e.scope->execution_id);
    if (page.next.empty()) return ids;
    at = page.next;
  }
}
using ids = std::vector<std::string>;

void check_proved(const storage_options& options) {
  const auto report = must(verify_with(options, quick_disk().env, {}));
  std::string text;
  for (const auto& f : report.findings) text += f.what + "\n";
  INFO(text);
  CHECK(report.found == 0);
}

}  // namespace

TEST_CASE("a halted execution that is resumed runs again in every list") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    const auto one = nth_execution_id(1), two = nth_execution_id(2);
    // Both end with one commit, so that they share the rows of the lists.
    commit(*s.events, {{nth_scope(1), {flow.started(1), intent(flow), halted()}},
                       {nth_scope(2), {flow.started(1), halted()}}});
    CHECK(listed(*s.events, run_status::halted) == ids{two, one});
    CHECK(unsettled(*s.events) == ids{one});
    commit(*s.events, {{nth_scope(1), {resumed()}}});
    const auto now = must(s.events->execution(one));
    CHECK(now.status == run_status::running);
    CHECK_FALSE(now.ended_at);
    CHECK(now.error.empty());
    CHECK(now.orders == 1);
    CHECK(now.open_orders == 1);
    CHECK(now.started_at == at_ms(1));
    CHECK(listed(*s.events, run_status::halted) == ids{two});
    CHECK(listed(*s.events, run_status::running) == ids{one});
    CHECK(listed(*s.events, {}) == ids{two, one});
    CHECK(listed(*s.events, {}, "arb") == ids{two, one});
    CHECK(unsettled(*s.events) == ids{one});
    CHECK(must(s.events->stats()).executions == 2);
    CHECK(must(s.events->stats()).open_executions == 1);
    event_query of_one;
    of_one.execution_id = one;
    CHECK(read_all(*s.events, of_one).size() == 4);
    commit(*s.events, {{nth_scope(1), {flow.completed(60)}}});
    CHECK(must(s.events->execution(one)).status == run_status::completed);
    CHECK(listed(*s.events, run_status::running).empty());
    CHECK(listed(*s.events, run_status::halted) == ids{two});
    CHECK(listed(*s.events, run_status::completed, "arb") == ids{one});
    CHECK(unsettled(*s.events) == ids{one});  // Its order is still open.
    // At once, and both in one commit.
    commit(*s.events, {{nth_scope(2), {resumed(), flow.completed(70)}}});
    CHECK(listed(*s.events, run_status::halted).empty());
    CHECK(listed(*s.events, run_status::completed) == ids{two, one});
    CHECK(must(s.events->stats()).executions == 2);
  });
}

TEST_CASE("two of one row resumed with one commit leave nothing of either in it") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    commit(*s.events, {{nth_scope(1), {flow.started(1), halted()}},
                       {nth_scope(2), {flow.started(1), halted()}},
                       {nth_scope(3), {flow.started(1), halted()}}});
    commit(*s.events, {{nth_scope(1), {resumed()}}, {nth_scope(3), {resumed()}}});
    CHECK(listed(*s.events, run_status::halted) == ids{nth_execution_id(2)});
    CHECK(listed(*s.events, run_status::running) == ids{nth_execution_id(3), nth_execution_id(1)});
  });
}

TEST_CASE("only a halt is left by a resume") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    commit(*s.events, {flow.whole(1)});
    commit(*s.events, {{nth_scope(1), {resumed()}}});
    CHECK(must(s.events->execution(nth_execution_id(1))).status == run_status::completed);
    CHECK(listed(*s.events, run_status::completed) == ids{nth_execution_id(1)});
  });
}

TEST_CASE("retention keeps all of an execution that runs again") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    commit(*s.events, {{nth_scope(1), {flow.started(1), halted()}}});
    commit(*s.events, {{nth_scope(1), {resumed()}}});
    for (std::uint64_t n = 10; n < 40; ++n) commit(*s.events, {flow.whole(n)});
    prune(*s.events, keep_events(24));
    event_query of_one;
    of_one.execution_id = nth_execution_id(1);
    CHECK(read_all(*s.events, of_one).size() == 3);
    CHECK(must(s.events->execution(nth_execution_id(1))).status == run_status::running);
    commit(*s.events, {{nth_scope(1), {flow.completed(60)}}});
    for (std::uint64_t n = 50; n < 60; ++n) commit(*s.events, {flow.whole(n)});
    prune(*s.events, keep_events(24));
    CHECK(s.events->execution(nth_execution_id(1)).error().code == errc::not_found);
  });
}

TEST_CASE("a start finds what was resumed, whenever the host stopped") {
  for (const bool orderly : {false, true}) {
    for (const bool checkpoint_before : {false, true}) {
      CAPTURE(orderly, checkpoint_before);
      const temp_directory directory;
      auto options = small_options(directory);
      const sample_workflow flow;
      {
        const auto s = must(open_quickly(options));
        commit(*s.events, {{nth_scope(1), {flow.started(1), intent(flow), halted()}},
                           {nth_scope(2), {flow.started(1), halted()}}});
      }
      if (checkpoint_before) must(open_quickly(options));
      const temp_directory killed;
      {
        const auto s = must(open_quickly(options));
        commit(*s.events, {{nth_scope(1), {resumed()}}});
        commit(*s.events, {{nth_scope(1), {flow.node_begun(0, 51)}}});
        // What a kill leaves: the files as they are now.
        if (!orderly) must(s.events->backup(killed / "data"));
      }
      if (!orderly) options.directory = killed / "data";
      {
        const auto s = must(open_quickly(options));
        CHECK(must(s.events->execution(nth_execution_id(1))).status == run_status::running);
        CHECK(must(s.events->execution(nth_execution_id(1))).first_seq == 1);
        CHECK(unsettled(*s.events) == ids{nth_execution_id(1)});
        CHECK(must(s.events->stats()).executions == 2);
        event_query of_one;
        of_one.execution_id = nth_execution_id(1);
        CHECK(read_all(*s.events, of_one).size() == 5);
        CHECK(listed(*s.events, run_status::halted) == ids{nth_execution_id(2)});
      }
      check_proved(options);
      {
        const auto s = must(open_quickly(options));
        commit(*s.events, {{nth_scope(1), {flow.completed(60)}}});
      }
      check_proved(options);
      const auto s = must(open_quickly(options));
      CHECK(listed(*s.events, run_status::completed) == ids{nth_execution_id(1)});
      CHECK(unsettled(*s.events) == ids{nth_execution_id(1)});
    }
  }
}
