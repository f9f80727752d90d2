#include <algorithm>
#include <charconv>

#include "runtime/workflow/event.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall {

namespace {

/// Writes the members of one event after its envelope. One call per field: the order in the code is
/// the order on the wire.
class field_writer {
 public:
  explicit field_writer(std::string& out) : out_(out) {}

  void text(std::string_view name, std::string_view v) {
    begin(name);
    append_json_string(v, out_);
  }
  void text_or_null(std::string_view name, std::string_view v) {
    begin(name);
    if (v.empty()) {
      out_ += "null";
    } else {
      append_json_string(v, out_);
    }
  }
  void whole(std::string_view name, std::uint64_t v) {
    begin(name);
    append_whole(v);
  }
  void number(std::string_view name, decimal v) {
    begin(name);
    out_ += v.to_string();
  }
  void number_or_null(std::string_view name, decimal v) {
    begin(name);
    out_ += v.is_zero() ? std::string("null") : v.to_string();
  }
  void boolean(std::string_view name, bool v) {
    begin(name);
    out_ += v ? "true" : "false";
  }
  void time(std::string_view name, timestamp at) {
    begin(name);
    out_ += '"';
    append_iso8601(at, out_);
    out_ += '"';
  }
  void texts(std::string_view name, const std::vector<std::string>& all) {
    begin(name);
    out_ += '[';
    for (const auto& each : all) {
      if (out_.back() != '[') out_ += ',';
      append_json_string(each, out_);
    }
    out_ += ']';
  }
  void any(std::string_view name, const value& v) {
    begin(name);
    append_json(v, out_);
  }
  /// Milliseconds with three decimals.
  void duration(microseconds v) { milliseconds("duration_ms", v); }
  void milliseconds(std::string_view name, microseconds v) {
    begin(name);
    auto us = v.count();
    if (us < 0) us = 0;
    append_whole(static_cast<std::uint64_t>(us / 1000));
    const auto rest = static_cast<unsigned>(us % 1000);
    const char fraction[] = {'.', static_cast<char>('0' + rest / 100),
                             static_cast<char>('0' + rest / 10 % 10),
                             static_cast<char>('0' + rest % 10)};
    out_.append(fraction, sizeof fraction);
  }
  void node(const node_ref& n) {
    static const node_identity nobody{};
    const auto& who = n == nullptr ? nobody : *n;
    text_or_null("node_id", who.id);
    text_or_null("node_name", who.name);
    text_or_null("node_category", who.category);
  }
  void node_ids(std::string_view name, const std::vector<node_ref>& nodes) {
    begin(name);
    out_ += '[';
    for (const auto& n : nodes) {
      if (out_.back() != '[') out_ += ',';
      append_json_string(n == nullptr ? std::string_view() : n->id, out_);
    }
    out_ += ']';
  }
  void outputs(const outputs_ref& ports) {
    begin("outputs");
    out_ += '{';
    if (ports != nullptr && ports->names != nullptr) {
      const auto count = std::min(ports->names->size(), ports->values.size());
      for (std::size_t i = 0; i < count; ++i) {
        if (i != 0) out_ += ',';
        append_json_string((*ports->names)[i], out_);
        out_ += ':';
        append_json(ports->values[i], out_);
      }
    }
    out_ += '}';
  }
  /// What was asked for. A market order has no price.
  void order(const order_request& o) {
    text("venue", o.venue);
    text("symbol", o.symbol);
    text("side", to_string(o.side));
    text("order_type", to_string(o.kind));
    number("amount", o.amount);
  }

 private:
  void begin(std::string_view name) {
    out_ += ",\"";
    out_ += name;
    out_ += "\":";
  }
  void append_whole(std::uint64_t v) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, v).ptr;
    out_.append(digits, end);
  }

  std::string& out_;
};

