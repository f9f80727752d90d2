// What a long history costs: a page of it, a start on it, its bytes. Stores of ten thousand and of
// 300,000 events; with PITWALL_BENCH_LARGE=1 of ten million. They are written first, by another
// process, in PITWALL_BENCH_DIR or the working directory.
#include <benchmark/benchmark.h>

#include <chrono>
#include <functional>
#include <random>

#include "actors/replay_run.hpp"
#include "bench/store_on_disk.hpp"
#include "tests/support/long_history.hpp"

namespace pitwall::bench {
namespace {

using clock = std::chrono::steady_clock;
using test::long_history;

double seconds_since(clock::time_point begin) {
  return std::chrono::duration<double>(clock::now() - begin).count();
}

store_shape shape_of(std::uint64_t events) {
  return {events / long_history::events_each, 50, true};
}

/// One store, opened once for all its pages, and questions to it at random places.
struct reader {
  explicit reader(std::uint64_t events) : shape(shape_of(events)), history(shape.per_commit) {
    auto options = options_for(store_of(shape).directory);
    options.read_only = true;
    store = must(open_rocksdb(options));
  }
  std::uint64_t any() { return random() % shape.executions; }

  store_shape shape;
  long_history history;
  storage_set store;
  std::mt19937_64 random{20260301};
};

using question = std::function<std::size_t(reader&)>;

void ask(benchmark::State& state, std::uint64_t events, const question& q) {
  reader r(events);
  std::size_t rows = 0;
  for (auto _ : state) rows += q(r);
  state.counters["rows"] =
      benchmark::Counter(static_cast<double>(rows), benchmark::Counter::kAvgIterations);
}

std::size_t list(reader& r, execution_query query) {
  return must(r.store.events->executions(query)).executions.size();
}

execution_query with(std::function<void(execution_query&)> set) {
  execution_query query;
  set(query);
  return query;
}

std::vector<std::pair<std::string, question>> questions() {
  using q = execution_query;
  const auto newest = [](std::function<void(q&)> set) -> question {
    return [query = with(std::move(set))](reader& r) { return list(r, query); };
  };
  const auto anywhere = [](std::function<void(q&)> set) -> question {
    return [query = with(std::move(set))](reader& r) mutable {
      query.before = r.history.ulid(r.any());
      return list(r, query);
    };
  };
  return {
      {"list/newest", newest([](q&) {})},
      {"list/newest_of_1000", newest([](q& x) { x.limit = 1'000; })},
      {"list/deep", anywhere([](q&) {})},
      {"list/workflow", newest([](q& x) { x.workflow_id = "arb7"; })},
      {"list/workflow_deep", anywhere([](q& x) { x.workflow_id = "arb7"; })},
      {"list/status_completed", newest([](q& x) { x.status = run_status::completed; })},
      {"list/status_rare", newest([](q& x) { x.status = run_status::cancelled; })},
      {"list/bot_rare", newest([](q& x) { x.bot_id = long_history::rare_bot; })},
      {"list/workflow_bot_status_deep", anywhere([](q& x) {
         x.workflow_id = "arb3";
         x.bot_id = "bot3";
         x.status = run_status::completed_with_errors;
       })},
      {"list/ten_seconds",
       [](reader& r) {
         q query;
         query.started_after = r.history.began(r.any());
         query.started_before = *query.started_after + std::chrono::seconds(10);
         return list(r, query);
       }},
      {"execution/summary",
       [](reader& r) {
         must(r.store.events->execution(r.history.execution_id(r.any())));
         return std::size_t{1};
       }},
      {"execution/events",
       [](reader& r) {
         event_query query;
         query.execution_id = r.history.execution_id(r.any());
         return must(r.store.events->read(query)).events.size();
       }},
      {"events/deep",
       [](reader& r) {
         event_query query;
         query.after = r.random() % r.store.events->head();
         query.limit = 100;
         return must(r.store.events->read(query)).events.size();
       }},
  };
}

void write(benchmark::State& state, std::uint64_t events) {
  for (auto _ : state) {
    const auto& made = store_of(shape_of(events));
    state.SetIterationTime(made.seconds);
    state.counters["events/s"] = static_cast<double>(made.events) / made.seconds;
  }
}

void size(benchmark::State& state, store_shape shape) {
  const auto& made = store_of(shape);
  for (auto _ : state) {
    const store_copy copy(made.directory);
    const auto each = static_cast<double>(shape.executions);
    state.counters["bytes/execution"] = static_cast<double>(copy.bytes()) / each;
    const auto begin = clock::now();
    copy.compact();
    state.SetIterationTime(seconds_since(begin));
    state.counters["compacted"] = static_cast<double>(copy.bytes()) / each;
  }
}

enum class end { orderly, killed };
enum class cache { warm, cold };

/// Of the storage alone, on a copy each time: a start changes what it finds.
void start(benchmark::State& state, std::uint64_t events, end how, cache files) {
  const auto shape = shape_of(events);
  const auto& made = store_of(shape);
  double replayed = 0, seconds = 0;
  for (auto _ : state) {
    const store_copy copy(made.directory);
    if (how == end::killed) copy.write_on_and_die(shape);
    const auto stored = checkpoint_of(copy.directory());
    if (files == cache::cold) copy.forget_cached();
    const auto begin = clock::now();
    const auto opened = must(open_rocksdb(options_for(copy.directory())));
    const auto spent = seconds_since(begin);
    state.SetIterationTime(spent);
    seconds += spent;
    replayed += static_cast<double>(opened.events->head() - stored);
  }
  if (replayed == 0) return;
  state.counters["replayed"] = benchmark::Counter(replayed, benchmark::Counter::kAvgIterations);
  state.counters["s/Mevents"] = seconds / replayed * 1e6;
}

/// Every unfinished execution is found, and its state made from its events, as a start does.
void resume(benchmark::State& state, store_shape shape) {
  const auto& made = store_of(shape);
  auto options = options_for(made.directory);
  options.read_only = true;
  const auto plan = long_history(1).workflow();
  for (auto _ : state) {
    const auto store = must(open_rocksdb(options));
    const auto begin = clock::now();
    std::uint64_t found = 0;
    for (std::string next;;) {
      auto page = must(store.events->unsettled(next, 128));
      for (const auto& e : page.executions) {
        must(replay_run(*store.events, plan, e.scope));
        ++found;
      }
      next = page.next;
      if (next.empty()) break;
    }
    if (found != shape.executions) state.SkipWithError("not all were found");
    const auto spent = seconds_since(begin);
    state.SetIterationTime(spent);
    state.counters["s/Mevents"] = spent / static_cast<double>(made.events) * 1e6;
    state.counters["executions/s"] = static_cast<double>(found) / spent;
  }
}

template <class Run>
benchmark::internal::Benchmark* add(const std::string& name, Run run) {
  return benchmark::RegisterBenchmark(name.c_str(), std::move(run));
}

void add_starts(const std::string& size, std::uint64_t events) {
  for (const auto files : {cache::warm, cache::cold})
    for (const auto how : {end::orderly, end::killed}) {
      const std::string name = std::string(how == end::orderly ? "start/orderly" : "start/killed") +
                               (files == cache::warm ? "/" : "_cold/") + size;
      add(name, [=](benchmark::State& s) { start(s, events, how, files); })
          ->UseManualTime()
          ->Iterations(5)
          ->Unit(benchmark::kMillisecond);
    }
}

void add_all() {
  const std::vector<std::uint64_t> sizes{10'000, large() ? 10'000'000U : 300'000U};
  for (const auto events : sizes)
    add("write/" + std::to_string(events), [=](benchmark::State& s) { write(s, events); })
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kSecond);
  for (const auto& [name, q] : questions())
    for (const auto events : sizes)
      add(name + "/" + std::to_string(events),
          [events, q = q](benchmark::State& s) { ask(s, events, q); })
          ->MinTime(0.1)
          ->Unit(benchmark::kMicrosecond);
  add_starts("0", 0);
  for (const auto events : sizes) add_starts(std::to_string(events), events);
  for (const std::uint64_t per_commit : {50, 1'000, 4'000}) {
    const store_shape shape{large() ? 100'000U : 8'000U, per_commit, false};
    add("resume/" + shape.name(), [=](benchmark::State& s) { resume(s, shape); })
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kSecond);
  }
  for (const auto& shape : {store_shape{20'000, 1, true}, shape_of(sizes.back())})
    add("size/" + shape.name(), [=](benchmark::State& s) { size(s, shape); })
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kSecond);
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
