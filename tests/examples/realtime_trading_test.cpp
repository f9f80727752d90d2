// examples/realtime_trading: a bot between two exchanges buys where it is cheaper, and shows why.
#include <sstream>

#include "tests/examples/example.hpp"

namespace pitwall::test {
namespace {

/// "  buy  0.01 BTC at 59981 on east, fee 0.59981": the price.
int price_in(const std::string& line) { return std::stoi(line.substr(line.find(" at ") + 4)); }

}  // namespace

TEST_CASE("the example buys where it is cheaper, and shows what, why and how long it took",
          "[realtime_trading]") {
  const auto shown = run_example("realtime_trading", {"--trades", "2"});
  INFO(shown.out << shown.err);
  REQUIRE(shown.exit_code == 0);
  CHECK(missing_in_order(shown.out, {"east         http://127.0.0.1:", "test client  http://",
                                     "gap  0.0", "ORDERED", "why  the gap of 0.", "is cheaper",
                                     "buy_east", "== per node", "sell_west", "== what came of it",
                                     "arbitrage  east", "arbitrage  west", "bot:arbitrage"}) == "");
  std::istringstream lines(shown.out);
  int bought = 0, sold = 0, pairs = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" buy  0.01 BTC at ") != std::string::npos) bought = price_in(line);
    if (line.find("sell  0.01 BTC at ") != std::string::npos) sold = price_in(line);
    if (line.find(" why  ") == std::string::npos) continue;
    // More than the fees of both, 0.1 % each.
    CHECK(sold - bought > 120);
    bought = sold = 0;
    ++pairs;
  }
  CHECK(pairs >= 1);
}

}  // namespace pitwall::test
