// Job: what a host is made of, in the order in which it is built; the private side of host.hpp.
// Threads: members set while opening never change; the tables below them are guarded by their
//      mutex.
#pragma once

#include <caf/all.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actors/bots/protocol.hpp"
#include "actors/emergency/protocol.hpp"
#include "actors/message_types.hpp"
#include "actors/placed_venue/protocol.hpp"
#include "actors/recovery/actor.hpp"
#include "actors/retention/protocol.hpp"
#include "actors/risk/actor.hpp"
#include "actors/scheduler/protocol.hpp"
#include "actors/scheduler/table.hpp"
#include "actors/services.hpp"
#include "actors/supervisor/protocol.hpp"
#include "actors/workers/protocol.hpp"
#include "actors/workflow/protocol.hpp"
#include "net/venues/feed_health.hpp"
#include "net/workers/worker_gate.hpp"
#include "runtime/blocks/registry.hpp"
#include "runtime/host/earlier_life.hpp"
#include "runtime/host/host.hpp"
#include "runtime/host/metrics/bot_tally.hpp"
#include "runtime/host/metrics/event_tally.hpp"
#include "runtime/host/publication.hpp"
#include "runtime/host/restored_emergency.hpp"
#include "runtime/host/scope_names.hpp"
#include "runtime/host/workers/caf_links.hpp"
#include "runtime/ports/order_gate.hpp"
#include "storage/halt_file.hpp"
#include "storage/open.hpp"

namespace pitwall {

class web_client;
struct scheduler_options;

struct system_config : house_config {
  system_config(std::size_t threads, std::shared_ptr<log_port> log);
};

/// One deployed workflow as the host knows it; `handle` changes when its supervisor restarts it.
struct deployed_entry {
  deployed_workflow info;
  workflow_actor handle;
  std::shared_ptr<const plan> workflow{};  ///< Null where it could not be made again at the start.
  std::string bot_id{};
};

/// Runs what was started before a newer version came, or before it was removed.
struct retired_workflow {
  workflow_actor handle;
  std::string bot_id;
};

/// What an entry of the configuration's bots says of its workflow, whatever the file says.
struct given_bot {
  std::string bot_id, strategy_id;
  std::map<std::string, std::string> venues;
};

struct host::wiring {
  host_options options;
  storage_set storage;
  std::shared_ptr<const wall_clock> clock = std::make_shared<system_wall_clock>();
  std::shared_ptr<order_gate> gate = std::make_shared<order_gate>();
  std::shared_ptr<venue_board> board = std::make_shared<venue_board>();
  std::shared_ptr<bot_board> bot_states = std::make_shared<bot_board>();
  std::shared_ptr<venue> paper;
  std::vector<std::function<void()>> stops_outside;
  /// Of the venues that have streams; asked from any thread.
  std::map<std::string, std::function<feed_health()>> feeds;
  /// Of the venues that take orders: why nothing but cancels leaves for it now.
  std::map<std::string, std::function<std::string()>> pauses;
  std::shared_ptr<web_client> browser;  ///< What workflows ask the web with.
  std::shared_ptr<halt_file> marker;    ///< Null in memory mode.
  /// The venues have been told of all orders that an earlier life left open.
  std::shared_ptr<std::atomic<bool>> earlier_orders_known =
      std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<publication> published;
  std::shared_ptr<event_tally> tally = std::make_shared<event_tally>();
  std::shared_ptr<bot_tally> bot_counts = std::make_shared<bot_tally>();
  journal_meters_ref journal_figures = std::make_shared<journal_meters>();
  std::map<std::string, std::shared_ptr<time_tally>> answers{};         ///< Of the venues.
  std::map<std::string, std::shared_ptr<time_tally>> market_answers{};  ///< The same, of prices.
  timestamp started_at;
  std::string epoch;                   ///< storage/epoch.hpp
  std::optional<earlier_life> before;  ///< What it let go on.
  std::string name;                    ///< What this host calls itself.

  std::unique_ptr<system_config> config;
  std::unique_ptr<caf::actor_system> system;
  broadcaster_actor broadcast;
  supervisor_actor supervise_all;
  emergency_listener sweep;  ///< With options.cancel_on_halt.
  emergency_actor emergency_controller;
  bots_actor steer_bots;
  recovery_actor recover;
  retention_actor retain;
  reporter_actor report;
  /// Of the venues that are placed on workers.
  std::vector<placed_venue_actor> placed_venues;
  std::unique_ptr<caf_links> links;  ///< Null where no workers may join, as the next.
  std::unique_ptr<remote::worker_gate> worker_port;
  scheduler_actor schedule;  ///< Null until triggers are bound.
  std::shared_ptr<services> shared;

  mutable std::mutex mutex;
  std::map<std::string, deployed_entry, std::less<>> deployed;
  std::map<std::string, given_bot> given;  ///< By workflow.
  std::mutex settling;                     ///< One word at a time on orders that no router has.
  std::mutex deploying;  ///< One deployment or removal at a time; taken before `mutex`.
  mutable std::mutex
      binding;        ///< Of triggers, one at a time; taken before `mutex`. Guards `asked`.
  trigger_set asked;  ///< As they were asked for; the table has what can be had of it.
  std::shared_ptr<trigger_table> table = std::make_shared<trigger_table>();
  std::vector<retired_workflow> retired;
  std::function<void()> when_stopping;
  reloader reload;
  std::atomic<bool> stopping = false, failed = false;

