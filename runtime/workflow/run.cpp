#include "runtime/workflow/run.hpp"

#include <algorithm>
#include <utility>

#include "runtime/workflow/run_time.hpp"

namespace pitwall {

bool is_final(node_status s) noexcept {
  switch (s) {
    case node_status::pending:
    case node_status::running:
    case node_status::retrying:
      return false;
    case node_status::completed:
    case node_status::failed:
    case node_status::skipped:
    case node_status::in_doubt:
    case node_status::halted:
    case node_status::cancelled:
      return true;
  }
  return true;
}

bool order_in_flight(const node_run& n) noexcept {
  return n.status == node_status::running &&
         (n.order_progress == order_stage::intended || n.order_progress == order_stage::accepted);
}

bool awaits_order(const node_run& n) noexcept {
  return n.status == node_status::running && n.order != nullptr;
}

run_state::run_state(std::shared_ptr<const plan> p, scope_ref s)
    : workflow(std::move(p)), scope(std::move(s)), nodes(workflow->nodes.size()) {
  open_nodes = static_cast<std::uint32_t>(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i)
    nodes[i].waiting = static_cast<std::uint32_t>(workflow->nodes[i].sources.size());
}

timestamp run_deadline(const run_state& s) noexcept {
  const auto& definition = s.workflow->definition;
  if (definition == nullptr || !definition->timeout) return timestamp::max();
  return later(s.started_at, *definition->timeout);
}

bool retry_is_due(const node_run& n, timestamp now) noexcept {
  if (n.status != node_status::retrying) return false;
  return now >= n.retry_at || elapsed(now, n.started_at) > elapsed(n.started_at, n.retry_at);
}

timestamp node_deadline(const run_state& s, std::uint32_t node) noexcept {
  return later(std::max(s.nodes[node].started_at, s.resumed_at), s.workflow->nodes[node].timeout);
}

bool run_is_late(const run_state& s, timestamp now) noexcept {
  const auto& definition = s.workflow->definition;
  return definition != nullptr && definition->timeout &&
         is_over(s.started_at, *definition->timeout, now);
}

bool node_is_late(const run_state& s, std::uint32_t node, timestamp now) noexcept {
  const auto start = std::max(s.nodes[node].started_at, s.resumed_at);
  return is_over(start, s.workflow->nodes[node].timeout, now);
}

timestamp next_deadline(const run_state& s) {
  if (s.status != run_status::running) return timestamp::max();
  auto next = run_deadline(s);
  for (std::uint32_t i = 0; i < s.nodes.size(); ++i) {
    const auto& n = s.nodes[i];
    if (n.status == node_status::running) next = std::min(next, node_deadline(s, i));
    if (n.status == node_status::retrying) next = std::min(next, n.retry_at);
  }
  return next;
}

}  // namespace pitwall
