// examples/realtime_trading: a bot between two exchanges buys where it is cheaper, and shows why.
#include <sstream>

#include "tests/examples/example.hpp"
#include "tests/examples/readme_sample.hpp"

namespace pitwall::test {
namespace {

/// The number behind `name`, in a line.
double number_after(const std::string& line, const std::string& name) {
  const auto at = line.find(name);
  REQUIRE(at != std::string::npos);
  return std::stod(line.substr(at + name.size()));
}

}  // namespace

TEST_CASE("the example buys where it is cheaper, and shows what, why and how long it took",
          "[realtime_trading]") {
  const auto shown =
      run_example("realtime_trading", {}, {late("EAST", "30s"), late("WEST", "30s")});
  INFO(shown.out << shown.err);
  REQUIRE(shown.exit_code == 0);
  CHECK(missing_in_order(shown.out, {"east         http://127.0.0.1:", "test client  http://",
                                     "ORDERED", "why  the gap of 0.", "is cheaper", " ms\n",
                                     "gap  0.0", "== per node", "sell_west", "== what came of it",
                                     "pitwall positions", "bot:arbitrage"}) == "");
  // Which of the two is cheaper, and so what is left in the end, is not the same in each run.
  const sample_rules either{
      {{"east|west", "SIDE"}},
      {"no positions", "BOT VENUE SYMBOL QUANTITY AVERAGE ENTRY LAST PRICE UNREALIZED",
       "arbitrage SIDE BTC/USDT # # # #"}};
  CHECK(sample_differences(readme_sample("realtime_trading"), shown.out, either) == "");
  // By the prices that it saw; those that the orders met may have moved since.
  std::istringstream lines(shown.out);
  std::string cheaper, dearer;
  int bought = 0, sold = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" ms  ORDERED") != std::string::npos) {
      const bool east = number_after(line, "east ") < number_after(line, "west ");
      CHECK(number_after(line, "gap ") > 0.4);
      cheaper = east ? " on east," : " on west,";
      dearer = east ? " on west," : " on east,";
    }
    if (line.find(" buy  0.01 BTC at ") != std::string::npos) {
      CHECK(line.find(cheaper) != std::string::npos);
      ++bought;
    }
    if (line.find(" sell  0.01 BTC at ") != std::string::npos) {
      CHECK(line.find(dearer) != std::string::npos);
      ++sold;
    }
  }
  CHECK(bought >= 1);
  CHECK(sold == bought);
}

}  // namespace pitwall::test
