#include "runtime/host/cli/bench_workers.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <future>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "net/access/certificate_authority.hpp"
#include "runtime/host/cli/bench_load.hpp"
#include "runtime/host/cli/spawned_worker.hpp"
#include "runtime/host/console_log.hpp"
#include "runtime/host/host.hpp"

namespace pitwall::cli {
namespace {

using clock = std::chrono::steady_clock;
constexpr std::chrono::seconds patience{60};

std::string on_workers(std::string_view workflow) {
  std::string out(workflow);
  const std::string before = "\"properties\":", placed = "\"placement\": [\"bench=worker\"], ";
  for (auto at = out.find(before); at != std::string::npos;
       at = out.find(before, at + placed.size() + before.size()))
    out.insert(at, placed);
  return out;
}

/// A host, its workers and its workflow, for one row.
class company {
 public:
  company(const bench_options& o, std::size_t workers) : options_(o), workers_(workers) {}

  status open(std::string_view workflow, durability mode) {
    host_options h;
    h.data_directory = options_.data_directory / "bench";
    std::error_code ignored;
    std::filesystem::remove_all(h.data_directory, ignored);
    h.mode = mode;
    h.threads = options_.threads;
    // Lost workers are what is measured.
    h.log = make_console_log(log_form::text, log_level::error);
    if (workers_ > 0) PITWALL_CHECK(issue(h));
    PITWALL_TRY(opened, host::open(std::move(h)));
    host_ = std::move(opened);
    host_->wait_recovered(std::chrono::minutes(1), std::chrono::minutes(1));
    for (std::size_t i = 0; i < workers_; ++i) PITWALL_CHECK(hire(i));
    host::deployment_request request;
    request.text = workers_ > 0 ? on_workers(workflow) : std::string(workflow);
    std::vector<problem> problems;
    PITWALL_TRY(deployed, host_->deploy_now(request, problems));
    workflow_ = deployed.id;
    load(*host_, workflow_, 10).run(std::chrono::duration<double>(0.3));  // Warm up.
    return done{};
  }
  figures_of_run run(std::size_t concurrency) {
    return load(*host_, workflow_, concurrency)
        .run(std::chrono::duration<double>(options_.seconds));
  }
  double workers_cpu() const {
    double all = 0;
    for (const auto& [name, w] : all_) all += w.cpu_seconds();
    return all;
  }
  /// Kills the one that runs the most nodes. Until an execution that began then has completed.
  result<std::chrono::duration<double>> death() {
    const auto victim = busiest();
    const auto began = clock::now();
    const auto found = all_.find(victim);
    if (found == all_.end())
      return error{errc::unavailable, "no worker is there any more", "bench --workers", {}};
    found->second.kill();
    std::promise<result<start_answer>> said;
    host_->start({workflow_, {}, true, {}},
                 [&](result<start_answer> a) { said.set_value(std::move(a)); });
    const auto ended = said.get_future().get();
    const auto took = clock::now() - began;
    if (!ended.ok()) return ended.error();
    if (ended->status != run_status::completed)
      return error{
          errc::unavailable, "an execution after a death failed: " + ended->result_json, {}, {}};
    all_.erase(victim);
    PITWALL_CHECK(hire(static_cast<std::size_t>(std::stoul(victim.substr(1)))));
    return std::chrono::duration<double>(took);
  }

 private:
  status issue(host_options& h) {
    const auto ca = options_.data_directory / "bench-certificates";
    std::error_code ignored;
    std::filesystem::remove_all(ca, ignored);
    const auto now = system_wall_clock().now();
    PITWALL_TRY(authority, access::make_authority(ca, "bench", now));
    PITWALL_TRY(own, access::issue_certificate(ca, {"hub", {"127.0.0.1"}}, now));
    h.workers = workers_setup{{"127.0.0.1", 0}, {own.certificate, own.key, authority.certificate}};
    for (std::size_t i = 0; i < workers_; ++i) {
      PITWALL_TRY(one, access::issue_certificate(ca, {"w" + std::to_string(i), {}}, now));
      papers_.push_back({one.certificate, one.key, authority.certificate});
    }
    return done{};
  }
  status hire(std::size_t i) {
    const auto name = "w" + std::to_string(i);
    PITWALL_TRY(one, spawned_worker::start(host_->workers_port(), "bench=worker", papers_[i]));
    all_.insert_or_assign(name, std::move(one));
    const auto end = clock::now() + patience;
    while (clock::now() < end) {
      for (const auto& v : views())
        if (v.is_worker && v.name == name && v.state == "joined") return done{};
      ::poll(nullptr, 0, 5);
    }
    return error{
        errc::deadline_exceeded, "worker '" + name + "' does not join", "bench --workers", {}};
  }
  std::vector<host_view> views() {
    std::promise<std::vector<host_view>> said;
    host_->hosts([&](result<std::vector<host_view>> all) {
      said.set_value(all.ok() ? std::move(*all) : std::vector<host_view>());
    });
    return said.get_future().get();
  }
  std::string busiest() {
    const auto all = views();
    const auto by_nodes = [](const host_view& a, const host_view& b) {
      return std::pair(a.is_worker, a.nodes) < std::pair(b.is_worker, b.nodes);
    };
    const auto most = std::max_element(all.begin(), all.end(), by_nodes);
    return most == all.end() ? std::string() : most->name;
  }