/// Scheme and host: paths, queries and user names of webhooks are often secrets.
std::string_view origin_of(std::string_view url, std::string& buffer) {
  const auto scheme = url.find("://");
  if (scheme == url.npos) return {};
  const auto host = scheme + 3;
  const auto end = url.find_first_of("/?#", host);
  const auto authority = url.substr(host, end == url.npos ? end : end - host);
  const auto user = authority.rfind('@');
  buffer = url.substr(0, host);
  buffer += user == authority.npos ? authority : authority.substr(user + 1);
  return buffer;
}

void write(field_writer& w, const execution_started& e) {
  w.whole("node_count", e.node_count);
  w.text_or_null("definition_id", e.definition_id);
  w.any("trigger", e.trigger);
  w.text_or_null("idempotency_key", e.idempotency_key);
}
void write(field_writer& w, const execution_completed& e) {
  w.text("status", to_string(e.status));
  w.duration(e.duration);
}
void write(field_writer& w, const execution_failed& e) {
  w.text("error", e.error);
  w.text("error_type", e.error_type);
  w.duration(e.duration);
}
void write(field_writer& w, const execution_halted& e) {
  w.text("reason", e.reason);
  w.text("emergency_state", e.emergency_state);
}
void write(field_writer& w, const execution_cancelled& e) {
  w.text("reason", e.reason);
  w.duration(e.duration);
}
void write(field_writer& w, const node_started& e) {
  w.node(e.node);
  w.whole("attempt", e.attempt);
}
void write(field_writer& w, const node_completed& e) {
  w.node(e.node);
  w.whole("attempt", e.attempt);
  w.duration(e.duration);
  w.outputs(e.outputs);
  w.text("status", to_string(e.status));
}
void write(field_writer& w, const node_failed& e) {
  w.node(e.node);
  w.whole("attempt", e.attempt);
  w.duration(e.duration);
  w.text("error", e.error);
  w.text("error_type", e.error_type);
}
void write(field_writer& w, const node_skipped& e) {
  w.node(e.node);
  w.text("reason", e.reason);
}
void write(field_writer& w, const node_state_changed& e) {
  w.node(e.node);
  w.whole("version", e.version);
  w.any("state", e.state);
  w.outputs(e.outputs);
}
void write(field_writer& w, const order_intent& e) {
  w.node(e.node);
  w.text("client_order_id", e.client_order_id);
  w.order(e.order);
  w.number_or_null("price", e.order.price);
}
void write(field_writer& w, const order_submitted& e) {
  w.node(e.node);
  w.text("client_order_id", e.client_order_id);
  w.text_or_null("venue_order_id", e.venue_order_id);
}
void write(field_writer& w, const order_filled& e) {
  w.node(e.node);
  w.text("client_order_id", e.client_order_id);
  w.order(e.order);
  w.number("price", e.fill.price);
  w.number("quantity", e.fill.quantity);
  w.number("fee", e.fill.fee);
  w.text_or_null("fee_asset", e.fill.fee_asset);
  w.boolean("complete", e.complete);
}
void write(field_writer& w, const order_rejected& e) {
  w.node(e.node);
  w.text("client_order_id", e.client_order_id);
  w.text("code", e.code);
  w.text("reason", e.reason);
}
void write_order_end(field_writer& w, const node_ref& node, const std::string& id,
                     const std::string& reason) {
  w.node(node);
  w.text("client_order_id", id);
  w.text("reason", reason);
}
void write(field_writer& w, const order_canceled& e) {
  write_order_end(w, e.node, e.client_order_id, e.reason);
}
void write(field_writer& w, const order_in_doubt& e) {
  write_order_end(w, e.node, e.client_order_id, e.reason);
}
void write(field_writer& w, const notification_sent& e) {
  std::string buffer;
  w.node(e.node);
  w.text("message", e.message);
  w.text_or_null("url", origin_of(e.url, buffer));
}
void write(field_writer& w, const emergency_state_changed& e) {
  w.text("scope", e.scope);
  w.text("previous_state", e.previous_state);
  w.text("new_state", e.new_state);
  w.text("reason", e.reason);
  w.text_or_null("operator", e.operator_name);
  w.text("trigger", e.trigger);
}

