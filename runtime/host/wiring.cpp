#include "runtime/host/wiring.hpp"

#include <algorithm>
#include <random>
#include <thread>

#include "actors/bots/actor.hpp"
#include "actors/bots/reporter.hpp"
#include "actors/breakers/actor.hpp"
#include "actors/broadcaster/actor.hpp"
#include "actors/emergency/actor.hpp"
#include "actors/journal_writer/actor.hpp"
#include "actors/order_router/desk.hpp"
#include "actors/retention/actor.hpp"
#include "actors/risk/office.hpp"
#include "actors/supervisor/actor.hpp"
#include "actors/workflow/actor.hpp"
#include "net/thread_turn.hpp"
#include "net/venues/paper_venue.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/host/event_log.hpp"
#include "storage/epoch.hpp"

namespace pitwall {
namespace {

constexpr restart_limits workflow_restarts{
    5, std::chrono::seconds(60), std::chrono::milliseconds(100), std::chrono::seconds(10)};

/// Passes committed events to the risk actor's mailbox.
class risk_sink final : public event_sink {
 public:
  explicit risk_sink(risk_actor to) : to_(std::move(to)) {}
  bool offer(const committed_ref& commit) override {
    caf::anon_send(to_, publish{commit});
    return true;
  }

 private:
  risk_actor to_;
};

/// Of each thread that CAF starts, in that thread. An actor's own stays as it is, unless it says
/// otherwise: what it had once given up it would not get back.
class work_turns final : public caf::thread_hook {
 public:
  void init(caf::actor_system&) override {}
  void thread_started() override {
    if (!has_name("caf.actor")) leave_room();
  }
  void thread_terminates() override {}
};

}  // namespace

system_config::system_config(std::size_t threads, std::shared_ptr<log_port> log) {
  letters = std::make_shared<dead_letters>(std::move(log));
  // Measured: work stealing collapses on many short-lived actors; sharing does not
  // (docs/performance.md).
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads",
      threads > 0 ? threads : std::max<std::size_t>(2, std::thread::hardware_concurrency()));
  add_thread_hook<work_turns>();
  set("logger.verbosity", caf::atom("quiet"));
}

status host::wiring::open_storage() {
  storage_options o;
  if (options.mode == durability::memory) {
    storage = open_memory();
  } else {
    static_cast<storage_bounds&>(o) = options.memory;
    o.directory = options.data_directory;
    o.meters = journal_figures;
    o.writer_started = [] {
      name_thread("pw-journal");
      take_short_turns();
    };
    o.sorting = [] { leave_room(); };
    PITWALL_TRY(opened, open_rocksdb(o));
    storage = std::move(opened);
  }
  std::random_device entropy;
  PITWALL_TRY(begun, begin_epoch(*storage.states, options.mode, o.directory,
                                 ulid_generator(entropy()).next(clock->now())));
  epoch = std::move(begun);
  PITWALL_TRY(known,
              earlier_life::begin(storage.states, options.mode, options.venues,
                                  options.workers ? options.workers->trading_lease : milliseconds(),
                                  system_boot_clock().now()));
  before = std::move(known);
  return done{};
}

restored_emergency host::wiring::emergency_at_start() const {
  const bool on_disk = options.mode != durability::memory;
  auto out = restore_emergency(storage.events->emergency_scopes(),
                               on_disk ? halt_file::read(options.data_directory) : std::nullopt,
                               options.leave_shutdown, clock->now());
  for (const auto& h : out.halts)
    options.log->write(log_level::error, "emergency", "starting halted: " + h.reason);
  return out;
}

status host::wiring::open_market() {
  paper_options paper_setup;
  paper_setup.seed = options.paper_seed;
  auto market = std::make_shared<paper_venue>(paper_setup, gate, clock);
  paper = market;
  add_venue(paper);
  shared->venues.set_fallback(paper->name());
  PITWALL_CHECK(open_web());
  return open_outside_venues();
}

status host::wiring::spawn_risk() {
  const auto restored = [this, venues = shared->venues, clock = clock, events = storage.events,
                         states = storage.states, gate = gate, writer = shared->writer,
                         controller = emergency_controller]() -> result<risk_options> {
    const auto settings = [this] {
      std::lock_guard lock(mutex);
      return options.risk;
    }();
    PITWALL_TRY(books, risk::restore(*events, *states, settings.currency));
    return risk_options{std::move(books),
                        venues,
                        clock,
                        settings,
                        states,
                        gate,
                        writer,
                        [controller](emergency_command command) {
                          caf::anon_send<caf::message_priority::high>(controller,
                                                                      std::move(command));
                        }};
  };
  PITWALL_TRY(at_start, restored());
  shared->risk =
      open_risk_office(*system, gate, std::move(at_start), restored, options.log,
                       [controller = emergency_controller](const error& why) {
                         // Without its figures nothing may be ordered.
                         caf::anon_send<caf::message_priority::high>(
                             controller, emergency_command{emergency_action::halt, "global",
                                                           why.to_string(), "pitwall", "risk"});
                       });
  caf::anon_send(broadcast, pitwall::add_sink{std::make_shared<risk_sink>(shared->risk)});
  return done{};
}

