#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/config_flags.hpp"
#include "runtime/host/cli/config_inspect.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/file_limit.hpp"
#include "runtime/host/cli/host_access.hpp"
#include "runtime/host/cli/live_config.hpp"
#include "runtime/host/cli/start_inspect.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/host/config/configuration.hpp"
#include "runtime/host/host.hpp"
#include "runtime/host/log.hpp"
#include "runtime/host/service/service_link.hpp"

namespace pitwall::cli {
namespace {

/// Of the test client, for a browser on this machine: "any address" is none that it could open.
std::string client_url_of(config::configuration c, std::uint16_t port) {
  if (c.server.listen == "0.0.0.0" || c.server.listen == "::") c.server.listen = "localhost";
  return url_of(c, port) + "/client";
}

struct serve_options {
  config_flags flags;
  std::vector<std::filesystem::path> files;
  std::vector<std::string> triggers;
  bool leave_shutdown = false;
};

/// `id`: what it is deployed as.
bool deploy(host& h, const std::string& name, const host::deployment_request& request,
            std::string& id) {
  std::vector<problem> problems;
  const auto deployed = h.deploy_now(request, problems);
  print_problems(name, problems);
  if (!deployed.ok()) {
    if (problems.empty()) print_error(deployed.error());
    return false;
  }
  id = deployed->id;
  fmt::print("deployed {}: {} nodes\n", deployed->id, deployed->node_count);
  return true;
}

bool deploy_files(host& h, const std::vector<std::filesystem::path>& files) {
  bool all = true;
  for (const auto& file : files) {
    const auto request = deployment_of(file);
    if (!request.ok()) print_error(request.error());
    std::string id;
    all = request.ok() && deploy(h, file.string(), *request, id) && all;
  }
  return all;
}

/// Before anything of it can be started, a bot is as the configuration wants it.
/// Their workflows' ids, which the file may say, are put in.
bool set_up_bots(host& h, std::vector<config::bot_part>& bots) {
  bool all = true;
  for (auto& bot : bots) {
    if (const auto set = h.enable_bot(bot.id, bot.enabled); !set.ok()) {
      print_error(set.error());
      all = false;
    }
    if (bot.workflow.empty()) continue;
    const auto request = deployment_of(bot);
    if (!request.ok()) print_error(request.error());
    all = request.ok() && deploy(h, bot.workflow.string(), *request, bot.workflow_id) && all;
  }
  return all;
}

/// What is wrong with the triggers, now that the workflows are there, is printed.
bool bind_triggers(live_config& live) {
  const auto problems = live.bind_triggers();
  for (const auto& p : problems) print_error(p);
  return problems.empty();
}

/// Blocks the signals that a host waits for in the whole process, so that one thread can take them.
sigset_t hold_signals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&wanted, signal);
  pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  return wanted;
}

host_options options_of(const config::configuration& c, std::shared_ptr<log_port> log) {
  host_options o;
  o.name = host_name_of(c);
  o.data_directory = c.directory;
  o.mode = c.mode;
  o.log = std::move(log);
  o.max_in_flight = c.max_in_flight;
  o.resilience = c.resilience;
  o.paper_seed = c.paper_seed;
  o.venues = c.venues;
  o.of_bots = venues_by_bot(c);
  o.web = c.web;
  o.keep = c.keep;
  o.memory = c.memory;
  o.threads = c.threads;
  o.cancel_on_halt = c.cancel_on_halt;
  o.cancel_on_disconnect = c.cancel_on_disconnect;
  o.risk = c.risk;
  o.bot_metrics = c.bot_metrics;
  o.workers = workers_of(c);
  return o;
}

/// Told of the host, where a service manager asks to be; else null.
std::unique_ptr<service_link> open_link(const service_words& words, milliseconds longest_start,
                                        log_port& log) {
  if (words.address.empty()) return nullptr;
  auto socket = notify_socket::open(words.address);
  if (!socket.ok()) {
    log.write(log_level::error, "service", socket.error().to_string());
    return nullptr;
  }
  return std::make_unique<service_link>(std::move(*socket),
                                        service_report::options{words.watchdog, longest_start});
}

