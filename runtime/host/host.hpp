// Job: one trading host: storage, venues and actors wired together, behind the inbound port
//      `control`. Owns: everything that runs; closing order is the reverse of opening. Start
//      order: lock and open the journal, restore the emergency state (unreadable means halt),
//      writer and router actors, emergency controller (which opens the gate), deployed workflows,
//      recovery: what the journal left unsettled goes on while the host already serves.
// Threads: control's functions from any thread; construction and destruction from one.
// Durable: as control.hpp says, in the mode of host_options::mode.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "net/workers/mutual_tls.hpp"
#include "runtime/blocks/registry.hpp"
#include "runtime/host/order_venues.hpp"
#include "runtime/host/resilience_settings.hpp"
#include "runtime/host/venues.hpp"
#include "runtime/host/web_settings.hpp"
#include "runtime/host/workers/host_place.hpp"
#include "runtime/ports/control.hpp"
#include "runtime/ports/event_sink.hpp"
#include "runtime/ports/log.hpp"
#include "runtime/risk/limits.hpp"
#include "runtime/schedule/trigger_binding.hpp"
#include "runtime/workflow/parse.hpp"
#include "storage/open.hpp"

namespace pitwall {

/// Where workers join, and by what they know the host (docs/workers_setup.md).
struct workers_setup {
  host_place listen;
  remote::identity_files identity;
  milliseconds heartbeat{1'000}, lost_after{5'000};
  milliseconds trading_lease{5'000};  ///< Of venues that are placed on workers.
  bool spread = false;                ///< Blocks that compute run on workers by load.
};

struct host_options {
  std::string name{};                    ///< What it calls itself; empty: the machine's name.
  std::filesystem::path data_directory;  ///< Not used in memory mode.
  durability mode = durability::sync;    ///< memory: nothing touches the disk.
  std::shared_ptr<log_port> log;
  std::size_t max_in_flight = limits::max_executions_in_flight;
  resilience_settings resilience;     ///< Between what files say and the defaults.
  std::uint64_t paper_seed = 1;       ///< Of the paper venue's prices.
  std::vector<outside_venue> venues;  ///< Besides the paper venue, to which unknown names lead.
  bot_venues of_bots;                 ///< What is warned of where a workflow goes elsewhere.
  web_settings web;                   ///< Of `http` blocks and webhooks.
  bool leave_shutdown = false;        ///< The explicit flag that ends an emergency shutdown.
  retention_policy keep;              ///< Pruned in the background; no limit: all is kept.
  storage_bounds memory;              ///< Not used in memory mode.
  std::size_t threads = 0;            ///< 0: as many as cores, at least 2.
  block_registry blocks = make_builtin_registry();     ///< The types that files may use.
  milliseconds bot_metrics{std::chrono::seconds(60)};  ///< How often they are told; 0: never.
  bool cancel_on_halt = false;                         ///< What rests in a scope that is halted.
  bool cancel_on_disconnect = false;       ///< What rests at a venue that was lost and is back.
  std::optional<workers_setup> workers{};  ///< None: all nodes run in this process.
  risk_settings risk{.look_every = std::chrono::seconds(1)};
};

class host final : public control {
 public:
  static result<std::unique_ptr<host>> open(host_options options);
  ~host() override;
  host(const host&) = delete;
  host& operator=(const host&) = delete;

  /// A workflow file's text, how to read it, and where its relative file names start.
  struct deployment_request {
    std::string text;
    parse_options parsing;
    std::filesystem::path base_directory;
  };
  /// Parses and validates without a host; all problems at once. `venues`: those it would have.
  static status check(const deployment_request& request, const std::vector<outside_venue>& venues,
                      std::vector<problem>& problems);
  result<deployed_workflow> deploy_now(const deployment_request& request,
                                       std::vector<problem>& problems);

