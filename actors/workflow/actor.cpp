#include "actors/workflow/actor.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "actors/placed_node/actor.hpp"
#include "actors/replay_run.hpp"
#include "actors/workflow/level.hpp"
#include "actors/workflow/retry_rules.hpp"
#include "runtime/workers/placement.hpp"

namespace pitwall {
namespace {

constexpr restart_limits node_restarts{5, std::chrono::seconds(60), std::chrono::milliseconds(10),
                                       std::chrono::seconds(5)};

admission_policy policy_of(const workflow_definition& d, const execution_slots& host) {
  const auto& c = d.concurrency;
  admission_policy p{host.most(), when_full::refuse, limits::max_queued_starts};
  if (c.max_running) p.max_running = *c.max_running;
  if (c.max_queued) p.max_queued = *c.max_queued;
  // The file was validated.
  if (const auto past = when_full_from_string(c.when_full); past.ok()) p.past_it = *past;
  return p;
}

}  // namespace

workflow::workflow(caf::actor_config& cfg, services_ref shared, deployment deployed)
    : resident(cfg, "workflow"),
      shared_(std::move(shared)),
      deployed_(std::move(deployed)),
      context_(std::make_shared<execution_context>()),
      // A successor may start executions in the very millisecond in which its predecessor did.
      ulids_(shared_->seed ^ std::hash<std::string>{}(deployed_.workflow->definition->id) ^
             (static_cast<std::uint64_t>(id()) * 0x9e3779b97f4a7c15U)),
      restarts_(node_restarts),
      admission_(policy_of(*deployed_.workflow->definition, *shared_->slots)) {
  context_->shared = shared_;
  context_->workflow = deployed_.workflow;
  context_->rules.retry = retry_rules(*deployed_.workflow, shared_->retry);
  context_->workflow_address = address();
  context_->nodes.resize(deployed_.workflow->nodes.size());
}

workflow::behavior_type workflow::make_behavior() {
  set_down_handler([this](const caf::down_msg& message) { on_down(message); });
  for (std::uint32_t i = 0; i < context_->nodes.size(); ++i) spawn_node(i);
  return {
      [this](const emergency_closed& m) { halt(m); },
      [this](start_execution& m) { start(m); },
      [this](next_check m) {
        auto it = live_.find(current_sender()->id());
        if (it != live_.end()) it->second.due = m.at;
      },
      [this](deadline_tick) { look_at_deadlines(); },
      [this](replace_node m) {
        // What the dead node sent to the journal is durable before its successor reads its state.
        awaiting_barrier_.push_back(m.node);
        send(shared_->writer, append{event_batch{}, awaiting_barrier_.size(), false});
      },
      [this](const durable& m) {
        if (m.failure.failed()) return;
        const auto index = awaiting_barrier_[m.ticket - 1];
        spawn_node(index);
        for (auto& [id, x] : live_) send(x.handle, node_replaced{index, context_->nodes[index]});
      },
      [this](retire) {
        retired_ = true;
        drop_waiting(
            error{errc::unavailable, "a newer version was deployed", {}, "start it again"});
        check_drained();
      },
      [this](const cancel_bot& m) { stop_bot(m); },
      [this](resume_execution& m) { return resume_one(m); },
      [this](cancel_run& m) {
        for (auto& [id, x] : live_)
          if (x.scope->execution_id == m.execution_id) {
            send(x.handle, cancel_execution{std::move(m.reason)});
            return true;
          }
        return false;
      },
      [this](const reclaim_orders& m) { return reclaim(m); },
      [this](drain) -> caf::result<bool> {
        draining_ = true;
        drop_waiting(error{errc::unavailable, "the host is stopping", {}, "start it again"});
        auto promise = make_response_promise<bool>();
        drained_.push_back(promise);
        check_drained();
        return promise;
      },
      [this](count_in_flight) -> std::uint64_t { return live_.size(); },
  };
}

void workflow::on_exit() {
  drained_.clear();  // A promise holds its own actor.
  stop_reclaiming();
  // Whoever is told to end has nobody go on for it: the host stops, and its next start goes on.
  const bool told_to = fail_state() == caf::exit_reason::user_shutdown;
  if (!told_to && !live_.empty() && shared_->recover) {
    interrupted left;
    for (const auto& [id, x] : live_) {
      left.executions.push_back(x.scope);
      left.remains.push_back(caf::actor_cast<caf::actor>(x.handle));
    }
    for (const auto& n : context_->nodes) left.remains.push_back(caf::actor_cast<caf::actor>(n));
    send(shared_->recover, std::move(left));
  }
  drop_waiting(error{errc::unavailable, "the workflow's actor ended", {}, "start it again"});
  shared_->slots->give_back(live_.size());
  for (auto& n : context_->nodes) send_exit(n, caf::exit_reason::user_shutdown);
  for (auto& [id, x] : live_) send_exit(x.handle, caf::exit_reason::user_shutdown);
  // A late tick may keep this actor's memory for a while, but must not keep what it used.
  live_.clear();
  context_.reset();
  shared_.reset();
  deployed_ = {};
}

void workflow::spawn_node(std::uint32_t index) {
  const auto& n = deployed_.workflow->nodes[index];
  node_setup setup{shared_, deployed_.workflow, index, deployed_.blocks[index], {}};
  if (n.stateful) {
    auto stored = shared_->history->node_state(deployed_.workflow->definition->id, n.identity->id);
    if (stored.ok())
      setup.restored = std::move(*stored);
    else
      shared_->log->write(
          log_level::error, "workflow",
          "trigger state cannot be read, the node starts without: " + stored.error().to_string(),
          about(n));
  }
  auto labels = placement_of(n);
  const bool spread = shared_->spread && shared_->workers;
  auto handle = stays_on_host(labels, n.identity->category, n.effect == effect_class::pure, spread)
                    ? spawn<pitwall::node, caf::monitored>(std::move(setup))
                    : spawn<placed_node, caf::monitored>(std::move(setup), std::move(labels));
  node_ids_[handle.id()] = index;
  // Live executions share the context: they get a new one, not a changed one.
  auto next = std::make_shared<execution_context>(*context_);
  next->nodes[index] = std::move(handle);
  context_ = std::move(next);
}

std::vector<std::string> workflow::placement_of(const plan_node& n) const {
  for (const auto& b : deployed_.workflow->definition->blocks)
    if (b.id == n.identity->id) return b.placement;
  return {};
}

caf::result<bool> workflow::resume_one(resume_execution& message) {
  if (draining_) return false;
  const auto scope = message.replayed->scope;
  execution_start start{scope, {}, false, nullptr, nullptr};
  start.replayed = std::move(message.replayed);
  start.from_halt = message.from_halt;
  start.started = std::move(message.resumed);
  const auto now = level();
  if (!can_operate(now) || (deployed_.workflow->can_order && !can_trade(now)))
    start.halt =
        halt_execution{"trading is halted since before the restart", std::string(to_string(now))};
  auto handle = spawn<execution, caf::monitored>(execution_context_ref(context_), std::move(start));
  admission_.resumes(++last_start_);
  shared_->slots->take();
  // A host that died between a bot's stop and the cancels makes up for them.
  if (const auto bot = bot_now(); bot.state == bot_state::stopped)
    send(handle, cancel_execution{"its bot was stopped: " + bot.reason});
  auto promise = make_response_promise<bool>();
  keep(std::move(handle), scope, last_start_).ended = promise;
  return promise;
}

workflow::live_execution& workflow::keep(execution_actor handle, scope_ref scope,
                                         admission::start_id start) {
  const auto id = handle.id();
  live_execution x{std::move(handle), std::move(scope), shared_->clock->now()};
  x.start = start;
  arm_tick();
  return live_.emplace(id, std::move(x)).first->second;
}

void workflow::on_down(const caf::down_msg& message) {
  const auto id = message.source.id();
  if (auto it = live_.find(id); it != live_.end()) {
    execution_down(it->second, message.reason);
    live_.erase(it);
    admit_waiting();
    check_drained();
    return;
  }
  if (auto it = node_ids_.find(id); it != node_ids_.end()) {
    const auto index = it->second;
    node_ids_.erase(it);
    node_down(index, message.reason);
  }
}

void workflow::execution_down(live_execution& gone, const caf::error& reason) {
  if (reason && reason != caf::exit_reason::user_shutdown) {
    shared_->log->write(log_level::error, "workflow",
                        "an execution ended abnormally: " + home_system().render(reason),
                        {gone.scope->execution_id,
                         gone.scope->workflow_id,
                         {},
                         gone.scope->bot_id,
                         gone.scope->strategy_id});
    if (shared_->recover) send(shared_->recover, interrupted{{gone.scope}, {}});
  }
  if (gone.ended) gone.ended->deliver(true);
  fresh_keys_.erase(gone.idempotency_key);  // Its start is durable, or never happened.
  admission_.ended(gone.start);
  shared_->slots->give_back();
}

log_context workflow::about(const plan_node& n) const {
  const auto& d = *deployed_.workflow->definition;
  return {{}, d.id, n.identity->id, d.bot_id, d.strategy_id};
}

void workflow::node_down(std::uint32_t index, const caf::error& reason) {
  const auto& n = deployed_.workflow->nodes[index];
  shared_->log->write(log_level::error, "workflow",
                      "a node's actor died: " + home_system().render(reason), about(n));
  const auto wait = restarts_.on_failure(shared_->clock->now());
  if (!wait) {
    quit(reason);  // The supervisor restarts the whole workflow, or gives it up.
    return;
  }
  delayed_send(this, *wait, replace_node{index});
}

void workflow::look_at_deadlines() {
  tick_armed_ = false;
  admit_waiting();
  if (live_.empty() && waiting_.empty()) return;
  const auto now = shared_->clock->now();
  const bool set_back = now < looked_at_;  // Every deadline seems far from here.
  for (auto& [id, x] : live_)
    if (x.due <= now || set_back) {
      x.due = timestamp::max();  // Until it answers with its next one.
      send(x.handle, check_deadlines{});
    }
  arm_tick();
}

void workflow::arm_tick() {
  if (tick_armed_) return;
  tick_armed_ = true;
  looked_at_ = shared_->clock->now();
  delayed_send(this, limits::deadline_tick, deadline_tick{});
}

void workflow::halt(const emergency_closed& message) {
  const auto& d = *deployed_.workflow->definition;
  const auto names = [&](const std::string& prefix, const std::string& name) {
    return !name.empty() && message.scope == prefix + name;
  };
  bool concerned =
      message.scope == "global" || names("bot:", d.bot_id) || names("strategy:", d.strategy_id);
  for (const auto& v : deployed_.workflow->order_venues) {
    const auto* known = shared_->venues.find(v);
    concerned = concerned || names("venue:", known ? known->port->name() : v);
  }
  const bool everything = message.state == to_string(emergency_level::shutdown);
  if (!concerned || (!deployed_.workflow->can_order && !everything)) return;
  drop_waiting(error{errc::halted, "the emergency state is " + message.state, d.id,
                     way_out_of(everything ? emergency_level::shutdown : emergency_level::halt)});
  for (auto& [id, x] : live_) send(x.handle, halt_execution{message.reason, message.state});
}

void workflow::stop_bot(const cancel_bot& message) {
  const auto& d = *deployed_.workflow->definition;
  if (d.bot_id.empty() || d.bot_id != message.bot_id) return;
  drop_waiting(error{errc::cancelled, message.reason, d.id, {}});
  for (auto& [id, x] : live_) send(x.handle, cancel_execution{message.reason});
}

void workflow::check_drained() {
  if (!live_.empty()) return;
  if (retired_) quit();
  if (!draining_) return;
  for (auto& p : drained_) p.deliver(true);
  drained_.clear();
}

}  // namespace pitwall
