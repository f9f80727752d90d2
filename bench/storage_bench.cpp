// What a commit costs: 50 executions of 12 events each, by durability; encoding alone; and the
// floor below it all, a write and an fdatasync of the same size.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <string>

#include "storage/codec/record_codec.hpp"
#include "storage/open.hpp"
#include "tests/support/events.hpp"

namespace {

using namespace pitwall;

constexpr std::uint64_t executions_per_commit = 50;

/// A directory on the disk of the working directory: /tmp may be memory.
struct bench_directory {
  std::filesystem::path path;
  bench_directory() {
    std::string pattern = "storage-bench-XXXXXX";
    if (::mkdtemp(pattern.data()) != nullptr) path = pattern;
  }
  ~bench_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

std::vector<event_batch> next_batches(std::uint64_t& n) {
  static const test::sample_workflow flow;
  std::vector<event_batch> batches;
  for (std::uint64_t i = 0; i < executions_per_commit; ++i) batches.push_back(flow.whole(n++));
  return batches;
}

void count(benchmark::State& state) {
  const auto executions = static_cast<double>(state.iterations() * executions_per_commit);
  state.counters["executions/s"] = benchmark::Counter(executions, benchmark::Counter::kIsRate);
  state.counters["s/event"] = benchmark::Counter(
      executions * 12, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void encode_commit(benchmark::State& state) {
  std::uint64_t n = 0;
  const auto batches = next_batches(n);
  storage::record_encoder encoder;
  std::string record;
  for (auto _ : state) encoder.encode(1, storage::no_record, batches, record);
  state.counters["bytes"] = static_cast<double>(record.size());
  count(state);
}
BENCHMARK(encode_commit);

void decode_commit(benchmark::State& state) {
  std::uint64_t n = 0;
  storage::record_encoder encoder;
  std::string record;
  encoder.encode(1, storage::no_record, next_batches(n), record);
  for (auto _ : state) {
    auto reader = storage::record_reader::open(record, 1);
    std::vector<recorded_event> events;
    if (!reader.ok() || !reader->select({}, events).ok()) state.SkipWithError("damaged");
    benchmark::DoNotOptimize(events);
  }
  count(state);
}
BENCHMARK(decode_commit);

void commit_loop(benchmark::State& state, journal& j, durability how) {
  std::uint64_t n = 1;
  for (auto _ : state) {
    state.PauseTiming();
    auto batches = next_batches(n);
    std::promise<bool> answered;
    state.ResumeTiming();
    j.commit(std::move(batches), how, [&](result<committed_ref> r) { answered.set_value(r.ok()); });
    if (!answered.get_future().get()) state.SkipWithError("commit failed");
  }
  count(state);
}

void commit_in_memory(benchmark::State& state) {
  const auto s = open_memory();
  commit_loop(state, *s.events, durability::memory);
}
BENCHMARK(commit_in_memory)->UseRealTime();

void commit_in_rocksdb(benchmark::State& state, durability how) {
  const bench_directory directory;
  storage_options options;
  options.directory = directory.path / "data";
  const auto s = open_rocksdb(options);
  if (!s.ok()) {
    state.SkipWithError(s.error().to_string().c_str());
    return;
  }
  commit_loop(state, *s->events, how);
}
BENCHMARK_CAPTURE(commit_in_rocksdb, async, durability::async)->UseRealTime();
BENCHMARK_CAPTURE(commit_in_rocksdb, sync, durability::sync)->UseRealTime();

void fdatasync_floor(benchmark::State& state) {
  const bench_directory directory;
  std::uint64_t n = 0;
  storage::record_encoder encoder;
  std::string record;
  encoder.encode(1, storage::no_record, next_batches(n), record);
  const int fd = ::open((directory.path / "log").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  for (auto _ : state) {
    if (::write(fd, record.data(), record.size()) < 0 || ::fdatasync(fd) != 0) {
      state.SkipWithError("the disk refuses");
    }
  }
  ::close(fd);
  count(state);
}
BENCHMARK(fdatasync_floor)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
