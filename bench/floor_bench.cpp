// The floors that the figures of the host are read against: bare CAF messages and spawns, a bare
// RocksDB with the journal's options, the disk, Beast's own echo, and as many of those as one
// execution takes, with nothing else. PITWALL_BENCH_SECONDS: for each (0.5).
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "bench/bare_echo.hpp"
#include "bench/bare_execution.hpp"
#include "bench/bare_journal.hpp"
#include "bench/order_statistics.hpp"
#include "bench/store_on_disk.hpp"

namespace pitwall::bench {
namespace {

using clock = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

/// About one event as /ws sends it.
constexpr std::size_t frame_bytes = 350;
/// About a commit of one, and what each adds to a commit of many.
constexpr std::size_t record_bytes = 560;

seconds time_for_each() {
  const char* set = std::getenv("PITWALL_BENCH_SECONDS");
  const double s = set == nullptr ? 0.5 : std::atof(set);
  return seconds(s > 0 ? s : 0.5);
}

void show(benchmark::State& state, double per_second, double p50_us, double p99_us) {
  state.SetIterationTime(p50_us * 1e-6);
  state.counters["per_second"] = per_second;
  state.counters["p50_us"] = p50_us;
  state.counters["p99_us"] = p99_us;
}

void show(benchmark::State& state, const bare_figures& f) {
  show(state, f.per_second, f.p50_us, f.p99_us);
  state.counters["cpu_us"] = f.cpu_us;
}

void execution(benchmark::State& state, std::size_t concurrency, commit_mode mode) {
  for (auto _ : state) {
    const new_directory place;
    const auto f = run_bare_executions(concurrency, mode, place.path / "data", time_for_each());
    show(state, f);
    state.counters["commits"] = f.commits;
  }
}

/// What writers have seen, each on its own thread or all in one.
void show(benchmark::State& state, std::vector<double>& took, double records, seconds spent) {
  show(state, records / spent.count(), quantile(took, 0.5) * 1e6, quantile(took, 0.99) * 1e6);
}

/// One writer, `records` to a commit: in one record, as the journal's are.
void batches(benchmark::State& state, std::size_t records, bool sync) {
  for (auto _ : state) {
    const new_directory place;
    bare_journal j(place.path / "data");
    std::vector<double> took;
    const auto began = clock::now();
    const auto end = began + time_for_each();
    for (auto at = began; at < end;) {
      if (!j.write(records * record_bytes, sync)) state.SkipWithError("RocksDB refuses");
      const auto now = clock::now();
      took.push_back(seconds(now - at).count());
      at = now;
    }
    const auto all = static_cast<double>(took.size() * records);
    show(state, took, all, clock::now() - began);
  }
}

/// So many threads, a record each at a time: RocksDB's own group commit.
void writers(benchmark::State& state, std::size_t count) {
  for (auto _ : state) {
    const new_directory place;
    bare_journal j(place.path / "data");
    std::mutex mutex;
    std::vector<double> took;
    const auto began = clock::now();
    const auto end = began + time_for_each();
    const auto one = [&] {
      std::vector<double> mine;
      for (auto at = clock::now(); at < end && j.write(record_bytes, true);) {
        const auto now = clock::now();
        mine.push_back(seconds(now - at).count());
        at = now;
      }
      const std::lock_guard lock(mutex);
      took.insert(took.end(), mine.begin(), mine.end());
    };
    std::vector<std::thread> all;
    for (std::size_t i = 0; i < count; ++i) all.emplace_back(one);
    for (auto& t : all) t.join();
    show(state, took, static_cast<double>(took.size()), clock::now() - began);
  }
}

/// The disk alone, as `pitwall bench` measures it.
void disk(benchmark::State& state) {
  for (auto _ : state) {
    const new_directory place;
    std::filesystem::create_directories(place.path);
    const int fd = ::open((place.path / "log").c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
    const std::array<char, 512> block{};
    std::vector<double> took;
    const auto began = clock::now();
    const auto end = began + time_for_each();
    for (auto at = began; at < end;) {
      if (::write(fd, block.data(), block.size()) < 0 || ::fdatasync(fd) != 0) {
        state.SkipWithError("the disk refuses");
        break;
      }
      const auto now = clock::now();
      took.push_back(seconds(now - at).count());
      at = now;
    }
    ::close(fd);
    show(state, took, static_cast<double>(took.size()), clock::now() - began);
  }
}

void echo(benchmark::State& state, std::size_t in_flight) {
  for (auto _ : state) {
    const auto f = run_echo(frame_bytes, in_flight, time_for_each());
    show(state, f.per_second, f.p50_us, f.p99_us);
  }
}

template <class Run>
void add(const std::string& name, Run run) {
  benchmark::RegisterBenchmark(name.c_str(), std::move(run))
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMicrosecond);
}

void add_executions() {
  const std::array<std::pair<const char*, commit_mode>, 3> modes{{{"memory", commit_mode::none},
                                                                  {"async", commit_mode::written},
                                                                  {"sync", commit_mode::synced}}};
  for (const auto& [name, mode] : modes)
    for (const std::size_t concurrency : {1, 10, 50, 200, 1'000})
      add(std::string("execution/") + name + "/" + std::to_string(concurrency),
          [concurrency, m = mode](benchmark::State& s) { execution(s, concurrency, m); });
}

void add_all() {
  for (const std::size_t n : {1, 200}) {
    const auto at = "/" + std::to_string(n);
    add("caf_round_trip" + at, [n](benchmark::State& s) {
      for (auto _ : s) show(s, run_round_trips(n, time_for_each()));
    });
    add("caf_spawn" + at, [n](benchmark::State& s) {
      for (auto _ : s) show(s, run_spawns(n, time_for_each()));
    });
  }
  add("fdatasync", disk);
  for (const bool sync : {false, true})
    for (const std::size_t n : {1, 50, 200})
      add(std::string("rocksdb_batch/") + (sync ? "sync/" : "async/") + std::to_string(n),
          [=](benchmark::State& s) { batches(s, n, sync); });
  for (const std::size_t n : {10, 50})
    add("rocksdb_writers/sync/" + std::to_string(n), [n](benchmark::State& s) { writers(s, n); });
  for (const std::size_t n : {1, 64})
    add("beast_echo/" + std::to_string(n), [n](benchmark::State& s) { echo(s, n); });
  add_executions();
}

}  // namespace
}  // namespace pitwall::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  pitwall::bench::add_all();
  benchmark::RunSpecifiedBenchmarks();
}
