#include <utility>

#include "runtime/workflow/run.hpp"
#include "runtime/workflow/run_time.hpp"

namespace pitwall {

namespace {

class applier {
 public:
  applier(run_state& s, timestamp at) noexcept : state_(s), at_(at) {}

  void operator()(const execution_started& e);
  void operator()(const execution_completed& e);
  void operator()(const execution_failed& e);
  void operator()(const execution_halted& e);
  void operator()(const execution_cancelled& e);
  void operator()(const node_started& e);
  void operator()(const node_completed& e);
  void operator()(const node_failed& e);
  void operator()(const node_skipped& e);
  void operator()(const node_state_changed& e);
  void operator()(const order_intent& e);
  void operator()(const order_submitted& e);
  void operator()(const order_filled& e);
  void operator()(const order_rejected& e) { move_order(e.node, order_stage::closed); }
  void operator()(const order_canceled& e) { move_order(e.node, order_stage::closed); }
  void operator()(const order_in_doubt& e);
  void operator()(const notification_sent& e);
  void operator()(const emergency_state_changed&) {}
  void operator()(const execution_resumed& e);
  void operator()(const node_retrying& e);
  void operator()(const circuit_breaker_state_changed&) {}
  void operator()(const risk_limit_warning&) {}
  void operator()(const risk_limit_exceeded&) {}
  void operator()(const bot_state_changed&) {}
  void operator()(const trip_recorded&) {}
  void operator()(const trip_acknowledged&) {}
  void operator()(const order_settled&) {}
  void operator()(const bot_metrics&) {}

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  std::uint32_t find(const node_ref& ref) const noexcept;
  node_run* run_of(const node_ref& ref) noexcept {
    const auto i = find(ref);
    return i == none ? nullptr : &state_.nodes[i];
  }
  /// Makes the node final; null where it is unknown or was final before.
  node_run* close(const node_ref& ref, node_status status);
  void move_order(const node_ref& ref, order_stage stage);
  void end(run_status status, node_status left_nodes, microseconds duration);
  void leave_halt();

