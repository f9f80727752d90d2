// Job: everything that can happen, as types. State changes only through these;
//      replaying them gives the live state.
// Threads: plain immutable values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/value.hpp"
#include "runtime/workflow/bot_metrics.hpp"
#include "runtime/workflow/order.hpp"
#include "runtime/workflow/plan.hpp"

namespace pitwall {

enum class run_status : std::uint8_t {
  queued,
  running,
  completed,
  completed_with_errors,
  failed,
  timed_out,
  halted,
  cancelled
};
std::string_view to_string(run_status s) noexcept;
bool is_final(run_status s) noexcept;  ///< All but queued and running.

enum class node_status : std::uint8_t {
  pending,
  running,
  retrying,
  completed,
  failed,
  skipped,
  in_doubt,
  halted,
  cancelled
};
std::string_view to_string(node_status s) noexcept;

/// Whom an event is about; empty text: null in JSON. Shared by all events of an execution.
struct event_scope {
  std::string execution_id, workflow_id, bot_id, strategy_id;
  friend bool operator==(const event_scope&, const event_scope&) = default;
};
using scope_ref = std::shared_ptr<const event_scope>;

/// A node's results by output slot, with their names. Immutable, shared.
struct port_values {
  port_names names;
  std::vector<value> values;
  friend bool operator==(const port_values& a, const port_values& b) {
    return *a.names == *b.names && a.values == b.values;
  }
};
using outputs_ref = std::shared_ptr<const port_values>;

struct execution_started {
  std::uint32_t node_count = 0;
  std::string definition_id;
  value trigger;                  ///< The event that started it; null for a manual start.
  std::string idempotency_key{};  ///< A second start with it gives this execution; may be empty.
};
struct execution_completed {
  run_status status = run_status::completed;  ///< completed or completed_with_errors
  microseconds duration{};
};
struct execution_failed {
  std::string error, error_type;
  microseconds duration{};
};
struct execution_halted {
  std::string reason, emergency_state;
};
struct execution_cancelled {
  std::string reason;
  microseconds duration{};
};
struct node_started {
  node_ref node;
  std::uint32_t attempt = 1;
};
struct node_completed {
  node_ref node;
  std::uint32_t attempt = 1;
  microseconds duration{};
  outputs_ref outputs;
  timestamp
      observed_at;  ///< Age of the oldest input it rests on; timestamp::max(): constants only.
  node_status status = node_status::completed;  ///< completed or in_doubt
};
struct node_failed {
  node_ref node;
  std::uint32_t attempt = 1;
  microseconds duration{};
  std::string error, error_type;
};
struct node_skipped {
  node_ref node;
  std::string reason;
};
/// A node's declared trigger state changed; written by the node itself, in its own version order.
struct node_state_changed {
  node_ref node;
  std::uint64_t version = 0;
  value state;
  outputs_ref outputs;  ///< What this execution got from the change: a resumed one gets the same.
};
struct order_intent {
  node_ref node;
  std::string client_order_id;
  order_request order;
};
struct order_submitted {
  node_ref node;
  std::string client_order_id, venue_order_id;
};
struct order_filled {
  node_ref node;
  std::string client_order_id;
  order_request order;
  order_fill fill;
  bool complete = false;  ///< Nothing is left open.
};
struct order_rejected {
  node_ref node;
  std::string client_order_id, code, reason;
};
struct order_canceled {
  node_ref node;
  std::string client_order_id, reason;
};
struct order_in_doubt {
  node_ref node;
  std::string client_order_id, reason;
};
struct notification_sent {
  node_ref node;
  std::string message, url;
};
/// The host started anew, or somebody wants a halted execution to go on: it is taken up where its
/// journal left it. After a halt also the nodes that this ended go on (run.hpp).
struct execution_resumed {
  std::vector<node_ref> again;  ///< Back to pending: their results are too old to act on, or they
                                ///< wait for such.
};
/// An attempt failed, and the node tries again after the wait.
struct node_retrying {
  node_ref node;
  std::uint32_t attempt = 1;  ///< The one that failed.
  microseconds wait{};
  std::string error, error_type;
};
/// Of one venue's operation class, shared by all workflows of the host.
struct circuit_breaker_state_changed {
  std::string breaker;  ///< "<venue>/<class>"
  std::string previous_state, new_state, reason, operator_name;
  value snapshot;  ///< What restores it; not shown.
};
struct emergency_state_changed {
  std::string scope;  ///< global, venue:<v>, bot:<b>, strategy:<s>
  std::string previous_state, new_state, reason, operator_name, trigger;
};

/// A figure comes near its limit: 80 % and more. Told once, until it was below in between.
struct risk_limit_warning {
  std::string scope;  ///< "global" (the host's limit) or bot:<b>
  std::string limit;  ///< By its name in docs/risk.md.
  decimal figure, threshold;
  decimal utilization;  ///< In percent.
};
/// A figure is beyond its limit. Told once, until it was within in between.
struct risk_limit_exceeded {
  std::string scope, limit;
  decimal figure, threshold;
  bool halts = false;  ///< The scope is halted for it.
  value inputs;        ///< What the figure was computed from, by name.
};

/// Of the bot that the scope names (runtime/workflow/bot.hpp).
struct bot_state_changed {
  std::string previous_state, new_state, reason, operator_name, trigger;
};

/// Why and when a scope was closed: right before the emergency_state_changed that did it, in the
/// same commit. What else a trip report says, the other events have (trip_report.hpp).
struct trip_recorded {
  std::string scope;
  timestamp tripped_at;                 ///< When what closed it was seen or said.
  timestamp closed_at;                  ///< From then on no order in scope left this host.
  std::vector<std::string> unanswered;  ///< Client order ids that had left, of any scope.
  value evidence;  ///< Of a limit: formula, inputs, window (docs/emergency.md); else null or more.
};
/// The one who closed a scope was told so.
struct trip_acknowledged {
  std::uint64_t trip = 0;  ///< The seq of its emergency_state_changed.
  std::string result;      ///< "done" or "halted_not_durable"
  timestamp closed_at;     ///< As the answer said: from then on no order in scope leaves any host.
};

/// A person's word on an order in doubt; what it makes of the order follows in the same commit.
struct order_settled {
  node_ref node;
  std::string client_order_id;
  std::string as;  ///< not_sent, filled or canceled
  std::string reason, operator_name;
};

/// The order of the alternatives is the stored type tag: append only.
using event_body =
    std::variant<execution_started, execution_completed, execution_failed, execution_halted,
                 execution_cancelled, node_started, node_completed, node_failed, node_skipped,
                 node_state_changed, order_intent, order_submitted, order_filled, order_rejected,
                 order_canceled, order_in_doubt, notification_sent, emergency_state_changed,
                 execution_resumed, node_retrying, circuit_breaker_state_changed,
                 risk_limit_warning, risk_limit_exceeded, bot_state_changed, trip_recorded,
                 trip_acknowledged, order_settled, bot_metrics>;

struct event {
  timestamp at;
  event_body body;
};

/// Events of one scope, in order: what travels from a decision to the journal to the viewers.
struct event_batch {
  scope_ref scope;
  std::vector<event> events;
};

/// The `type` in JSON: "execution_started", ...
std::string_view type_name(const event_body& body) noexcept;
/// All type names, by stored tag.
std::vector<std::string_view> event_type_names();
/// Whether no order of its scope may leave any more: a halt, or a shutdown, also of a halted one.
bool closes_scope(const emergency_state_changed& change) noexcept;
/// The node an event is about, or null.
const node_identity* node_of(const event_body& body) noexcept;

/// The public JSON form with the whole envelope.
std::string event_json(std::uint64_t seq, const event_scope& scope, const event& e);
void append_event_json(std::uint64_t seq, const event_scope& scope, const event& e,
                       std::string& out);

}  // namespace pitwall
