// Job: the recovery actor (protocol.hpp): what a start has to look after, in order (actor.cpp),
//      what loses its actors later (comeback.cpp), and what was halted and goes on (reopen.cpp).
// Owns: the list of executions that have not gone on yet, and of those that cannot.
// Errors: an execution that cannot go on (its definition cannot be loaded, its events cannot be
//      read) stays as it is in the journal, is logged and counted, and holds back nobody.
#pragma once

#include <caf/all.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/recovery/protocol.hpp"
#include "actors/resident.hpp"
#include "actors/services.hpp"
#include "actors/workflow/protocol.hpp"
#include "runtime/workflow/open_orders.hpp"

namespace pitwall {

/// Who runs the executions of one definition.
struct resume_route {
  workflow_actor handle;
  std::shared_ptr<const plan> workflow;
  bool temporary = false;  ///< Made for this: to be retired once all have been handed over.
};

struct recovery_options {
  services_ref shared;
  /// By workflow id and definition id; may take a while. Called on a scheduler thread. An actor
  /// that turns out to be dead is looked up again, an error is final.
  std::function<result<resume_route>(const std::string&, const std::string&)> route;
  std::size_t resume_window = 1'000;
  /// Every workflow actor that may run something. Called on a scheduler thread.
  std::function<std::vector<workflow_actor>()> workflows{};
  /// Called once all open orders were adopted, and never where one could not be; null: nothing.
  std::function<void()> adopted{};
};

class recovery : public resident<recovery_actor> {
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
    unsigned found_dead = 0;  ///< How often in a row its actor was.
    bool backing_off = false;
  };
  using group_key = std::pair<std::string, std::string>;  ///< Workflow id, definition id.

  /// Executions that lost their actors, on their way back to a group.
  struct comeback {
    std::vector<scope_ref> executions;
    std::set<caf::actor_addr> remains;       ///< Not known to be gone.
    std::vector<execution_summary> known{};  ///< Of those that have to go on.
    bool adopted = false;                    ///< Their orders wait at the routers.
  };
  using comeback_ref = std::shared_ptr<comeback>;

  /// A venue whose order router has a successor (takeover.cpp).
  struct takeover {
    std::uint32_t term = 0;
    std::size_t missing = 0;        ///< Workflows that have not answered.
    std::set<std::string> claimed;  ///< Client order ids.
    std::string cursor;
  };

  void scan();
  /// Hands the orders without a final word to their routers; `awaited`: the execution will claim
  /// the outcome of those that its nodes wait for. Returns these.
  std::vector<open_order> adopt_orders(const execution_summary& e, bool awaited);
  /// From the journal; where that cannot be read, the execution is called stuck.
  std::optional<std::vector<open_order>> open_orders_of(const execution_summary& e);
  void scanned();
  /// Looks up who runs the group; where nobody can, its executions are given up.
  void find_route(const group_key& key, group& g);
  void take_route(group& g, resume_route route) const;
  /// Its actor is gone, perhaps because a newer version was deployed: to its successor.
  void try_again(const group_key& key, const scope_ref& scope);
  void wait_in_group(const group_key& key, const scope_ref& scope);
  void ended(const group_key& key, const scope_ref& scope, bool taken);
  void settled(const std::string& venue);
  bool is_open(const group& g) const;
  void resume_some();
  void resume(const group_key& key, scope_ref scope);
  void give_up(const scope_ref& scope, const error& why);
  void call_stuck(const scope_ref& scope, const error& why);
  void show_done();

  void begin_takeover(const take_over& message);
  void heard_claims(const std::string& venue, std::uint32_t term,
                    const std::vector<std::string>& client_order_ids);
  void go_on_with_takeover(const std::string& venue);
  void adopt_unclaimed(const std::string& venue, const execution_summary& e,
                       const std::set<std::string>& claimed);

  void reopen(reopen_halted& message);
  status begin_reopening(const reopen_halted& message);
  status route_for(const execution_summary& e, const group_key& key, group& g);
  status may_reopen(const execution_summary& e, const group& g) const;
  void drop_idle(const group_key& key);
  /// False: it is not one of those.
  bool stop_reopening(const scope_ref& scope, const error& why);
  /// Hands it over as what it is: unfinished, or halted and to go on.
  void hand_over(const group_key& key, const scope_ref& scope, std::shared_ptr<run_state> state);

  void take_back(interrupted& message);
  void gone(const caf::actor_addr& who);
  /// Calls on_barrier() for it once everything journaled so far is durable.
  void barrier(comeback_ref whose);
  void on_barrier(const comeback_ref& back);
  void adopt_back(const comeback_ref& back);
  void go_on(const comeback_ref& back);
  bool resume_again(const std::string& execution_id);
  caf::result<bool> cancel(const cancel_stuck& message);
  recovery_progress progress() const;

  recovery_options options_;
  std::string cursor_;
  std::map<group_key, group> groups_;
  std::set<std::string> open_venues_;
  recovery_progress so_far_;
  bool all_adopted_ = true;  ///< Of what was read, as far as that goes.
  std::vector<caf::typed_response_promise<bool>> waiting_for_scan_;
  std::size_t running_ = 0;
  bool resume_sent_ = false;

  std::map<std::string, bool> handed_over_;        ///< By execution id; true: interrupted since.
  std::map<std::string, unsigned> interruptions_;  ///< Of executions that have not ended.
  std::map<std::string, scope_ref> stuck_;
  /// Halted ones on their way, by execution id: who is told.
  std::map<std::string, std::shared_ptr<const std::function<void(status)>>> reopening_;
  std::map<std::string, takeover> takeovers_;
  std::vector<comeback_ref> coming_;                         ///< They wait for their remains to go.
  std::map<std::uint64_t, std::function<void()>> barriers_;  ///< By ticket.
  std::uint64_t last_ticket_ = 0;
};

}  // namespace pitwall
