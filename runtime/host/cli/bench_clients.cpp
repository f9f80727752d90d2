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
#include "runtime/host/cli/client_rows.hpp"
#include "runtime/host/cli/viewer_process.hpp"

namespace pitwall::cli {
namespace {

/// When what became durable.
class commit_times {
 public:
  explicit commit_times(host& h) {
    token_ = h.on_published([this](const committed_ref& commit) {
      const std::lock_guard lock(mutex_);
      const std::chrono::nanoseconds now = std::chrono::steady_clock::now().time_since_epoch();
      times_.emplace_back(commit->last_seq,
                          commit->durable_at.count() > 0 ? commit->durable_at : now);
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

std::filesystem::path socket_of(const bench_options& o) { return o.data_directory / "bench.sock"; }

result<std::unique_ptr<control_server>> open_doors(const bench_options& o, host& h,
                                                   std::size_t clients) {
  control_server::options doors{socket_of(o), control_server::tcp_place{}, {}, {}};
  doors.live.clock = std::make_shared<system_wall_clock>();
  auto& bounds = doors.bounds;
  bounds.max_streams = std::max(bounds.max_streams, clients + 8);
  bounds.max_connections = std::max(bounds.max_connections, clients + 72);
  // The one that never reads hears why it was cut when it is woken up, at the end of its row.
  doors.live.slow_goodbye = std::chrono::minutes(2);
  return control_server::open(std::move(doors), h);
}

/// Resident, of this process; 0 where the system does not say.
double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double all = 0, resident = 0;
  statm >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// One load beside so many viewers. Those who were only watched trading are waited for: beyond what
/// the machine can deliver, at saturation, they are not.
template <class Load>
result<client_row> measure(const bench_options& o, host& h, std::size_t clients, bool wait,
                           Load run) {
  PITWALL_TRY(doors, open_doors(o, h, clients));
  client_row r;
  r.clients = clients;
  const auto run_with_halts = [&] {
    std::optional<door_halts> halts;
    if (o.halts > 0) halts.emplace(socket_of(o), doors->port(), o.halts);
    r.ran = run();
    if (halts) r.halts = halts->end();
    r.resident_bytes = resident_bytes();
  };
  if (clients == 0) {
    run_with_halts();
    return r;
  }
  PITWALL_TRY(viewers, viewer_process::start({doors->port(), clients, true, h.published_head()}));
  PITWALL_CHECK(viewers.await_connected());
  const commit_times commits(h);
  viewers.begin();
  run_with_halts();
  PITWALL_TRY(seen,
              viewers.end(h.published_head(), wait ? std::chrono::seconds(30) : milliseconds(0)));
  r.seen = std::move(seen);
  r.delivered = percentiles_of(commits.delays(r.seen.arrivals));
  return r;
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

result<bool> bench_clients(const bench_options& o, host& h, const std::string& workflow,
                           const std::string& mode) {
  PITWALL_CHECK(measure_idle(o, h, mode));
  const std::chrono::duration<double> time(o.seconds);
  bool clean = true;
  std::optional<client_row> alone;  // Of the same load.
  const auto take = [&](client_row r, std::string load, bool offered) {
    r.mode = mode;
    r.load = std::move(load);
    r.offered = offered;
    if (r.clients == 0) alone = r;
    clean = clean && r.is_clean();
    print_client_row(o, r, alone ? &*alone : nullptr);
  };
  // Rounds, as the disk and other programs differ from one minute to the next.
  std::vector<paced_round> all;
  for (std::size_t round = 0; o.offered > 0 && round < o.rounds; ++round) {
    for (const auto clients : o.clients) {
      PITWALL_TRY(r, measure(o, h, clients, true,
                             [&] { return load(h, workflow, 0).offer(o.offered, time); }));
      all.push_back({clients, r.ran.per_second, r.ran.us.p50, r.ran.us.p99});
      take(std::move(r), fmt::format("{:g}/s", o.offered), true);
    }
  }
  if (o.offered > 0) print_client_medians(o, mode, all);
  for (const auto concurrency : o.concurrencies) {
    if (concurrency == 0) continue;
    alone.reset();
    for (const auto clients : o.clients) {
      PITWALL_TRY(r, measure(o, h, clients, false,
                             [&] { return load(h, workflow, concurrency).run(time); }));
      take(std::move(r), fmt::format("{} at once", concurrency), false);
    }
  }
  return clean;
}

}  // namespace pitwall::cli
