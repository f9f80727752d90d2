#include <fmt/format.h>
#include <signal.h>

#include "net/workers/mutual_tls.hpp"
#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/config_flags.hpp"
#include "runtime/host/cli/config_inspect.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/file_limit.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/host/config/configuration.hpp"
#include "runtime/host/workers/worker_process.hpp"

namespace pitwall::cli {
namespace {

struct worker_words {
  std::string join, labels, name, config;
  remote::identity_files identity;
};

/// Everything that is wrong, at once.
worker_setup setup_of(const worker_words& w, config::configuration& c, std::vector<error>& wrong) {
  worker_setup out;
  if (auto place = parse_host_place(w.join); place.ok())
    out.join = std::move(*place);
  else
    wrong.push_back(place.error());
  if (auto labels = parse_labels(w.labels); labels.ok())
    out.labels = std::move(*labels);
  else
    wrong.push_back(labels.error());
  out.identity = w.identity;
  remote::open_mutual_tls(w.identity, remote::side::worker, wrong);
  out.name = w.name.empty() ? remote::name_in(w.identity.certificate) : w.name;
  const config_flags from(w.config);
  auto loaded = from.load();
  c = config::bind(loaded.config);
  for (auto& e : inspect(c, loaded.config, {})) loaded.problems.push_back(std::move(e));
  wrong.insert(wrong.end(), loaded.problems.begin(), loaded.problems.end());
  out.venues = c.venues;
  out.web = c.web;
  out.paper_seed = c.paper_seed;
  out.threads = c.threads;
  return out;
}

int work(const worker_words& w) {
  // Before any thread exists: they inherit the mask.
  sigset_t ends;
  sigemptyset(&ends);
  for (const int signal : {SIGINT, SIGTERM}) sigaddset(&ends, signal);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  std::vector<error> wrong;
  config::configuration c;
  auto setup = setup_of(w, c, wrong);
  for (const auto& e : wrong) print_error(e);
  if (!wrong.empty()) return exit_usage;
  c.log.host = setup.name;
  c.log.shows_host = true;
  auto log = open_log(c.log);
  if (!log.ok()) {
    print_error(log.error());
    return exit_usage;
  }
  raise_file_limit();
  setup.log = *log;
  const auto name = setup.name, host = setup.join.shown();
  auto opened = worker_process::open(std::move(setup));
  if (!opened.ok()) return give_up(opened.error());
  fmt::print("worker {}: joining {}\n", name, host);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ends, &signal);
  (*log)->write(log_level::info, "worker", "leaving the host");
  opened->reset();
  return exit_done;
}

}  // namespace

void add_worker(CLI::App& app, int& exit) {
  auto o = std::make_shared<worker_words>();
  auto* c = app.add_subcommand(
      "worker", "Run nodes for a host, on this machine, until told to end (docs/workers_setup.md)");
  c->add_option("--join", o->join, "HOST:PORT of the host's workers.listen")->required();
  c->add_option("--certificate", o->identity.certificate,
                "What this worker shows the host, PEM: `pitwall cert issue NAME`")
      ->required();
  c->add_option("--key", o->identity.key, "The certificate's key, PEM")->required();
  c->add_option("--authority", o->identity.authority,
                "Whose certificates are believed, PEM: authority.crt of `pitwall cert init`")
      ->required();
  c->add_option("--labels", o->labels,
                "KEY=VALUE,...: blocks whose `placement` asks for these may run here");
  c->add_option("--name", o->name, "Another than the one in the certificate");
  c->add_option("--config", o->config,
                "Configuration file with what this machine has: `venues`, `log`, `limits.threads`");
  c->callback([o, &exit] { exit = work(*o); });
}

}  // namespace pitwall::cli