  status open_storage();
  restored_emergency emergency_at_start() const;
  /// Appends events, of the host or of this scope, and waits until they are durable.
  status journal_now(std::vector<event> events, scope_ref scope = nullptr);
  status spawn_actors();
  /// The way into the journal, and out of it to whoever listens.
  void spawn_writer();
  void spawn_breakers();
  std::vector<std::string> venue_names() const;
  /// The venues and their routers.
  status open_market();
  /// The list of workers, and the port where they join.
  status open_workers();
  void close_workers();
  /// After all that workers knew was told to end.
  void end_links();
  /// Needs the venues, whose prices mark positions, and the controller, which limits may halt.
  status spawn_risk();
  status open_outside_venues();
  /// What ails their streams, of those that nothing else ails.
  void add_venue_troubles(std::map<std::string, venue_condition>& to) const;
  status open_web();
  void place_venue(const outside_venue& setup);
  /// With its order router.
  void add_venue(const std::shared_ptr<venue>& port);
  std::vector<std::shared_ptr<venue>> venue_ports() const;
  /// Venues and the web. Precondition: the actors' system still exists.
  void stop_outside();
  /// Journals the halts that the start found necessary.
  status start_halted(const std::vector<emergency_command>& halts);
  status restore_bots();
  std::vector<bot_view> all_bots() const;
  scheduler_options schedule_of(host& self);
  /// With their workflows, those that have one; `problems` gets the others.
  std::vector<trigger_binding> bound(std::vector<trigger_binding> asked,
                                     std::vector<error>& problems) const;
  /// Workflows were deployed or removed: their triggers follow.
  void rebind();
  /// Of the triggers that start nothing for now, why; `where` has the bot.
  std::vector<error> at_rest() const;
  void warn_of_rest(const workflow_definition& definition, std::vector<problem>& problems) const;
  /// A workflow of the configuration's bots trades for its bot, whoever deploys it anew. A warning
  /// where its file says another.
  std::optional<problem> bind_as_given(deployment_request& request) const;
  /// What starts them, and when next.
  void add_triggers(std::map<std::string, bot_view>& bots) const;
  /// Its workflow was given up, or what else is named. Any thread.
  void pause_bot(const std::string& bot_id, const std::string& why,
                 const std::string& trigger = "workflow_given_up");
  /// Makes its workflows anew that were given up.
  status revive(const std::string& bot_id);
  status restore_deployments();
  /// Shown as given up, its bot paused.
  void not_restored(deployed_workflow info, const std::string& why);
  /// Where exactly this is deployed already, there is nothing to do: it runs on, undisturbed.
  std::optional<deployed_workflow> already_runs(const std::string& workflow_id,
                                                const std::string& definition_id,
                                                const std::filesystem::path& base_directory) const;
  /// The plan of a definition in the store, as it was deployed under this id.
  /// Of a deployment to this host; all problems at once.
  result<std::shared_ptr<plan>> plan_here(const deployment_request& request,
                                          std::vector<problem>& problems) const;
  result<std::shared_ptr<plan>> stored_plan(const std::string& workflow_id,
                                            const std::string& definition_id,
                                            std::filesystem::path& base_directory);
  /// Who runs what was started with this definition; an older one gets a workflow actor of its own.
  result<resume_route> route(const std::string& workflow_id, const std::string& definition_id);
  /// Of an order whose venue is not configured.
  result<settle_outcome> settle_without_venue(const settle_command& command);
  recovery_progress recovery_now() const;
  void add_journal_metrics(metric_families& out) const;
  void request_stop();
  void close();

  /// What may be named in a scope; nothing where the table is being changed.
  std::optional<scope_names> names() const;
  result<deployed_entry> known(std::string_view workflow_id) const;
  result<workflow_actor> find(std::string_view workflow_id) const;
  bool has_hook(std::string_view workflow_id) const;
  /// Those of the deployed workflows, and of older versions that still run something.
  std::vector<workflow_actor> all_workflows() const;
  /// Kept until it has ended by itself.
  void retire_workflow(workflow_actor w, std::string bot_id);
  void spawn_workflow(std::shared_ptr<const plan> p, deployed_workflow info,
                      std::filesystem::path base_directory);
  /// Waits for a request's answer from outside the actors.
  template <class T, class Handle, class... Ts>
  result<T> ask(const Handle& who, Ts&&... message) const {
    return ask_within<T>(caf::infinite, who, std::forward<Ts>(message)...);
  }
  /// deadline_exceeded where it takes longer.
  template <class T, class Time, class Handle, class... Ts>
  result<T> ask_within(Time patience, const Handle& who, Ts&&... message) const {
    caf::scoped_actor self(*system);
    result<T> out = error{errc::internal, "no answer", {}, {}};
    self->request(who, patience, std::forward<Ts>(message)...)
        .receive([&](T& answer) { out = std::move(answer); },
                 [&](caf::error& e) {
                   const bool late = e == caf::sec::request_timeout;
                   out = error{late ? errc::deadline_exceeded : errc::unavailable,
                               late ? "no answer came in time" : system->render(e),
                               {},
                               {}};
                 });
    return out;
  }
};

}  // namespace pitwall
