#include <fmt/format.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>
#include <optional>

#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/door_options.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/host_access.hpp"
#include "runtime/host/cli/options.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/host/cli/workflow_file.hpp"
#include "runtime/host/console_log.hpp"
#include "runtime/host/host.hpp"

namespace pitwall::cli {
namespace {

struct serve_options {
  std::filesystem::path data_directory;
  std::vector<std::filesystem::path> files;
  durability_choice durability;
  retention_choice keep;
  storage_bounds memory;
  door_choice doors;
  limit_choice risk;
  std::vector<std::string> venues;
  std::vector<std::string> triggers;
  std::size_t max_in_flight = limits::max_executions_in_flight;
  std::vector<std::string> resilience;
  std::uint64_t seed = 1;
  unsigned drain_seconds = 30;
  bool leave_shutdown = false, json_log = false;
  bool cancel_on_halt = false, cancel_on_disconnect = false;
};

bool deploy_files(host& h, const std::vector<std::filesystem::path>& files) {
  bool all = true;
  for (const auto& file : files) {
    auto text = read_workflow_file(file);
    if (!text.ok()) {
      print_error(text.error());
      all = false;
      continue;
    }
    host::deployment_request request;
    request.text = std::move(*text);
    request.parsing.default_id = id_of_file(file);
    request.base_directory = std::filesystem::absolute(file).parent_path();
    std::vector<problem> problems;
    auto deployed = h.deploy_now(request, problems);
    print_problems(file.string(), problems);
    if (deployed.ok())
      fmt::print("deployed {}: {} nodes\n", deployed->id, deployed->node_count);
    else
      all = false;
  }
  return all;
}

/// Blocks SIGINT and SIGTERM for the whole process, so that one thread can wait for them.
sigset_t hold_signals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGINT);
  sigaddset(&wanted, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  return wanted;
}

/// "BOT=WORDS" or "BOT:WORKFLOW=WORDS"; `problems` gets all that is wrong.
std::vector<trigger_binding> parse_triggers(const std::vector<std::string>& texts,
                                            std::vector<error>& problems) {
  std::vector<trigger_binding> all;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    const auto who = text.substr(0, equals);
    const auto colon = who.find(':');
    trigger_binding bound{who.substr(0, colon), {}, {}};
    if (colon != std::string::npos) bound.workflow_id = who.substr(colon + 1);
    if (equals == std::string::npos || bound.bot_id.empty()) {
      problems.push_back({errc::invalid_argument, "'" + text + "' names no bot and its trigger",
                          "--trigger " + text, "write BOT=WORDS, as in arb='every 5m'"});
      continue;
    }
    std::vector<error> wrong;
    auto spec = parse_trigger_line(std::string_view(text).substr(equals + 1), wrong);
    for (auto& w : wrong) {
      w.where = "--trigger " + who + (w.where.empty() ? "" : " " + w.where);
      problems.push_back(std::move(w));
    }
    if (!spec) continue;
    bound.trigger = std::move(*spec);
    all.push_back(std::move(bound));
  }
  return all;
}

/// All that is wrong is printed, before anything starts; then there are none.
std::optional<host_options> options_of(const serve_options& o) {
  host_options options;
  std::vector<error> problems;
  options.resilience = parse_resilience(o.resilience, problems);
  for (auto& wrong : o.risk.get(options.risk)) problems.push_back(std::move(wrong));
  if (auto mode = o.durability.get(); mode.ok())
    options.mode = *mode;
  else
    problems.push_back(std::move(mode).error());
  for (const auto& text : o.venues) {
    if (auto venue = parse_outside_venue(text); venue.ok())
      options.venues.push_back(std::move(*venue));
    else
      problems.push_back(std::move(venue).error());
  }
  parse_triggers(o.triggers, problems);
  if (auto allowed = control_server::check(o.doors.get(o.data_directory)); !allowed.ok())
    problems.push_back(std::move(allowed).error());
  for (const auto& p : problems) print_error(p);
  if (!problems.empty()) return std::nullopt;
  options.data_directory = o.data_directory;
  options.max_in_flight = o.max_in_flight;
  options.paper_seed = o.seed;
  options.leave_shutdown = o.leave_shutdown;
  options.cancel_on_halt = o.cancel_on_halt;
  options.cancel_on_disconnect = o.cancel_on_disconnect;
  options.keep = o.keep.get();
  options.memory = o.memory;
  options.log = make_console_log(o.json_log ? log_form::json : log_form::text, log_level::info);
  return options;
}

/// Drains, as long as the options say or until a second signal, and cancels what rests if told to.
void end_in_order(host& h, const serve_options& o, const sigset_t& signals, log_port& log) {
  log.write(log_level::info, "host", "stopping: no new executions; a second signal stops at once");
  const auto give_up_at = std::chrono::seconds(o.drain_seconds);
  bool drained = false;
  for (auto waited = std::chrono::seconds(0); !drained && waited < give_up_at; ++waited) {
    drained = h.drain(std::chrono::seconds(1));
    const timespec none{};
    if (!drained && sigtimedwait(&signals, nullptr, &none) > 0) break;
  }
  if (!drained) log.write(log_level::warning, "host", "stopped with executions unfinished");
  if (o.cancel_on_disconnect && !h.cancel_resting(std::chrono::seconds(5)))
    log.write(log_level::error, "host", "resting orders may be left: `pitwall orders list`");
}

