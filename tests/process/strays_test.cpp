// A host meets an exchange that has orders of its kind open which its journal does not know.
#include <csignal>

#include "tests/support/catch.hpp"
#include "tests/support/exchange_client.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"

namespace pitwall::test {
namespace {

const std::string binary = pitwall_binary();

std::string buys_at(const std::string& venue) {
  return R"({"bot_id": "b", "blocks": [{"id": "buy", "type": "buy", "category": "actions",
    "properties": {"signal": true, "symbol": "BTC/USDT", "amount": "0.01", "venue": ")" +
         venue + R"("}}], "connections": []})";
}

wire_answer rests(const exchange_process& x, const std::string& id) {
  return x.ask("POST", "/api/v3/order",
               "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=1000"
               "&newClientOrderId=" +
                   id);
}

bool has(const std::string& where, std::string_view what) {
  return where.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("an order of ours that the journal does not know keeps its venue closed, and no other") {
  exchange_process x(binary, {"--no-auth", "--still"});
  const std::string stray = "pw-01KJMMA2G3003G000000000003-0";
  REQUIRE(rests(x, stray).status == 200);
  REQUIRE(rests(x, "web_1234").status == 200);
  scratch_directory d;
  const auto data = (d.path() / "data").string();
  child_process host({binary, "serve", d.write("outside.json", buys_at("sim")).string(),
                      d.write("inside.json", buys_at("paper")).string(), "--data-dir", data,
                      "--venue", "sim=binance:" + x.url()});
  REQUIRE(host.await_line("ready:"));
  const auto ask = [&](const std::string& method, const std::string& path) {
    return ask_socket(std::filesystem::path(data) / "control.sock", {method, path});
  };
  const auto health_until = [&](std::string_view what) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(40);
    auto body = ask("GET", "/health").body;
    while (!has(body, what) && std::chrono::steady_clock::now() < give_up)
      body = ask("GET", "/health").body;
    return body;
  };
  const auto closed = health_until(stray);
  CAPTURE(closed);
  CHECK(has(closed, R"("name":"sim","status":"closed")"));
  CHECK(has(closed, "cancel them there"));
  CHECK_FALSE(has(closed, "web_1234"));
  CHECK(has(closed, R"("name":"paper","status":"open")"));
  const auto refused = ask("POST", "/api/v1/workflows/outside/executions?wait=9");
  CHECK(refused.status == 503);
  CHECK(has(refused.body, stray));
  CHECK(has(ask("POST", "/api/v1/workflows/inside/executions?wait=9").body,
            R"("status":"completed")"));

  CHECK(x.ask("DELETE", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=" + stray).status ==
        200);
  CHECK(has(health_until(R"("name":"sim","status":"open")"), R"("name":"sim","status":"open")"));
  CHECK(has(ask("POST", "/api/v1/workflows/outside/executions?wait=9").body,
            R"("status":"completed")"));
  // Somebody else's is left alone.
  CHECK(x.ask("GET", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=web_1234").at("status") ==
        "NEW");
  host.signal(SIGTERM);
  CHECK(host.wait() == 0);
}

TEST_CASE("a resting order that the journal knows keeps no venue closed") {
  exchange_process x(binary, {"--no-auth", "--still"});
  scratch_directory d;
  const auto data = (d.path() / "data").string();
  const auto file = d.write("w.json", R"({"bot_id": "b", "blocks": [{"id": "buy", "type": "buy",
    "category": "actions", "properties": {"signal": true, "symbol": "BTC/USDT", "amount": "0.01",
    "price": "1000", "order_type": "limit", "venue": "sim"}}], "connections": []})");
  const std::vector<std::string> serve{binary, "serve",   file.string(),           "--data-dir",
                                       data,   "--venue", "sim=binance:" + x.url()};
  for (int i = 0; i < 2; ++i) {
    child_process host(serve);
    REQUIRE(host.await_line("ready:"));
    const auto reply = ask_socket(std::filesystem::path(data) / "control.sock",
                                  {"POST", "/api/v1/workflows/w/executions?wait=9"});
    CAPTURE(reply.body);
    CHECK(has(reply.body, R"("status":"completed")"));
    host.signal(SIGKILL);
    host.wait();
  }
  CHECK(x.ask("GET", "/api/v3/openOrders", {}).json().as_list().size() == 2);
}

}  // namespace pitwall::test
