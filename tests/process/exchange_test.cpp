// `pitwall exchange`: the real program over real sockets.
#include <csignal>
#include <filesystem>
#include <fstream>

#include "net/client/host_client.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/exchange_client.hpp"
#include "tests/support/paths.hpp"

namespace pitwall::test {
namespace {

const std::string binary = pitwall_binary();

std::string limit(const std::string& side, const std::string& quantity, const std::string& price,
                  const std::string& more = {}) {
  return "symbol=BTCUSDT&side=" + side + "&type=LIMIT&timeInForce=GTC&quantity=" + quantity +
         "&price=" + price + more;
}
std::string market(const std::string& side, const std::string& quantity,
                   const std::string& more = {}) {
  return "symbol=BTCUSDT&side=" + side + "&type=MARKET&quantity=" + quantity + more;
}
std::string free_of(const exchange_process& x, const std::string& asset,
                    const char* which = "free") {
  const auto account = x.ask("GET", "/api/v3/account", {}).json();
  for (const auto& b : account.find("balances")->as_list()) {
    if (b.find("asset")->as_text() == asset) return b.find(which)->as_text();
  }
  return "<none>";
}

}  // namespace

TEST_CASE("the exchange prints its key pair once and takes signed requests with it") {
  exchange_process x(binary, {"--still"});
  REQUIRE(x.key.secret.size() == 64);
  const auto placed = x.ask("POST", "/api/v3/order", market("BUY", "0.01"));
  CHECK(placed.status == 200);
  CHECK(placed.at("status") == "FILLED");
  CHECK(placed.at("executedQty") == "0.01000000");
  CHECK(placed.has_header("X-MBX-USED-WEIGHT-1M: "));
  CHECK(placed.has_header("X-MBX-ORDER-COUNT-10S: 1"));
  const auto unsigned_one = x.raw("GET", "/api/v3/account?timestamp=" + std::to_string(wall_ms()));
  CHECK(unsigned_one.status == 401);
  CHECK(unsigned_one.at("code") == "-2014");
  const auto time = std::to_string(wall_ms());
  const auto wrong =
      x.raw("GET", "/api/v3/account?timestamp=" + time + "&signature=00", x.key_header());
  CHECK(wrong.status == 400);
  CHECK(wrong.at("code") == "-1022");
  const auto stranger = x.raw("GET", "/api/v3/account?timestamp=" + time,
                              "X-MBX-APIKEY: " + std::string(64, 'x') + "\r\n");
  CHECK(stranger.status == 401);
  CHECK(stranger.at("code") == "-2015");
  // In the body, as the real one takes it, too.
  std::string form = market("SELL", "0.01") + "&timestamp=" + time;
  form += "&signature=" + hmac_sha256_hex(x.key.secret, form);
  const auto posted =
      x.raw("POST", "/api/v3/order",
            x.key_header() + "Content-Type: application/x-www-form-urlencoded\r\n", form);
  CHECK(posted.status == 200);
  CHECK(posted.at("side") == "SELL");
}

TEST_CASE("a request that arrives outside of its window is refused") {
  exchange_process x(binary, {"--no-auth", "--still"});
  const auto late = x.ask("POST", "/api/v3/order", market("BUY", "0.01"), -6'000);
  CHECK(late.status == 400);
  CHECK(late.at("code") == "-1021");
  CHECK(x.ask("POST", "/api/v3/order", market("BUY", "0.01", "&recvWindow=20000"), -6'000).status ==
        200);
  CHECK(x.ask("GET", "/api/v3/account", {}, 5'000).at("msg") ==
        "Timestamp for this request was 1000ms ahead of the server's time.");
  CHECK(x.ask("GET", "/api/v3/account", "recvWindow=60001").at("code") == "-1131");
}

TEST_CASE("orders rest, fill against each other, and are cancelled") {
  exchange_process x(binary, {"--no-auth", "--still"});
  const auto before = free_of(x, "USDT");
  const auto rests =
      x.ask("POST", "/api/v3/order", limit("BUY", "0.02", "50000", "&newClientOrderId=mine"));
  REQUIRE(rests.status == 200);
  CHECK(rests.at("status") == "NEW");
  CHECK(free_of(x, "USDT", "locked") == "1001.00000000");
  CHECK(x.ask("POST", "/api/v3/order", limit("BUY", "0.02", "50000", "&newClientOrderId=mine"))
            .at("msg") == "Duplicate order sent.");
  CHECK(x.get("/api/v3/depth?symbol=BTCUSDT&limit=5000")
            .body.find("[\"50000.00000000\",\"0.02000000\"]") != std::string::npos);
  const auto open = x.ask("GET", "/api/v3/openOrders", "symbol=BTCUSDT").json();
  CHECK(open.as_list().size() == 1);
  const auto gone = x.ask("DELETE", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=mine");
  CHECK(gone.status == 200);
  CHECK(gone.at("status") == "CANCELED");
  CHECK(gone.at("origClientOrderId") == "mine");
  CHECK(x.ask("DELETE", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=mine").at("code") ==
        "-2011");
  CHECK(free_of(x, "USDT") == before);
  // Its id is free again; the latest order of it is the one that is found.
  CHECK(x.ask("POST", "/api/v3/order", market("BUY", "0.01", "&newClientOrderId=mine")).status ==
        200);
  const auto found = x.ask("GET", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=mine");
  CHECK(found.at("status") == "FILLED");
  const auto trades =
      x.ask("GET", "/api/v3/myTrades", "symbol=BTCUSDT&orderId=" + found.at("orderId")).json();
  REQUIRE(trades.as_list().size() == 1);
  CHECK(trades.as_list()[0].find("isMaker")->as_bool() == false);
}

TEST_CASE("accepted orders and fills survive kill -9") {
  scratch_directory d;
  const auto data = (d.path() / "data").string();
  std::string order, trades, balances;
  api_key key;
  {
    exchange_process x(binary, {"--still", "--data-dir", data});
    key = x.key;
    REQUIRE(x.ask("POST", "/api/v3/order", limit("BUY", "0.02", "50000", "&newClientOrderId=a"))
                .status == 200);
    REQUIRE(x.ask("POST", "/api/v3/order", market("SELL", "0.5", "&newClientOrderId=b")).status ==
            200);
    order = x.ask("GET", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=b").body;
    trades = x.ask("GET", "/api/v3/myTrades", "symbol=BTCUSDT").body;
    balances = x.ask("GET", "/api/v3/account", {}).json().find("balances")->as_list().empty()
                   ? ""
                   : to_json(*x.ask("GET", "/api/v3/account", {}).json().find("balances"));
    x.process().signal(SIGKILL);
    x.process().wait();
  }
  {
    // A write that the crash has torn.
    std::ofstream torn(data + "/exchange.log", std::ios::app);
    torn << "0123456789abcdef [{\"e\":\"or";
  }
  exchange_process x(binary, {"--still", "--data-dir", data});
  CHECK(x.printed().find("api secret") == std::string::npos);
  CHECK(x.printed().find("ready: 1 open orders") != std::string::npos);
  x.key = key;
  CHECK(x.ask("GET", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=b").body == order);
  CHECK(x.ask("GET", "/api/v3/myTrades", "symbol=BTCUSDT").body == trades);
  CHECK(to_json(*x.ask("GET", "/api/v3/account", {}).json().find("balances")) == balances);
  CHECK(x.ask("DELETE", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=a").at("status") ==
        "CANCELED");
  // A second process on the same book is refused.
  const auto second = run_program({binary, "exchange", "--port", "0", "--data-dir", data});
  CHECK(second.exit_code == 64);
  CHECK(second.err.find("another process") != std::string::npos);
  x.process().signal(SIGTERM);
  CHECK(x.process().wait() == 0);
  // A damaged line is no torn one.
  auto text = std::filesystem::path(data) / "exchange.log";
  std::fstream file(text, std::ios::in | std::ios::out);
  file.seekp(40);
  file << '#';
  file.close();
  CHECK(run_program({binary, "exchange", "--port", "0", "--data-dir", data}).exit_code == 65);
}

TEST_CASE("a symbol without a currency that is known is refused, with those that are") {
  const auto said = [](const std::string& symbol) {
    return run_program({binary, "exchange", "--port", "0", "--symbol", symbol});
  };
  for (const char* bad : {"FOO", "FOOBAR", "FOO/BAR", "BTC=60000"}) {
    const auto f = said(bad);
    CAPTURE(bad, f.err);
    CHECK(f.exit_code == 64);
    CHECK(f.err.find("write it like BTCUSDT or BTC/USDT, with one of USDT, USDC") !=
          std::string::npos);
  }
  // All that the message names.
  std::vector<std::string> all{"--no-auth"};
  for (const char* quote :
       {"USDT", "USDC", "BUSD", "USD", "EUR", "GBP", "JPY", "ZAR", "NGN", "DAI", "BTC", "ETH"})
    for (const char* between : {"", "/"})
      all.insert(all.end(),
                 {"--symbol", std::string(*between == 0 ? "FOO" : "BAR") + between + quote});
  exchange_process x(binary, all);
  CHECK(x.get("/api/v3/time").status == 200);
}

TEST_CASE("an answer that is dropped after the accept: the order is there when it is asked for") {
  exchange_process x(binary, {"--no-auth", "--still"});
  REQUIRE(x.faults(R"({"drop_answers_rate": 1})").status == 200);
  CHECK(x.ask("POST", "/api/v3/order", market("BUY", "0.01", "&newClientOrderId=lost")).status ==
        0);
  const auto found = x.ask("GET", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=lost");
  CHECK(found.at("status") == "FILLED");
  REQUIRE(x.faults(R"({"drop_answers_rate": 0, "error_rate": 1})").status == 200);
  const auto failed = x.ask("POST", "/api/v3/order", market("BUY", "0.01", "&newClientOrderId=no"));
  CHECK(failed.status == 503);
  CHECK(failed.at("code") == "-1001");
  REQUIRE(x.faults(R"({"error_rate": 0, "disconnect_rate": 1})").status == 200);
  CHECK(x.get("/api/v3/time").status == 0);
  REQUIRE(x.faults(R"({"disconnect_rate": 0, "latency_ms": 300})").status == 200);
  const auto started = std::chrono::steady_clock::now();
  CHECK(x.get("/api/v3/time").status == 200);
  CHECK(std::chrono::steady_clock::now() - started >= std::chrono::milliseconds(300));
  CHECK(x.ask("GET", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=no").at("code") == "-2013");
  CHECK(x.faults(R"({"latency": 1})").status == 400);
}

TEST_CASE("too much request weight is answered with 429 and how long to wait") {
  exchange_process x(binary, {"--no-auth", "--weight-limit", "3"});
  wire_answer last;
  for (int i = 0; i < 8 && last.status != 429; ++i) last = x.get("/api/v3/time");
  CHECK(last.status == 429);
  CHECK(last.at("code") == "-1003");
  CHECK(last.has_header("Retry-After: "));
}

namespace {

constexpr std::string_view buys_on_sim = R"({
  "blocks": [
    {"id": "price", "type": "binance", "category": "providers",
     "properties": {"profile_id": "sim", "symbol": "BTC/USDT"}},
    {"id": "cheap", "type": "threshold", "category": "conditions",
     "properties": {"max": "1000000"}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.0123456", "venue": "sim"}}],
  "connections": [
    {"from": {"blockId": "price", "index": 0}, "to": {"blockId": "cheap", "index": 0}},
    {"from": {"blockId": "cheap", "index": 0}, "to": {"blockId": "buy", "index": 0}}]})";

}  // namespace

TEST_CASE("a host trades on the exchange, with signatures") {
  scratch_directory d;
  const auto book = (d.path() / "book").string(), data = (d.path() / "data").string();
  exchange_process x(binary, {"--still", "--data-dir", book});
  std::vector<std::string> before, venue;
  SECTION("of a key in a file") {
    venue = {"--venue", "sim=binance:" + x.url() + "?key_file=" + book + "/api_key"};
  }
  SECTION("of a key in the environment") {
    const auto named = R"({"venues": {"sim": {"type": "binance", "url": ")" + x.url() +
                       R"(", "key_env": "SIM"}}})";
    venue = {"--config", d.write("host.json", named).string()};
    const auto without = run_program({binary, "config", "check", "--config", venue[1]});
    CHECK(without.exit_code != 0);
    CHECK(without.err.find("SIM_API_KEY and SIM_API_SECRET") != std::string::npos);
    before = {"/usr/bin/env", "SIM_API_KEY=" + x.key.key, "SIM_API_SECRET=" + x.key.secret};
  }
  const auto with_key = [&](std::vector<std::string> all) {
    all.insert(all.begin(), before.begin(), before.end());
    all.insert(all.end(), venue.begin(), venue.end());
    return all;
  };
  // Its log, which is the most it can say, goes where its output goes.
  auto serve = with_key({binary, "serve", d.write("w.json", buys_on_sim).string(), "--data-dir",
                         data, "--log-level", "debug"});
  serve.insert(serve.begin(), {"/bin/sh", "-c", "exec \"$@\" 2>&1", "sh"});
  child_process host(serve);
  REQUIRE(host.await_line("ready:"));
  auto client = host_client::connect(std::filesystem::path(data) / "control.sock");
  REQUIRE(client.ok());
  const auto ran = client->request("POST", "/api/v1/workflows/w/executions?wait=20");
  REQUIRE(ran.ok());
  CHECK(ran->body.find("\"completed\"") != std::string::npos);
  const auto trades = x.ask("GET", "/api/v3/myTrades", "symbol=BTCUSDT").json();
  REQUIRE(trades.as_list().size() == 1);
  CHECK(trades.as_list()[0].find("qty")->as_text() == "0.01234000");
  const auto events = run_program({binary, "events", "--json", "--data-dir", data});
  CHECK(events.out.find("\"order_filled\"") != std::string::npos);
  const auto metrics = client->request("GET", "/metrics");
  REQUIRE(metrics.ok());
  const auto shown = run_program(with_key({binary, "config", "print"}));
  host.signal(SIGTERM);
  std::string all = events.out + metrics->body + shown.out + shown.err;
  for (const auto& line : host.rest()) all += line + "\n";
  CHECK(host.wait() == 0);
  // Neither of the two is in anything that the host wrote, printed or answered.
  std::size_t files = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(data)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    all.append(std::istreambuf_iterator<char>(in), {});
    ++files;
  }
  CHECK(files > 3);
  REQUIRE(all.find("0.01234") != std::string::npos);
  for (const auto& secret : {x.key.key, x.key.secret}) {
    REQUIRE(secret.size() == 64);
    CHECK(all.find(secret) == std::string::npos);
    CHECK(all.find(secret.substr(8, 24)) == std::string::npos);
  }
}

TEST_CASE("a host trades on an exchange under TLS, and on none that it does not believe") {
  scratch_directory d;
  const auto mine = make_certificate(d.path(), "mine");
  const auto book = (d.path() / "book").string();
  exchange_process x(binary, {"--still", "--data-dir", book, "--tls-cert",
                              mine.certificate.string(), "--tls-key", mine.key.string()});
  REQUIRE(x.url().starts_with("https://"));
  const auto run_with = [&](const std::string& more) {
    const auto data = (d.path() / ("data" + more.substr(0, 3))).string();
    child_process host({binary, "serve", d.write("w.json", buys_on_sim).string(), "--data-dir",
                        data, "--venue",
                        "sim=binance:" + x.url() + "?key_file=" + book + "/api_key" + more});
    REQUIRE(host.await_line("ready:"));
    auto client = host_client::connect(std::filesystem::path(data) / "control.sock");
    REQUIRE(client.ok());
    const auto ran = client->request("POST", "/api/v1/workflows/w/executions?wait=20");
    REQUIRE(ran.ok());
    host.signal(SIGTERM);
    CHECK(host.wait() == 0);
    return ran->body;
  };
  const auto traded = run_with("&ca_file=" + mine.certificate.string());
  CHECK(traded.find("\"completed\"") != std::string::npos);
  CHECK(traded.find("0.01234") != std::string::npos);
  const auto refused = run_with("");
  CHECK(refused.find("nobody trusted here has issued") != std::string::npos);
  CHECK(refused.find("0.01234") == std::string::npos);
}

}  // namespace pitwall::test
