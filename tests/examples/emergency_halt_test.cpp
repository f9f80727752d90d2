// examples/emergency_halt: what an alert, a loss and a person block.
#include "tests/examples/example.hpp"
#include "tests/examples/readme_sample.hpp"

namespace pitwall::test {

TEST_CASE("the example halts by a loss and by hand, and shows what is blocked",
          "[emergency_halt]") {
  const auto shown = run_example("emergency_halt");
  INFO(shown.out << shown.err);
  REQUIRE(shown.exit_code == 0);
  CHECK(missing_in_order(shown.out,
                         {"global: normal -> alert",
                          "churner   its orders are filled",
                          "bot:churner  halt",
                          "churner   refused: the emergency state is halt",
                          "maker     its order rests",
                          "trigger       daily_loss_limit",
                          "formula       realized_today + unrealized",
                          "computed      (-3.96) + 0 = -3.96 < -3",
                          "global: alert -> halt",
                          "maker     refused",
                          "watcher   it looked, and told",
                          "operator      anna",
                          "buy 0.01 BTC/USDT at 50000 on sim  open",
                          "withdraw  its order is cancelled",
                          "global: halt -> normal",
                          "maker     its order rests",
                          "churner   refused",
                          "bot:churner: halt -> normal",
                          "bot:churner  halt",
                          "bot:churner: normal -> halt, by pitwall: daily_loss_limit"}) == "");
  // Whether the order or the look at the figures is first, which the README says, words the last
  // refusal; and that the halt is there before the order is told of it, or not yet.
  const sample_rules either{{},
                            {"(churner )?(the order was )?refused.*",
                             "the emergency state does not let .*", "daily_loss_limit is .*"}};
  CHECK(sample_differences(readme_sample("emergency_halt"), shown.out, either) == "");
}

}  // namespace pitwall::test
