// What the resilience machines cost on the way of every call, and that they allocate nothing there.
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "runtime/resilience/bulkhead.hpp"
#include "runtime/resilience/circuit_breaker.hpp"
#include "runtime/resilience/retry_policy.hpp"

namespace {
std::atomic<std::uint64_t> allocations{0};
}  // namespace

// Not inlined: g++ takes the pair of malloc and free for a mismatch where it sees only one of them.
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace {

using namespace pitwall;
using std::chrono::microseconds;

constexpr timestamp start{std::chrono::seconds(1'700'000'000)};

/// Counts what the loop allocates, not what is made before it.
class allocation_counter {
 public:
  explicit allocation_counter(benchmark::State& state) : state_(state) {}
  ~allocation_counter() {
    state_.counters["allocations"] = static_cast<double>(allocations.load() - before_);
  }

 private:
  benchmark::State& state_;
  std::uint64_t before_ = allocations.load();
};

void breaker_call(benchmark::State& state, breaker_settings settings) {
  auto b = circuit_breaker::make(settings, 1, start).value();
  auto now = start;
  allocation_counter counted(state);
  for (auto _ : state) {
    const auto a = b.ask(now);
    now += microseconds(50);
    benchmark::DoNotOptimize(b.report(*a.permit, call_outcome::success, now));
  }
}
void breaker_time_window(benchmark::State& state) { breaker_call(state, {}); }
BENCHMARK(breaker_time_window);
void breaker_count_window(benchmark::State& state) {
  breaker_settings settings;
  settings.window.by = window_settings::measure::calls;
  settings.failure_percent = settings.slow_percent = 50;
  breaker_call(state, settings);
}
BENCHMARK(breaker_count_window);

void breaker_refuses(benchmark::State& state) {
  auto b = circuit_breaker::make({}, 1, start).value();
  b.force(breaker_state::forced_open, start);
  allocation_counter counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(b.ask(start));
}
BENCHMARK(breaker_refuses);

void token_bucket_take(benchmark::State& state) {
  auto bucket = token_bucket::make({1'000'000, std::chrono::seconds(1), 1'000}, start).value();
  auto now = start;
  allocation_counter counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(bucket.try_take(1, now += microseconds(1)));
}
BENCHMARK(token_bucket_take);

void bulkhead_enter_leave(benchmark::State& state) {
  auto b = bulkhead::make({}).value();
  allocation_counter counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(b.leave(b.enter().permit));
}
BENCHMARK(bulkhead_enter_leave);

void retry_decide(benchmark::State& state) {
  const auto policy = retry_policy::make({}).value();
  splitmix64 random{1};
  const failed_attempt failure{errc::unavailable, 503, {}, false, false};
  allocation_counter counted(state);
  for (auto _ : state) {
    benchmark::DoNotOptimize(policy.decide({2, {}}, failure, start, {}, random.next()));
  }
}
BENCHMARK(retry_decide);

}  // namespace
