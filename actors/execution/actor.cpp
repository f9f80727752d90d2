#include "actors/execution/actor.hpp"

#include <algorithm>
#include <utility>

#include "actors/workflow/protocol.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/workflow/event_weight.hpp"

namespace pitwall {

execution::execution(caf::actor_config& cfg, execution_context_ref context, execution_start start)
    : resident(cfg),
      context_(std::move(context)),
      start_(std::move(start)),
      run_(start_.replayed ? std::move(*start_.replayed)
                           : run_state(context_->workflow, start_.scope)) {
  if (!start_.replayed) return;
  start_.replayed = nullptr;
  start_.trigger = run_.trigger;
}

void execution::begin_run() {
  if (run_.status != run_status::queued) {
    feed(resume_run{start_.from_halt, start_.halt.has_value()});
    if (start_.started) notify_when_durable();
    if (!unsent_.empty()) flush(0);
    return;
  }
  feed(begin{start_.trigger, std::move(start_.idempotency_key)});
  if (!start_.wait || start_.started) notify_when_durable();
}

void execution::notify_when_durable() {
  // Somebody waits for the start itself: it is written now, and not with the next effect.
  if (waiting_.empty()) {
    flush(++last_ticket_);
    waiting_.push_back({last_ticket_, {}, false});
  }
  waiting_.front().tell_start = true;
}

execution::behavior_type execution::make_behavior() {
  begin_run();
  return {
      [this](attempt_completed& m) {
        if (heard(m.node, m.attempt)) return;
        std::optional<timestamp> observed;
        if (m.observed) observed = m.observed_at;
        feed(node_finished{m.node, m.attempt, std::move(m.outputs), observed, nullptr});
      },
      [this](attempt_failed& m) {
        node_errored failure{m.node, m.attempt, std::move(m.message), std::move(m.type), m.status};
        if (m.retry_after_us > 0) failure.retry_after = microseconds(m.retry_after_us);
        if (!unheard(failure)) feed(std::move(failure));
      },
      [this](attempt_wants_order& m) { on_order_wanted(m); },
      [this](attempt_wants_cancel& m) {
        grant_of(m.node).token = m.token;
        feed(cancel_proposed{m.node, m.attempt, std::move(m.request)});
      },
      [this](attempt_wants_notification& m) {
        if (says_again(m)) return;
        grant_of(m.node).token = m.token;
        feed(notification_proposed{m.node, m.attempt, std::move(m.message)});
      },
      [this](order_outcome& m) { on_order_outcome(m); },
      [this](const attempt_order_missing& m) { on_order_missing(m); },
      [this](const durable& m) { on_durable(m); },
      [this](reservation_answer& m) { on_reservation(m); },
      [this](check_deadlines) {
        feed(tick{});
        say_last_words();
        if (!unsent_.empty()) flush(0);
        checked_soon_ = false;
        send(caf::actor_cast<workflow_actor>(current_sender()),
             next_check{std::min(next_deadline(run_), next_last_word())});
      },
      [this](halt_execution& m) {
        feed(halt_requested{std::move(m.reason), std::move(m.emergency_state), withdraw_unsent()});
      },
      [this](cancel_execution& m) {
        feed(cancel_requested{std::move(m.reason), withdraw_unsent()});
      },
      [this](const reclaim_orders& m) { return reclaim(m.venue); },
      [this](const node_replaced& m) {
        if (replaced_.empty()) replaced_ = context_->nodes;
        replaced_[m.node] = m.replacement;
        const auto& n = run_.nodes[m.node];
        for (const auto& w : last_words_)
          if (w.node == m.node)
            return static_cast<void>(unheard({w.node, w.attempt, "its actor died", "internal"}));
        if (n.status == node_status::running)
          feed(node_errored{m.node, n.attempt, "the node's actor died and was restarted",
                            "internal"});
      },
  };
}

void execution::on_exit() {
  // Killed, or ended by an exception: nobody waits in vain.
  answer(error{errc::unavailable, "the execution was interrupted", start_.scope->execution_id,
               "it goes on from the journal; `pitwall executions show` has its result then"});
  stop_reclaiming();
  withdraw_reservations();
  context_ = nullptr;
}

void execution::feed(run_input input) {
  decide_one(std::move(input));
  const auto in_flight = [this] {
    return std::any_of(run_.nodes.begin(), run_.nodes.end(),
                       [](const node_run& n) { return order_in_flight(n); });
  };
  if (!start_.halt || is_final(run_.status) || in_flight()) return;
  auto halt = *std::exchange(start_.halt, std::nullopt);
  decide_one(halt_requested{std::move(halt.reason), std::move(halt.emergency_state)});
}

std::vector<execution::doubted_order> execution::doubts_in(const std::vector<event>& events) const {
  std::vector<doubted_order> found;
  std::vector<std::string_view> accepted;
  for (const auto& e : events) {
    if (const auto* submitted = std::get_if<order_submitted>(&e.body))
      accepted.push_back(submitted->client_order_id);
    const auto* doubt = std::get_if<order_in_doubt>(&e.body);
    if (doubt == nullptr) continue;
    for (std::uint32_t i = 0; i < run_.nodes.size(); ++i) {
      const auto& n = run_.nodes[i];
      if (n.order == nullptr || n.client_order_id != doubt->client_order_id) continue;
      const bool now =
          std::find(accepted.begin(), accepted.end(), n.client_order_id) != accepted.end();
      found.push_back({i, now || n.order_progress == order_stage::accepted});
    }
  }
  return found;
}

void execution::hand_over(const std::vector<doubted_order>& doubts) {
  // The doubt goes into the journal before what its router will find out.
  if (!unsent_.empty()) flush(0);
  for (const auto& d : doubts) {
    const auto& n = run_.nodes[d.node];
    const auto* v = context_->shared->venues.find(n.order->venue);
    if (v == nullptr) continue;
    send(v->router,
         adopt_order{shared_scope{start_.scope}, shared_node{run_.workflow->nodes[d.node].identity},
                     n.client_order_id, *n.order, n.fills, d.accepted, false});
  }
}

void execution::decide_one(run_input input) {
  if (is_final(run_.status) && !std::holds_alternative<resume_run>(input)) return;
  auto d = decide(run_, std::move(input), context_->shared->clock->now(), context_->rules);
  const auto doubts = doubts_in(d.events);
  unsent_.reserve(unsent_.size() + d.events.size());
  for (auto& e : d.events) {
    note_last_words(e);
    apply(run_, e);
    unsent_bytes_ += event_weight(e);
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
  if (!after_commit.empty()) {
    flush(++last_ticket_);
    waiting_.push_back({last_ticket_, std::move(after_commit), false});
  } else if (unsent_bytes_ > limits::max_unsent_bytes) {
    flush(0);
  } else if (!unsent_.empty() && !checked_soon_) {
    // What waits is written with the next tick, and a retry may be due before any deadline.
    checked_soon_ = true;
    if (const auto w = caf::actor_cast<workflow_actor>(context_->workflow_address))
      send(w, next_check{context_->shared->clock->now()});
  }
  if (!doubts.empty()) hand_over(doubts);
}

void execution::carry_out(run_effect& effect) {
  const auto& nodes = replaced_.empty() ? context_->nodes : replaced_;
  if (auto* start = std::get_if<run_node>(&effect)) {
    dispatch(*start);
  } else if (auto* abandon = std::get_if<abandon_node>(&effect)) {
    send(nodes[abandon->node], abandon_attempt{abandon->attempt, abandon->timed_out});
  } else if (auto* settle = std::get_if<settle_order>(&effect)) {
    send(nodes[settle->node],
         settle_attempt{{shared_scope{start_.scope}, settle->attempt, std::move(settle->inputs),
                         start_.trigger, settle->deadline},
                        std::move(settle->client_order_id),
                        std::move(settle->order)});
  } else if (auto* cancel = std::get_if<cancel_orders>(&effect)) {
    send(nodes[cancel->node],
         execute_cancel{grant_of(cancel->node).token, std::move(cancel->request)});
  }
}

void execution::dispatch(run_node& effect) {
  // A stateful node journals its own change: what led to it must be in the journal before.
  if (run_.workflow->nodes[effect.node].stateful && !unsent_.empty()) flush(0);
  const auto& nodes = replaced_.empty() ? context_->nodes : replaced_;
  if (run_.workflow->nodes[effect.node].effect == effect_class::effectful) {
    auto& grant = grant_of(effect.node);
    grant.attempt = effect.attempt;
    grant.until = effect.deadline;
  }
  send(nodes[effect.node],
       run_attempt{shared_scope{start_.scope}, effect.attempt, std::move(effect.inputs),
                   start_.trigger, effect.deadline, effect.retry});
}

void execution::flush(std::uint64_t ticket) {
  unsent_bytes_ = 0;
  send(context_->shared->writer,
       append{event_batch{start_.scope, std::exchange(unsent_, {})}, ticket, false});
  tell_routers();
}

void execution::tell_routers() {
  for (const auto node : std::exchange(answered_, {})) {
    const auto& n = run_.nodes[node];
    const auto* v = n.order ? context_->shared->venues.find(n.order->venue) : nullptr;
    if (v != nullptr) send(v->router, answer_journaled{n.client_order_id});
  }
}

void execution::on_order_wanted(attempt_wants_order& m) {
  const auto book = context_->shared->gate->read();
  const auto& scope = *start_.scope;
  const auto level = book->effective(m.order.venue, scope.bot_id, scope.strategy_id);
  if (!can_trade(level)) {
    send(caf::actor_cast<node_actor>(current_sender()), abandon_attempt{m.attempt});
    return kept_back(level, withdraw_unsent());
  }
  auto& grant = grant_of(m.node);
  grant.token = m.token;
  grant.wanted = std::move(m.order);
  grant.again = false;
  reserve(grant, m.attempt);
}

void execution::reserve(order_grant& grant, std::uint32_t attempt) {
  grant.asked_for = attempt;
  send(context_->shared->risk,
       reserve_order{shared_scope{start_.scope},
                     make_client_order_id(start_.scope->execution_id, grant.node), grant.wanted,
                     grant.node, attempt, grant.again});
}

void execution::on_reservation(reservation_answer& m) {
  auto& grant = grant_of(m.node);
  if (grant.asked_for == m.attempt) grant.asked_for.reset();  // Else a later one is open.
  grant.permit = std::move(m.permit);
  if (grant.again)
    return feed(order_missing{m.node, m.granted, std::move(m.code), std::move(m.message)});
  const auto id = make_client_order_id(start_.scope->execution_id, m.node);
  const auto& node = run_.nodes[m.node];
  const bool expected = node.status == node_status::running && node.attempt == m.attempt;
  if (m.granted) {
    feed(order_proposed{m.node, m.attempt, std::move(grant.wanted)});
    // Not wanted any more, or decided from what is too old: nothing will be sent.
    if (!expected || node.client_order_id != id)
      send(context_->shared->risk, withdraw_order{id, false});
  } else if (!expected) {
    return;
  } else if (m.code == to_string(errc::halted)) {
    const auto& nodes = replaced_.empty() ? context_->nodes : replaced_;
    send(nodes[m.node], abandon_attempt{m.attempt});
    kept_back(level_for(grant.wanted.venue), withdraw_unsent());
  } else {
    feed(order_refused{m.node, m.attempt, std::move(m.code), std::move(m.message)});
  }
}

void execution::withdraw_reservations() {
  const auto withdraw = [this](std::string id) {
    send(context_->shared->risk, withdraw_order{std::move(id), true});
  };
  for (const auto& grant : grants_)
    if (grant.asked_for && !grant.again)
      withdraw(make_client_order_id(start_.scope->execution_id, grant.node));
  for (const auto& e : unsent_)
    if (const auto* intent = std::get_if<order_intent>(&e.body)) withdraw(intent->client_order_id);
}

emergency_level execution::level_for(const std::string& venue) const {
  const auto& scope = *start_.scope;
  const auto now =
      context_->shared->gate->read()->effective(venue, scope.bot_id, scope.strategy_id);
  return can_trade(now) ? emergency_level::halt : now;
}

void execution::on_order_outcome(order_outcome& m) {
  const auto& node = run_.nodes[m.node];
  const bool withheld = m.report.state == order_state::rejected && m.report.code == "halted" &&
                        m.report.client_order_id == node.client_order_id && order_in_flight(node);
  if (!withheld) {
    const auto state = m.report.state;
    if (state == order_state::accepted || state == order_state::partially_filled)
      answered_.push_back(m.node);
    feed(order_reported{m.node, std::move(m.report), std::move(m.outputs)});
    if (unsent_.empty()) tell_routers();
    return;
  }
  auto unsent = withdraw_unsent();
  unsent.push_back(m.node);
  const auto& scope = *start_.scope;
  const auto now =
      context_->shared->gate->read()->effective(node.order->venue, scope.bot_id, scope.strategy_id);
  if (!can_trade(now)) return kept_back(now, std::move(unsent));
  kept_back(emergency_level::halt, std::move(unsent),
            "an order did not leave: " + m.report.reason);  // Lifted by now.
}

void execution::kept_back(emergency_level level, std::vector<std::uint32_t> unsent,
                          std::string why) {
  feed(halt_requested{std::move(why), std::string(to_string(level)), std::move(unsent)});
}

void execution::on_order_missing(const attempt_order_missing& m) {
  if (start_.halt || run_.nodes[m.node].kept_by_halt)
    return feed(order_missing{m.node, false, {}, {}});
  auto& grant = grant_of(m.node);
  grant.token = m.token;
  grant.wanted = m.order;
  grant.again = true;
  reserve(grant, run_.nodes[m.node].attempt);
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
                                  run_.workflow->nodes[note->node].identity->id,
                                  start_.scope->bot_id, start_.scope->strategy_id});
    send(nodes[note->node], confirm_notification{grant_of(note->node).token});
  } else if (std::holds_alternative<struct finish>(effect)) {
    answer(start_answer{start_.scope->execution_id, run_.status, result_json(run_)});
    leave();
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
