// `pitwall exchange`, used by ccxt as it is published. Run by the test `ccxt`, where node and the
// package are (`./dev test` installs it); what is claimed stands in ccxt/client.js.
#include "tests/support/catch.hpp"
#include "tests/support/exchange_client.hpp"
#include "tests/support/paths.hpp"

namespace pitwall::test {
namespace {

void use(const std::string& part, std::vector<std::string> options = {}) {
  scratch_directory d;
  options.insert(options.end(), {"--data-dir", (d.path() / "x").string()});
  const exchange_process x(pitwall_binary(), options);
  const auto f =
      run_program({"/usr/bin/env", "node", source_path("/tests/process/ccxt/client.js"),
                   source_path("/build/clients"), x.url(), x.key.key, x.key.secret, part});
  INFO(f.err);
  CHECK(f.out == "passed\n");
  CHECK(f.exit_code == 0);
}

}  // namespace

TEST_CASE("ccxt lists markets and reads books, tickers, candles and trades", "[.ccxt]") {
  use("market", {"--balance", "USDT=100000"});
}

TEST_CASE("ccxt places, finds, lists and cancels orders, and sees its balance", "[.ccxt]") {
  use("orders", {"--balance", "USDT=100000", "--balance", "BTC=1"});
}

TEST_CASE("ccxt knows the exchange's errors by its own classes", "[.ccxt]") {
  use("errors", {"--balance", "USDT=100000", "--balance", "BTC=1"});
  use("limits", {"--balance", "USDT=100000", "--order-limit", "2"});
  use("unavailable", {"--error-rate", "1"});
}

}  // namespace pitwall::test
