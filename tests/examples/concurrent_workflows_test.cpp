// examples/concurrent_workflows: what five pairs on one venue have in common, and that a halt in
// mid-flight stops all of them.
#include "tests/examples/example.hpp"
#include "tests/examples/readme_sample.hpp"

namespace pitwall::test {

TEST_CASE("the example runs five pairs at once, and a halt in mid-flight stops all",
          "[concurrent_workflows]") {
  const auto shown = run_example("concurrent_workflows", {"40"}, {late("SIM", "30s")});
  INFO(shown.out << shown.err);
  REQUIRE(shown.exit_code == 0);
  CHECK(missing_in_order(shown.out, {"200 executions in ",
                                     " a second",
                                     "p95 ms",
                                     "bnb        40",
                                     "btc        40",
                                     "eth        40",
                                     "ltc        40",
                                     "sol        40",
                                     "orders filled: 200",
                                     "changed risk.orders_per_second: null -> 50",
                                     " orders_per_second",
                                     " circuit_open",
                                     "sim/data      open",
                                     "sim/orders    closed",
                                     "closed at 20",
                                     " halted",
                                     "after that: ",
                                     ", 0 not among these",
                                     "      5 halted",
                                     "global: halt -> normal",
                                     "orders filled: 200"}) == "");
  // How far each had come when the halt came.
  CHECK(sample_differences(readme_sample("concurrent_workflows"), shown.out,
                           {{}, {"# completed"}}) == "");
}

}  // namespace pitwall::test