service_link::subject subject_of(host& h) {
  const auto was_ready = std::make_shared<bool>(false);
  return {[&h, was_ready] {
            *was_ready = *was_ready || h.is_ready(std::chrono::seconds(1));
            const auto state = h.state();
            // Who is looked at serves: halts work, and it is worse to be killed than to be slow.
            return service_report::look{true, !*was_ready     ? "reading the journal"
                                              : state == "ok" ? "trading"
                                                              : state};
          },
          [&h](std::function<void(bool)> then) {
            h.pulse([then = std::move(then)](const result<done>& r) { then(r.ok()); });
          }};
}

/// Before the host goes, nobody looks at it any more; time for its end is asked for all the same.
struct let_go_first {
  service_link* link;
  ~let_go_first() {
    if (link != nullptr) link->let_go();
  }
};

/// Opening and checking what a long journal has since its last checkpoint.
constexpr std::chrono::minutes longest_open{10};

/// What cancels and closes once the executions have had their time.
constexpr std::chrono::seconds longest_close{60};

/// Drains, as long as it is configured or until a second signal, and cancels what rests if told to.
void end_in_order(host& h, const config::configuration& c, log_port& log, service_link* link) {
  if (link != nullptr) link->stop_begins(c.server.drain + longest_close);
  log.write(log_level::info, "host", "stopping: no new executions; a second signal stops at once");
  sigset_t enough;
  sigemptyset(&enough);
  for (const int signal : {SIGINT, SIGTERM}) sigaddset(&enough, signal);
  bool drained = false;
  const auto began = std::chrono::steady_clock::now();
  const auto left = [&] {
    return c.server.drain -
           std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
  };
  while (!drained && left() > milliseconds(0)) {
    drained = h.drain(std::min<milliseconds>(std::chrono::seconds(1), left()));
    const timespec none{};
    if (!drained && sigtimedwait(&enough, nullptr, &none) > 0) break;
  }
  if (!drained) log.write(log_level::warning, "host", "stopped with executions unfinished");
  if (c.cancel_on_disconnect && !h.cancel_resting(std::chrono::seconds(5)))
    log.write(log_level::error, "host", "resting orders may be left: `pitwall orders list`");
}

/// Until the host shall stop; a hang-up reads the configuration again meanwhile.
void await_end(const sigset_t& signals, host& h, log_port& log) {
  for (int signal = 0; sigwait(&signals, &signal) == 0 && signal == SIGHUP;)
    h.reload([&](const result<reload_outcome>& r, const std::vector<problem>& problems) {
      for (const auto& p : problems)
        log.write(log_level::error, "config", p.message + " (" + p.pointer + "): " + p.remedy);
      if (!r.ok()) log.write(log_level::error, "config", r.error().to_string());
    });
}

int run_host(const serve_options& o, config::configuration c, host& h, live_config& live,
             log_port& log, const sigset_t& signals, service_link* link,
             const std::shared_ptr<peers::host_relay>& relay) {
  const auto main_thread = pthread_self();
  if (!set_up_bots(h, c.bots) || !deploy_files(h, o.files)) return exit_usage;
  h.on_stop_requested([main_thread] { pthread_kill(main_thread, SIGTERM); });
  auto doors = doors_of(c);
  doors.peers = relay;
  auto server = control_server::open(std::move(doors), h, &log);
  if (!server.ok()) {
    end_in_order(h, c, log, link);  // What was resumed may trade already.
    return give_up(server.error());
  }
  // Later than this it serves all the same; /readyz says when.
  h.wait_recovered(c.scan_wait, c.venue_wait);
  if (!bind_triggers(live)) {
    end_in_order(h, c, log, link);
    return exit_usage;
  }
  if (c.server.port) {
    const auto port = (*server)->port();
    fmt::print("listening {}\ntest client {}\n", url_of(c, port), client_url_of(c, port));
  }
  if (h.workers_port() != 0)
    fmt::print("workers join at {}\n",
               host_place{workers_of(c)->listen.host, h.workers_port()}.shown());
  fmt::print("ready: {} (durability {})\n", (c.directory / socket_name).string(),
             to_string(c.mode));
  std::fflush(stdout);
  if (link != nullptr) link->serves(subject_of(h));
  await_end(signals, h, log);
  end_in_order(h, c, log, link);
  (*server)->stop();
  if (relay) relay->stop();
  return h.health().status == "failed" ? exit_unreadable : exit_done;
}

