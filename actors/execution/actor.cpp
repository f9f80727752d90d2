#include "actors/execution/actor.hpp"

#include <utility>

#include "actors/workflow/protocol.hpp"

namespace pitwall {

execution::execution(caf::actor_config& cfg, execution_context_ref context, execution_start start)
    : execution_actor::base(cfg),
      context_(std::move(context)),
      start_(std::move(start)),
      run_(context_->workflow, start_.scope) {}

execution::behavior_type execution::make_behavior() {
  feed(begin{start_.trigger});
  if (!start_.wait || start_.started) {
    // Somebody waits for the start itself: it is written now, and not with the next effect.
    if (waiting_.empty()) {
      flush(++last_ticket_);
      waiting_.push_back({last_ticket_, {}, false});
    }
    waiting_.front().tell_start = true;
  }
  return {
      [this](attempt_completed& m) {
        std::optional<timestamp> observed;
        if (m.observed) observed = m.observed_at;
        feed(node_finished{m.node, m.attempt, std::move(m.outputs), observed, nullptr});
      },
      [this](attempt_failed& m) {
        feed(node_errored{m.node, m.attempt, std::move(m.message), std::move(m.type)});
      },
      [this](attempt_wants_order& m) { on_order_wanted(m); },
      [this](attempt_wants_cancel& m) {
        grant_of(m.node).token = m.token;
        feed(cancel_proposed{m.node, m.attempt, std::move(m.request)});
      },
      [this](attempt_wants_notification& m) {
        grant_of(m.node).token = m.token;
        feed(notification_proposed{m.node, m.attempt, std::move(m.message)});
      },
      [this](order_outcome& m) {
        feed(order_reported{m.node, std::move(m.report), std::move(m.outputs)});
      },
      [this](const durable& m) { on_durable(m); },
      [this](check_deadlines) {
        feed(tick{});
        if (!unsent_.empty()) flush(0);
        send(caf::actor_cast<workflow_actor>(current_sender()), next_check{next_deadline(run_)});
      },
      [this](halt_execution& m) {
        feed(halt_requested{std::move(m.reason), std::move(m.emergency_state), withdraw_unsent()});
      },
      [this](cancel_execution& m) {
        feed(cancel_requested{std::move(m.reason), withdraw_unsent()});
      },
      [this](const node_replaced& m) {
        if (replaced_.empty()) replaced_ = context_->nodes;
        replaced_[m.node] = m.replacement;
        const auto& n = run_.nodes[m.node];
        if (n.status == node_status::running)
          feed(node_errored{m.node, n.attempt, "the node's actor died and was restarted",
                            "internal"});
      },
  };
}

void execution::on_exit() {
  // Killed, or ended by an exception: nobody waits in vain.
  answer(error{errc::internal, "the execution ended without a result", start_.scope->execution_id,
               "see the host's log"});
  context_ = nullptr;
}

void execution::feed(run_input input) {
  if (is_final(run_.status)) return;
  auto d = decide(run_, std::move(input), context_->shared->clock->now(), context_->shared->rules);
  unsent_.reserve(unsent_.size() + d.events.size());
  for (auto& e : d.events) {
    apply(run_, e);
    unsent_.push_back(std::move(e));
  }
  std::vector<run_effect> after_commit;
  for (auto& effect : d.effects) {
    if (std::holds_alternative<place_order>(effect) ||
        std::holds_alternative<send_notification>(effect) ||
        std::holds_alternative<struct finish>(effect))
      after_commit.push_back(std::move(effect));
    else
      carry_out(effect);
  }
  if (after_commit.empty()) return;
  flush(++last_ticket_);
  waiting_.push_back({last_ticket_, std::move(after_commit), false});
}

void execution::carry_out(run_effect& effect) {
  const auto& nodes = replaced_.empty() ? context_->nodes : replaced_;
  if (auto* start = std::get_if<run_node>(&effect)) {
    dispatch(*start);
  } else if (auto* abandon = std::get_if<abandon_node>(&effect)) {
    send(nodes[abandon->node], abandon_attempt{abandon->attempt});
  } else if (auto* cancel = std::get_if<cancel_orders>(&effect)) {
    send(nodes[cancel->node],
         execute_cancel{grant_of(cancel->node).token, std::move(cancel->request)});
  }
}

void execution::dispatch(run_node& effect) {
  // A stateful node journals its own change: what led to it must be in the journal before.
  if (run_.workflow->nodes[effect.node].type->stateful && !unsent_.empty()) flush(0);
  const auto& nodes = replaced_.empty() ? context_->nodes : replaced_;
  send(nodes[effect.node], run_attempt{shared_scope{start_.scope}, effect.attempt,
                                       std::move(effect.inputs), start_.trigger, effect.deadline});
}

void execution::flush(std::uint64_t ticket) {
  send(context_->shared->writer,
       append{event_batch{start_.scope, std::exchange(unsent_, {})}, ticket, false});
}

void execution::on_order_wanted(attempt_wants_order& m) {
  const auto book = context_->shared->gate->read();
  const auto& scope = *start_.scope;
  const auto level = book->effective(m.order.venue, scope.bot_id, scope.strategy_id);
  if (!can_trade(level)) {
    feed(node_errored{m.node, m.attempt,
                      "trading is " + std::string(to_string(level)) + "ed; no order was sent",
                      std::string(to_string(errc::halted))});
    return;
  }
  auto& grant = grant_of(m.node);
  grant.token = m.token;
  grant.permit = book->grant(m.order.venue, scope.bot_id, scope.strategy_id);
  feed(order_proposed{m.node, m.attempt, std::move(m.order)});
}

void execution::on_durable(const durable& message) {
  if (message.failure.failed()) {
    answer(message.failure.to_error());
    quit();
    return;
  }
  while (!waiting_.empty() && waiting_.front().ticket <= message.ticket) {
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    if (next.tell_start) tell_start();
    for (const auto& effect : next.effects) perform_durable(effect);
  }
}

std::vector<std::uint32_t> execution::withdraw_unsent() {
  // No doubt about these: their intents wait for the journal, and nobody has sent them.
  std::vector<std::uint32_t> nodes;
  for (auto& w : waiting_)
    std::erase_if(w.effects, [&](const run_effect& effect) {
      const auto* order = std::get_if<place_order>(&effect);
      if (order != nullptr) nodes.push_back(order->node);
      return order != nullptr;
    });
  return nodes;
}

void execution::perform_durable(const run_effect& effect) {
  const auto& nodes = replaced_.empty() ? context_->nodes : replaced_;
  if (const auto* order = std::get_if<place_order>(&effect)) {
    // Halted, cancelled or timed out while its intent was on the way to the disk: it never leaves.
    if (run_.nodes[order->node].status != node_status::running) return;
    auto& grant = grant_of(order->node);
    send(nodes[order->node],
         execute_order{grant.token, order->client_order_id, order->order, grant.permit});
  } else if (const auto* note = std::get_if<send_notification>(&effect)) {
    context_->shared->log->write(log_level::info, "notify", note->message.message,
                                 {start_.scope->execution_id, start_.scope->workflow_id,
                                  run_.workflow->nodes[note->node].identity->id});
    send(nodes[note->node], confirm_notification{grant_of(note->node).token});
  } else if (std::holds_alternative<struct finish>(effect)) {
    answer(start_answer{start_.scope->execution_id, run_.status, result_json(run_)});
    quit();
  }
}

void execution::tell_start() {
  if (start_.started) (*std::exchange(start_.started, nullptr))(start_.scope->execution_id);
  if (!start_.wait) answer(start_answer{start_.scope->execution_id, run_status::running, {}});
}

void execution::answer(result<start_answer> a) {
  if (!start_.then) return;
  const auto then = std::exchange(start_.then, nullptr);
  (*then)(std::move(a));
}

execution::order_grant& execution::grant_of(std::uint32_t index) {
  for (auto& g : grants_)
    if (g.node == index) return g;
  return grants_.emplace_back(order_grant{index, 0, {}});
}

}  // namespace pitwall
