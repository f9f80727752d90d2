#include "runtime/host/metrics/event_tally.hpp"

#include <algorithm>
#include <utility>

namespace pitwall {
namespace {

constexpr std::array<std::string_view, 6> outcome_names{
    "completed", "completed_with_errors", "failed", "timed_out", "halted", "cancelled"};
constexpr std::array<std::string_view, 5> node_outcome_names{"completed", "in_doubt", "failed",
                                                             "skipped", "retried"};
enum outcome_index : std::size_t { completed, with_errors, failed, timed_out, halted, cancelled };
enum node_outcome_index : std::size_t { done_well, in_doubt, broken, skipped, retried };

metric_sample sample(std::vector<std::pair<std::string, std::string>> labels, std::uint64_t n) {
  return {std::move(labels), static_cast<double>(n)};
}

metric_family histogram(std::string name, std::string help, metric_sample only) {
  return {std::move(name), std::move(help), metric_kind::histogram, {std::move(only)}};
}

}  // namespace

template <class T>
T& event_tally::slot(by_label<T>& all, std::string_view label, std::size_t most) {
  if (label.empty()) label = "none";
  const auto known = all.find(label);
  if (known != all.end()) return known->second;
  return all[all.size() < most ? std::string(label) : std::string("other")];
}

bool event_tally::offer(const committed_ref& commit) {
  const std::lock_guard lock(mutex_);
  commit_events_.add(commit->last_seq - commit->first_seq + 1);
  commit_batches_.add(commit->batches.size());
  for (const auto& batch : commit->batches) {
    if (batch.events.empty()) continue;
    const auto& scope = *batch.scope;
    of_workflow host_itself;
    auto& workflow = scope.execution_id.empty()
                         ? host_itself
                         : slot(workflows_, scope.workflow_id, max_workflows);
    for (const auto& e : batch.events) count(workflow, e);
  }
  return true;
}

event_tally::of_block_type& event_tally::type_of(const node_ref& node) {
  return slot(types_, node ? std::string_view(node->type) : std::string_view(), max_block_types);
}

void event_tally::count(of_workflow& workflow, const event& e) {
  ++events_[e.body.index()];
  if (std::holds_alternative<execution_started>(e.body)) {
    ++workflow.started;
  } else if (std::holds_alternative<execution_resumed>(e.body)) {
    ++workflow.resumed;
  } else if (const auto* end = std::get_if<execution_completed>(&e.body)) {
    ++workflow.ended[end->status == run_status::completed ? completed : with_errors];
    took_.add(end->duration);
  } else if (const auto* failure = std::get_if<execution_failed>(&e.body)) {
    ++workflow.ended[failure->error_type == "timeout" ? timed_out : failed];
    took_.add(failure->duration);
  } else if (std::holds_alternative<execution_halted>(e.body)) {
    ++workflow.ended[halted];
  } else if (const auto* end_of_it = std::get_if<execution_cancelled>(&e.body)) {
    ++workflow.ended[cancelled];
    took_.add(end_of_it->duration);
  } else if (const auto* node = std::get_if<node_completed>(&e.body)) {
    auto& type = type_of(node->node);
    ++type.ended[node->status == node_status::in_doubt ? in_doubt : done_well];
    type.took->add(node->duration);
  } else if (const auto* bad = std::get_if<node_failed>(&e.body)) {
    auto& type = type_of(bad->node);
    ++type.ended[broken];
    type.took->add(bad->duration);
  } else if (const auto* never = std::get_if<node_skipped>(&e.body)) {
    ++type_of(never->node).ended[skipped];
  } else if (const auto* again = std::get_if<node_retrying>(&e.body)) {
    ++type_of(again->node).ended[retried];
  }
}

event_tally::numbers event_tally::copy() const {
  numbers n;
  n.workflows.reserve(max_workflows + 1);
  n.types.reserve(max_block_types + 1);
  const std::lock_guard lock(mutex_);
  n.events = events_;
  for (const auto& [id, w] : workflows_) n.workflows.emplace_back(id, w);
  for (const auto& [type, of] : types_) n.types.push_back({type, of.ended, of.took->read()});
  n.took = took_.read();
  n.commit_events = commit_events_.read();
  n.commit_batches = commit_batches_.read();
  return n;
}

void event_tally::read(metric_families& out) const {
  numbers n = copy();
  metric_family events{"pitwall_events_total", "Events published since the host began, by type.",
                       metric_kind::counter};
  const auto names = event_type_names();
  for (std::size_t i = 0; i < n.events.size(); ++i)
    events.samples.push_back(sample({{"type", std::string(names[i])}}, n.events[i]));
  out.push_back(std::move(events));
  show_executions(n, out);
  show_nodes(n, out);
  out.push_back(histogram("pitwall_journal_commit_events", "Events of one commit.",
                          std::move(n.commit_events)));
  out.push_back(histogram("pitwall_journal_commit_batches",
                          "Batches, each of one execution, that one commit made durable.",
                          std::move(n.commit_batches)));
}

// A page whose labels stand in order reads better.
void event_tally::show_executions(numbers& n, metric_families& out) {
  metric_family started{"pitwall_executions_started_total", "Executions started, by workflow.",
                        metric_kind::counter};
  metric_family resumed{"pitwall_executions_resumed_total",
                        "Executions taken up again after a start or a halt, by workflow.",
                        metric_kind::counter};
  metric_family ended{"pitwall_executions_ended_total",
                      "Executions ended, by workflow and outcome; a halted one may be resumed.",
                      metric_kind::counter};
  std::sort(n.workflows.begin(), n.workflows.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [label, w] : n.workflows) {
    const std::string id(label);
    started.samples.push_back(sample({{"workflow_id", id}}, w.started));
    resumed.samples.push_back(sample({{"workflow_id", id}}, w.resumed));
    for (std::size_t i = 0; i < outcomes; ++i)
      ended.samples.push_back(
          sample({{"workflow_id", id}, {"outcome", std::string(outcome_names[i])}}, w.ended[i]));
  }
  out.push_back(std::move(started));
  out.push_back(std::move(resumed));
  out.push_back(std::move(ended));
  out.push_back(histogram("pitwall_execution_duration_seconds",
                          "Time of executions from start to end; without halted ones.",
                          std::move(n.took)));
}

void event_tally::show_nodes(numbers& n, metric_families& out) {
  metric_family ended{"pitwall_nodes_total", "What became of nodes, by block type.",
                      metric_kind::counter};
  metric_family took{"pitwall_node_duration_seconds",
                     "Time of nodes that completed or failed, by block type.",
                     metric_kind::histogram};
  std::sort(n.types.begin(), n.types.end(),
            [](const auto& a, const auto& b) { return a.label < b.label; });
  for (auto& type : n.types) {
    const std::string label(type.label);
    for (std::size_t i = 0; i < node_outcomes; ++i)
      ended.samples.push_back(sample(
          {{"block_type", label}, {"outcome", std::string(node_outcome_names[i])}}, type.ended[i]));
    type.took.labels = {{"block_type", label}};
    took.samples.push_back(std::move(type.took));
  }
  out.push_back(std::move(ended));
  out.push_back(std::move(took));
}

}  // namespace pitwall
