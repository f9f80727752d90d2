#include "runtime/host/metrics/event_tally.hpp"

#include <atomic>
#include <random>
#include <thread>

#include "runtime/host/metrics/metrics_text.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/exposition.hpp"

using namespace pitwall;
using test::exposition;

namespace {

node_ref node_of_type(const std::string& type) {
  return std::make_shared<const node_identity>(node_identity{"n", "n", type, "conditions"});
}

exposition read(const event_tally& tally) {
  metric_families all;
  tally.read(all);
  return exposition(metrics_text(all, metrics_form::prometheus_text));
}

event_body random_event(std::mt19937& random, const node_ref& node) {
  const auto took = microseconds(random() % 1'000'000);
  switch (random() % 12) {
    case 0:
      return execution_started{3, "d", {}, {}};
    case 1:
      return execution_completed{
          random() % 2 == 0 ? run_status::completed : run_status::completed_with_errors, took};
    case 2:
      return execution_failed{"e", random() % 2 == 0 ? "timeout" : "other", took};
    case 3:
      return execution_halted{"r", "halt"};
    case 4:
      return execution_cancelled{"r", took};
    case 5:
      return node_started{node, 1};
    case 6: {
      node_completed e{node, 1, took, nullptr, {}, node_status::completed};
      if (random() % 4 == 0) e.status = node_status::in_doubt;
      return e;
    }
    case 7:
      return node_failed{node, 1, took, "e", "t"};
    case 8:
      return node_skipped{node, "r"};
    case 9:
      return execution_resumed{};
    case 10:
      return node_retrying{node, 1, took, "e", "t"};
    default:
      return order_submitted{node, "c", "v"};
  }
}

std::string outcome_of(const event_body& body) {
  if (const auto* e = std::get_if<execution_completed>(&body))
    return std::string(to_string(e->status));
  if (const auto* e = std::get_if<execution_failed>(&body))
    return e->error_type == "timeout" ? "timed_out" : "failed";
  if (std::holds_alternative<execution_halted>(body)) return "halted";
  return std::holds_alternative<execution_cancelled>(body) ? "cancelled" : "";
}

std::string fate_of(const event_body& body) {
  if (const auto* e = std::get_if<node_completed>(&body)) return std::string(to_string(e->status));
  if (std::holds_alternative<node_failed>(body)) return "failed";
  if (std::holds_alternative<node_skipped>(body)) return "skipped";
  return std::holds_alternative<node_retrying>(body) ? "retried" : "";
}

}  // namespace

TEST_CASE("the totals are the sums of the events, whatever came in whatever commits") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  event_tally tally;
  std::map<std::string, double> by_type, by_workflow, took_by_block, by_outcome, by_fate;
  double events = 0, commits = 0;
  for (std::uint64_t seq = 1; commits < 300; ++commits) {
    auto commit = std::make_shared<committed>();
    commit->first_seq = seq;
    for (auto batches = 1 + random() % 3; batches > 0; --batches) {
      const auto workflow = "w" + std::to_string(random() % 5);
      event_batch batch{std::make_shared<const event_scope>(event_scope{"x", workflow, "", ""}),
                        {}};
      for (auto n = 1 + random() % 6; n > 0; --n, ++seq, ++events) {
        const auto block = "t" + std::to_string(random() % 4);
        batch.events.push_back({timestamp{}, random_event(random, node_of_type(block))});
        const auto& body = batch.events.back().body;
        const std::string type(type_name(body));
        ++by_type[type];
        if (type == "execution_started") ++by_workflow[workflow];
        if (type == "node_completed" || type == "node_failed") ++took_by_block[block];
        if (const auto name = outcome_of(body); !name.empty()) ++by_outcome[name];
        if (const auto name = fate_of(body); !name.empty()) ++by_fate[name];
      }
      commit->batches.push_back(std::move(batch));
    }
    commit->last_seq = seq - 1;
    CHECK(tally.offer(commit));
  }
  const auto page = read(tally);
  CHECK(page.faults == std::vector<std::string>{});
  CHECK(page.sum("pitwall_events_total") == events);
  for (const auto name : event_type_names())
    CHECK(page.at("pitwall_events_total", {{"type", std::string(name)}}) ==
          by_type[std::string(name)]);
  for (const auto& [id, n] : by_workflow)
    CHECK(page.at("pitwall_executions_started_total", {{"workflow_id", id}}) == n);
  for (const auto& [name, n] : by_outcome)
    CHECK(page.sum("pitwall_executions_ended_total", {{"outcome", name}}) == n);
  for (const auto& [name, n] : by_fate)
    CHECK(page.sum("pitwall_nodes_total", {{"outcome", name}}) == n);
  for (const auto& [type, n] : took_by_block)
    CHECK(page.at("pitwall_node_duration_seconds_count", {{"block_type", type}}) == n);
  CHECK(page.at("pitwall_journal_commit_events_count") == commits);
  CHECK(page.at("pitwall_journal_commit_events_sum") == events);
}

TEST_CASE("labels are bounded: what comes past them is counted as other, and nothing is lost") {
  event_tally tally;
  constexpr std::size_t more = event_tally::max_workflows + 50;
  for (std::size_t i = 0; i < more; ++i) {
    auto commit = std::make_shared<committed>();
    commit->first_seq = commit->last_seq = i + 1;
    const event_scope scope{"x", "w" + std::to_string(i), "", ""};
    const auto node = node_of_type("t" + std::to_string(i));
    commit->batches = {{std::make_shared<const event_scope>(scope),
                        {{timestamp{}, execution_started{}},
                         {timestamp{}, node_failed{node, 1, microseconds(1), "e", "t"}}}}};
    tally.offer(commit);
  }
  const auto page = read(tally);
  CHECK(page.faults == std::vector<std::string>{});
  CHECK(page.families.at("pitwall_executions_started_total").samples.size() ==
        event_tally::max_workflows + 1);
  CHECK(page.at("pitwall_executions_started_total", {{"workflow_id", "other"}}) == 50);
  CHECK(page.sum("pitwall_executions_started_total") == more);
  CHECK(page.at("pitwall_nodes_total", {{"block_type", "other"}, {"outcome", "failed"}}) ==
        more - event_tally::max_block_types);
}

TEST_CASE("a page that is read while events come is of one moment") {
  event_tally tally;
  std::atomic<bool> enough = false;
  std::thread publisher([&] {
    const auto scope = std::make_shared<const event_scope>(event_scope{"x", "w", "", ""});
    for (std::uint64_t seq = 1; !enough; seq += 3) {
      auto commit = std::make_shared<committed>();
      commit->first_seq = seq;
      commit->last_seq = seq + 2;
      const auto node = node_of_type("t" + std::to_string(seq % 50));
      commit->batches = {{scope,
                          {{timestamp{}, execution_started{}},
                           {timestamp{}, node_failed{node, 1, microseconds(1), "e", "t"}},
                           {timestamp{}, execution_completed{}}}}};
      tally.offer(commit);
    }
  });
  double commits = 0;
  for (int i = 0; i < 200 || commits < 100; ++i) {
    const auto page = read(tally);
    commits = page.at("pitwall_journal_commit_events_count");
    CHECK(page.sum("pitwall_events_total") == 3 * commits);
    CHECK(page.sum("pitwall_executions_started_total") == commits);
    CHECK(page.sum("pitwall_executions_ended_total") == commits);
    CHECK(page.at("pitwall_execution_duration_seconds_count") == commits);
    CHECK(page.sum("pitwall_nodes_total") == commits);
    CHECK(page.sum("pitwall_node_duration_seconds_count") == commits);
  }
  enough = true;
  publisher.join();
}
