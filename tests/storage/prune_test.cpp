// Retention: what goes, what stays, and that a pruned journal still proves itself.
#include "storage/rocks/anchor.hpp"
#include "storage/rocks/open_with.hpp"
#include "tests/storage/journals_under_test.hpp"
#include "tests/storage/raw_database.hpp"
#include "tests/support/describe.hpp"
#include "tests/support/events.hpp"
#include "tests/support/pruning.hpp"

using namespace pitwall;
using namespace pitwall::storage;
using namespace pitwall::test;

namespace {

event intent(const sample_workflow& flow, const std::string& order = "o") {
  return {at_ms(2), order_intent{flow.nodes[1], order, {}}};
}
event filled(const sample_workflow& flow, const std::string& order = "o") {
  return {at_ms(9), order_filled{flow.nodes[1], order, {}, {1, 1, 0, ""}, true}};
}
/// Ends at once, and leaves an order that rests.
event_batch resting(const sample_workflow& flow, std::uint64_t n) {
  return {nth_scope(n), {flow.started(1), intent(flow), flow.completed(3)}};
}

verify_report verified(const storage_options& options,
                       const std::optional<journal_head>& expected = {}) {
  return must(verify_with(options, quick_disk().env, expected));
}
std::string text_of(const verify_report& report) {
  std::string text = std::to_string(report.found) + " findings:";
  for (const auto& f : report.findings) text += "\n  " + std::to_string(f.seq) + " " + f.what;
  return text;
}
void check_proved(const storage_options& options) {
  const auto report = verified(options);
  INFO(text_of(report));
  CHECK(report.found == 0);
}

std::vector<std::string> listed(const journal& j, execution_query query = {}) {
  std::vector<std::string> ids;
  query.limit = 7;
  for (;;) {
    const auto page = must(j.executions(query));
    for (const auto& e : page.executions) ids.push_back(e.scope->execution_id);
    if (page.next_before.empty()) return ids;
    query.before = page.next_before;
  }
}

}  // namespace

TEST_CASE("a pruned journal keeps the newest events and the executions in them") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    for (std::uint64_t n = 0; n < 40; ++n) commit(*s.events, {flow.whole(n)});
    const auto done = prune(*s.events, keep_events(120));
    CHECK(done.first_seq == 361);
    CHECK(done.events == 360);
    CHECK(done.commits == 30);
    CHECK(done.executions == 30);
    CHECK(done.islands == 0);
    const auto stats = must(s.events->stats());
    CHECK(stats.first_seq == 361);
    CHECK(stats.last_seq == 480);
    CHECK(stats.events == 120);
    CHECK(stats.commits == 10);
    CHECK(stats.executions == 10);
    CHECK(read_all(*s.events).front().seq == 361);
    CHECK(s.events->read({359, 10, {}, {}}).error().code == errc::out_of_range);
    CHECK(must(s.events->read({360, 10, {}, {}})).events.front().seq == 361);
    CHECK(s.events->execution(nth_execution_id(29)).error().code == errc::not_found);
    CHECK(s.events->execution(nth_execution_id(30)).ok());
    CHECK(listed(*s.events).size() == 10);
    execution_query by_workflow;
    by_workflow.workflow_id = "arb";
    CHECK(listed(*s.events, by_workflow).size() == 10);
    // Who was reading a removed execution must not take that for its end.
    CHECK(s.events->read({5, 10, nth_execution_id(0), {}}).error().code == errc::out_of_range);
    CHECK(prune(*s.events, keep_events(120)).events == 0);
    commit(*s.events, {flow.whole(41)});
    CHECK(s.events->head() == 492);
  });
}

