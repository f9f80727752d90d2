// Job: what a closing of a scope did, from the journal's events alone: who was open then, and what
//      became of each execution and order in scope, as of the last event taken.
// Rule: what the journal does not say is not said. An order left between its intent and its first
//      answer, and never after the gate was closed.
// Threads: one owner. Bounds: a short entry per execution and order taken.
// Tests: tests/workflow/trip_report_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/workflow/event.hpp"

namespace pitwall {

struct trip_order {
  scope_ref scope;
  std::string node_id, client_order_id;
  order_request order;
  timestamp intended_at{};
  /// under_way (no answer yet), open, partially_filled, in_doubt; not_yet: its intent came after
  /// the change, from an execution that the halt had not reached.
  std::string then;
  /// The same, or filled, canceled, rejected (by the venue), not_sent (it never left), refused: its
  /// code does not tell which of these two.
  std::string now;
  std::string code, reason;              ///< Of a rejection, cancel or doubt.
  decimal filled;                        ///< Quantity.
  std::optional<timestamp> answered_at;  ///< When the venue's first word was journaled.
  std::optional<timestamp> final_at;
  bool unanswered = false;  ///< Named in the acknowledgement: it had left, and nothing was heard.
};

struct trip_execution {
  scope_ref scope;
  std::string fate;  ///< halted, resumed (it was halted, and goes on), ran_on
  run_status status = run_status::running;
  timestamp started_at{};
  std::optional<timestamp> halted_at, resumed_at, ended_at;
};

/// The last order in scope that left before the gate closed.
struct last_to_leave {
  std::string client_order_id;
  timestamp left_after{}, left_before{};
};

struct trip_report {
  std::uint64_t seq = 0;  ///< Of the change: the report's id.
  timestamp at{};         ///< Of the change.
  emergency_state_changed change;
  timestamp tripped_at{};  ///< The time of the change where nothing is recorded.
  /// From then on no order in scope left: this host or, once it was acknowledged, any worker.
  timestamp closed_at{};
  value evidence;
  std::vector<std::string> unanswered;
  std::optional<timestamp> acknowledged_at;
  std::string acknowledged_as;
  std::optional<last_to_leave> last_order;
  std::vector<trip_execution> executions;  ///< Not final then, by id.
  std::vector<trip_order> orders;          ///< Without a final word then, by execution and intent.
  std::uint64_t left_out = 0;              ///< Executions that were open and are not listed.
  std::uint64_t no_longer_kept = 0;        ///< Executions whose events retention has taken.
};

class trip_fold {
 public:
  /// Precondition: `change` holds an emergency_state_changed.
  trip_fold(std::uint64_t seq, const event& change, const trip_recorded* recorded);

  /// As the answer said it: no sooner than this host's gate. Before what takes events.
  void closes_at(timestamp everywhere) noexcept;
  /// Of an execution that was unsettled then: all its events of types(), in order.
  void take(std::uint64_t seq, const scope_ref& scope, const event& e);
  /// Executions that began later have no part in it.
  timestamp gate_closed_at() const noexcept { return gate_closed_at_; }
  /// Of an event before the change: the closing ended this execution, which saw the gate closed and
  /// was written sooner than the change. It was open then.
  bool was_sooner(const event& e) const noexcept;
  /// What happened shortly before the change, of any execution: orders that may have been the last.
  void take_recent(const scope_ref& scope, const event& e);
  static const std::vector<std::string>& types();

  trip_report report() &&;

 private:
  struct known_order : trip_order {
    std::uint64_t intent_seq = 0;
    bool accepted = false, in_doubt = false;
    std::string end;  ///< What it is called where it is final.
  };
  struct trace {
    trip_execution as_it_is;
    std::uint64_t first_seq = 0, halted_seq = 0;
    bool looked_at = false;  ///< As it was at the change.
    bool was_open = false;
    std::vector<known_order> orders;
  };
  struct departure {
    scope_ref scope;
    std::string venue;
    timestamp intended_at{};
    std::optional<timestamp> answered_at;
  };

  static std::string state_of(const known_order& o);
  void look_at(trace& t) const;
  bool was_overtaken(const trip_execution& x) const;
  void take_order(trace& t, std::uint64_t seq, const event& e) const;
  void take_life(trace& t, std::uint64_t seq, const event& e) const;
  bool concerns(const event_scope& scope, std::string_view venue) const;
  bool concerns(const trace& t) const;
  bool is_told(const trace& t, const known_order& o) const;
  void leave(const std::string& id, const departure& d);

  trip_report report_;
  timestamp gate_closed_at_{};
  std::map<std::string, trace> traces_;  ///< By execution id.
  std::map<std::string, departure> departures_;
};

}  // namespace pitwall
