#include "runtime/workflow/trip_report.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "runtime/workflow/rejection_code.hpp"

namespace pitwall {

namespace {

/// The client order id of an event about an order; null of others.
const std::string* order_of(const event_body& body) {
  return std::visit(
      [](const auto& x) -> const std::string* {
        if constexpr (requires { x.client_order_id; })
          return &x.client_order_id;
        else
          return nullptr;
      },
      body);
}

bool is_answer(const event_body& body) {
  return std::holds_alternative<order_submitted>(body) ||
         std::holds_alternative<order_filled>(body) || std::holds_alternative<order_canceled>(body);
}

/// How an order is called that was rejected: whatever its code says, one that had been accepted was
/// at its venue.
std::string rejected_as(std::string_view code, bool accepted) {
  const auto left = accepted ? std::optional(true) : had_left(code);
  return !left ? "refused" : *left ? "rejected" : "not_sent";
}

}  // namespace

const std::vector<std::string>& trip_fold::types() {
  static const std::vector<std::string> names{
      "execution_started",   "execution_completed", "execution_failed", "execution_halted",
      "execution_cancelled", "execution_resumed",   "order_intent",     "order_submitted",
      "order_filled",        "order_rejected",      "order_canceled",   "order_in_doubt"};
  return names;
}

trip_fold::trip_fold(std::uint64_t seq, const event& change, const trip_recorded* recorded) {
  report_.seq = seq;
  report_.at = report_.tripped_at = report_.closed_at = change.at;
  report_.change = std::get<emergency_state_changed>(change.body);
  gate_closed_at_ = change.at;
  if (recorded == nullptr) return;
  report_.tripped_at = recorded->tripped_at;
  report_.closed_at = gate_closed_at_ = recorded->closed_at;
  report_.evidence = recorded->evidence;
  report_.unanswered = recorded->unanswered;
}

void trip_fold::closes_at(timestamp everywhere) noexcept {
  report_.closed_at = std::max(gate_closed_at_, everywhere);
}

bool trip_fold::concerns(const event_scope& scope, std::string_view venue) const {
  const std::string_view whose = report_.change.scope;
  const auto is = [&](std::string_view prefix, std::string_view name) {
    return !name.empty() && whose.starts_with(prefix) && whose.substr(prefix.size()) == name;
  };
  return whose == "global" || is("bot:", scope.bot_id) || is("strategy:", scope.strategy_id) ||
         is("venue:", venue);
}

/// The venues that an execution could order at are its definition's; the journal knows of those
/// that it did order at, and whom the halt reached.
bool trip_fold::concerns(const trace& t) const {
  if (!report_.change.scope.starts_with("venue:")) return concerns(*t.as_it_is.scope, {});
  return t.halted_seq != 0 || std::any_of(t.orders.begin(), t.orders.end(), [&](const auto& o) {
           return concerns(*o.scope, o.order.venue);
         });
}

std::string trip_fold::state_of(const known_order& o) {
  if (!o.end.empty()) return o.end;
  if (o.in_doubt) return "in_doubt";
  if (!o.accepted) return "under_way";
  return o.filled.is_zero() ? "open" : "partially_filled";
}

void trip_fold::look_at(trace& t) const {
  if (std::exchange(t.looked_at, true)) return;
  // A halt is journaled before what waited for its turn when it came.
  const bool began = t.first_seq != 0 && (t.first_seq < report_.seq || was_overtaken(t.as_it_is));
  t.was_open = began && !is_final(t.as_it_is.status);
  for (auto& o : t.orders) o.then = state_of(o);
}

bool trip_fold::was_overtaken(const trip_execution& x) const {
  return x.started_at != timestamp{} && x.started_at <= gate_closed_at_;
}

bool trip_fold::was_sooner(const event& e) const noexcept {
  return std::holds_alternative<execution_halted>(e.body) && e.at >= report_.tripped_at;
}

void trip_fold::take(std::uint64_t seq, const scope_ref& scope, const event& e) {
  auto& t = traces_[scope->execution_id];
  if (t.as_it_is.scope == nullptr) t.as_it_is.scope = scope;
  const bool overtaken = t.first_seq == 0 && seq > report_.seq;
  if ((seq > report_.seq && !overtaken) || was_sooner(e)) look_at(t);
  if (t.first_seq == 0) t.first_seq = seq;
  take_life(t, seq, e);
  if (overtaken) look_at(t);
  take_order(t, seq, e);
  take_recent(scope, e);
}

void trip_fold::take_life(trace& t, std::uint64_t seq, const event& e) const {
  auto& x = t.as_it_is;
  const auto end = [&](run_status how) {
    x.status = how;
    x.ended_at = e.at;
  };
  if (std::holds_alternative<execution_started>(e.body)) {
    x.started_at = e.at;
  } else if (const auto* completed = std::get_if<execution_completed>(&e.body)) {
    end(completed->status);
  } else if (const auto* failed = std::get_if<execution_failed>(&e.body)) {
    end(failed->error_type == "timeout" ? run_status::timed_out : run_status::failed);
  } else if (std::holds_alternative<execution_cancelled>(e.body)) {
    end(run_status::cancelled);
  } else if (std::holds_alternative<execution_halted>(e.body)) {
    end(run_status::halted);
    if ((seq < report_.seq && !was_sooner(e)) || t.halted_seq != 0) return;
    t.halted_seq = seq;
    x.halted_at = e.at;
  } else if (std::holds_alternative<execution_resumed>(e.body)) {
    if (x.status != run_status::halted) return;
    x.status = run_status::running;
    x.ended_at.reset();
    if (t.halted_seq != 0) x.resumed_at = e.at;
  }
}

void trip_fold::take_order(trace& t, std::uint64_t seq, const event& e) const {
  const auto* id = order_of(e.body);
  if (id == nullptr) return;
  const auto at = std::find_if(t.orders.begin(), t.orders.end(),
                               [&](const auto& o) { return o.client_order_id == *id; });
  if (const auto* intent = std::get_if<order_intent>(&e.body)) {
    if (at != t.orders.end()) return;
    known_order o;
    o.scope = t.as_it_is.scope;
    if (intent->node != nullptr) o.node_id = intent->node->id;
    o.client_order_id = *id;
    o.order = intent->order;
    o.intended_at = e.at;
    o.intent_seq = seq;
    o.then = "not_yet";
    o.unanswered = std::find(report_.unanswered.begin(), report_.unanswered.end(), *id) !=
                   report_.unanswered.end();
    t.orders.push_back(std::move(o));
    return;
  }
  if (at == t.orders.end()) return;  // A refused order has no intent: nothing of it was open.
  auto& o = *at;
  const auto finish = [&](std::string how) {
    o.end = std::move(how);
    o.final_at = e.at;
  };
  if (is_answer(e.body)) {
    o.accepted = true;
    o.in_doubt = false;
    if (!o.answered_at) o.answered_at = e.at;
  }
  if (const auto* fill = std::get_if<order_filled>(&e.body)) {
    if (const auto sum = add(o.filled, fill->fill.quantity); sum.ok()) o.filled = *sum;
    if (fill->complete) finish("filled");
  } else if (const auto* canceled = std::get_if<order_canceled>(&e.body)) {
    o.reason = canceled->reason;
    finish("canceled");
  } else if (const auto* rejected = std::get_if<order_rejected>(&e.body)) {
    o.code = rejected->code;
    o.reason = rejected->reason;
    finish(rejected_as(rejected->code, o.accepted));
  } else if (const auto* doubt = std::get_if<order_in_doubt>(&e.body)) {
    o.in_doubt = true;
    o.reason = doubt->reason;
  }
}

void trip_fold::take_recent(const scope_ref& scope, const event& e) {
  const auto* id = order_of(e.body);
  if (id == nullptr) return;
  if (const auto* intent = std::get_if<order_intent>(&e.body)) {
    departures_.try_emplace(*id, departure{scope, intent->order.venue, e.at, {}});
  } else if (const auto at = departures_.find(*id);
             at != departures_.end() && is_answer(e.body) && !at->second.answered_at) {
    at->second.answered_at = e.at;
  }
}

void trip_fold::leave(const std::string& id, const departure& d) {
  const auto& listed = report_.unanswered;
  const bool left = d.answered_at || std::find(listed.begin(), listed.end(), id) != listed.end();
  if (!left || d.intended_at > report_.closed_at || !concerns(*d.scope, d.venue)) return;
  auto& last = report_.last_order;
  if (last && last->left_after >= d.intended_at) return;
  last = last_to_leave{id, d.intended_at,
                       std::min(d.answered_at.value_or(report_.closed_at), report_.closed_at)};
}

/// Open at the change, or on its way to be when the halt came.
bool trip_fold::is_told(const trace& t, const known_order& o) const {
  if (!concerns(*o.scope, o.order.venue)) return false;
  if (o.intent_seq > report_.seq) return t.was_open && o.intent_seq < t.halted_seq;
  return o.then == "under_way" || o.then == "open" || o.then == "partially_filled" ||
         o.then == "in_doubt";
}

trip_report trip_fold::report() && {
  for (auto& [id, t] : traces_) {
    look_at(t);
    for (auto& o : t.orders) {
      if (!is_told(t, o)) continue;
      o.now = state_of(o);
      report_.orders.push_back(o);
    }
    if (!t.was_open || !concerns(t)) continue;
    t.as_it_is.fate = t.halted_seq == 0 ? "ran_on" : t.as_it_is.resumed_at ? "resumed" : "halted";
    report_.executions.push_back(std::move(t.as_it_is));
  }
  for (const auto& [id, d] : departures_) leave(id, d);
  return std::move(report_);
}

}  // namespace pitwall
