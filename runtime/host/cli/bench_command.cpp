// Job: `pitwall bench`: whole executions of one workflow, at several concurrencies and
//      durabilities.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "runtime/host/cli/bench_clients.hpp"
#include "runtime/host/cli/bench_load.hpp"
#include "runtime/host/cli/bench_options.hpp"
#include "runtime/host/cli/bench_workers.hpp"
#include "runtime/host/cli/client_rows.hpp"
#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/options.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/host/cli/viewer_process.hpp"
#include "runtime/host/cli/workflow_file.hpp"
#include "runtime/host/console_log.hpp"
#include "runtime/host/host.hpp"

namespace pitwall::cli {
namespace {

/// Whoever measures hundreds of halts needs no line for each.
class log_without_events final : public log_port {
 public:
  void write(log_level level, std::string_view logger, std::string_view message,
             const log_context& context) override {
    if (logger != "event") to_->write(level, logger, message, context);
  }
  bool wants(log_level level) const noexcept override { return to_->wants(level); }

 private:
  std::shared_ptr<log_port> to_ = make_console_log(log_form::text, log_level::warning);
};

using clock = std::chrono::steady_clock;

/// Two providers, math, risk, buy: every execution ends in a filled order.
constexpr std::string_view five_nodes = R"({
  "id": "bench", "bot_id": "bench", "strategy_id": "bench",
  "blocks": [
    {"id": "left", "type": "paper", "category": "providers",
     "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
    {"id": "right", "type": "paper", "category": "providers",
     "properties": {"symbol": "ETH/USDT", "enabled_endpoints": ["price_feed"]}},
    {"id": "spread", "type": "math", "category": "conditions",
     "properties": {"operation": "subtract"}},
    {"id": "size", "type": "position_size", "category": "risk",
     "properties": {"risk_pct": "0.000001"}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"signal": true, "symbol": "DUST/USDT", "venue": "paper"}}],
  "connections": [
    {"from": {"blockId": "left", "index": 0}, "to": {"blockId": "spread", "index": 0}},
    {"from": {"blockId": "right", "index": 0}, "to": {"blockId": "spread", "index": 1}},
    {"from": {"blockId": "spread", "index": 0}, "to": {"blockId": "size", "index": 0}},
    {"from": {"blockId": "size", "index": 0}, "to": {"blockId": "buy", "index": 1}}]})";

void print_row(const bench_options& o, const figures_of_run& f, double sync_us) {
  if (o.json)
    fmt::print(
        "{{\"durability\":\"{}\",\"concurrency\":{},\"executions\":{},\"failures\":{},"
        "\"per_second\":{:.0f},\"p50_us\":{:.1f},\"p95_us\":{:.1f},\"p99_us\":{:.1f},"
        "\"cpu_us\":{:.1f},\"fdatasync_us\":{:.1f}}}\n",
        f.mode, f.concurrency, f.executions, f.failures, f.per_second, f.us.p50, f.us.p95, f.us.p99,
        f.cpu_us, sync_us);
  else
    fmt::print("{:<8} {:>11} {:>12.0f} {:>10.0f} {:>10.0f} {:>10.0f} {:>10.1f} {:>9}\n", f.mode,
               f.concurrency, f.per_second, f.us.p50, f.us.p95, f.us.p99, f.cpu_us, f.failures);
  if (f.failures > 0) fmt::print(stderr, "the first failure: {}\n", f.why);
  std::fflush(stdout);
}

void print_halts(const bench_options& o, const std::string& mode, std::size_t concurrency,
                 const figures_of_halts& f, bool own = false) {
  if (o.json)
    fmt::print(
        "{{\"durability\":\"{}\",\"concurrency\":{},\"own\":{},\"halts\":{},\"failures\":{},"
        "\"closed_p50_us\":{:.1f},\"closed_p99_us\":{:.1f},\"acknowledged_p50_us\":{:.1f},"
        "\"acknowledged_p99_us\":{:.1f},\"fdatasync_us\":{:.1f},\"fdatasync_p99_us\":{:.1f}}}\n",
        mode, concurrency, own, f.halts, f.failures, f.closed_us.p50, f.closed_us.p99,
        f.acknowledged_us.p50, f.acknowledged_us.p99, f.sync_us.p50, f.sync_us.p99);
  else
    fmt::print(
        "{:<8} {:>11} halts{}: closed after p50 {:.0f}, p99 {:.0f} us; acknowledged after p50 "
        "{:.0f}, p99 {:.0f} us; fdatasync beside it p50 {:.0f}, p99 {:.0f} us{}\n",
        mode, concurrency, own ? " of the load itself" : "", f.closed_us.p50, f.closed_us.p99,
        f.acknowledged_us.p50, f.acknowledged_us.p99, f.sync_us.p50, f.sync_us.p99,
        f.failures == 0 ? "" : "; " + std::to_string(f.failures) + " FAILED");
  std::fflush(stdout);
}