status host::wiring::start_halted(const std::vector<emergency_command>& halts) {
  // No workflow exists yet, so no order path is open while these are journaled.
  for (const auto& command : halts) {
    PITWALL_TRY(outcome, ask<emergency_outcome>(emergency_controller, command));
    if (outcome.failure.failed()) return outcome.failure.to_error();
    if (outcome.result == "halted_not_durable")
      return error{
          errc::io_error, "the halt at start could not be journaled", {}, "check the disk"};
  }
  if (halts.empty() || options.mode == durability::memory) return done{};
  return halt_file::remove(options.data_directory);
}

void host::wiring::spawn_writer() {
  published = std::make_shared<publication>(storage.events->head());
  broadcast = system->spawn<broadcaster>();
  // Before it is published it is counted: who was told of an event finds it in the figures.
  caf::anon_send(broadcast, pitwall::add_sink{tally});
  caf::anon_send(broadcast, pitwall::add_sink{bot_counts});
  caf::anon_send(broadcast, pitwall::add_sink{published});
  caf::anon_send(broadcast, pitwall::add_sink{std::make_shared<event_log>(options.log)});
  const auto failure = [this](const error& why) {
    // Nothing more can be promised: close the valve, stop, let a restart recover.
    gate->close_for_good();
    options.log->write(log_level::error, "journal", "trading is stopped: " + why.to_string());
    failed = true;
    request_stop();
  };
  // On a thread of its own, like the controller: behind executions it would wait for each of its
  // turns, and all of them for it.
  shared->writer = system->spawn<journal_writer, caf::detached>(
      storage.events, journal_writer_options{options.mode, broadcast, failure, journal_figures, [] {
                                               name_thread("pw-writer");
                                               take_short_turns();
                                               leave_room();
                                             }});
}

