// Job: a workflow actor's messages. One per deployed workflow: it owns the node actors, starts
//      executions, refuses new ones while halted, draining or full or a venue it orders at is
//      closed, resumes replayed ones, and watches their deadlines with one coarse tick.
// Bounds: what the workflow's file says of its concurrency, and the host's execution_slots; a start
//      past them is refused (resource_exhausted), waits, is skipped (aborted), or takes another's
//      place (runtime/resilience/admission.hpp).
#pragma once

#include <caf/all.hpp>
#include <memory>
#include <string>

#include "actors/emergency/protocol.hpp"
#include "actors/execution/protocol.hpp"
#include "actors/type_ids.hpp"
#include "runtime/workflow/run.hpp"

namespace pitwall {

/// Start one execution; `then` gets the answer (see start_completion).
struct start_execution {
  value trigger;
  bool wait = false;
  std::shared_ptr<const start_completion> then;
  std::shared_ptr<const start_notice> started{};  ///< May be null.
  /// Not empty: a start with the same key within 24 hours gives the same execution.
  std::string idempotency_key{};
};

/// Go on with an execution that was replayed from the journal; answered when it has ended: false
/// where this actor will not take it (it is ending itself).
struct resume_execution {
  std::shared_ptr<run_state> replayed;
  bool from_halt = false;  ///< It was halted, and somebody wants it to go on.
  std::shared_ptr<const start_notice> resumed{};  ///< Told when that is durable; may be null.
};

/// A newer version of this workflow was deployed: no new executions, and the end with the last one.
struct retire {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, retire&) {
  return f(caf::meta::type_name("retire"));
}

struct cancel_run {
  std::string execution_id, reason;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cancel_run& x) {
  return f(caf::meta::type_name("cancel_run"), x.execution_id, x.reason);
}

/// The bot was stopped: whoever trades for it ends what runs.
struct cancel_bot {
  std::string bot_id, reason;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cancel_bot& x) {
  return f(caf::meta::type_name("cancel_bot"), x.bot_id, x.reason);
}

/// The coarse clock of all this workflow's executions.
struct deadline_tick {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, deadline_tick&) {
  return f(caf::meta::type_name("deadline_tick"));
}

/// A node actor's back-off is over: put a new one in its place.
struct replace_node {
  std::uint32_t node = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, replace_node& x) {
  return f(caf::meta::type_name("replace_node"), x.node);
}

/// No new executions; answered once the last one has ended.
struct drain {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, drain&) {
  return f(caf::meta::type_name("drain"));
}

struct count_in_flight {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, count_in_flight&) {
  return f(caf::meta::type_name("count_in_flight"));
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_workflow, pitwall::type_ids::workflow)
CAF_ADD_TYPE_ID(pitwall_workflow, (pitwall::cancel_run))
CAF_ADD_TYPE_ID(pitwall_workflow, (pitwall::deadline_tick))
CAF_ADD_TYPE_ID(pitwall_workflow, (pitwall::replace_node))
CAF_ADD_TYPE_ID(pitwall_workflow, (pitwall::drain))
CAF_ADD_TYPE_ID(pitwall_workflow, (pitwall::count_in_flight))
CAF_ADD_TYPE_ID(pitwall_workflow, (pitwall::retire))
CAF_ADD_TYPE_ID(pitwall_workflow, (pitwall::cancel_bot))
CAF_END_TYPE_ID_BLOCK(pitwall_workflow)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::start_execution)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::resume_execution)

namespace pitwall {

using workflow_actor = emergency_listener::extend<
    caf::reacts_to<start_execution>, caf::reacts_to<next_check>, caf::reacts_to<deadline_tick>,
    caf::reacts_to<replace_node>, caf::reacts_to<durable>, caf::reacts_to<retire>,
    caf::reacts_to<cancel_bot>, caf::replies_to<resume_execution>::with<bool>,
    caf::replies_to<cancel_run>::with<bool>,                  // false: no such execution is live
    caf::replies_to<reclaim_orders>::with<orders_reclaimed>,  // of all live executions
    caf::replies_to<drain>::with<bool>, caf::replies_to<count_in_flight>::with<std::uint64_t>>;

}  // namespace pitwall