/// Idle, beside as many executions as the usual row of the table, and of the bot that runs these:
/// its halt ends them, and they begin anew after each resume.
bool bench_halts(const bench_options& o, host& h, const std::string& workflow,
                 const std::string& mode) {
  constexpr std::size_t under = 200;
  const auto idle = measure_halts(h, beside_the_load, o.halts, o.data_directory);
  print_halts(o, mode, 0, idle);
  load busy(h, workflow, under);
  busy.begin();
  const auto loaded = measure_halts(h, beside_the_load, o.halts, o.data_directory);
  const auto ran = busy.end();
  print_halts(o, mode, under, loaded);
  load halted(h, workflow, under);
  halted.ride_out_halts();
  halted.begin();
  // A file's workflow may have no bot.
  const auto own = measure_halts(h, o.file.empty() ? "bot:bench" : "global", o.halts,
                                 o.data_directory, [&] { halted.go_on(std::chrono::seconds(2)); });
  const auto rode = halted.end();
  print_halts(o, mode, under, own, true);
  return idle.failures + loaded.failures + ran.failures + own.failures + rode.failures == 0;
}

int bench(const bench_options& o) {
  host::deployment_request request;
  request.text = five_nodes;
  if (!o.file.empty()) {
    auto text = read_workflow_file(o.file);
    if (!text.ok()) return give_up(text.error());
    request.text = std::move(*text);
    request.parsing.default_id = id_of_file(o.file);
    request.base_directory = o.file.parent_path();
  }
  std::error_code ec;
  std::filesystem::create_directories(o.data_directory, ec);
  const auto directory = o.data_directory / "bench";
  const auto sync_us = measure_sync(o.data_directory, 200).p50;
  if (!o.json) {
    fmt::print("{} cores; fdatasync of 512 bytes here: {:.0f} us (median of 200)\n",
               std::thread::hardware_concurrency(), sync_us);
  }
  if (!o.clients.empty()) {
    print_head_of_client_rows(o);
  } else if (!o.json) {
    fmt::print("{:<8} {:>11} {:>12} {:>10} {:>10} {:>10} {:>10} {:>9}\n", "DURABLE", "CONCURRENCY",
               "PER SECOND", "p50 us", "p95 us", "p99 us", "CPU us", "FAILURES");
  }
  bool clean = true;
  for (const auto& mode_name : o.durabilities) {
    auto mode = durability_from_string(mode_name);
    if (!mode.ok()) return give_up(mode.error());
    std::filesystem::remove_all(directory, ec);
    host_options options;
    options.data_directory = directory;
    options.mode = *mode;
    options.threads = o.threads;
    options.log = std::make_shared<log_without_events>();
    auto opened = host::open(std::move(options));
    if (!opened.ok()) return give_up(opened.error());
    // Its venue takes no order before.
    (*opened)->wait_recovered(std::chrono::minutes(1), std::chrono::minutes(1));
    std::vector<problem> problems;
    auto deployed = (*opened)->deploy_now(request, problems);
    if (!deployed.ok()) {
      print_problems(o.file.empty() ? "bench" : o.file.string(), problems);
      return exit_usage;
    }
    load(**opened, deployed->id, 10).run(std::chrono::duration<double>(0.3));  // Warm up.
    if (!o.clients.empty()) {
      const auto ran = bench_clients(o, **opened, deployed->id, mode_name);
      if (!ran.ok()) return give_up(ran.error());
      clean = *ran && clean;
      continue;
    }
    for (const auto concurrency : o.concurrencies) {
      auto f =
          load(**opened, deployed->id, concurrency).run(std::chrono::duration<double>(o.seconds));
      f.mode = mode_name;
      clean = clean && f.failures == 0;
      print_row(o, f, sync_us);
    }
    if (o.halts > 0) clean = bench_halts(o, **opened, deployed->id, mode_name) && clean;
  }
  std::filesystem::remove_all(directory, ec);
  return clean ? exit_done : exit_completed_with_errors;
}

