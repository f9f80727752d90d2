// examples/crash_and_resume: by the exchange's own book an order goes out once, whatever the
// moment.
#include "tests/examples/example.hpp"
#include "tests/examples/readme_sample.hpp"

namespace pitwall::test {

TEST_CASE("the example kills a host in mid-order, and the order goes out once",
          "[crash_and_resume]") {
  const auto shown = run_example("crash_and_resume", {"1"}, {late("SIM", "10s")});
  INFO(shown.out << shown.err);
  REQUIRE(shown.exit_code == 0);
  const std::string once = "journal: filled 1 time(s); exchange: 1 order(s) pw-";
  CHECK(missing_in_order(shown.out,
                         {"killed: exec_buyer_", "running", "order_intent", "execution_resumed",
                          "order_filled", "execution_completed", once, "its order has not arrived",
                          "order_intent", "execution_resumed", "12 executions: ", "0 of them twice",
                          "and nobody meant: 0", "the journal is whole"}) == "");
  // How much of an event is left in a line goes by how many digits its duration has.
  const sample_rules lines_end{{{" duration_ms=.*", ""}}};
  CHECK(sample_differences(readme_sample("crash_and_resume"), shown.out, lines_end) == "");
}

}  // namespace pitwall::test
