// Lists of executions by every filter, against a plain list of what was committed.
#include <algorithm>
#include <array>

#include "storage/bounds.hpp"
#include "storage/execution_entry.hpp"
#include "storage/rocks/execution_index.hpp"
#include "tests/storage/journals_under_test.hpp"
#include "tests/support/events.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

struct made {
  scope_ref scope;
  run_status status;
  timestamp started;
};

event end_of(run_status how, std::int64_t ms) {
  switch (how) {
    case run_status::failed:
      return {at_ms(ms), execution_failed{"broken", "io_error", microseconds(5)}};
    case run_status::timed_out:
      return {at_ms(ms), execution_failed{"late", "timeout", microseconds(5)}};
    case run_status::halted:
      return {at_ms(ms), execution_halted{"drill", "halt"}};
    case run_status::cancelled:
      return {at_ms(ms), execution_cancelled{"enough", microseconds(5)}};
    default:
      return {at_ms(ms), execution_completed{how, microseconds(5)}};
  }
}

constexpr std::array statuses{
    run_status::running,  run_status::completed, run_status::completed_with_errors,
    run_status::failed,   run_status::timed_out, run_status::halted,
    run_status::cancelled};

/// Workflows, bots and strategies whose names begin with one another's; some have none.
const std::vector<std::string> workflows{"w", "w2", "w22", std::string("w\x01", 2), "other"};
const std::vector<std::string> bots{"", "b", "bb", "b_"};

/// The starts in the order of time, or in that of a clock which jumps to and fro.
std::vector<std::uint64_t> starts(random_events& random, std::uint64_t count, bool clock_jumps) {
  std::vector<std::uint64_t> stretches, all;
  constexpr std::uint64_t length = 25;
  for (std::uint64_t at = 1; at <= count; at += length) stretches.push_back(at);
  if (clock_jumps) std::shuffle(stretches.begin(), stretches.end(), random.source());
  for (const auto from : stretches)
    for (auto n = from; n < from + length && n <= count; ++n) all.push_back(n);
  return all;
}

