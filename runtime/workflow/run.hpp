// Job: one execution as a pure state machine: decide(state, input, now) -> events and effects;
//      apply(state, event). The live run applies its own events; recovery only applies.
// Time: given. Errors: an input that does not fit the state (late, repeated) decides nothing;
//      an event that does not fit (unknown node, repeated end) changes nothing.
// Rules: a node starts once all its sources are final. What a failed node's error_policy makes of
//      its dependents holds for a node in doubt too, but for `fail`, which then skips. Skipped
//      nodes skip their dependents, whatever their own policy.
// Retry: an attempt that failed before its node had an order is made again where the rules' advice
//      says so, after a wait that is journaled. What the venue says of an order is never retried.
// Resume: a state that was replayed goes on with `resume_run`: nodes that were running run again
//      (they are pure or idempotent, or had no intent yet), completed ones do not, unless an effect
//      that is still to be decided rests on their results and these are too old to act on; an order
//      with an intent and no final word is settled by asking its venue, never sent blindly.
// Halted: `resume_run` with `from_halt` goes on with a halted run likewise: nodes that the halt
// ended
//      run now, an order whose intent was journaled before keeps its outcome, which the venue
//      tells, and is never sent (again); what was completed stays, or is made anew as above.
// Bounds: as large as the plan; a decision costs what it decides, not the size of the plan (tick,
//      halt, cancel and the last one look at every node once).
// Tests: tests/workflow/run_test.cpp, run_order_test.cpp, run_resume_test.cpp, run_halted_test.cpp,
//      run_property_test.cpp, run_resume_property_test.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/workflow/event.hpp"
#include "runtime/workflow/plan.hpp"

namespace pitwall {

/// Completed, failed, skipped, in doubt, halted or cancelled.
bool is_final(node_status s) noexcept;

/// What is known of a node's order.
enum class order_stage : std::uint8_t {
  none,
  intended,  ///< Journaled; it may have left, and the venue has not answered.
  accepted,  ///< The venue has it; something may be left open.
  closed,    ///< Filled, canceled or rejected.
  in_doubt
};

struct node_run {
  node_status status = node_status::pending;
  order_stage order_progress = order_stage::none;
  bool notified = false;      ///< A notification_sent is journaled.
  bool acknowledged = false;  ///< Its order: the venue has said that it has it.
  bool kept_by_halt = false;  ///< Its order is older than a halt: it is not sent any more.
  std::uint32_t attempt = 0;
  std::uint32_t waiting = 0;     ///< Sources that are not final yet.
  std::uint32_t retries = 0;     ///< Journaled since it was pending.
  timestamp started_at{};        ///< Of the attempt; of a retrying one: when that failed.
  timestamp retry_at{};          ///< Of a retrying one: when the next attempt starts.
  microseconds last_wait{};      ///< Before the latest retry since it was pending.
  timestamp first_started_at{};  ///< Of the first attempt since it was pending.
  timestamp observed_at = timestamp::max();
  microseconds duration{};
  outputs_ref outputs;
  outputs_ref journaled;          ///< Of a running node that journaled them itself with its state.
  std::string error, error_type;  ///< Of failed, in doubt, tried again; why it was skipped.
  std::string client_order_id;    ///< Set by an intent.
  std::shared_ptr<const order_request> order;  ///< Set by an intent.
  std::uint32_t fills = 0;                     ///< Journaled ones.
};

struct run_state {
  std::shared_ptr<const plan> workflow;
  scope_ref scope;
  run_status status = run_status::queued;
  timestamp started_at{};
  timestamp resumed_at{};  ///< Of the last execution_resumed: node deadlines begin anew.
  microseconds duration{};
  std::vector<node_run> nodes;    ///< By index in the plan.
  std::uint32_t open_nodes = 0;   ///< Not final yet.
  std::string error, error_type;  ///< Why it failed, timed out, was halted or cancelled.
  value trigger;                  ///< The event that started it.

