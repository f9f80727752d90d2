// Job: an execution that was ended early still tells what its journal says it tells: notifications
//      on their way, or waiting for a retry, are told before its actor goes. What ended stays so.
// Bounds: as many attempts as the node's retry rules allow, each within the node's timeout.
#include <algorithm>
#include <utility>

#include "actors/execution/actor.hpp"
#include "actors/workflow/protocol.hpp"
#include "runtime/workflow/run_draft.hpp"
#include "runtime/workflow/run_time.hpp"

namespace pitwall {

/// By the state before the end is applied: that makes all nodes final.
void execution::note_last_words(const event& e) {
  if (!std::holds_alternative<execution_failed>(e.body) &&
      !std::holds_alternative<execution_halted>(e.body) &&
      !std::holds_alternative<execution_cancelled>(e.body))
    return;
  const auto now = context_->shared->clock->now();
  for (std::uint32_t i = 0; i < run_.nodes.size(); ++i) {
    const auto& n = run_.nodes[i];
    const bool running = n.status == node_status::running;
    if (!n.notified || (!running && n.status != node_status::retrying)) continue;
    const auto& grant = grant_of(i);
    const bool under_way = running && grant.attempt == n.attempt;
    last_words_.push_back({i, n.attempt, n.retries, n.last_wait, n.first_started_at,
                           under_way ? grant.until : now, under_way});
  }
}

execution::last_word* execution::last_word_of(std::uint32_t node, std::uint32_t attempt) {
  for (auto& w : last_words_)
    if (w.node == node && w.attempt == attempt && w.under_way) return &w;
  return nullptr;
}

/// The end is durable, and was answered.
void execution::leave() {
  ended_ = true;
  if (last_words_.empty()) return quit();
  say_last_words();
}

void execution::say_last_words() {
  const auto now = context_->shared->clock->now();
  const auto& nodes = replaced_.empty() ? context_->nodes : replaced_;
  const auto words = last_words_;  // What comes of one changes the others.
  for (const auto& w : words) {
    if (w.at > now) continue;
    if (w.under_way) {
      send(nodes[w.node], abandon_attempt{w.attempt, true});
      unheard({w.node, w.attempt, "it did not answer in time", "timeout"});
    } else if (ended_) {
      say(*std::find_if(last_words_.begin(), last_words_.end(),
                        [&](const auto& one) { return one.node == w.node; }));
    }
  }
}

void execution::say(last_word& w) {
  const auto now = context_->shared->clock->now();
  const auto& n = run_.workflow->nodes[w.node];
  const auto& nodes = replaced_.empty() ? context_->nodes : replaced_;
  ++w.attempt;
  w.under_way = true;
  w.at = later(now, n.timeout);
  send(nodes[w.node], run_attempt{shared_scope{start_.scope}, w.attempt,
                                  run_draft(run_, now).bind(n), start_.trigger, w.at, true});
  look_again();
}

/// The intent is in the journal, or on its way there.
bool execution::says_again(attempt_wants_notification& m) {
  if (last_word_of(m.node, m.attempt) == nullptr) return false;
  grant_of(m.node).token = m.token;
  flush(++last_ticket_);
  waiting_.push_back({last_ticket_, {}, false});
  waiting_.back().effects.emplace_back(send_notification{m.node, m.attempt, std::move(m.message)});
  return true;
}

bool execution::heard(std::uint32_t node, std::uint32_t attempt) {
  if (last_word_of(node, attempt) == nullptr) return false;
  forget(node);
  return true;
}

bool execution::unheard(const node_errored& failure) {
  auto* w = last_word_of(failure.node, failure.attempt);
  if (w == nullptr) return false;
  const auto now = context_->shared->clock->now();
  const auto& n = run_.workflow->nodes[w->node];
  std::optional<microseconds> wait;
  if (context_->rules.retry)
    wait = context_->rules.retry({n, start_.scope->execution_id, failure.type, failure.status,
                                  w->retries + 1, w->last_wait, w->first_started_at, now,
                                  timestamp::max(), failure.retry_after});
  if (!wait) {
    context_->shared->log->write(log_level::warning, "notify", "not told: " + failure.message,
                                 {start_.scope->execution_id, start_.scope->workflow_id,
                                  n.identity->id, start_.scope->bot_id, start_.scope->strategy_id});
    forget(w->node);
    return true;
  }
  ++w->retries;
  w->last_wait = std::max(*wait, microseconds{0});
  w->at = later_by(now, w->last_wait);
  w->under_way = false;
  look_again();
  return true;
}

void execution::forget(std::uint32_t node) {
  std::erase_if(last_words_, [&](const auto& w) { return w.node == node; });
  if (ended_ && last_words_.empty()) quit();
}

timestamp execution::next_last_word() const {
  auto next = timestamp::max();
  for (const auto& w : last_words_) next = std::min(next, w.at);
  return next;
}

/// With the workflow's next tick.
void execution::look_again() {
  if (const auto w = caf::actor_cast<workflow_actor>(context_->workflow_address))
    send(w, next_check{next_last_word()});
}

}  // namespace pitwall
