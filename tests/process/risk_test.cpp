// Limits of a real host: refused orders never reach the exchange, which is an independent witness.
#include <csignal>

#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"
#include "tests/support/process.hpp"
#include "tests/support/witness.hpp"

namespace pitwall::test {
namespace {

constexpr std::string_view buys = R"({"bot_id": "b", "strategy_id": "momentum",
  "blocks": [
  {"id": "buy", "type": "buy", "category": "actions", "properties":
   {"signal": true, "symbol": "BTC/USDT", "amount": "0.01", "venue": "sim"}}],
  "connections": []})";

bool says(const finished& f, std::string_view text) {
  return f.out.find(text) != std::string::npos || f.err.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("wrong limits are named all at once, before anything starts") {
  scratch_directory d;
  const auto data = d.path() / "data";
  const auto f =
      run_program({pitwall_binary(), "serve", "--data-dir", data.string(), "--limit", "max_loss=1",
                   "--limit", "max_order_size=-1", "--limit", "x", "--bot-limit",
                   "max_order_size=1", "--bot-limit", "b:max_open_orders=half"});
  CAPTURE(f.err);
  CHECK(f.exit_code == 64);
  for (const char* what : {"--limit max_loss=1", "--limit max_order_size=-1", "--limit x",
                           "--bot-limit max_order_size=1", "max_open_orders=half"}) {
    CAPTURE(what);
    CHECK(says(f, what));
  }
  CHECK_FALSE(std::filesystem::exists(data / "control.sock"));
}

TEST_CASE("an order beyond a limit never reaches the venue, and the host says why") {
  witness exchange(witness_binary(), {"--still"});
  scratch_directory d;
  const auto data = (d.path() / "data").string();
  child_process host(patient_pitwall({"serve", d.write("w.json", buys).string(), "--data-dir", data,
                                      "--venue", "sim=binance:" + exchange.url(), "--bot-limit",
                                      "b:max_position_size=0.02"}));
  REQUIRE(host.await_line("ready:"));
  const auto run = [&] {
    return ask_socket(std::filesystem::path(data) / "control.sock",
                      {"POST", "/api/v1/workflows/w/executions?wait=9"})
        .body;
  };
  for (int i = 0; i < 2; ++i) CHECK(run().find(R"("status":"completed")") != std::string::npos);
  const auto third = run();
  CAPTURE(third);
  CHECK(third.find(R"("error_type":"max_position_size")") != std::string::npos);
  CHECK(exchange.orders().size() == 2);
  const auto cli = [&](std::vector<std::string> what) {
    what.insert(what.begin(), pitwall_binary());
    what.insert(what.end(), {"--data-dir", data});
    return run_program(what);
  };
  const auto positions = cli({"positions"});
  CHECK(positions.exit_code == 0);
  CHECK(says(positions, "0.02"));
  CHECK(says(cli({"positions", "--json"}), R"("bot_id":"b","venue":"sim","symbol":"BTC/USDT")"));
  const auto limits = cli({"risk"});
  CHECK(limits.exit_code == 0);
  for (const char* what : {"host", "bot:b", "daily_loss_limit", "max_position_size", "auto-halt"})
    CHECK(says(limits, what));
  // Two fills bought at the ask and marked at the mid price, less their fees, by whose they are.
  for (const char* what : {"PROFIT AND LOSS", "strategy:momentum", "venue:sim"})
    CHECK(says(limits, what));
  const auto profit = *parse_json(cli({"risk", "--json"}).out)->find("profit");
  const auto of = [&](const char* group) {
    const auto& rows = profit.find(group)->as_list();
    REQUIRE(rows.size() == 1);
    return to_json(*rows[0].find("realized")) + to_json(*rows[0].find("daily_pnl"));
  };
  const auto& whole = *profit.find("host");
  const auto host_figures = to_json(*whole.find("realized")) + to_json(*whole.find("daily_pnl"));
  CHECK(whole.find("realized")->as_number() < 0);
  CHECK(of("bots") == host_figures);
  CHECK(of("strategies") == host_figures);
  CHECK(of("venues") == host_figures);
  CHECK(says(cli({"events", "--json"}), R"("code":"max_position_size")"));
  host.signal(SIGTERM);
  CHECK(host.wait() == 0);
  const auto nobody = cli({"risk"});
  CHECK(nobody.exit_code == 69);
}

}  // namespace pitwall::test
