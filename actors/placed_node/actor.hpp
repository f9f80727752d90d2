// Job: a node whose block is evaluated on a worker, because its file asks for labels (`placement`),
//      or because load is spread and it asks for none.
//      For executions, and for whatever it does once its block has spoken, it is a node like any
//      other, on the host: it orders and cancels at the host's routers, has the trigger state, and
//      journals its changes. So nothing that the outside world must not see twice depends on a
//      worker; only a notification is sent from there, at least once, as everywhere.
// Owns: the one place it has, and the trips of its attempts: which is under way there. Each trip
//      has a number of its own, for many executions number their attempts alike.
// Loss: what comes from anybody but the node in its present place counts for nothing. When that
//      place is lost, what was being evaluated is sent again to the next one, max_trips times at
//      most; notifications fail as `unavailable`, and the node's retry rules decide. A change of
//      trigger state counts only if it is exactly the next; where one is not, or its attempt was
//      given up, the place is left, and the state of the host goes to the next.
// Errors: no worker with the labels: its attempts fail at once, `unavailable`. One that asks for
//      none is evaluated here then; and from then on, where a worker has refused it. A node that
//      dies there by itself takes this one along: the workflow actor replaces it, with its bounds.
// Bounds: one trip per unanswered attempt, max_trips_at_once; who comes then fails as
//      `resource_exhausted`. Tests: tests/actors/placed_*_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "actors/node/actor.hpp"
#include "actors/workers/protocol.hpp"

namespace pitwall {

class placed_node final : public node {
 public:
  /// So often one attempt is sent out, if the worker goes each time: it may be what kills them.
  static constexpr unsigned max_trips = 3;
  /// Attempts under way. Each is a few hundred bytes and its inputs, here, on the wire and there:
  /// some tens of megabytes at the most that a busy node has, and more than a worker gets done
  /// within an attempt's timeout.
  static constexpr std::size_t max_trips_at_once = 10'000;

  placed_node(caf::actor_config& cfg, node_setup setup, std::vector<std::string> labels);

  const char* name() const override { return "placed_node"; }
  void on_exit() override;
  /// A worker answers; what steers an order is taken from this host alone.
  using node::consume;
  caf::invoke_message_result consume(caf::mailbox_element& letter) override;

 private:
  enum class stage : std::uint8_t { waits, evaluated, proposed, confirmed };
  struct trip {
    unsigned lost = 0;  ///< Its places that were.
    stage at = stage::waits;
    std::uint64_t note = 0;  ///< From `proposed` on: the token there of its notification.
  };

  void begin(run_attempt& a) override;
  void tell(token t) override;
  void abandoned(token t, bool timed_out) override;
  void went_down(const caf::down_msg& message) override;
  void heard(attempt_completed& m) override;
  void heard(attempt_failed& m) override;
  void heard(attempt_wants_order& m) override;
  void heard(attempt_wants_cancel& m) override;
  void heard(attempt_wants_notification& m) override;
  void heard(trigger_changed& m) override;

  /// Trips are numbered by the low half of their attempt's token.
  static std::uint32_t ticket(token t) noexcept { return static_cast<std::uint32_t>(t); }
  /// The attempt of that trip, if it is under way and the present place says so; else 0.
  token traveller(std::uint32_t number);
  bool from_there();
  /// Its trip is over; the attempt is the caller's.
  pending come_back(token t);
  void propose(std::uint32_t number, step wanted);
  void set_out(token t);
  void look_for_place();
  void move_in(place& found);
  void settled_in(std::uint64_t number, hosted& answer);
  void place_over(std::uint64_t number);
  /// Everybody comes back, and what can be sent again is.
  void move_on();
  void leave();
  void give_up_waiting(const error& why);
  bool is_spread() const noexcept { return labels_.empty(); }

  std::vector<std::string> labels_;
  place at_;          ///< number 0: none.
  node_actor there_;  ///< Null until it is hosted.
  bool looking_ = false;
  bool stays_ = false;  ///< On its host.
  std::map<token, trip> trips_;
};

}  // namespace pitwall
