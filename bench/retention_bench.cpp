// What retention costs those who trade: how long a commit takes, alone and beside a prune at the
// retention actor's pace, at 1,000 executions/s; and how large a journal gets that is pruned all
// the time. PITWALL_BENCH_LARGE=1: for minutes.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "actors/retention/actor.hpp"
#include "bench/store_on_disk.hpp"
#include "tests/support/long_history.hpp"

namespace pitwall::bench {
namespace {

using clock = std::chrono::steady_clock;
using test::long_history;

double ms_between(clock::time_point begin, clock::time_point end) {
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

/// Steps of retention as its actor makes them, on a thread of their own.
class pruner {
 public:
  pruner(journal& j, std::uint64_t keep_events) : journal_(j) {
    request_.keep.max_events = keep_events;
    request_.floor = UINT64_MAX;
    thread_ = std::thread([this] { run(); });
  }
  ~pruner() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  pruner(const pruner&) = delete;
  pruner& operator=(const pruner&) = delete;

  /// Of what was done until it had nothing more to do.
  double executions_per_second() const { return seconds_ == 0 ? 0 : executions_ / seconds_; }
  double ms_per_step() const { return steps_ == 0 ? 0 : worked_ / steps_; }

 private:
  void run() {
    const auto begin = clock::now();
    for (auto rest = milliseconds(0); !ended(rest);) {
      std::promise<result<prune_outcome>> answered;
      const auto at = clock::now();
      journal_.prune(request_, [&](result<prune_outcome> r) { answered.set_value(std::move(r)); });
      const auto step = must(answered.get_future().get());
      const auto spent = clock::now() - at;
      worked_ = worked_ + std::chrono::duration<double, std::milli>(spent).count();
      steps_ = steps_ + 1;
      executions_ = executions_ + static_cast<double>(step.executions);
      if (step.executions > 0) seconds_ = ms_between(begin, clock::now()) / 1e3;
      // The actor's next pass would come a minute later: too rare for a bench of seconds.
      rest = step.more ? retention::rest_after(std::chrono::duration_cast<microseconds>(spent))
                       : milliseconds(200);
    }
  }
  bool ended(milliseconds rest) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, rest, [this] { return over_; });
  }

  journal& journal_;
  prune_request request_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::atomic<double> executions_ = 0, seconds_ = 0, worked_ = 0, steps_ = 0;
  std::thread thread_;
};

/// In milliseconds; sorts them.
void report(benchmark::State& state, std::vector<double>& latencies) {
  std::sort(latencies.begin(), latencies.end());
  const auto at = [&](double share) {
    const auto last = static_cast<double>(latencies.size() - 1);
    return latencies[static_cast<std::size_t>(share * last)];
  };
  state.counters["p50_ms"] = at(0.5);
  state.counters["p99_ms"] = at(0.99);
  state.counters["max_ms"] = latencies.back();
}

std::future<bool> commit(journal& j, std::vector<event_batch> batches, durability how) {
  auto answered = std::make_shared<std::promise<bool>>();
  j.commit(std::move(batches), how,
           [answered](result<committed_ref> r) { answered->set_value(r.ok()); });
  return answered->get_future();
}

enum class beside { nothing, prune };

/// One commit of five executions every five milliseconds, on a store that has much to let go.
void latency(benchmark::State& state, durability how, beside what) {
  constexpr std::uint64_t each = 5;
  const store_shape shape{large() ? 400'000U : 150'000U, each, true};
  const int commits = large() ? 4'000 : 1'000;
  const auto& made = store_of(shape);
  for (auto _ : state) {
    const store_copy copy(made.directory);
    const auto store = must(open_rocksdb(options_for(copy.directory())));
    long_history history(each);
    std::optional<pruner> prune;
    if (what == beside::prune) prune.emplace(*store.events, 1'000);
    std::vector<double> latencies;
    auto due = clock::now();
    for (std::uint64_t n = shape.executions; latencies.size() < static_cast<std::size_t>(commits);
         n += each) {
      auto batches = history.next_commit(n, each, true);
      std::this_thread::sleep_until(due += milliseconds(5));
      const auto begin = clock::now();
      if (!commit(*store.events, std::move(batches), how).get()) state.SkipWithError("failed");
      latencies.push_back(ms_between(begin, clock::now()));
    }
    report(state, latencies);
    state.SetIterationTime(state.counters["p50_ms"] / 1e3);
    if (!prune) continue;
    state.counters["pruned/s"] = prune->executions_per_second();
    state.counters["step_ms"] = prune->ms_per_step();
  }
}

/// As fast as retention keeps up with, many times what is kept: the files must not grow with what
/// was written.
void bounded(benchmark::State& state, std::uint64_t each) {
  const std::uint64_t keep = 10'000, rounds = large() ? 30 : 10;
  for (auto _ : state) {
    const new_directory directory;
    const auto store = must(open_rocksdb(options_for(directory.path)));
    long_history history(each);
    const pruner prune(*store.events, keep * long_history::events_each);
    std::uint64_t n = 0, most = 0;
    std::string series;
    const auto begin = clock::now();
    for (std::uint64_t round = 0; round < rounds; ++round) {
      for (const auto end = n + keep; n < end; n += each) {
        if (!commit(*store.events, history.next_commit(n, each, true), durability::async).get())
          state.SkipWithError("failed");
      }
      auto stats = must(store.events->stats());
      for (; stats.executions > 2 * keep; stats = must(store.events->stats()))
        std::this_thread::sleep_for(milliseconds(20));
      most = std::max(most, stats.bytes - stats.wal_bytes);
      series += ' ' + std::to_string((stats.bytes - stats.wal_bytes) >> 20U);
    }
    state.SetIterationTime(ms_between(begin, clock::now()) / 1e3);
    const auto stats = must(store.events->stats());
    state.SetLabel("MB without the log:" + series);
    state.counters["kept"] = static_cast<double>(stats.executions);
    state.counters["kept_MB"] = static_cast<double>(stats.record_bytes) / 1e6;
    state.counters["most_MB"] = static_cast<double>(most) / 1e6;
    state.counters["log_MB"] = static_cast<double>(stats.wal_bytes) / 1e6;
  }
}

template <class Run>
void add(const std::string& name, Run run) {
  benchmark::RegisterBenchmark(name.c_str(), std::move(run))
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
}

void add_all() {
  for (const auto how : {durability::sync, durability::async}) {
    const std::string mode = how == durability::sync ? "sync" : "async";
    for (const auto what : {beside::nothing, beside::prune})
      add("commit/" + mode + (what == beside::prune ? "/beside_prune" : "/alone"),
          [=](benchmark::State& s) { latency(s, how, what); });
  }
  for (const std::uint64_t each : {5, 1'000})
    add("pruned_all_the_time/" + std::to_string(each) + "_to_a_commit",
        [=](benchmark::State& s) { bounded(s, each); });
}

}  // namespace
}  // namespace pitwall::bench

int main(int argc, char** argv) {
  if (const int code = pitwall::bench::other_process(argc, argv); code >= 0) return code;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  pitwall::bench::add_all();
  benchmark::RunSpecifiedBenchmarks();
}
