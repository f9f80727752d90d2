#include "runtime/host/cli/bench_clients.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "net/server/control_server.hpp"
#include "runtime/host/cli/bench_load.hpp"
#include "runtime/host/cli/door_halts.hpp"
#include "runtime/host/cli/viewer_process.hpp"

namespace pitwall::cli {
namespace {

using clock = std::chrono::steady_clock;

/// When the host published what.
class publication_times {
 public:
  explicit publication_times(host& h) {
    token_ = h.on_published([this](const committed_ref& commit) {
      const std::lock_guard lock(mutex_);
      times_.emplace_back(commit->last_seq, clock::now().time_since_epoch());
    });
  }
  /// From then until each arrival, in seconds.
  std::vector<double> delays(const std::vector<arrival>& arrivals) const {
    std::vector<double> out;
    const std::lock_guard lock(mutex_);
    for (const auto& a : arrivals) {
      const auto at =
          std::lower_bound(times_.begin(), times_.end(), a.seq,
                           [](const auto& one, std::uint64_t seq) { return one.first < seq; });
      if (at != times_.end())
        out.push_back(std::chrono::duration<double>(a.at - at->second).count());
    }
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<std::uint64_t, std::chrono::nanoseconds>> times_;  ///< By seq.
  std::shared_ptr<void> token_;
};

struct row {
  std::string mode, load;
  std::size_t clients = 0;
  double seconds = 0;
  figures_of_run ran;
  view_figures seen;
  percentiles delivered;
  door_halts::figures halts;
};

double host_cores(const row& r) { return r.ran.cpu_us * r.ran.per_second * 1e-6; }
double per_second(const row& r, double what) {
  return r.seen.seconds > 0 ? what / r.seen.seconds : 0;
}

void print(const bench_options& o, const row& r) {
  const auto& s = r.seen;
  if (o.json)
    fmt::print(
        "{{\"durability\":\"{}\",\"clients\":{},\"load\":\"{}\",\"executions\":{},\"failures\":{},"
        "\"per_second\":{:.1f},\"p50_us\":{:.1f},\"p99_us\":{:.1f},\"host_cores\":{:.3f},"
        "\"client_cores\":{:.3f},\"frames_per_second\":{:.0f},\"delivered_p50_us\":{:.1f},"
        "\"delivered_p99_us\":{:.1f},\"complete\":{},\"cut\":{},\"lost\":{},\"expired\":{},"
        "\"gaps\":{},\"duplicates\":{},\"silent_cut\":{}}}\n",
        r.mode, r.clients, r.load, r.ran.executions, r.ran.failures, r.ran.per_second, r.ran.us.p50,
        r.ran.us.p99, host_cores(r), per_second(r, s.cpu_seconds),
        per_second(r, static_cast<double>(s.frames)), r.delivered.p50, r.delivered.p99, s.complete,
        s.cut, s.lost, s.expired, s.gaps, s.duplicates, s.silent_cut);
  else
    fmt::print(
        "{:<8} {:<11} {:>7} {:>10.0f} {:>7.0f} {:>8.0f} {:>6.2f} {:>7.2f} {:>9.0f} {:>7.0f} "
        "{:>8.0f} {:>8} {:>5} {:>6}\n",
        r.mode, r.load, r.clients, r.ran.per_second, r.ran.us.p50, r.ran.us.p99, host_cores(r),
        per_second(r, s.cpu_seconds), per_second(r, static_cast<double>(s.frames)), r.delivered.p50,
        r.delivered.p99, s.complete, s.cut,
        r.clients == 0 ? "-"
        : s.silent_cut ? "cut"
                       : "kept");
  if (r.ran.failures > 0) fmt::print(stderr, "the first failure: {}\n", r.ran.why);
  if (s.lost > 0) fmt::print(stderr, "{} connections were lost: {}\n", s.lost, s.why);
  if (s.gaps + s.duplicates > 0)
    fmt::print(stderr, "WRONG: {} events missed, {} received twice\n", s.gaps, s.duplicates);
  std::fflush(stdout);
}

void print_halts(const bench_options& o, const row& r) {
  if (o.halts == 0) return;
  for (const auto& [f, door] :
       {std::pair(&r.halts.by_socket, "control.sock"), std::pair(&r.halts.by_port, "the port")}) {
    if (o.json)
      fmt::print(
          "{{\"durability\":\"{}\",\"clients\":{},\"load\":\"{}\",\"door\":\"{}\",\"halts\":{},"
          "\"halt_failures\":{},\"closed_p50_us\":{:.1f},\"closed_p99_us\":{:.1f},"
          "\"acknowledged_p50_us\":{:.1f},\"acknowledged_p99_us\":{:.1f}}}\n",
          r.mode, r.clients, r.load, door, f->halts, f->failures, f->closed_us.p50,
          f->closed_us.p99, f->acknowledged_us.p50, f->acknowledged_us.p99);
    else
      fmt::print(
          "{:<8} {:<11} {:>7} {} halts by {}: closed after p50 {:.0f}, p99 {:.0f} us; acknowledged "
          "after p50 {:.0f}, p99 {:.0f} us{}\n",
          r.mode, r.load, r.clients, f->halts, door, f->closed_us.p50, f->closed_us.p99,
          f->acknowledged_us.p50, f->acknowledged_us.p99,
          f->failures == 0 ? "" : "; " + std::to_string(f->failures) + " FAILED");
  }
  std::fflush(stdout);
}

std::filesystem::path socket_of(const bench_options& o) { return o.data_directory / "bench.sock"; }

result<std::unique_ptr<control_server>> open_doors(const bench_options& o, host& h,
                                                   std::size_t clients) {
  control_server::options doors{socket_of(o), control_server::tcp_place{}, {}, {}};
  doors.live.clock = std::make_shared<system_wall_clock>();
  auto& bounds = doors.bounds;
  bounds.max_streams = std::max(bounds.max_streams, clients + 8);
  bounds.max_connections = std::max(bounds.max_connections, clients + 72);
  return control_server::open(std::move(doors), h);
}

/// One load beside so many viewers. Those who were only watched trading are waited for: beyond what
/// the machine can deliver, at saturation, they are not.
template <class Load>
result<row> measure(const bench_options& o, host& h, std::size_t clients, bool wait, Load run) {
  PITWALL_TRY(doors, open_doors(o, h, clients));
  row r;
  r.clients = clients;
  const auto run_with_halts = [&] {
    std::optional<door_halts> halts;
    if (o.halts > 0) halts.emplace(socket_of(o), doors->port(), o.halts);
    r.ran = run();
    if (halts) r.halts = halts->end();
  };
  if (clients == 0) {
    run_with_halts();
    return r;
  }
  PITWALL_TRY(viewers, viewer_process::start({doors->port(), clients, true, h.published_head()}));
  PITWALL_CHECK(viewers.await_connected());
  const publication_times published(h);
  viewers.begin();
  run_with_halts();
  PITWALL_TRY(seen,
              viewers.end(h.published_head(), wait ? std::chrono::seconds(30) : milliseconds(0)));
  r.seen = std::move(seen);
  r.delivered = percentiles_of(published.delays(r.seen.arrivals));
  return r;
}

/// Resident, of this process; 0 where the system does not say.
double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double all = 0, resident = 0;
  statm >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

status measure_idle(const bench_options& o, host& h, const std::string& mode) {
  const auto clients = *std::max_element(o.clients.begin(), o.clients.end());
  if (clients == 0) return done{};
  PITWALL_TRY(doors, open_doors(o, h, clients));
  const double before = resident_bytes();
  PITWALL_TRY(viewers, viewer_process::start({doors->port(), clients, false, h.published_head()}));
  PITWALL_CHECK(viewers.await_connected());
  const double each = (resident_bytes() - before) / static_cast<double>(clients);
  if (o.json)
    fmt::print("{{\"durability\":\"{}\",\"idle_connections\":{},\"bytes_each\":{:.0f}}}\n", mode,
               clients, each);
  else
    fmt::print("{:<8} {} idle connections: {:.1f} KiB of the host's memory each\n", mode, clients,
               each / 1024);
  std::fflush(stdout);
  return done{};
}

}  // namespace

void print_head_of_clients(const bench_options& o) {
  if (o.json) return;
  fmt::print(
      "each client is sent every event, and one more never reads; CORES: processors kept busy, by "
      "the host (HOST)\nand by the process of the clients (CLIENTS); DELIVERY: from publication, "
      "right after the commit, until a client has read\n"
      "{:<8} {:<11} {:>7} {:>10} {:>7} {:>8} {:>14} {:>9} {:>16} {:>8} {:>5} {:>6}\n"
      "{:<8} {:<11} {:>7} {:>10} {:>7} {:>8} {:>6} {:>7} {:>9} {:>7} {:>8} {:>8} {:>5} {:>6}\n",
      "", "", "", "", "", "", "CORES", "", "DELIVERY us", "", "", "", "DURABLE", "LOAD", "CLIENTS",
      "PER SECOND", "p50 us", "p99 us", "HOST", "CLIENTS", "FRAMES/S", "p50", "p99", "HAVE ALL",
      "CUT", "SILENT");
}

result<bool> bench_clients(const bench_options& o, host& h, const std::string& workflow,
                           const std::string& mode) {
  PITWALL_CHECK(measure_idle(o, h, mode));
  const std::chrono::duration<double> time(o.seconds);
  bool clean = true;
  const auto take = [&](row r, std::string load) {
    r.mode = mode;
    r.load = std::move(load);
    clean = clean && r.ran.failures + r.seen.gaps + r.seen.duplicates + r.halts.by_socket.failures +
                             r.halts.by_port.failures ==
                         0;
    print(o, r);
    print_halts(o, r);
  };
  for (const auto clients : o.clients) {
    if (o.offered <= 0) break;
    PITWALL_TRY(r, measure(o, h, clients, true,
                           [&] { return load(h, workflow, 0).offer(o.offered, time); }));
    take(std::move(r), fmt::format("{:g}/s", o.offered));
  }
  for (const auto concurrency : o.concurrencies) {
    if (concurrency == 0) continue;
    for (const auto clients : o.clients) {
      PITWALL_TRY(r, measure(o, h, clients, false,
                             [&] { return load(h, workflow, concurrency).run(time); }));
      take(std::move(r), fmt::format("{} at once", concurrency));
    }
  }
  return clean;
}

}  // namespace pitwall::cli
