// Market data of `pitwall exchange`: replayed, stale, and its own trades.
#include "tests/support/catch.hpp"
#include "tests/support/exchange_client.hpp"
#include "tests/support/paths.hpp"

namespace pitwall::test {
namespace {

const std::string binary = pitwall_binary();

}  // namespace

TEST_CASE("prices follow a recorded file, and own trades make candles") {
  scratch_directory d;
  const auto file = d.write("q.csv",
                            "time,symbol,bid,ask\n2026-03-01T12:00:00Z,BTC/USDT,100.5,100.6\n"
                            "2026-03-01T18:00:00Z,BTC/USDT,200,201\n");
  exchange_process x(binary, {"--no-auth", "--symbol", "BTC/USDT", "--replay", file.string()});
  const auto ticker = x.get("/api/v3/ticker/bookTicker?symbol=BTCUSDT");
  CHECK(ticker.at("bidPrice") == "100.50000000");
  CHECK(ticker.at("askPrice") == "100.60000000");
  CHECK(x.get("/api/v3/klines?symbol=BTCUSDT&interval=1h").body == "[]");
  REQUIRE(
      x.ask("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.1").status ==
      200);
  const auto rows = x.get("/api/v3/klines?symbol=BTCUSDT&interval=1M").json();
  REQUIRE_FALSE(rows.as_list().empty());
  const auto& row = rows.as_list().back().as_list();
  REQUIRE(row.size() == 12);
  CHECK(row[4].as_text() == "100.60000000");
  CHECK(x.get("/api/v3/klines?symbol=BTCUSDT&interval=2h30").at("code") == "-1120");
  CHECK(x.get("/api/v3/klines?symbol=ETHUSDT&interval=1h").at("code") == "-1121");
  CHECK(x.get("/api/v3/ticker/price?symbol=BTCUSDT").at("price") == "100.60000000");
  CHECK(x.get("/api/v3/ticker/24hr?symbol=BTCUSDT&type=MINI").at("volume") == "0.10000000");
  CHECK(x.get("/api/v3/ticker/24hr?symbol=BTCUSDT&type=LONG").at("code") == "-1139");
  CHECK(x.get("/api/v3/ticker/24hr").json().as_list().size() == 1);
  CHECK(x.get("/api/v3/trades?symbol=BTCUSDT").json().as_list().size() == 1);
  CHECK(x.get("/api/v3/trades?symbol=BTCUSDT&limit=1001").at("code") == "-1100");
  CHECK(x.get("/api/v3/aggTrades?symbol=BTCUSDT&fromId=2").body == "[]");
  const auto orders = [&](const std::string& more) {
    return x.ask("GET", "/api/v3/allOrders", "symbol=BTCUSDT" + more).json().as_list().size();
  };
  CHECK(orders("") == 1);
  CHECK(orders("&orderId=2") == 0);
  CHECK(orders("&endTime=1") == 0);
  CHECK(x.get("/api/v3/nothing").status == 404);
  CHECK(x.raw("PUT", "/api/v3/order").status == 405);
}

TEST_CASE("stale market data stands still while orders meet the real prices") {
  exchange_process x(binary, {"--no-auth", "--stale-prices", "--weight-limit", "100000000"});
  const std::string target = "/api/v3/depth?symbol=BTCUSDT";
  const auto first = x.get(target).body;
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(350);
  while (std::chrono::steady_clock::now() < until) CHECK(x.get(target).body == first);
  REQUIRE(x.faults(R"({"stale_prices": false})").status == 200);
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  bool moved = false;
  while (!moved && std::chrono::steady_clock::now() < give_up) moved = x.get(target).body != first;
  CHECK(moved);
}

TEST_CASE("what cannot be meant is refused at the start, with exit code 64") {
  scratch_directory d;
  for (const auto& bad :
       std::vector<std::vector<std::string>>{{"--symbol", "BTC USDT"},
                                             {"--symbol", "BTCUSDT", "--symbol", "BTC/USDT"},
                                             {"--balance", "BTC"},
                                             {"--error-rate", "2"},
                                             {"--listen", "localhost"},
                                             {"--api-key-file", (d.path() / "none").string()},
                                             {"--replay", (d.path() / "none").string()}}) {
    CAPTURE(bad.back());
    std::vector<std::string> all{binary, "exchange", "--port", "0"};
    all.insert(all.end(), bad.begin(), bad.end());
    const auto f = run_program(all);
    CHECK(f.exit_code == 64);
    CHECK(f.err.find("error:") != std::string::npos);
  }
}

}  // namespace pitwall::test
