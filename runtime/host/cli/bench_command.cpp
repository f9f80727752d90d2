// Job: `pitwall bench`: whole executions of one workflow, at several concurrencies and
//      durabilities.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "runtime/host/cli/commands.hpp"
#include "runtime/host/cli/exit_codes.hpp"
#include "runtime/host/cli/options.hpp"
#include "runtime/host/cli/terminal.hpp"
#include "runtime/host/cli/workflow_file.hpp"
#include "runtime/host/console_log.hpp"
#include "runtime/host/host.hpp"

namespace pitwall::cli {
namespace {

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

struct bench_options {
  std::filesystem::path data_directory, file;
  std::vector<std::size_t> concurrencies{1, 10, 50, 200, 1000};
  std::vector<std::string> durabilities{"memory", "async", "sync"};
  double seconds = 2;
  bool json = false;
  std::size_t threads = 0;
};

struct figures_of_run {
  std::string mode;
  std::size_t concurrency = 0, executions = 0, failures = 0;
  double per_second = 0, p50 = 0, p95 = 0, p99 = 0, cpu_us = 0;
};

double cpu_seconds() {
  rusage r{};
  getrusage(RUSAGE_SELF, &r);
  const auto s = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return s(r.ru_utime) + s(r.ru_stime);
}

/// Keeps `concurrency` executions in flight until the time is over.
class load {
 public:
  load(host& h, std::string workflow, std::size_t concurrency)
      : host_(h), workflow_(std::move(workflow)), concurrency_(concurrency) {}

  figures_of_run run(std::chrono::duration<double> time) {
    const auto cpu = cpu_seconds();
    const auto begin = clock::now();
    end_ = begin + std::chrono::duration_cast<clock::duration>(time);
    for (std::size_t i = 0; i < concurrency_; ++i) start_one();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_ == 0; });
    const std::chrono::duration<double> spent = clock::now() - begin;
    figures_of_run f;
    f.concurrency = concurrency_;
    f.executions = latencies_.size();
    f.failures = failures_;
    if (latencies_.empty()) return f;
    f.per_second = static_cast<double>(latencies_.size()) / spent.count();
    f.cpu_us = (cpu_seconds() - cpu) / static_cast<double>(latencies_.size()) * 1e6;
    std::sort(latencies_.begin(), latencies_.end());
    const auto at = [&](double p) {
      return latencies_[std::min(
                 latencies_.size() - 1,
                 static_cast<std::size_t>(p * static_cast<double>(latencies_.size())))] *
             1e6;
    };
    f.p50 = at(0.50);
    f.p95 = at(0.95);
    f.p99 = at(0.99);
    return f;
  }

 private:
  void start_one() {
    {
      std::lock_guard lock(mutex_);
      ++open_;
    }
    const auto begin = clock::now();
    host_.start({workflow_, {}, true, {}}, [this, begin](result<start_answer> a) {
      const auto now = clock::now();
      {
        std::lock_guard lock(mutex_);
        latencies_.push_back(std::chrono::duration<double>(now - begin).count());
        if (!a.ok() || a->status != run_status::completed) ++failures_;
      }
      if (now < end_) start_one();
      std::lock_guard lock(mutex_);
      if (--open_ == 0) changed_.notify_all();
    });
  }

  host& host_;
  std::string workflow_;
  std::size_t concurrency_;
  clock::time_point end_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t open_ = 0, failures_ = 0;
  std::vector<double> latencies_;
};

/// Median time of writing 512 bytes and fdatasync on this disk, in microseconds.
double measure_sync(const std::filesystem::path& directory) {
  const auto file = directory / "sync-probe";
  const int fd = ::open(file.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
  if (fd < 0) return 0;
  const std::array<char, 512> block{};
  std::vector<double> times;
  for (int i = 0; i < 200; ++i) {
    const auto begin = clock::now();
    if (::write(fd, block.data(), block.size()) < 0 || ::fdatasync(fd) != 0) break;
    times.push_back(std::chrono::duration<double>(clock::now() - begin).count() * 1e6);
  }
  ::close(fd);
  std::filesystem::remove(file);
  if (times.empty()) return 0;
  std::nth_element(times.begin(), times.begin() + static_cast<long>(times.size() / 2), times.end());
  return times[times.size() / 2];
}

void print_row(const bench_options& o, const figures_of_run& f, double sync_us) {
  if (o.json)
    fmt::print(
        "{{\"durability\":\"{}\",\"concurrency\":{},\"executions\":{},\"failures\":{},"
        "\"per_second\":{:.0f},\"p50_us\":{:.1f},\"p95_us\":{:.1f},\"p99_us\":{:.1f},"
        "\"cpu_us\":{:.1f},\"fdatasync_us\":{:.1f}}}\n",
        f.mode, f.concurrency, f.executions, f.failures, f.per_second, f.p50, f.p95, f.p99,
        f.cpu_us, sync_us);
  else
    fmt::print("{:<8} {:>11} {:>12.0f} {:>10.0f} {:>10.0f} {:>10.0f} {:>10.1f} {:>9}\n", f.mode,
               f.concurrency, f.per_second, f.p50, f.p95, f.p99, f.cpu_us, f.failures);
  std::fflush(stdout);
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
  const auto sync_us = measure_sync(o.data_directory);
  if (!o.json) {
    fmt::print("{} cores; fdatasync of 512 bytes here: {:.0f} us (median of 200)\n",
               std::thread::hardware_concurrency(), sync_us);
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
    options.log = make_console_log(log_form::text, log_level::warning);
    auto opened = host::open(std::move(options));
    if (!opened.ok()) return give_up(opened.error());
    std::vector<problem> problems;
    auto deployed = (*opened)->deploy_now(request, problems);
    if (!deployed.ok()) {
      print_problems(o.file.empty() ? "bench" : o.file.string(), problems);
      return exit_usage;
    }
    load(**opened, deployed->id, 10).run(std::chrono::duration<double>(0.3));  // Warm up.
    for (const auto concurrency : o.concurrencies) {
      auto f =
          load(**opened, deployed->id, concurrency).run(std::chrono::duration<double>(o.seconds));
      f.mode = mode_name;
      clean = clean && f.failures == 0;
      print_row(o, f, sync_us);
    }
  }
  std::filesystem::remove_all(directory, ec);
  return clean ? exit_done : exit_completed_with_errors;
}

}  // namespace

void add_bench(CLI::App& app, int& exit) {
  auto o = std::make_shared<bench_options>();
  auto* c = app.add_subcommand("bench", "Measure whole executions: rate and latency");
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
  c->add_option("--threads", o->threads, "Scheduler threads; 0: as many as cores")
      ->capture_default_str();
  add_data_directory(*c, o->data_directory);
  c->add_flag("--json", o->json, "One object a line");
  c->callback([o, &exit] { exit = bench(*o); });
}

}  // namespace pitwall::cli
