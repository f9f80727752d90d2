// A plan of retention is made beside the commits, and written after some of them: whatever they say
// of its executions, nothing that is needed by then goes.
#include "storage/rocks/prune_plan.hpp"

#include "storage/commit_shape.hpp"
#include "storage/rocks/commit_writer.hpp"
#include "storage/rocks/journal_reader.hpp"
#include "storage/rocks/recovery.hpp"
#include "tests/storage/journals_under_test.hpp"
#include "tests/storage/order_world.hpp"
#include "tests/support/pruning.hpp"

using namespace pitwall;
using namespace pitwall::storage;
using namespace pitwall::test;

namespace {

/// A journal without its thread: this test decides what comes between plan and write.
struct bare_journal {
  temp_directory directory;
  storage_options options = small_options(directory);
  std::shared_ptr<database> db = must(database::open(options, quick_disk().env));
  std::shared_ptr<live_index> index = must(recover(*db));
  commit_writer writer{db, index};
  journal_reader reader{db, index};

  std::uint64_t head() const { return index->counts().head; }
  void commit(std::vector<event_batch> batches) {
    REQUIRE(writer.write(*make_committed(head() + 1, std::move(batches)), durability::async).ok());
  }
  prune_plan plan(std::uint64_t keep) {
    return must(plan_prune(*db, *index, keep_events(keep), {}));
  }
  void write(prune_plan& plan) {
    REQUIRE(writer.revise(plan).ok());
    REQUIRE(writer.write(plan).ok());
  }
  /// Else the first plan wants one, and nothing more.
  void checkpoint() { REQUIRE(writer.close().ok()); }

  void check_proved() const {
    const auto stats = must(reader.stats());
    CHECK(stats.events == head() - stats.first_seq + 1);
    const auto report = must(verify_with(options, quick_disk().env, {}));
    INFO((report.findings.empty() ? std::string() : report.findings[0].what));
    CHECK(report.found == 0);
    CHECK(report.executions == stats.executions - stats.open_executions);
    CHECK(report.islands == stats.islands);
  }
};

std::size_t events_of(const bare_journal& j, std::uint64_t n) {
  event_query one;
  one.execution_id = nth_execution_id(n);
  return must(j.reader.read(one)).events.size();
}

}  // namespace

TEST_CASE("late news of an execution in a plan keeps it whole") {
  const sample_workflow flow;
  const auto& node = flow.nodes[1];
  const std::vector<event> news{
      {at_ms(9), order_intent{node, "o", {}}},
      {at_ms(9), order_submitted{node, "o", "v"}},
      {at_ms(9), order_filled{node, "o", {}, {1, 1, 0, ""}, true}},
      {at_ms(9), order_in_doubt{node, "o", "no answer"}},
  };
  for (std::size_t which = 0; which < news.size(); ++which) {
    CAPTURE(which);
    bare_journal j;
    for (std::uint64_t n = 0; n < 20; ++n) j.commit({flow.whole(n)});
    j.checkpoint();
    auto plan = j.plan(60);
    REQUIRE(plan.outcome.executions == 15);
    j.commit({{nth_scope(7), {news[which]}}});
    j.write(plan);
    CHECK(plan.outcome.executions == 14);
    CHECK(plan.outcome.islands == 1);
    CHECK(events_of(j, 7) == 13);
    CHECK(events_of(j, 6) == 0);
    CHECK(must(j.reader.execution(nth_execution_id(7))).open_orders == (which == 0 ? 1U : 0U));
    j.check_proved();
  }
}

TEST_CASE("what a plan does not rest on changes nothing about it") {
  const sample_workflow flow;
  bare_journal j;
  for (std::uint64_t n = 0; n < 20; ++n) j.commit({flow.whole(n)});
  j.commit({{nth_scope(50), {flow.started(1)}}});
  j.checkpoint();
  auto plan = j.plan(61);
  const auto version = plan.history_version;
  j.commit({{nth_scope(50), {flow.completed(2)}}, flow.whole(51)});
  j.write(plan);
  CHECK(plan.history_version == version);
  CHECK(plan.outcome.executions == 15);
  j.check_proved();
}

TEST_CASE("of two plans for the same records the second finds them gone") {
  const sample_workflow flow;
  bare_journal j;
  for (std::uint64_t n = 0; n < 20; ++n) j.commit({flow.whole(n)});
  j.checkpoint();
  auto first = j.plan(60), second = j.plan(120);
  j.write(first);
  j.write(second);
  CHECK(first.outcome.executions == 15);
  CHECK(second.outcome.executions == 0);
  CHECK(must(j.reader.stats()).executions == 5);
  j.check_proved();
}

TEST_CASE("an order that settles between plan and write lets its island go one step later") {
  const sample_workflow flow;
  const event intent{at_ms(1), order_intent{flow.nodes[1], "o", {}}};
  bare_journal j;
  j.commit({{nth_scope(1), {flow.started(1), intent, flow.completed(2)}}});
  for (std::uint64_t n = 10; n < 30; ++n) j.commit({flow.whole(n)});
  j.checkpoint();
  auto one = j.plan(24);
  j.commit({{nth_scope(1), {{at_ms(9), order_canceled{flow.nodes[1], "o", "by hand"}}}}});
  j.write(one);
  CHECK(one.outcome.islands == 1);
  CHECK(events_of(j, 1) == 4);
  for (std::uint64_t n = 40; n < 45; ++n) j.commit({flow.whole(n)});
  j.checkpoint();
  auto two = j.plan(24);
  j.write(two);
  CHECK(two.outcome.islands == 0);
  CHECK(events_of(j, 1) == 0);
  j.check_proved();
}

TEST_CASE("plans and commits in any order lose nothing that is needed") {
  std::size_t gone = 0, revised = 0;
  for (std::uint64_t seed = 4'400; seed < 4'440; ++seed) {
    CAPTURE(seed);
    bare_journal j;
    order_world w(seed);
    std::vector<prune_plan> plans;
    for (int step = 0; step < 80; ++step) {
      CAPTURE(step);
      j.commit(w.next_commit(j.head() + 1));
      if (w.below(5) == 0) j.checkpoint();
      if (w.below(3) == 0) plans.push_back(j.plan(1 + w.below(30)));
      if (!plans.empty() && w.below(3) == 0) {
        const auto version = plans.front().history_version;
        j.write(plans.front());
        revised += plans.front().history_version != version ? 1 : 0;
        w.pruned(plans.front().outcome.first_seq);
        plans.erase(plans.begin());
        compare(j.reader, w);
      }
    }
    gone += w.gone().size();
    j.check_proved();
  }
  CHECK(gone > 500);
  CHECK(revised > 300);
}
