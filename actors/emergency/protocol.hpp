// Job: the emergency controller's messages. A halt closes the gate first, then is
//      journaled (always synced), then acknowledged with the orders that had left unanswered; if
//      the commit fails or takes longer than limits::emergency_commit_deadline the answer is
//      halted_not_durable, the gate stays closed, and a marker file makes the next start halt: the
//      answer waits for it too, marker_deadline at most, and warns where it is not there by then.
//      Workers that hold trading leases are told at once, and waited for a tenth of a second: of
//      one that does not confirm, the answer says until when its lease lets orders leave, and
//      `closed_at` is that time; so it is, for a while after a start, of leases of an earlier life.
//      A resume is journaled first, then opens the gate, then is
//      answered, however long that takes.
#pragma once

#include <caf/all.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/emergency/lease.hpp"
#include "actors/inspect.hpp"
#include "actors/journal_writer/protocol.hpp"
#include "actors/type_ids.hpp"
#include "runtime/base/result.hpp"

namespace pitwall {

/// What has just failed to journal a halt in a second is most likely the disk: who asked is told
/// soon, whatever becomes of the marker.
inline constexpr std::chrono::milliseconds marker_deadline{200};

/// A worker that has not confirmed a halt by then counts as unreachable.
inline constexpr std::chrono::milliseconds confirm_deadline{100};

struct emergency_outcome {
  std::string scope, previous_state, state;
  std::string result;  ///< "done", "unchanged", "halted_not_durable"
  std::vector<std::string> unanswered_orders;
  std::uint64_t seq = 0;
  wire_error failure;
  /// From when on nothing leaves, since the epoch: when the gate was closed, or the last worker had
  /// confirmed that, or when the leases end of those that did not, or of an earlier life of the
  /// host; 0: it was not closed.
  std::int64_t closed_at_us = 0;
  std::string warning{};  ///< What does not hold of what it promises.

  void warn(const std::string& of) { warning += (warning.empty() ? "" : "; ") + of; }
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, emergency_outcome& x) {
  return f(caf::meta::type_name("emergency_outcome"), x.scope, x.previous_state, x.state, x.result,
           x.unanswered_orders, x.seq, x.failure, x.closed_at_us, x.warning);
}

/// A command from outside of the actors, in this process: told on the controller's turn, with no
/// actor in between that would have to wait for a turn of its own.
struct put_command {
  emergency_command command;
  std::shared_ptr<const std::function<void(emergency_outcome)>> then;
};

/// A question whether the controller lives, and the journal's writer behind it: told once what was
/// under way into the journal before is durable. Nothing is journaled. One at a time.
struct put_pulse {
  std::shared_ptr<const std::function<void(status)>> then;
};

/// Right after the gate closed: workflows stop executions in scope, and what rests is cancelled.
struct emergency_closed {
  std::string scope, state, reason;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, emergency_closed& x) {
  return f(caf::meta::type_name("emergency_closed"), x.scope, x.state, x.reason);
}

/// The controller's own alarm: this append has waited long enough.
struct commit_overdue {
  std::uint64_t ticket = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, commit_overdue& x) {
  return f(caf::meta::type_name("commit_overdue"), x.ticket);
}

/// The marker of this append is on the disk, or is not; from any thread, or the alarm.
struct marker_left {
  std::uint64_t ticket = 0;
  wire_error failure;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, marker_left& x) {
  return f(caf::meta::type_name("marker_left"), x.ticket, x.failure);
}

/// The controller's own alarm: workers were waited for long enough.
struct confirm_overdue {
  std::uint64_t closing = 0;
};

/// From whatever thread has closed the gate for good: the journal has failed.
struct gate_given_up {};

using emergency_listener = caf::typed_actor<caf::reacts_to<emergency_closed>>;

struct watch_emergency {
  emergency_listener listener;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, watch_emergency& x) {
  return f(caf::meta::type_name("watch_emergency"), x.listener);
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_emergency, pitwall::type_ids::emergency)
CAF_ADD_TYPE_ID(pitwall_emergency, (pitwall::emergency_command))
CAF_ADD_TYPE_ID(pitwall_emergency, (pitwall::emergency_outcome))
CAF_ADD_TYPE_ID(pitwall_emergency, (pitwall::emergency_closed))
CAF_ADD_TYPE_ID(pitwall_emergency, (pitwall::commit_overdue))
CAF_ADD_TYPE_ID(pitwall_emergency, (pitwall::emergency_listener))
CAF_ADD_TYPE_ID(pitwall_emergency, (pitwall::watch_emergency))
CAF_ADD_TYPE_ID(pitwall_emergency, (pitwall::marker_left))
CAF_END_TYPE_ID_BLOCK(pitwall_emergency)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::put_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::put_pulse)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::confirm_overdue)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::gate_given_up)

namespace pitwall {

using emergency_actor =
    caf::typed_actor<caf::replies_to<emergency_command>::with<emergency_outcome>,
                     caf::reacts_to<put_command>, caf::reacts_to<put_pulse>,
                     caf::reacts_to<watch_emergency>, caf::reacts_to<durable>,
                     caf::reacts_to<commit_overdue>, caf::reacts_to<marker_left>,
                     caf::replies_to<grant_lease>::with<lease_answer>,
                     caf::reacts_to<confirm_overdue>, caf::reacts_to<gate_given_up>>;

}  // namespace pitwall