std::vector<made> fill(journal& j, std::uint64_t seed, std::uint64_t count,
                       bool clock_jumps = false) {
  random_events random(seed);
  std::vector<made> all;
  std::vector<std::pair<std::uint64_t, made>> unfinished;
  for (const auto n : starts(random, count, clock_jumps)) {
    made m;
    m.scope = nth_scope(10 * n, workflows[random.below(workflows.size())],
                        bots[random.below(bots.size())], bots[random.below(bots.size())]);
    m.status = statuses[random.below(statuses.size())];
    m.started = at_ms(static_cast<std::int64_t>(10 * n));
    std::vector<event> events{{m.started, execution_started{1, "d", {}}}};
    const bool at_once = random.below(2) == 0;
    if (at_once && m.status != run_status::running) events.push_back(end_of(m.status, 10 * n + 1));
    commit(j, {{m.scope, std::move(events)}});
    if (!at_once && m.status != run_status::running) unfinished.emplace_back(n, m);
    all.push_back(std::move(m));
  }
  std::shuffle(unfinished.begin(), unfinished.end(), random.source());
  for (const auto& [n, m] : unfinished) {
    commit(j, {{m.scope, {end_of(m.status, 100'000)}}});
    if (n % 5 == 0) {  // Late news changes no list.
      commit(j, {{m.scope, {{at_ms(100'001), order_filled{node_named("a"), "pw", {}, {}, true}}}}});
    }
  }
  std::sort(all.begin(), all.end(),
            [](const made& a, const made& b) { return a.started < b.started; });
  return all;
}

/// Newest first, page by page.
std::vector<std::string> listed(const journal& j, execution_query query) {
  std::vector<std::string> ids;
  while (true) {
    const auto page = must(j.executions(query));
    REQUIRE(page.executions.size() <= query.limit);
    for (const auto& e : page.executions) ids.push_back(e.scope->execution_id);
    if (page.next_before.empty()) return ids;
    REQUIRE((query.before.empty() || page.next_before < query.before));
    query.before = page.next_before;
  }
}

std::vector<std::string> expected(const std::vector<made>& all, const execution_query& q) {
  std::vector<std::string> ids;
  for (auto m = all.rbegin(); m != all.rend(); ++m) {
    const event_scope& s = *m->scope;
    if ((!q.workflow_id.empty() && q.workflow_id != s.workflow_id) ||
        (!q.bot_id.empty() && q.bot_id != s.bot_id) ||
        (!q.strategy_id.empty() && q.strategy_id != s.strategy_id) ||
        (q.status && *q.status != m->status) ||
        (q.started_after && m->started < *q.started_after) ||
        (q.started_before && m->started >= *q.started_before)) {
      continue;
    }
    ids.push_back(s.execution_id);
  }
  return ids;
}

execution_query random_query(random_events& random, std::uint64_t count) {
  execution_query q;
  q.limit = 1 + random.below(30);
  if (random.below(2) == 0) q.workflow_id = workflows[random.below(workflows.size())];
  if (random.below(3) == 0) q.bot_id = bots[random.below(bots.size())];
  if (random.below(3) == 0) q.strategy_id = bots[random.below(bots.size())];
  if (random.below(2) == 0) q.status = statuses[random.below(statuses.size())];
  const auto time = [&] { return at_ms(static_cast<std::int64_t>(random.below(12 * count))); };
  if (random.below(3) == 0) q.started_after = time();
  if (random.below(3) == 0) q.started_before = time();
  return q;
}

}  // namespace

TEST_CASE("executions by any filters and times are those that were committed") {
  const std::uint64_t seed = 31'337;
  CAPTURE(seed);
  constexpr std::uint64_t count = 400;
  const bool clock_jumps = GENERATE(false, true);
  CAPTURE(clock_jumps);
  for_each_implementation([&](const storage_set& s) {
    const auto all = fill(*s.events, seed, count, clock_jumps);
    random_events random(seed + 1);
    for (int round = 0; round < 300; ++round) {
      const auto q = random_query(random, count);
      CAPTURE(round, q.limit, q.workflow_id, q.bot_id, q.strategy_id);
      REQUIRE(listed(*s.events, q) == expected(all, q));
    }
  });
}

TEST_CASE("the lists are the same after a reopening") {
  const std::uint64_t seed = 99;
  const temp_directory directory;
  const auto options = small_options(directory);
  const bool clock_jumps = GENERATE(false, true);
  CAPTURE(clock_jumps);
  std::vector<made> all;
  {
    const auto s = must(open_quickly(options));
    all = fill(*s.events, seed, 200, clock_jumps);
  }
  const auto s = must(open_quickly(options));
  random_events random(seed);
  for (int round = 0; round < 100; ++round) {
    const auto q = random_query(random, 200);
    REQUIRE(listed(*s.events, q) == expected(all, q));
  }
}

TEST_CASE("filters that hardly meet cost a bounded page each, and lose nothing") {
  const temp_directory directory;
  const auto s = must(open_quickly(small_options(directory)));
  const sample_workflow flow;
  constexpr std::uint64_t count = 3 * storage::max_index_leaps;
  std::vector<event_batch> batches;
  for (std::uint64_t n = 1; n <= count; ++n) {
    // Turn by turn the one and the other; both only at the two ends.
    const bool both = n == 1 || n == count;
    batches.push_back({nth_scope(n, both || n % 2 == 0 ? "w" : "v", both || n % 2 == 1 ? "b" : "a"),
                       {flow.started(1), flow.completed(2)}});
  }
  commit(*s.events, std::move(batches));
  execution_query q;
  q.workflow_id = "w";
  q.bot_id = "b";
  const auto first = must(s.events->executions(q));
  CHECK(first.executions.size() == 1);
  CHECK_FALSE(first.next_before.empty());
  CHECK(listed(*s.events, q) ==
        std::vector<std::string>{nth_execution_id(count, "w"), nth_execution_id(1, "w")});
}

TEST_CASE("terms that look alike are apart, and only those of one slot share a row") {
  execution_summary s;
  s.status = run_status::completed;
  s.scope = nth_scope(1, "ab", "", "c");
  const auto fronts = [&s](std::uint64_t n) {
    std::vector<std::string> all;
    std::string front;
    for (std::size_t which = 0; which < storage::index_terms; ++which) {
      const auto key = storage::execution_key(nth_execution_id(n, s.scope->workflow_id));
      if (storage::index_front(s, key, which, front)) all.push_back(front);
    }
    return all;
  };
  const auto first = fronts(1);
  CHECK(first.size() == 3);
  CHECK(fronts(2) == first);
  CHECK(fronts(2'000) != first);
  s.scope = nth_scope(1, "a", "", "bc");
  const auto other = fronts(1);
  CHECK(other[0] == first[0]);
  CHECK(std::find(first.begin(), first.end(), other[1]) == first.end());
  CHECK(std::find(first.begin(), first.end(), other[2]) == first.end());

  storage::index_rows rows(7);
  for (const std::uint64_t n : {1U, 2U, 2'000U}) {
    rows.add(s, storage::execution_key(nth_execution_id(n)));
  }
  std::size_t count = 0;
  rows.each([&](const std::string& row, const std::string& bytes) {
    const auto read = must(storage::decode_index_row(row, bytes));
    CHECK((read.keys.size() == 1 || read.keys.size() == 2));
    CHECK(storage::encode_index_row(read.keys) == bytes);
    CHECK_FALSE(storage::decode_index_row(row, bytes.substr(0, bytes.size() - 1)).ok());
    ++count;
  });
  CHECK(count == 6);
}