/// What is wrong with the triggers, now that the workflows are there, is printed.
bool bind_triggers(host& h, const serve_options& o) {
  std::vector<error> problems;
  problems = h.bind_triggers(parse_triggers(o.triggers, problems));
  for (const auto& p : problems) print_error(p);
  return problems.empty();
}

int serve(const serve_options& o) {
  // Before any thread exists: they inherit the mask.
  const auto signals = hold_signals();
  const auto main_thread = pthread_self();
  auto options = options_of(o);
  if (!options) return exit_usage;
  std::error_code ec;
  std::filesystem::create_directories(o.data_directory, ec);
  if (ec)
    return give_up({errc::io_error, "the data directory cannot be made: " + ec.message(),
                    o.data_directory.string(), "choose another with --data-dir"});
  const auto log = options->log;
  const auto mode = options->mode;
  auto opened = host::open(std::move(*options));
  if (!opened.ok()) return give_up(opened.error());
  auto& h = **opened;
  if (!deploy_files(h, o.files)) return exit_usage;
  h.on_stop_requested([main_thread] { pthread_kill(main_thread, SIGTERM); });
  auto server = control_server::open(o.doors.get(o.data_directory), h, log.get());
  if (!server.ok()) {
    end_in_order(h, o, signals, *log);  // What was resumed may trade already.
    return give_up(server.error());
  }
  // Later than this it serves all the same; /readyz says when.
  h.wait_recovered(std::chrono::minutes(10), std::chrono::seconds(2));
  if (!bind_triggers(h, o)) {
    end_in_order(h, o, signals, *log);
    return exit_usage;
  }
  if (o.doors.port) {
    const auto door = o.doors.url((*server)->port());
    fmt::print("listening {}\ntest client {}/client\n", door, door);
  }
  fmt::print("ready: {} (durability {})\n", (o.data_directory / socket_name).string(),
             to_string(mode));
  std::fflush(stdout);

  int signal = 0;
  sigwait(&signals, &signal);
  end_in_order(h, o, signals, *log);
  (*server)->stop();
  const bool failed = h.health().status == "failed";
  server->reset();
  opened->reset();
  return failed ? exit_unreadable : exit_done;
}

}  // namespace

void add_serve(CLI::App& app, int& exit) {
  auto o = std::make_shared<serve_options>();
  auto* c = app.add_subcommand(
      "serve", "Run a host: it takes commands on control.sock in the data directory");
  c->add_option("FILE", o->files, "Workflow files to deploy at the start");
  add_data_directory(*c, o->data_directory);
  add_durability(*c, o->durability);
  add_retention(*c, o->keep);
  add_storage_bounds(*c, o->memory);
  add_limits(*c, o->risk);
  c->add_option("--max-in-flight", o->max_in_flight,
                "Executions at once in this host; a workflow may bound its own")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
      ->capture_default_str();
  c->add_option(
       "--resilience", o->resilience,
       "KEY=VALUE or KEY@WHERE=VALUE, repeatable: retries, breakers, rate limits and "
       "bulkheads of this host, like breaker.failures=5 (in breaker.window=120s; 0: never "
       "opens), retry.max_attempts=3, rate@binance=10/s, bulkhead.at_once@paper/orders=16; "
       "WHERE is a venue, or a class of its calls; docs/resilience.md lists all")
      ->allow_extra_args(false);
  c->add_option("--seed", o->seed, "Seed of the paper venue's prices")->capture_default_str();
  c->add_option("--venue", o->venues,
                "NAME=binance:http://HOST:PORT, repeatable: trade on this venue where a workflow "
                "names it (venue, profile_id); other names lead to the paper venue. Behind it "
                "?key_file=PATH signs private requests with the key and secret in that file")
      ->allow_extra_args(false);
  c->add_option("--trigger", o->triggers,
                "BOT=WORDS, repeatable: what starts the workflow that trades for the bot, as in "
                "arb='every 5m', arb='cron 0 9 * * mon-fri Europe/London', arb='at 09:30,16:00 "
                "UTC overlap=queue catch_up=1h'; BOT:WORKFLOW where it has several "
                "(docs/triggers.md)")
      ->allow_extra_args(false);
  add_doors(*c, o->doors);
  c->add_option("--drain", o->drain_seconds, "Seconds that running executions get when stopping")
      ->capture_default_str();
  c->add_flag("--leave-shutdown", o->leave_shutdown,
              "Leave an emergency shutdown; the host then starts halted");
  c->add_flag("--cancel-on-halt", o->cancel_on_halt,
              "Once a halt is acknowledged, cancel what rests in its scope");
  c->add_flag("--cancel-on-disconnect", o->cancel_on_disconnect,
              "Cancel what rests at a venue that was lost and is back, and all when stopping");
  c->add_flag("--json-log", o->json_log, "One JSON object a line instead of text");
  c->callback([o, &exit] { exit = serve(*o); });
}

}  // namespace pitwall::cli
