// What an execution costs in pure computation: decide + apply of every step, without actors,
// journal or blocks. A chain, as the most common workflows are, and the widest and longest allowed.
#include <benchmark/benchmark.h>

#include "runtime/workflow/run.hpp"
#include "tests/workflow/plan_builder.hpp"

namespace {

using namespace pitwall;

enum class shape { chain, fan };

std::shared_ptr<const plan> plan_of(std::int64_t nodes, shape s) {
  test::plan_builder b;
  b.node({"n0"});
  for (std::int64_t i = 1; i < nodes; ++i)
    b.node({"n" + std::to_string(i), {s == shape::fan ? "n0" : "n" + std::to_string(i - 1)}});
  return b.build();
}

void step(run_state& s, run_input input, timestamp now) {
  const auto d = decide(s, std::move(input), now);
  for (const auto& e : d.events) apply(s, e);
  benchmark::DoNotOptimize(d.effects.data());
}

void whole_execution(benchmark::State& state, shape form) {
  const auto p = plan_of(state.range(0), form);
  const auto scope = std::make_shared<const event_scope>(
      event_scope{"exec_wf_01HZZZZZZZZZZZZZZZZZZZZZZZ", "wf", "bot", "strategy"});
  const timestamp now{std::chrono::seconds(1'772'366'400)};
  for (auto _ : state) {
    run_state s(p, scope);
    step(s, begin{}, now);
    for (std::uint32_t i = 0; i < s.nodes.size(); ++i)
      step(s, node_finished{i, 1, {value(1)}, now, nullptr}, now);
    if (s.status != run_status::completed) state.SkipWithError("the run did not complete");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void run_chain(benchmark::State& state) { whole_execution(state, shape::chain); }
void run_fan(benchmark::State& state) { whole_execution(state, shape::fan); }
BENCHMARK(run_chain)->Arg(5)->Arg(100)->Arg(1'000);
BENCHMARK(run_fan)->Arg(5)->Arg(1'000);

void run_result_json(benchmark::State& state) {
  const auto p = plan_of(state.range(0), shape::chain);
  run_state s(p, std::make_shared<const event_scope>(event_scope{"exec_wf_x", "wf", "", ""}));
  const timestamp now{std::chrono::seconds(1'772'366'400)};
  step(s, begin{}, now);
  for (std::uint32_t i = 0; i < s.nodes.size(); ++i)
    step(s, node_finished{i, 1, {value(1)}, now, nullptr}, now);
  for (auto _ : state) benchmark::DoNotOptimize(result_json(s));
}
BENCHMARK(run_result_json)->Arg(5);

}  // namespace