  run_state& state_;
  timestamp at_;
};

void make_pending(node_run& run) {
  run.status = node_status::pending;
  run.retries = 0;
  run.last_wait = {};
  run.observed_at = timestamp::max();
  run.outputs = nullptr;
}

std::uint32_t applier::find(const node_ref& ref) const noexcept {
  if (ref == nullptr) return none;
  const auto& nodes = state_.workflow->nodes;
  const auto is = [&](std::size_t i) {
    return nodes[i].identity == ref || nodes[i].identity->id == ref->id;
  };
  if (ref->index < nodes.size() && is(ref->index)) return ref->index;
  for (std::uint32_t i = 0; i < nodes.size(); ++i)
    if (is(i)) return i;
  return none;
}

node_run* applier::close(const node_ref& ref, node_status status) {
  const auto i = find(ref);
  if (i == none || is_final(state_.nodes[i].status)) return nullptr;
  auto& run = state_.nodes[i];
  run.status = status;
  run.journaled = nullptr;
  --state_.open_nodes;
  for (const auto d : state_.workflow->nodes[i].dependents)
    if (auto& waiting = state_.nodes[d].waiting; waiting > 0) --waiting;
  return &run;
}

void applier::end(run_status status, node_status left_nodes, microseconds duration) {
  state_.status = status;
  state_.duration = duration;
  if (state_.open_nodes == 0) return;
  for (auto& run : state_.nodes) {
    run.waiting = 0;
    if (is_final(run.status)) continue;
    run.status = left_nodes;
    // A halted run may go on, and what moved its trigger's state then counts.
    if (left_nodes != node_status::halted) run.journaled = nullptr;
  }
  state_.open_nodes = 0;
}

void applier::operator()(const execution_started& e) {
  if (state_.status != run_status::queued) return;
  state_.status = run_status::running;
  state_.started_at = at_;
  state_.trigger = e.trigger;
}

void applier::operator()(const execution_completed& e) {
  if (is_final(state_.status)) return;
  end(e.status, node_status::cancelled, e.duration);
}

void applier::operator()(const execution_failed& e) {
  if (is_final(state_.status)) return;
  state_.error = e.error;
  state_.error_type = e.error_type;
  end(e.error_type == "timeout" ? run_status::timed_out : run_status::failed,
      node_status::cancelled, e.duration);
}

void applier::operator()(const execution_halted& e) {
  if (is_final(state_.status)) return;
  const bool queued = state_.status == run_status::queued;
  state_.error = e.reason;
  state_.error_type = "halted";
  end(run_status::halted, node_status::halted,
      queued ? microseconds{0} : elapsed(state_.started_at, at_));
}

void applier::operator()(const execution_cancelled& e) {
  if (is_final(state_.status)) return;
  state_.error = e.reason;
  state_.error_type = "cancelled";
  end(run_status::cancelled, node_status::cancelled, e.duration);
}

void applier::operator()(const node_started& e) {
  auto* run = run_of(e.node);
  if (run == nullptr || is_final(run->status)) return;
  if (run->retries == 0) run->first_started_at = at_;
  run->status = node_status::running;
  run->attempt = e.attempt;
  run->started_at = at_;
}

void applier::operator()(const node_retrying& e) {
  auto* run = run_of(e.node);
  if (run == nullptr || run->status != node_status::running) return;
  run->status = node_status::retrying;
  run->attempt = e.attempt;
  ++run->retries;
  run->last_wait = e.wait;
  run->error = e.error;
  run->started_at = at_;
  run->retry_at = later_by(at_, e.wait);
}

void applier::operator()(const node_completed& e) {
  auto* run = close(e.node, e.status);
  if (run == nullptr) return;
  run->attempt = e.attempt;
  run->duration = e.duration;
  if (run->error_type.empty()) run->error.clear();  // Of an attempt before.
  run->outputs = e.outputs;
  run->observed_at = e.observed_at;
}

void applier::operator()(const node_failed& e) {
  auto* run = close(e.node, node_status::failed);
  if (run == nullptr) return;
  run->attempt = e.attempt;
  run->duration = e.duration;
  run->error = e.error;
  run->error_type = e.error_type;
}

void applier::operator()(const node_skipped& e) {
  if (auto* run = close(e.node, node_status::skipped)) run->error = e.reason;
}

void applier::operator()(const node_state_changed& e) {
  auto* run = run_of(e.node);
  if (run != nullptr && (!is_final(run->status) || run->status == node_status::halted))
    run->journaled = e.outputs;
}

void applier::operator()(const order_intent& e) {
  auto* run = run_of(e.node);
  if (run == nullptr || run->order_progress != order_stage::none) return;
  run->order_progress = order_stage::intended;
  run->client_order_id = e.client_order_id;
  run->order = std::make_shared<const order_request>(e.order);
}

void applier::operator()(const order_submitted& e) {
  auto* run = run_of(e.node);
  if (run == nullptr || run->order == nullptr) return;
  run->acknowledged = true;
  if (run->order_progress == order_stage::intended || run->order_progress == order_stage::in_doubt)
    run->order_progress = order_stage::accepted;
}

void applier::operator()(const order_filled& e) {
  auto* run = run_of(e.node);
  if (run == nullptr) return;
  ++run->fills;
  run->acknowledged = true;
  if (e.complete) run->order_progress = order_stage::closed;
}

void applier::operator()(const order_in_doubt& e) {
  auto* run = run_of(e.node);
  if (run == nullptr) return;
  run->order_progress = order_stage::in_doubt;
  run->error = "order " + e.client_order_id + " is in doubt: " + e.reason;
  run->error_type = "in_doubt";
}

void applier::operator()(const notification_sent& e) {
  if (auto* run = run_of(e.node)) run->notified = true;
}

void applier::operator()(const execution_resumed& e) {
  const bool was_halted = state_.status == run_status::halted;
  if (was_halted) leave_halt();
  if (state_.status != run_status::running) return;
  state_.resumed_at = at_;
  if (e.again.empty() && !was_halted) return;
  for (const auto& ref : e.again) {
    auto* run = run_of(ref);
    if (run == nullptr) continue;
    if (is_final(run->status)) ++state_.open_nodes;
    make_pending(*run);
  }
  for (std::uint32_t i = 0; i < state_.nodes.size(); ++i) {
    auto& run = state_.nodes[i];
    run.waiting = 0;
    if (is_final(run.status)) continue;
    for (const auto source : state_.workflow->nodes[i].sources)
      if (!is_final(state_.nodes[source].status)) ++run.waiting;
  }
}

void applier::leave_halt() {
  state_.status = run_status::running;
  state_.error.clear();
  state_.error_type.clear();
  state_.duration = {};
  for (auto& run : state_.nodes) {
    if (run.status != node_status::halted) continue;
    ++state_.open_nodes;
    run.error.clear();
    run.error_type.clear();
    if (run.order == nullptr && run.journaled == nullptr) {
      make_pending(run);
      continue;
    }
    run.status = node_status::running;
    run.kept_by_halt = run.order != nullptr;
    if (run.order_progress == order_stage::in_doubt)
      run.order_progress = run.acknowledged ? order_stage::accepted : order_stage::intended;
  }
}

void applier::move_order(const node_ref& ref, order_stage stage) {
  if (auto* run = run_of(ref)) run->order_progress = stage;
}

}  // namespace

void apply(run_state& s, const event& e) { std::visit(applier(s, e.at), e.body); }

}  // namespace pitwall