TEST_CASE("retention goes by age, and by the floor that it is given") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    for (std::uint64_t n = 0; n < 10; ++n) commit(*s.events, {flow.whole(1'000 * n)});
    prune_request request;
    request.keep.max_age = std::chrono::seconds(5);
    request.now = at_ms(10'000);
    request.floor = 24;
    CHECK(prune(*s.events, request).first_seq == 25);
    request.floor = UINT64_MAX;
    request.dry_run = true;
    const auto planned = must(try_prune(*s.events, request));
    CHECK(planned.events == 36);
    CHECK(must(s.events->stats()).first_seq == 25);
    request.dry_run = false;
    CHECK(prune(*s.events, request).first_seq == 61);
    CHECK(must(s.events->stats()).first_seq == 61);
  });
}

TEST_CASE("an order that rests holds back nothing but what its execution needs") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    commit(*s.events, {resting(flow, 1), flow.whole(2)});
    commit(*s.events, {{nth_scope(3), {flow.started(1)}}});
    for (std::uint64_t n = 10; n < 30; ++n) commit(*s.events, {flow.whole(n)});
    const auto done = prune(*s.events, keep_events(24));
    CHECK(done.islands == 2);
    CHECK(done.executions == 19);
    CHECK(must(s.events->stats()).islands == 2);
    event_query one;
    one.execution_id = nth_execution_id(1);
    REQUIRE(read_all(*s.events, one).size() == 3);
    one.execution_id = nth_execution_id(3);
    REQUIRE(read_all(*s.events, one).size() == 1);
    CHECK(s.events->execution(nth_execution_id(2)).error().code == errc::not_found);
    const auto unsettled = must(s.events->unsettled({}, 10));
    CHECK(unsettled.executions.size() + (unsettled.next.empty() ? 0 : 1) >= 2);

    // They end: they are as new as what ends them, and go with it.
    commit(*s.events, {{nth_scope(1), {filled(flow)}}, {nth_scope(3), {flow.completed(9)}}});
    CHECK(prune(*s.events, keep_events(24)).islands == 2);
    CHECK(s.events->execution(nth_execution_id(1)).ok());
    for (std::uint64_t n = 40; n < 43; ++n) commit(*s.events, {flow.whole(n)});
    const auto rest = prune(*s.events, keep_events(24));
    CHECK(rest.islands == 0);
    CHECK(s.events->execution(nth_execution_id(1)).error().code == errc::not_found);
    CHECK(s.events->execution(nth_execution_id(3)).error().code == errc::not_found);
    CHECK(listed(*s.events).size() == 2);
  });
}

TEST_CASE("late news of an execution that is gone is an event, and begins none") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    for (std::uint64_t n = 0; n < 20; ++n) commit(*s.events, {flow.whole(n)});
    prune(*s.events, keep_events(24));
    commit(*s.events, {{nth_scope(1), {filled(flow)}}});
    CHECK(s.events->execution(nth_execution_id(1)).error().code == errc::not_found);
    CHECK(read_all(*s.events).back().scope->execution_id == nth_execution_id(1));
    CHECK(must(s.events->stats()).open_executions == 0);
  });
}

TEST_CASE("states and emergencies stay; idempotency keys go after a day") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    auto keyed = flow.whole(1);
    std::get<execution_started>(keyed.events[0].body).idempotency_key = "k";
    keyed.events.push_back({at_ms(5), node_state_changed{flow.nodes[0], 3, value(7), {}}});
    commit(*s.events, {keyed, emergency_batch("global", "normal", "halt")});
    for (std::uint64_t n = 2; n < 20; ++n) commit(*s.events, {flow.whole(n)});
    auto request = keep_events(12);
    request.now = at_ms(0) + std::chrono::hours(23);
    CHECK(prune(*s.events, request).keys == 0);
    CHECK(must(s.events->emergency_scopes()).size() == 1);
    CHECK(must(s.events->node_state("arb", "node_0")).version == 3);
    CHECK(s.events->start_with_key("arb", "k").ok());
    request.now = at_ms(2) + std::chrono::hours(24);
    CHECK(prune(*s.events, request).keys == 1);
    CHECK(s.events->start_with_key("arb", "k").error().code == errc::not_found);
  });
}

TEST_CASE("a pruned journal opens again and proves itself, with its islands") {
  const temp_directory directory;
  const auto options = small_options(directory);
  const sample_workflow flow;
  std::optional<journal_head> before, after;
  for (int life = 0; life < 3; ++life) {
    const auto s = must(open_quickly(options));
    const auto base = 1'000 * static_cast<std::uint64_t>(life);
    commit(*s.events, {resting(flow, base), flow.whole(base + 1)});
    for (std::uint64_t n = 2; n < 60; ++n) commit(*s.events, {flow.whole(base + n)});
    if (life == 0) before = must(s.events->chain_head());
    const auto done = prune(*s.events, keep_events(100));
    CHECK(done.islands == static_cast<std::uint64_t>(life) + 1);
    after = must(s.events->chain_head());
    const auto stats = must(s.events->stats());
    CHECK(stats.events == s.events->head() - stats.first_seq + 1);
  }
  check_proved(options);
  CHECK(verified(options, after).compared == head_comparison::matches);
  CHECK(verified(options, before).compared == head_comparison::not_kept);
  CHECK(verified(options).islands == 3);
  const auto s = must(open_quickly(options));
  event_query one;
  one.execution_id = nth_execution_id(0);
  CHECK(read_all(*s.events, one).size() == 3);
  CHECK(must(s.events->stats()).islands == 3);
}
