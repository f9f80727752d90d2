// Job: everything an event says, as text, field by field: two events are the same where their
//      descriptions are. Owes nothing to any codec.
#pragma once

#include <string>
#include <string_view>

#include "runtime/workflow/event.hpp"

namespace pitwall::test {

class description {
 public:
  template <class... Fields>
  description& add(const Fields&... fields) {
    (field(fields), ...);
    return *this;
  }
  std::string take() && { return std::move(text_); }

 private:
  void mark(std::string_view piece) { (text_ += piece) += '|'; }
  void field(const std::string& s) { mark(std::to_string(s.size()) + ":" + s); }
  void field(bool v) { mark(v ? "true" : "false"); }
  void field(std::uint32_t v) { mark(std::to_string(v)); }
  void field(std::uint64_t v) { mark(std::to_string(v)); }
  void field(microseconds v) { mark(std::to_string(v.count())); }
  void field(timestamp v) { mark("@" + std::to_string(v.time_since_epoch().count())); }
  void field(decimal v) {
    mark(std::to_string(static_cast<std::int64_t>(v.raw() >> 64U)) + "." +
         std::to_string(static_cast<std::uint64_t>(v.raw())));
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void field(Enum v) { mark("#" + std::to_string(static_cast<int>(v))); }
  void field(const node_ref& n) {
    if (n == nullptr) return mark("no node");
    add(n->id, n->name, n->type, n->category);
  }
  void field(const outputs_ref& o) {
    if (o == nullptr) return mark("no outputs");
    mark(std::to_string(o->names->size()) + " names");
    for (const auto& name : *o->names) field(name);
    mark(std::to_string(o->values.size()) + " values");
    for (const auto& v : o->values) field(v);
  }
  void field(const std::vector<node_ref>& nodes) {
    mark(std::to_string(nodes.size()) + " nodes");
    for (const auto& n : nodes) field(n);
  }
  void field(const std::vector<std::string>& texts) {
    mark(std::to_string(texts.size()) + " texts");
    for (const auto& text : texts) field(text);
  }
  void field(const order_request& o) { add(o.venue, o.symbol, o.side, o.kind, o.amount, o.price); }
  void field(const order_fill& f) { add(f.price, f.quantity, f.fee, f.fee_asset); }
  void field(const value& v) {
    mark(std::to_string(static_cast<int>(v.type())));
    switch (v.type()) {
      case value::kind::null:
        return;
      case value::kind::boolean:
        return field(v.as_bool());
      case value::kind::number:
        return field(v.as_number());
      case value::kind::text:
        return field(v.as_text());
      case value::kind::list:
        mark(std::to_string(v.as_list().size()));
        for (const auto& each : v.as_list()) field(each);
        return;
      case value::kind::object:
        mark(std::to_string(v.as_object().size()));
        for (const auto& [name, each] : v.as_object()) add(name, each);
        return;
    }
  }

  std::string text_;
};

namespace detail {
struct describe_body {
  description& d;
  void operator()(const execution_started& e) {
    d.add(e.node_count, e.definition_id, e.trigger, e.idempotency_key);
  }
  void operator()(const execution_completed& e) { d.add(e.status, e.duration); }
  void operator()(const execution_failed& e) { d.add(e.error, e.error_type, e.duration); }
  void operator()(const execution_halted& e) { d.add(e.reason, e.emergency_state); }
  void operator()(const execution_cancelled& e) { d.add(e.reason, e.duration); }
  void operator()(const node_started& e) { d.add(e.node, e.attempt); }
  void operator()(const node_completed& e) {
    d.add(e.node, e.attempt, e.duration, e.outputs, e.observed_at, e.status);
  }
  void operator()(const node_failed& e) {
    d.add(e.node, e.attempt, e.duration, e.error, e.error_type);
  }
  void operator()(const node_skipped& e) { d.add(e.node, e.reason); }
  void operator()(const node_state_changed& e) { d.add(e.node, e.version, e.state, e.outputs); }
  void operator()(const order_intent& e) { d.add(e.node, e.client_order_id, e.order); }
  void operator()(const order_submitted& e) { d.add(e.node, e.client_order_id, e.venue_order_id); }
  void operator()(const order_filled& e) {
    d.add(e.node, e.client_order_id, e.order, e.fill, e.complete);
  }
  void operator()(const order_rejected& e) { d.add(e.node, e.client_order_id, e.code, e.reason); }
  void operator()(const order_canceled& e) { d.add(e.node, e.client_order_id, e.reason); }
  void operator()(const order_in_doubt& e) { d.add(e.node, e.client_order_id, e.reason); }
  void operator()(const notification_sent& e) { d.add(e.node, e.message, e.url); }
  void operator()(const emergency_state_changed& e) {
    d.add(e.scope, e.previous_state, e.new_state, e.reason, e.operator_name, e.trigger);
  }
  void operator()(const execution_resumed& e) { d.add(e.again); }
  void operator()(const node_retrying& e) {
    d.add(e.node, e.attempt, e.wait, e.error, e.error_type);
  }
  void operator()(const circuit_breaker_state_changed& e) {
    d.add(e.breaker, e.previous_state, e.new_state, e.reason, e.operator_name, e.snapshot);
  }
  void operator()(const order_settled& e) {
    d.add(e.node, e.client_order_id, e.as, e.reason, e.operator_name);
  }
  void operator()(const risk_limit_warning& e) {
    d.add(e.scope, e.limit, e.figure, e.threshold, e.utilization);
  }
  void operator()(const risk_limit_exceeded& e) {
    d.add(e.scope, e.limit, e.figure, e.threshold, e.halts, e.inputs);
  }
  void operator()(const bot_state_changed& e) {
    d.add(e.previous_state, e.new_state, e.reason, e.operator_name, e.trigger);
  }
  void operator()(const trip_recorded& e) {
    d.add(e.scope, e.tripped_at, e.closed_at, e.unanswered, e.evidence);
  }
  void operator()(const trip_acknowledged& e) { d.add(e.trip, e.result, e.closed_at); }
  void operator()(const bot_metrics& e) {
    d.add(e.since, e.started, e.completed, e.completed_with_errors, e.failed, e.timed_out);
    d.add(e.halted, e.cancelled, e.fills, e.positions, e.realized, e.unrealized);
  }
};
}  // namespace detail

inline std::string describe(const event& e) {
  description d;
  d.add(static_cast<std::uint64_t>(e.body.index()), e.at);
  std::visit(detail::describe_body{d}, e.body);
  return std::move(d).take();
}

inline std::string describe(const event_batch& batch) {
  description d;
  if (batch.scope != nullptr) {
    d.add(batch.scope->execution_id, batch.scope->workflow_id, batch.scope->bot_id,
          batch.scope->strategy_id);
  }
  std::string text = std::move(d).take();
  for (const event& e : batch.events) (text += '\n') += describe(e);
  return text;
}

}  // namespace pitwall::test
