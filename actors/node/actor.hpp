// Job: a node actor (protocol.hpp): evaluates its block and performs what the block asks for.
// Owns: the block's trigger state with its version, and the attempts that wait for an answer from
//      outside (calls.cpp: those to a venue's data and to the web). Errors: a block that fails,
//      throws or answers with the wrong number of outputs fails its attempt alone. Durable: a
//      changed trigger state is on its way to the journal before the answer leaves; both become
//      durable in that order. A node that runs for another host gives the change to whoever asked
//      (trigger_changed).
// placed_node (actors/placed_node) is this actor too, but for the evaluation.
#pragma once

#include <caf/all.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "actors/node/protocol.hpp"
#include "actors/resident.hpp"
#include "actors/services.hpp"
#include "runtime/workflow/plan.hpp"

namespace pitwall {

struct node_setup {
  services_ref shared;
  std::shared_ptr<const plan> workflow;
  std::uint32_t index = 0;  ///< In plan::nodes.
  std::shared_ptr<const block> behaviour;
  stored_node_state restored;
  bool for_another_host = false;  ///< It has no journal to write to.
};

/// A node that may have a worker evaluate for it (actors/placed_node): it hears from the node there
/// what an execution hears.
using remote_evaluation_client =
    caf::typed_actor<caf::reacts_to<attempt_completed>, caf::reacts_to<attempt_failed>,
                     caf::reacts_to<attempt_wants_order>, caf::reacts_to<attempt_wants_cancel>,
                     caf::reacts_to<attempt_wants_notification>, caf::reacts_to<trigger_changed>>;
/// All that a node's class takes; only a placed one is sent the second half.
using whole_node_actor = node_actor::extend_with<remote_evaluation_client>;

class node : public resident<whole_node_actor> {
 public:
  node(caf::actor_config& cfg, node_setup setup);

  const char* name() const override { return "node"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 protected:
  struct pending {
    caf::strong_actor_ptr client;
    run_attempt attempt;
    std::variant<std::monostate, market_request, figures_request, order_request, cancel_request,
                 notification, web_request>
        asked;
    /// Of a call to a venue or the web: asked of this breaker, then under way.
    breaker_actor guard{};
    bool under_way = false;
    bool tells = false;  ///< The call is a notification's.
    cancel_call cancel{};
  };
  using token = std::uint64_t;

  const plan_node& me() const { return setup_.workflow->nodes[setup_.index]; }
  evaluation view(const run_attempt& a) const;
  /// Runs block code; what it throws becomes an error.
  template <class T, class Call>
  result<T> guarded(Call call) const;

  // What a placed node does in its own way, and hears from the node that evaluates for it.
  virtual void begin(run_attempt& a);
  /// Here.
  void evaluate(pending p);
  virtual void tell(token t);
  virtual void abandoned(token, bool /*timed_out*/) {}
  virtual void went_down(const caf::down_msg& message);
  virtual void heard(attempt_completed&) {}
  virtual void heard(attempt_failed&) {}
  virtual void heard(attempt_wants_order&) {}
  virtual void heard(attempt_wants_cancel&) {}
  virtual void heard(attempt_wants_notification&) {}
  virtual void heard(trigger_changed&) {}

  void on_market(market_answer& message);
  void abandon(const abandon_attempt& message);
  void perform(token t, pending& p, step next);
  void ask_market(token t, const market_request& request);
  /// With the breaker of this name, now or once it is known.
  void with_breaker(const std::string& name, std::function<void(const breaker_actor&)> then);
  void ask_web(token t, const web_request& request);
  /// The breaker has granted it.
  void call(token t);
  void call_market(token t, pending& p, const market_request& wanted);
  void call_web(token t, pending& p, const web_request& wanted);
  void on_refused(const call_refused& message);
  void on_web(web_answer& message);
  static call_outcome outcome_of(const wire_error& failure);
  void end_of_call(pending& p, token t, call_outcome outcome);
  void settle_order(settle_attempt& message);
  bool reclaim(reclaim_order& message);
  void propose_order(token t, pending& p, order_request order);
  /// What came from outside, or why nothing came.
  void settle(token t, const wire_error& failure, const answer& a);
  void finish(token t, const answer& a);
  void complete(const pending& p, completion done);
  void fail(const pending& p, const error& why);
  void on_order(const order_answer& message);
  void on_order_unknown(const order_unknown& message);
  pending* find(token t);

  node_setup setup_;
  std::string breaker_name_;  ///< Of the file; empty: the venue's.
  std::map<std::string, breaker_actor> breakers_;
  token next_token_ = 1;
  std::unordered_map<token, pending> pending_;
};

}  // namespace pitwall