  run_state(std::shared_ptr<const plan> p, scope_ref s);
};

// ---- inputs
struct begin {
  value trigger;
  std::string idempotency_key{};
};
/// The state was replayed from the journal, and the run is to go on.
struct resume_run {
  bool from_halt = false;    ///< Also where it was halted; else that is an end like any other.
  bool settle_only = false;  ///< It is about to be ended: nothing starts, orders are settled.
};
struct node_finished {
  std::uint32_t node = 0, attempt = 0;
  std::vector<value> outputs;
  std::optional<timestamp> observed_at;  ///< When the outputs were true, where the node knows.
  outputs_ref journaled;                 ///< Set where the node has already journaled its outputs.
};
struct node_errored {
  std::uint32_t node = 0, attempt = 0;
  std::string message, type;
  std::uint32_t status = 0;                   ///< HTTP, where a venue gave one.
  std::optional<microseconds> retry_after{};  ///< The venue asks to wait at least so long.
};
/// The node's block wants an order; nothing was sent yet.
struct order_proposed {
  std::uint32_t node = 0, attempt = 0;
  order_request order;
};
/// A limit does not let the order through that the node's block wants; nothing was sent.
struct order_refused {
  std::uint32_t node = 0, attempt = 0;
  std::string code, reason;
};
/// What the venue said; the same answer may come in several reports.
struct order_reported {
  std::uint32_t node = 0;
  order_report report;
  std::vector<value> outputs;  ///< The block's outputs for this report.
};
/// The venue proves that it never accepted the order and never will: it did not leave.
struct order_missing {
  std::uint32_t node = 0;
  bool may_send = false;  ///< It may leave now, if its inputs are fresh; else it is rejected.
  std::string code{}, reason{};  ///< Why it may not; empty: trading is halted.
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
  std::vector<std::uint32_t> unsent{};  ///< Nodes whose journaled order is known not to have left.
};
struct cancel_requested {
  std::string reason;
  std::vector<std::uint32_t> unsent{};
};
using run_input = std::variant<begin, resume_run, node_finished, node_errored, order_proposed,
                               order_refused, order_reported, order_missing, notification_proposed,
                               cancel_proposed, tick, halt_requested, cancel_requested>;

// ---- effects, in the order to be carried out
struct run_node {
  std::uint32_t node = 0, attempt = 0;
  std::vector<value> inputs;
  timestamp deadline;
  bool retry = false;  ///< After one that failed, and not because the run was resumed.
};
/// Only after the decision's events, and all before them, are durable.
struct place_order {
  std::uint32_t node = 0;
  std::string client_order_id;
  order_request order;
};
/// Ask the venue what became of it; answered by order_reported or order_missing.
struct settle_order {
  std::uint32_t node = 0, attempt = 0;
  std::vector<value> inputs;
  std::string client_order_id;
  order_request order;
  timestamp deadline;
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
  bool timed_out = false;
};
struct finish {};  ///< The run is final; the answer goes out once durable.
using run_effect = std::variant<run_node, place_order, settle_order, send_notification,
                                cancel_orders, abandon_node, finish>;

struct decision {
  std::vector<event> events;
  std::vector<run_effect> effects;
};

/// An attempt that failed, as far as deciding on another one goes.
struct failed_node_attempt {
  const plan_node& node;
  std::string_view execution_id, type;
  std::uint32_t status = 0;    ///< HTTP; 0: none.
  std::uint32_t failures = 1;  ///< In a row, with this one.
  microseconds last_wait{};    ///< Zero before the first retry.
  timestamp first_started_at;  ///< Of the first attempt in that row.
  timestamp now, run_deadline;
  std::optional<microseconds> retry_after;
};

struct run_rules {
  microseconds max_input_age = limits::max_input_age;
  /// How long to wait before the next attempt; none: the node has failed. The same question gets
  /// the same answer. Not set: nothing is tried again.
  std::function<std::optional<microseconds>(const failed_node_attempt&)> retry{};
};

decision decide(const run_state& s, run_input input, timestamp now, const run_rules& rules = {});
void apply(run_state& s, const event& e);

/// Has left or may have left, and no final word came.
bool order_in_flight(const node_run& n) noexcept;
/// Runs, and has an order: the only thing left for it to do is to learn what became of that. A
/// word that was journaled while nobody ran the execution does not end the node.
bool awaits_order(const node_run& n) noexcept;
/// The nodes that `resume_run` would put back to pending, ascending.
std::vector<std::uint32_t> nodes_to_run_again(const run_state& s, timestamp now,
                                              const run_rules& rules = {});

/// The next time at which `tick` may decide something; timestamp::max() where none.
timestamp next_deadline(const run_state& s);

/// The public result object.
std::string result_json(const run_state& s);

}  // namespace pitwall
