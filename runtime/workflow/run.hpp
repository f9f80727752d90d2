// Job: one execution as a pure state machine: decide(state, input, now) -> events and effects;
//      apply(state, event). The live run applies its own events; recovery only applies.
// Time: given. Errors: an input that does not fit the state (late, repeated) decides nothing.
// Bounds: as large as the plan. Tests: tests/workflow/run_test.cpp (tables and properties).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/workflow/event.hpp"
#include "runtime/workflow/plan.hpp"

namespace pitwall {

struct node_run {
  node_status status = node_status::pending;
  std::uint32_t attempt = 0;
  std::uint32_t waiting = 0;  ///< Sources that are not final yet.
  timestamp started_at{};
  timestamp observed_at = timestamp::max();
  microseconds duration{};
  outputs_ref outputs;
  std::string error, error_type;  ///< Of failed; the reason of skipped.
  std::string client_order_id;    ///< Set by an intent.
};

struct run_state {
  std::shared_ptr<const plan> workflow;
  scope_ref scope;
  run_status status = run_status::queued;
  timestamp started_at{};
  microseconds duration{};
  std::vector<node_run> nodes;   ///< By index in the plan.
  std::uint32_t open_nodes = 0;  ///< Not final yet.
  std::string error, error_type;

  run_state(std::shared_ptr<const plan> p, scope_ref s);
};

// ---- inputs
struct begin {
  value trigger;
};
struct node_finished {
  std::uint32_t node = 0, attempt = 0;
  std::vector<value> outputs;
  std::optional<timestamp> observed_at;  ///< Sources only.
  outputs_ref journaled;                 ///< Set where the node has already journaled its outputs.
};
struct node_errored {
  std::uint32_t node = 0, attempt = 0;
  std::string message, type;
};
/// The node's block wants an order; nothing was sent yet.
struct order_proposed {
  std::uint32_t node = 0, attempt = 0;
  order_request order;
};
/// What the venue said; the same answer may come in several reports.
struct order_reported {
  std::uint32_t node = 0;
  order_report report;
};
/// The node's block wants someone to be told.
struct notification_proposed {
  std::uint32_t node = 0, attempt = 0;
  notification message;
};
/// The block wants open orders to be cancelled (allowed while halted).
struct cancel_proposed {
  std::uint32_t node = 0, attempt = 0;
  cancel_request request;
};
struct tick {};  ///< Time may have passed a deadline.
struct halt_requested {
  std::string reason, emergency_state;
};
struct cancel_requested {
  std::string reason;
};
using run_input =
    std::variant<begin, node_finished, node_errored, order_proposed, order_reported,
                 notification_proposed, cancel_proposed, tick, halt_requested, cancel_requested>;

// ---- effects, in the order to be carried out
struct run_node {
  std::uint32_t node = 0, attempt = 0;
  std::vector<value> inputs;
  timestamp deadline;
};
/// Only after the decision's events, and all before them, are durable.
struct place_order {
  std::uint32_t node = 0;
  std::string client_order_id;
  order_request order;
};
struct send_notification {
  std::uint32_t node = 0, attempt = 0;
  notification message;
};
struct cancel_orders {
  std::uint32_t node = 0, attempt = 0;
  cancel_request request;
};
struct abandon_node {  ///< Its answer no longer matters; the node may forget it.
  std::uint32_t node = 0, attempt = 0;
};
struct finish {};  ///< The run is final; the answer goes out once durable.
using run_effect =
    std::variant<run_node, place_order, send_notification, cancel_orders, abandon_node, finish>;

struct decision {
  std::vector<event> events;
  std::vector<run_effect> effects;
};

struct run_rules {
  microseconds max_input_age = limits::max_input_age;
};

decision decide(const run_state& s, run_input input, timestamp now, const run_rules& rules = {});
void apply(run_state& s, const event& e);

/// The next time at which `tick` may decide something; timestamp::max() where none.
timestamp next_deadline(const run_state& s);

/// The public result object (contract section 3).
std::string result_json(const run_state& s);

}  // namespace pitwall