status host::wiring::spawn_actors() {
  auto restored = emergency_at_start();

  config = std::make_unique<system_config>(options.threads, options.log);
  if (options.workers) caf_links::load(*config);
  system = std::make_unique<caf::actor_system>(*config);
  shared = std::make_shared<services>();
  shared->clock = clock;
  shared->history = storage.events;
  shared->gate = gate;
  shared->board = board;
  shared->bot_states = bot_states;
  shared->log = options.log;
  shared->retry = options.resilience.retry;
  shared->slots = std::make_shared<execution_slots>(options.max_in_flight);
  std::random_device entropy;
  shared->seed = (static_cast<std::uint64_t>(entropy()) << 32U) ^ entropy();

  spawn_writer();
  if (!restored.changes.empty()) PITWALL_CHECK(journal_now(std::move(restored.changes)));
  spawn_breakers();

  PITWALL_CHECK(restore_bots());
  PITWALL_CHECK(open_market());
  if (options.mode != durability::memory)
    marker = std::make_shared<halt_file>(options.data_directory, options.log);
  // On a thread of its own: whatever holds up the scheduler's threads, a halt closes.
  emergency_controller = system->spawn<pitwall::emergency, caf::detached>(emergency_options{
      std::move(restored.book), gate, clock, options.log, shared->writer, venue_ports(), marker,
      [] {
        name_thread("pw-emergency");
        take_short_turns();
      },
      std::make_shared<system_boot_clock>(),
      options.workers ? options.workers->trading_lease : milliseconds(5'000), before->leases(),
      [known = earlier_orders_known] { return known->load(); }});
  if (options.cancel_on_halt) {
    std::vector<order_router_actor> routers;
    for (const auto& [name, v] : shared->venues.all()) routers.push_back(v.router);
    sweep = cancel_what_halts(*system, std::move(routers));
    caf::anon_send(emergency_controller, watch_emergency{sweep});
  }
  PITWALL_CHECK(spawn_risk());
  PITWALL_CHECK(open_workers());
  if (options.bot_metrics.count() > 0)
    report = system->spawn<reporter>(reporter_options{
        options.bot_metrics, clock->now(), [counts = bot_counts] { return counts->read(); },
        shared->risk, clock, shared->writer});
  PITWALL_CHECK(start_halted(restored.halts));
  retain = system->spawn<retention>(
      retention_options{storage.events, options.keep, clock, options.log,
                        [states = storage.states] { return risk::stands_for(*states); }});
  supervise_all =
      system->spawn<supervisor>(supervisor_options{workflow_restarts, clock, options.log});
  recover = system->spawn<recovery>(
      recovery_options{shared,
                       [this](const std::string& workflow_id, const std::string& definition) {
                         return route(workflow_id, definition);
                       },
                       1'000, [this] { return all_workflows(); },
                       [known = earlier_orders_known] { known->store(true); }});
  shared->recover = recover;
  return done{};
}

status host::wiring::restore_bots() {
  PITWALL_TRY(stored, storage.events->bot_states());
  for (auto& bot : stored) {
    PITWALL_TRY(state, bot_state_from_string(bot.change.new_state));
    bot_states->set(bot.bot_id, {state, bot.at, std::move(bot.change.reason),
                                 std::move(bot.change.operator_name)});
  }
  steer_bots = system->spawn<pitwall::bots>(bots_options{bot_states, clock, shared->writer});
  return done{};
}

void host::wiring::spawn_breakers() {
  for (const auto& where : options.resilience.unknown_places(venue_names()))
    options.log->write(log_level::warning, "resilience",
                       "no venue '" + where +
                           "' is configured: its settings hold only for blocks "
                           "whose circuit_breaker says '" +
                           where + "'");
  std::vector<std::string> names;
  for (const auto& venue : venue_names())
    for (const char* operation : {"/data", "/orders"}) names.push_back(venue + operation);
  shared->breakers = system->spawn<pitwall::breakers>(breakers_options{
      [settings = options.resilience](const std::string& name) { return settings.limits_of(name); },
      std::move(names), shared->seed, storage.events, clock, options.log, shared->writer});
}

status host::wiring::journal_now(std::vector<event> events, scope_ref scope) {
  caf::scoped_actor self(*system);
  if (scope == nullptr) scope = std::make_shared<const event_scope>();
  self->send(shared->writer, append{event_batch{std::move(scope), std::move(events)}, 1, true});
  status outcome = done{};
  self->receive([&](const durable& d) {
    if (d.failure.failed()) outcome = d.failure.to_error();
  });
  return outcome;
}

recovery_progress host::wiring::recovery_now() const {
  auto now = ask<recovery_progress>(recover, ask_recovery{});
  return now.ok() ? *now : recovery_progress{};
}

void host::wiring::request_stop() {
  stopping = true;
  std::function<void()> then;
  {
    std::lock_guard lock(mutex);
    then = std::exchange(when_stopping, nullptr);
  }
  if (then) then();
}

void host::wiring::close() {
  if (!system) return;
  if (schedule) caf::anon_send_exit(schedule, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(recover, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(retain, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(supervise_all, caf::exit_reason::user_shutdown);
  {
    std::lock_guard lock(mutex);
    for (const auto& w : retired) caf::anon_send_exit(w.handle, caf::exit_reason::user_shutdown);
    retired.clear();
    deployed.clear();
  }
  if (shared) {
    // What was appended before this is committed before the journal is closed.
    caf::scoped_actor self(*system);
    self->send(shared->writer, append{event_batch{}, 1, false});
    self->receive([](const durable&) {});
    for (const auto& v : placed_venues) caf::anon_send_exit(v, caf::exit_reason::user_shutdown);
    placed_venues.clear();
    close_workers();
    for (const auto& [name, v] : shared->venues.all())
      caf::anon_send_exit(v.router, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(shared->risk, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(shared->breakers, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(steer_bots, caf::exit_reason::user_shutdown);
    if (report) caf::anon_send_exit(report, caf::exit_reason::user_shutdown);
    if (sweep) caf::anon_send_exit(sweep, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(emergency_controller, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(shared->writer, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(broadcast, caf::exit_reason::user_shutdown);
    end_links();
  }
  schedule = nullptr;
  recover = nullptr;
  retain = nullptr;
  supervise_all = nullptr;
  steer_bots = nullptr;
  report = nullptr;
  sweep = nullptr;
  emergency_controller = nullptr;
  broadcast = nullptr;
  {
    // Who names the scopes of a halt may be reading it, on the controller's thread.
    std::shared_ptr<services> last;
    const std::lock_guard lock(mutex);
    last = std::exchange(shared, nullptr);
  }
  paper.reset();
  stop_outside();
  system.reset();
  // Its last commits are on the disk once it is gone.
  storage.events.reset();
  if (const auto kept = before->end(system_boot_clock().now()); !kept.ok())
    options.log->write(log_level::warning, "journal", kept.error().to_string());
  if (const auto ended = end_epoch(*storage.states); !ended.ok())
    options.log->write(log_level::warning, "journal", ended.error().to_string());
}

}  // namespace pitwall