/// All that is wrong, before anything starts; not `exit_done`: something is.
int tell_all(const serve_options& o, const config::configuration& c, const config::loaded& loaded) {
  auto wrong = loaded.problems;
  for (auto& e : inspect(c, loaded.config, words_on(c, o.files, o.triggers)))
    wrong.push_back(std::move(e));
  const auto obstacles = inspect_start(c, loaded.config);
  for (const auto& e : wrong) print_error(e);
  for (const auto& e : obstacles) print_error(e);
  if (!wrong.empty()) return exit_usage;
  return obstacles.empty() ? exit_done : exit_code_of(obstacles.front().code);
}

int serve(const serve_options& o) {
  // Before any thread exists: they inherit the mask.
  const auto signals = hold_signals();
  const auto words = take_service_words();
  auto loaded = o.flags.load();
  auto c = config::bind(loaded.config);
  c.log.host = host_name_of(c);
  c.log.shows_host = !c.host_name.empty() || workers_of(c).has_value();
  if (const auto wrong = tell_all(o, c, loaded); wrong != exit_done) return wrong;
  const auto log = open_log(c.log);
  if (!log.ok()) {
    print_error(log.error());
    return exit_usage;
  }
  std::error_code ec;
  std::filesystem::create_directories(c.directory, ec);
  if (ec)
    return give_up({errc::io_error, "the data directory cannot be made: " + ec.message(),
                    c.directory.string(), "choose another with --data-dir"});
  if (const auto files = raise_file_limit(); files < files_needed)
    (*log)->write(log_level::warning, "host",
                  "only " + std::to_string(files) +
                      " files may be open (ulimit -n): connections may leave none to the journal; "
                      "allow " +
                      std::to_string(files_needed));
  const auto link = open_link(words, longest_open + c.scan_wait + c.venue_wait, **log);
  auto options = options_of(c, *log);
  options.leave_shutdown = o.leave_shutdown;
  auto opened = host::open(std::move(options));
  if (!opened.ok()) return give_up(opened.error());
  auto& h = **opened;
  const let_go_first order{link.get()};
  live_config live(std::move(loaded.config), o.flags, o.triggers, h, **log);
  h.on_reload([&live, &link](std::vector<problem>& problems) {
    if (link) link->reload_begins();
    auto outcome = live.reload(problems);
    if (link) link->reload_ends();
    return outcome;
  });
  std::shared_ptr<peers::host_relay> relay;
  if (!c.peers.empty()) {
    auto made = peers::host_relay::open(peers_of(c, *log));
    if (!made.ok()) {
      end_in_order(h, c, **log, link.get());  // What was resumed may trade already.
      return give_up(made.error());
    }
    relay = std::move(*made);
  }
  return run_host(o, c, h, live, **log, signals, link.get(), relay);
}

}  // namespace

void add_serve(CLI::App& app, int& exit) {
  auto o = std::make_shared<serve_options>();
  auto* c = app.add_subcommand(
      "serve", "Run a host: it takes commands on control.sock in the data directory");
  c->add_option("FILE", o->files, "Workflow files to deploy at the start");
  o->flags.declare(*c);
  c->add_option("--trigger", o->triggers,
                "BOT=WORDS, repeatable: what starts the workflow that trades for the bot, as in "
                "arb='every 5m', arb='cron 0 9 * * mon-fri Europe/London', arb='at 09:30,16:00 "
                "UTC overlap=queue catch_up=1h'; BOT:WORKFLOW where it has several; instead of "
                "the one in the configuration (docs/triggers.md)")
      ->allow_extra_args(false);
  c->add_flag("--leave-shutdown", o->leave_shutdown,
              "Leave an emergency shutdown; the host then starts halted");
  c->callback([o, &exit] { exit = serve(*o); });
}

}  // namespace pitwall::cli
