// Job: the recovery actor (protocol.hpp): what a start has to look after, in order.
// Owns: the list of executions that have not gone on yet.
// Errors: an execution that cannot go on (its definition cannot be loaded, its events cannot be
//      read) stays as it is in the journal, is logged and counted, and holds back nobody.
#pragma once

#include <caf/all.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/recovery/protocol.hpp"
#include "actors/services.hpp"
#include "actors/workflow/protocol.hpp"

namespace pitwall {

/// Who runs the executions of one definition.
struct resume_route {
  workflow_actor handle;
  std::shared_ptr<const plan> workflow;
  bool temporary = false;  ///< Made for this: to be retired once all have been handed over.
};

struct recovery_options {
  services_ref shared;
  /// By workflow id and definition id; may take a while. Called on a scheduler thread.
  std::function<result<resume_route>(const std::string&, const std::string&)> route;
  std::size_t resume_window = 1'000;
};

class recovery : public recovery_actor::base {
 public:
  recovery(caf::actor_config& cfg, recovery_options options);

  const char* name() const override { return "recovery"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  /// Unfinished executions of one definition.
  struct group {
    resume_route route;
    std::set<std::string> venues;  ///< That it orders at, by the names of their ports.
    std::deque<scope_ref> waiting;
    unsigned routed = 0;  ///< How often its actor was looked up.
  };
  using group_key = std::pair<std::string, std::string>;  ///< Workflow id, definition id.

  void scan();
  void adopt_orders(const execution_summary& e);
  void scanned();
  /// Looks up who runs the group; where nobody can, its executions are given up.
  void find_route(const group_key& key, group& g);
  /// Its actor is gone, perhaps because a newer version was deployed: to its successor.
  void try_again(const group_key& key, const scope_ref& scope);
  void settled(const std::string& venue);
  bool is_open(const group& g) const;
  void resume_some();
  void resume(const group_key& key, scope_ref scope);
  void give_up(const scope_ref& scope, const error& why);
  void show_done();
  recovery_progress progress() const;

  recovery_options options_;
  std::string cursor_;
  std::map<group_key, group> groups_;
  std::set<std::string> open_venues_;
  recovery_progress so_far_;
  std::vector<caf::typed_response_promise<bool>> waiting_for_scan_;
  std::size_t running_ = 0;
  bool resume_sent_ = false;
};

}  // namespace pitwall