  /// Waits until the host is ready, and then until its venues are open; false where that took
  /// longer.
  bool wait_recovered(std::chrono::milliseconds for_the_scan,
                      std::chrono::milliseconds for_the_venues);
  /// From now on these start workflows, and none that did before; what is as it was goes on. An
  /// empty workflow_id: the one deployed that trades for the bot. All that is wrong with them; then
  /// nothing has changed.
  std::vector<error> bind_triggers(trigger_set asked);
  /// Receives every committed event from now on; see event_sink.hpp.
  void add_sink(event_sink_ref sink);
  /// Refuses new starts and waits until what runs has ended, at most `patience`; then false.
  bool drain(std::chrono::milliseconds patience);
  /// Cancels every order that rests at a venue; false: perhaps not all, within `patience`.
  bool cancel_resting(std::chrono::milliseconds patience);
  /// What a reload does; without it there is nothing to reload. Any thread; may block.
  using reloader = std::function<result<reload_outcome>(std::vector<problem>& problems)>;
  void on_reload(reloader reload);
  /// From now on these limits hold, for every order that has no reservation yet.
  status change_limits(risk_settings settings);
  /// From now on a workflow that goes elsewhere is warned of.
  void change_bot_venues(bot_venues of_bots);
  /// What the configuration said of their workflows holds no longer for who deploys them anew.
  void forget_bots(const std::vector<std::string>& ids);
  /// Pauses a bot that the configuration switches off, and starts one that it had switched off
  /// before; a person's word stays. Called for each bot of the configuration.
  status enable_bot(const std::string& bot_id, bool enabled);
  /// Where workers join; 0: nowhere.
  std::uint16_t workers_port() const;
  /// What /readyz says; false also where recovery does not say so within `patience`.
  bool is_ready(std::chrono::milliseconds patience) const;
  /// "ok", "halted", "stopping" or "failed"; asks nobody.
  std::string state() const;
  /// Through the emergency controller and the journal's writer, and back: who lives answers. One at
  /// a time. Any thread, which must not block.
  void pulse(completion<done> then);
  /// Called once, on any thread, when stop() is asked for or the journal has failed.
  void on_stop_requested(std::function<void()> then);

  void deploy(std::string text, std::string id, std::string template_id,
              std::function<void(result<deployed_workflow>, std::vector<problem>)> then) override;
  void validate(std::string text, std::string id, std::string template_id,
                std::function<void(result<deployed_workflow>, std::vector<problem>)> then) override;
  void remove(std::string workflow_id, completion<done> then) override;
  void workflows(completion<std::vector<deployed_workflow>> then) override;
  void start(start_request request, completion<start_answer> then) override;
  void cancel(std::string execution_id, std::string reason, completion<done> then) override;
  void resume(std::string execution_id, completion<done> then) override;
  void emergency(emergency_command command, completion<emergency_answer> then) override;
  void risk_state(completion<value> then) override;
  void prune(retention_policy keep, bool dry_run, completion<prune_outcome> then) override;
  void breakers(completion<std::vector<breaker_view>> then) override;
  void steer_breaker(breaker_command command, completion<breaker_view> then) override;
  void bots(completion<std::vector<bot_view>> then) override;
  void steer_bot(bot_command command, completion<bot_view> then) override;
  void hosts(completion<std::vector<host_view>> then) override;
  void orders(order_filter wanted, completion<order_page> then) override;
  void settle_order(settle_command command, completion<settle_outcome> then) override;
  host_health health() const override;
  void metrics(metrics_form form, metric_families more, completion<std::string> then) override;
  void reload(std::function<void(result<reload_outcome>, std::vector<problem>)> then) override;
  void stop() override;
  const journal& history() const override;
  std::shared_ptr<void> on_published(listener told) override;
  std::string epoch() const override;
  std::uint64_t published_head() const noexcept override;

 private:
  struct wiring;
  explicit host(std::unique_ptr<wiring> w);
  std::unique_ptr<wiring> w_;
};

/// "0.1.0"
std::string_view version() noexcept;

}  // namespace pitwall