  const bench_options& options_;
  const std::size_t workers_;
  std::vector<remote::identity_files> papers_;
  std::unique_ptr<host> host_;
  std::map<std::string, spawned_worker> all_;
  std::string workflow_;
};

struct spread {
  std::vector<double> all;
  double median() {
    std::sort(all.begin(), all.end());
    return all.empty() ? 0 : all[all.size() / 2];
  }
  double least() const { return *std::min_element(all.begin(), all.end()); }
  double most() const { return *std::max_element(all.begin(), all.end()); }
};
struct row {
  spread per_second, p50_us, p99_us, cpu_us, workers_cpu_us;
  std::size_t failures = 0;
};
/// Durability, concurrency, workers.
using key = std::tuple<std::string, std::size_t, std::size_t>;

struct findings {
  std::map<key, row> rows;
  std::map<std::pair<std::string, std::size_t>, spread> deaths;  ///< In seconds.
  bool clean = true;
};

status measure(const bench_options& o, std::string_view workflow, const std::string& mode_name,
               std::size_t workers, findings& into) {
  PITWALL_TRY(mode, durability_from_string(mode_name));
  company c(o, workers);
  PITWALL_CHECK(c.open(workflow, mode));
  for (const auto concurrency : o.concurrencies) {
    const double before = c.workers_cpu();
    const auto f = c.run(concurrency);
    const double spent = c.workers_cpu() - before;
    auto& r = into.rows[{mode_name, concurrency, workers}];
    r.per_second.all.push_back(f.per_second);
    r.p50_us.all.push_back(f.us.p50);
    r.p99_us.all.push_back(f.us.p99);
    r.cpu_us.all.push_back(f.cpu_us);
    r.workers_cpu_us.all.push_back(spent * 1e6 /
                                   static_cast<double>(std::max<std::size_t>(f.executions, 1)));
    r.failures += f.failures;
    into.clean = into.clean && f.failures == 0;
    if (f.failures > 0) fmt::print(stderr, "the first failure: {}\n", f.why);
  }
  for (std::size_t i = 0; i < o.deaths && workers > 1; ++i) {
    PITWALL_TRY(took, c.death());
    into.deaths[{mode_name, workers}].all.push_back(took.count());
  }
  return done{};
}

void print(const bench_options& o, findings& f) {
  if (!o.json)
    fmt::print("{:<8} {:>11} {:>7} {:>10} {:>17} {:>5} {:>8} {:>8} {:>8} {:>10} {:>8}\n", "DURABLE",
               "CONCURRENCY", "WORKERS", "PER SECOND", "least-greatest", "x", "p50 us", "p99 us",
               "CPU us", "ELSEWHERE", "FAILURES");
  for (auto& [k, r] : f.rows) {
    const auto& [mode, concurrency, workers] = k;
    const double rate = r.per_second.median();
    const double ratio =
        rate / f.rows.at({mode, concurrency, o.workers.front()}).per_second.median();
    if (o.json)
      fmt::print(
          "{{\"durability\":\"{}\",\"concurrency\":{},\"workers\":{},\"per_second\":{:.0f},"
          "\"least\":{:.0f},\"greatest\":{:.0f},\"ratio\":{:.2f},\"p50_us\":{:.1f},"
          "\"p99_us\":{:.1f},\"cpu_us\":{:.1f},\"workers_cpu_us\":{:.1f},\"failures\":{}}}\n",
          mode, concurrency, workers, rate, r.per_second.least(), r.per_second.most(), ratio,
          r.p50_us.median(), r.p99_us.median(), r.cpu_us.median(), r.workers_cpu_us.median(),
          r.failures);
    else
      fmt::print(
          "{:<8} {:>11} {:>7} {:>10.0f} {:>17} {:>5.2f} {:>8.0f} {:>8.0f} {:>8.1f} "
          "{:>10.1f} {:>8}\n",
          mode, concurrency, workers, rate,
          fmt::format("{:.0f}-{:.0f}", r.per_second.least(), r.per_second.most()), ratio,
          r.p50_us.median(), r.p99_us.median(), r.cpu_us.median(), r.workers_cpu_us.median(),
          r.failures);
  }
  for (auto& [k, d] : f.deaths) {
    const auto& [mode, workers] = k;
    const double ms = 1e3;
    if (o.json)
      fmt::print(
          "{{\"durability\":\"{}\",\"workers\":{},\"deaths\":{},\"elsewhere_p50_ms\":{:.2f},"
          "\"least_ms\":{:.2f},\"greatest_ms\":{:.2f}}}\n",
          mode, workers, d.all.size(), d.median() * ms, d.least() * ms, d.most() * ms);
    else
      fmt::print(
          "{:<8} {} workers, {} deaths: an execution with nodes elsewhere has completed "
          "after p50 {:.1f} ms ({:.1f} to {:.1f})\n",
          mode, workers, d.all.size(), d.median() * ms, d.least() * ms, d.most() * ms);
  }
  std::fflush(stdout);
}

}  // namespace

result<bool> bench_workers(const bench_options& o, std::string_view workflow) {
  findings f;
  std::error_code ec;
  std::filesystem::create_directories(o.data_directory, ec);
  for (std::size_t round = 0; round < o.rounds; ++round)
    for (const auto& mode : o.durabilities)
      for (const auto workers : o.workers) PITWALL_CHECK(measure(o, workflow, mode, workers, f));
  print(o, f);
  for (const char* made : {"bench", "bench-certificates"})
    std::filesystem::remove_all(o.data_directory / made, ec);
  return f.clean;
}

}  // namespace pitwall::cli
