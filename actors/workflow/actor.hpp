// Job: a workflow actor (protocol.hpp): the life of one deployment.
// Owns: the node actors, and the list of live executions with the time each wants to be looked at.
// Errors: a node actor that dies is replaced with back-off and bounded intensity; past that bound
//      the actor itself ends, and its supervisor decides.
#pragma once

#include <caf/all.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/execution/actor.hpp"
#include "actors/node/actor.hpp"
#include "actors/resident.hpp"
#include "actors/workflow/protocol.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/resilience/admission.hpp"
#include "runtime/resilience/restart_intensity.hpp"

namespace pitwall {

/// A workflow that may be run: its plan, and its blocks by index in the plan.
struct deployment {
  std::shared_ptr<const plan> workflow;
  std::vector<std::shared_ptr<const block>> blocks;
};

/// Builds the blocks of a validated plan. Errors: those of block_type::make, naming the block.
result<deployment> make_deployment(std::shared_ptr<const plan> workflow,
                                   const std::filesystem::path& base_directory);

class workflow : public resident<workflow_actor> {
 public:
  workflow(caf::actor_config& cfg, services_ref shared, deployment deployed);

  const char* name() const override { return "workflow"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  struct live_execution {
    execution_actor handle;
    scope_ref scope;
    timestamp due;  ///< Looked at when this has passed.
    /// Of a resumed one: who waits for its end.
    std::optional<caf::typed_response_promise<bool>> ended{};
    std::string idempotency_key{};
    admission::start_id start = 0;
  };

  struct reclaiming;

  void spawn_node(std::uint32_t index);
  /// The labels that its block asks for; empty: it runs here.
  std::vector<std::string> placement_of(const plan_node& n) const;
  void start(start_execution& message);
  void begin_one(admission::start_id id, start_execution& message);
  void admit_waiting();
  void drop_waiting(const error& why);
  status may_start() const;
  /// Whether the key of this start was used before; then it has been answered.
  bool answered_before(start_execution& message);
  bot_condition bot_now() const;
  /// The strictest emergency level that concerns this workflow's scopes and order venues.
  emergency_level level() const;
  caf::result<bool> resume_one(resume_execution& message);
  live_execution& keep(execution_actor handle, scope_ref scope, admission::start_id start);
  void on_down(const caf::down_msg& message);
  void execution_down(live_execution& gone, const caf::error& reason);
  void node_down(std::uint32_t index, const caf::error& reason);
  /// What a line about a node is about.
  log_context about(const plan_node& n) const;
  void look_at_deadlines();
  void arm_tick();
  void halt(const emergency_closed& message);
  void stop_bot(const cancel_bot& message);
  void check_drained();
  caf::result<orders_reclaimed> reclaim(const reclaim_orders& message);  // reclaim.cpp
  void stop_reclaiming();

  services_ref shared_;
  deployment deployed_;
  std::shared_ptr<execution_context> context_;
  ulid_generator ulids_;
  restart_intensity restarts_;
  admission admission_;
  admission::start_id last_start_ = 0;
  std::map<admission::start_id, start_execution> waiting_;
  std::unordered_map<caf::actor_id, live_execution> live_;
  std::unordered_map<std::string, keyed_start> fresh_keys_;  ///< Of live executions.
  std::map<caf::actor_id, std::uint32_t> node_ids_;
  std::vector<std::uint32_t> awaiting_barrier_;  ///< Nodes to restore, by ticket - 1.
  std::vector<caf::typed_response_promise<bool>> drained_;
  std::vector<std::shared_ptr<reclaiming>> rounds_;
  timestamp looked_at_{};  ///< When the tick was armed.
  bool tick_armed_ = false, draining_ = false, retired_ = false;
};

}  // namespace pitwall