void write(field_writer& w, const execution_resumed& e) { w.node_ids("again", e.again); }
void write(field_writer& w, const node_retrying& e) {
  w.node(e.node);
  w.whole("attempt", e.attempt);
  w.milliseconds("wait_ms", e.wait);
  w.text("error", e.error);
  w.text("error_type", e.error_type);
}
void write(field_writer& w, const circuit_breaker_state_changed& e) {
  w.text("breaker", e.breaker);
  w.text("previous_state", e.previous_state);
  w.text("new_state", e.new_state);
  w.text("reason", e.reason);
  w.text_or_null("operator", e.operator_name);
}
void write(field_writer& w, const order_settled& e) {
  w.node(e.node);
  w.text("client_order_id", e.client_order_id);
  w.text("as", e.as);
  w.text("reason", e.reason);
  w.text_or_null("operator", e.operator_name);
}
void write(field_writer& w, const risk_limit_warning& e) {
  w.text("scope", e.scope);
  w.text("limit", e.limit);
  w.number("value", e.figure);
  w.number("threshold", e.threshold);
  w.number("utilization_percent", e.utilization);
}
void write(field_writer& w, const risk_limit_exceeded& e) {
  w.text("scope", e.scope);
  w.text("limit", e.limit);
  w.number("value", e.figure);
  w.number("threshold", e.threshold);
  w.any("auto_halt", value(e.halts));
  w.any("inputs", e.inputs);
}
void write(field_writer& w, const bot_state_changed& e) {
  w.text("previous_state", e.previous_state);
  w.text("new_state", e.new_state);
  w.text("reason", e.reason);
  w.text_or_null("operator", e.operator_name);
  w.text("trigger", e.trigger);
}
void write(field_writer& w, const bot_metrics& e) {
  w.time("since", e.since);
  w.whole("executions_started", e.started);
  w.whole("completed", e.completed);
  w.whole("completed_with_errors", e.completed_with_errors);
  w.whole("failed", e.failed);
  w.whole("timed_out", e.timed_out);
  w.whole("halted", e.halted);
  w.whole("cancelled", e.cancelled);
  w.whole("fills", e.fills);
  w.whole("positions", e.positions);
  w.any("realized", e.realized);
  w.any("unrealized", e.unrealized);
}

void write(field_writer& w, const trip_recorded& e) {
  w.text("scope", e.scope);
  w.time("tripped_at", e.tripped_at);
  w.time("closed_at", e.closed_at);
  w.texts("unanswered_orders", e.unanswered);
  w.any("evidence", e.evidence);
}
void write(field_writer& w, const trip_acknowledged& e) {
  w.whole("trip", e.trip);
  w.text("result", e.result);
  w.time("closed_at", e.closed_at);
}

}  // namespace

void append_event_json(std::uint64_t seq, const event_scope& scope, const event& e,
                       std::string& out) {
  out += "{\"seq\":";
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, seq).ptr);
  field_writer w(out);
  w.text("type", type_name(e.body));
  w.text_or_null("execution_id", scope.execution_id);
  w.text_or_null("workflow_id", scope.workflow_id);
  w.text_or_null("bot_id", scope.bot_id);
  w.text_or_null("strategy_id", scope.strategy_id);
  out += ",\"timestamp\":\"";
  append_iso8601(e.at, out);
  out += '"';
  std::visit([&](const auto& body) { write(w, body); }, e.body);
  out += '}';
}

std::string event_json(std::uint64_t seq, const event_scope& scope, const event& e) {
  std::string out;
  out.reserve(320);
  append_event_json(seq, scope, e, out);
  return out;
}

}  // namespace pitwall