int bench_on_workers(const bench_options& o) {
  const auto clean = bench_workers(o, five_nodes);
  if (!clean.ok()) return give_up(clean.error());
  return *clean ? exit_done : exit_completed_with_errors;
}

void add_viewers(CLI::App& bench, int& exit) {
  auto o = std::make_shared<event_viewers::setting>();
  auto* c = bench.add_subcommand("viewers", "What --clients starts: the clients of a host nearby");
  c->add_option("--port", o->port, "Of the host, on 127.0.0.1")->required();
  c->add_option("--viewers", o->viewers, "How many")->capture_default_str();
  c->add_option("--after", o->after, "The seq they subscribe after")->capture_default_str();
  c->add_flag("--with-silent", o->with_silent, "One more, which never reads");
  c->callback([o, &exit] { exit = run_viewers(*o); });
}

void add_worker_rows(CLI::App& bench, bench_options& o) {
  auto* workers = bench
                      .add_option("--workers", o.workers,
                                  "Instead: executions with all nodes on so many workers, "
                                  "processes of this machine that join by TLS (0: on the host), by "
                                  "default 200 in flight and in sync; and the time from a worker's "
                                  "death until an execution has completed with its nodes elsewhere")
                      ->delimiter(',')
                      ->check(CLI::Range(0, 64));
  bench
      .add_option(
          "--rounds", o.rounds,
          "Beside --workers and --clients (what is offered): all rows so often, in turn, and "
          "their medians")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  bench.add_option("--deaths", o.deaths, "Beside --workers: of 2 and more, in each round")
      ->needs(workers)
      ->check(CLI::Range(0, 10'000))
      ->capture_default_str();
  workers->excludes("--file")->excludes("--clients");
}

}  // namespace

void add_bench(CLI::App& app, int& exit) {
  auto o = std::make_shared<bench_options>();
  auto* c = app.add_subcommand("bench", "Measure whole executions and halts: rate and latency");
  c->add_option("--file", o->file, "Workflow file; default: two providers, math, risk, buy");
  c->add_option("--concurrency", o->concurrencies, "Executions in flight")
      ->delimiter(',')
      ->capture_default_str();
  c->add_option("--durability", o->durabilities, "Modes to measure")
      ->delimiter(',')
      ->check(CLI::IsMember({"sync", "async", "memory"}))
      ->capture_default_str();
  c->add_option("--seconds", o->seconds, "Time for each row")
      ->check(CLI::Range(0.05, 600.0))
      ->capture_default_str();
  c->add_option("--halts", o->halts,
                "Halts to measure in each mode, idle, under load, and of the load itself; with "
                "--clients: beside each "
                "row at most so many by each door of the host, none if it is not given")
      ->capture_default_str();
  c->add_option("--threads", o->threads, "Scheduler threads; 0: as many as cores")
      ->capture_default_str();
  c->add_option("--clients", o->clients,
                "Instead: executions beside so many WebSocket clients (in a process of their own) "
                "that are sent every event, offered and saturated (by default 200 in flight; "
                "--concurrency 0: offered alone), in sync if --durability says nothing else")
      ->delimiter(',')
      ->check(CLI::Range(0, 10'000));
  c->add_option("--offered", o->offered,
                "Beside --clients: executions offered each second, however long they take; 0: "
                "saturated alone")
      ->check(CLI::Range(0.0, 100'000.0))
      ->capture_default_str();
  add_worker_rows(*c, *o);
  add_data_directory(*c, o->data_directory);
  c->add_flag("--json", o->json, "One object a line");
  add_viewers(*c, exit);
  c->callback([o, c, &exit] {
    if (!c->get_subcommands().empty()) return;
    const bool beside = !o->clients.empty() || !o->workers.empty();
    if (beside && c->count("--durability") == 0) o->durabilities = {"sync"};
    if (beside && c->count("--concurrency") == 0) o->concurrencies = {200};
    if (beside && c->count("--halts") == 0) o->halts = 0;
    exit = o->workers.empty() ? bench(*o) : bench_on_workers(*o);
  });
}

}  // namespace pitwall::cli
