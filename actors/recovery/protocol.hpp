// Job: the recovery actor's messages. After a start it looks through what the journal left
//      unsettled, gives orders without a final word to their routers, and lets executions go on:
//      each as soon as the venues that it orders at are open, and none earlier. A venue that cannot
//      be reached holds back nobody else. While the host lives it does the same for executions
//      whose actors died, once nothing of these can still send anything, for halted ones that a
//      user wants to go on, and for an order router's successor.
// Stuck: an execution that cannot go on (its definition cannot be loaded, its actors die again and
//      again) stays as it is in the journal, until an operator resumes or cancels it.
// Bounds: one short entry per unfinished execution; `resume_window` of them run at once.
#pragma once

#include <caf/all.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/journal_writer/protocol.hpp"
#include "actors/type_ids.hpp"
#include "runtime/workflow/event.hpp"

namespace pitwall {

enum class recovery_phase : std::uint8_t {
  scanning,  ///< Looking through what is unsettled.
  resuming,  ///< Ready; executions wait for venues or their turn.
  done
};

struct recovery_progress {
  recovery_phase phase = recovery_phase::scanning;
  std::uint64_t unfinished = 0;   ///< Executions found so far.
  std::uint64_t open_orders = 0;  ///< Orders given to routers.
  std::uint64_t resumed = 0;      ///< Executions that go on, or have ended since.
  std::uint64_t waiting = 0;      ///< Executions whose venue is closed, or whose turn will come.
  std::uint64_t failed = 0;       ///< Executions that are stuck; the log says why.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, recovery_progress& x) {
  return f(caf::meta::type_name("recovery_progress"), x.phase, x.unfinished, x.open_orders,
           x.resumed, x.waiting, x.failed);
}

/// To itself: go on with the next few.
struct scan_more {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, scan_more&) {
  return f(caf::meta::type_name("scan_more"));
}
struct resume_more {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, resume_more&) {
  return f(caf::meta::type_name("resume_more"));
}

/// The back-off after a workflow actor was found dead is over.
struct look_up_again {
  std::string workflow_id, definition_id;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, look_up_again& x) {
  return f(caf::meta::type_name("look_up_again"), x.workflow_id, x.definition_id);
}

struct ask_recovery {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ask_recovery&) {
  return f(caf::meta::type_name("ask_recovery"));
}

/// Answered once everything unsettled is known: the host is ready.
struct await_scan {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, await_scan&) {
  return f(caf::meta::type_name("await_scan"));
}

/// Executions that nobody runs any more, though they have not ended. They go on from the journal
/// once all of `remains`, who may still be sending for them, are gone too.
struct interrupted {
  std::vector<scope_ref> executions;
  std::vector<caf::actor> remains;
};

/// An operator wants a stuck execution to be tried again; false: it is not stuck.
struct resume_stuck {
  std::string execution_id;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, resume_stuck& x) {
  return f(caf::meta::type_name("resume_stuck"), x.execution_id);
}

/// A user wants a halted execution to go on. `then` is called once, on a scheduler thread: when it
/// runs again and that is durable, or with the reason why it stays halted. Who drops it unused
/// leaves that to its owner.
struct reopen_halted {
  std::string execution_id;
  std::shared_ptr<const std::function<void(status)>> then;
};

/// Ends an execution that is stuck or waits for its turn. Answered once that is durable; false: it
/// is neither.
struct cancel_stuck {
  std::string execution_id, reason;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cancel_stuck& x) {
  return f(caf::meta::type_name("cancel_stuck"), x.execution_id, x.reason);
}

/// The order router of this venue has died, and its successor waits, closed: it gets the orders
/// without a final word that no living execution claims, and may then open.
struct take_over {
  std::string venue;
  std::uint32_t term = 0;  ///< The successor's.
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, take_over& x) {
  return f(caf::meta::type_name("take_over"), x.venue, x.term);
}

/// To itself: the next few of them.
struct take_over_more {
  std::string venue;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, take_over_more& x) {
  return f(caf::meta::type_name("take_over_more"), x.venue);
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_recovery, pitwall::type_ids::recovery)
CAF_ADD_TYPE_ID(pitwall_recovery, (pitwall::recovery_progress))
CAF_ADD_TYPE_ID(pitwall_recovery, (pitwall::scan_more))
CAF_ADD_TYPE_ID(pitwall_recovery, (pitwall::resume_more))
CAF_ADD_TYPE_ID(pitwall_recovery, (pitwall::ask_recovery))
CAF_ADD_TYPE_ID(pitwall_recovery, (pitwall::await_scan))
CAF_ADD_TYPE_ID(pitwall_recovery, (pitwall::resume_stuck))
CAF_ADD_TYPE_ID(pitwall_recovery, (pitwall::cancel_stuck))
CAF_ADD_TYPE_ID(pitwall_recovery, (pitwall::look_up_again))
CAF_ADD_TYPE_ID(pitwall_recovery, (pitwall::take_over))
CAF_ADD_TYPE_ID(pitwall_recovery, (pitwall::take_over_more))
CAF_END_TYPE_ID_BLOCK(pitwall_recovery)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::interrupted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::reopen_halted)

namespace pitwall {

using recovery_actor = caf::typed_actor<
    caf::reacts_to<scan_more>, caf::reacts_to<resume_more>,
    caf::replies_to<ask_recovery>::with<recovery_progress>, caf::replies_to<await_scan>::with<bool>,
    caf::reacts_to<interrupted>, caf::reacts_to<reopen_halted>, caf::reacts_to<durable>,
    caf::reacts_to<look_up_again>, caf::reacts_to<take_over>, caf::reacts_to<take_over_more>,
    caf::replies_to<resume_stuck>::with<bool>, caf::replies_to<cancel_stuck>::with<bool>>;

}  // namespace pitwall
