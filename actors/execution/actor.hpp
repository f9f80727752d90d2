// Job: an execution actor (protocol.hpp): the thin shell around the pure run
//      (runtime/workflow/run.hpp). Owns: its run_state, the events it has not sent to the writer
//      yet, and the effects that wait for a commit. Life: spawned by its workflow actor, starts or
//      resumes at once, quits when its answer is given.
#pragma once

#include <caf/all.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "actors/execution/protocol.hpp"
#include "actors/resident.hpp"
#include "actors/services.hpp"
#include "runtime/workflow/run.hpp"

namespace pitwall {

/// What all executions of a deployed workflow share.
struct execution_context {
  services_ref shared;
  std::shared_ptr<const plan> workflow;
  std::vector<node_actor> nodes;  ///< By index in the plan.
  run_rules rules;
  caf::actor_addr workflow_address;
};
using execution_context_ref = std::shared_ptr<const execution_context>;

struct execution_start {
  scope_ref scope;
  value trigger;
  bool wait = false;  ///< Answer with the result; else once the start is durable.
  std::shared_ptr<const start_completion> then;
  std::shared_ptr<const start_notice> started;
  std::string idempotency_key{};
  /// Not null: goes on with this state, replayed from the journal, instead of starting anew.
  std::shared_ptr<run_state> replayed{};
  /// With `replayed`: it is to be halted once its orders are settled.
  std::optional<halt_execution> halt{};
  /// With `replayed`: it was halted, and goes on; `started` is told when that is durable.
  bool from_halt = false;
};

class execution : public resident<execution_actor> {
 public:
  execution(caf::actor_config& cfg, execution_context_ref context, execution_start start);

  const char* name() const override { return "execution"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  struct waiting_effects {
    std::uint64_t ticket = 0;
    std::vector<run_effect> effects;  ///< place_order, send_notification, finish
    bool tell_start = false;
  };
  struct doubted_order {
    std::uint32_t node = 0;
    bool accepted = false;  ///< The venue has said that it has it.
  };
  struct order_grant {
    std::uint32_t node = 0;
    std::uint64_t token = 0;  ///< The node's.
    order_permit permit;
    order_request wanted{};  ///< While risk is asked.
    bool again = false;      ///< It was proven never to have arrived, and may be sent once more.
    std::optional<std::uint32_t> asked_for{};  ///< The attempt for which risk was asked.
    std::uint32_t attempt = 0;                 ///< The latest that was sent to the node,
    timestamp until{};                         ///< and its deadline.
  };
  /// A notification that the run's end has left untold.
  struct last_word {
    std::uint32_t node = 0, attempt = 0, retries = 0;
    microseconds last_wait{};
    timestamp first_started_at{};
    timestamp at{};  ///< The deadline of one that is under way, else when it is told again.
    bool under_way = false;
  };

  struct reclaiming;

  void begin_run();
  void notify_when_durable();
  void feed(run_input input);
  void decide_one(run_input input);
  /// Orders that a decision leaves in doubt, by the state before it is applied.
  std::vector<doubted_order> doubts_in(const std::vector<event>& events) const;
  /// Their routers ask the venues, and journal what they find out.
  void hand_over(const std::vector<doubted_order>& doubts);
  void carry_out(run_effect& effect);
  void dispatch(run_node& effect);
  void flush(std::uint64_t ticket);
  void on_order_wanted(attempt_wants_order& message);
  void reserve(order_grant& grant, std::uint32_t attempt);
  void on_reservation(reservation_answer& message);
  /// It ends: what was asked for, and is in no journal, is not wanted any more.
  void withdraw_reservations();
  void on_order_outcome(order_outcome& message);
  /// Their routers may journal what comes later.
  void tell_routers();
  /// An order met the closed gate before the halt came here: it is halted all the same.
  emergency_level level_for(const std::string& venue) const;
  void kept_back(emergency_level level, std::vector<std::uint32_t> unsent,
                 std::string why = "the emergency state does not let an order leave");
  void on_order_missing(const attempt_order_missing& message);
  void on_durable(const durable& message);
  caf::result<orders_reclaimed> reclaim(const std::string& venue);  // reclaim.cpp
  bool waits_to_be_sent(std::uint32_t node) const;
  void stop_reclaiming();
  /// Takes back the orders that have not been handed on; returns their nodes.
  std::vector<std::uint32_t> withdraw_unsent();
  void perform_durable(const run_effect& effect);
  void tell_start();
  void note_last_words(const event& e);  // last_words.cpp
  last_word* last_word_of(std::uint32_t node, std::uint32_t attempt);
  void leave();
  void say_last_words();
  void say(last_word& w);
  bool says_again(attempt_wants_notification& message);
  /// False: it was no last word's.
  bool heard(std::uint32_t node, std::uint32_t attempt);
  bool unheard(const node_errored& failure);
  void forget(std::uint32_t node);
  timestamp next_last_word() const;
  void look_again();
  void answer(result<start_answer> a);
  order_grant& grant_of(std::uint32_t node);

  execution_context_ref context_;
  execution_start start_;
  run_state run_;
  std::vector<node_actor> replaced_;  ///< Empty, or all nodes once one was replaced.
  std::vector<event> unsent_;
  std::size_t unsent_bytes_ = 0;  ///< About.
  std::deque<waiting_effects> waiting_;
  std::vector<order_grant> grants_;
  std::vector<std::uint32_t> answered_;  ///< Nodes whose orders rest, as their routers have said.
  std::vector<last_word> last_words_;
  bool ended_ = false;  ///< Durably; it is still here for its last words.
  std::uint64_t last_ticket_ = 0;
  std::vector<std::shared_ptr<reclaiming>> rounds_;
  bool checked_soon_ = true;  ///< The workflow's first tick looks at a new one anyway.
};

}  // namespace pitwall
