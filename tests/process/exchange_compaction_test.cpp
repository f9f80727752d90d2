// The exchange's log is compacted while it runs: kill -9 at any point loses nothing that was
// answered.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "tests/process/exchange_burst.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"

namespace pitwall::test {
namespace {

const std::string binary = pitwall_binary();

std::vector<std::string> options(const std::string& data) {
  return {"--no-auth",      "--still",    "--data-dir",    data,        "--log-bytes", "4096",
          "--weight-limit", "1000000000", "--order-limit", "1000000000"};
}

}  // namespace

TEST_CASE("what was answered survives kill -9, also while the log is compacted") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  scratch_directory d;
  const auto data = (d.path() / "data").string();
  const auto log = std::filesystem::path(data) / "exchange.log";
  std::vector<std::string> answered;
  std::size_t compacted = 0;
  for (int round = 0; round < 12; ++round) {
    exchange_process x(binary, options(data));
    std::set<std::string> known;
    const auto trades =
        x.ask("GET", "/api/v3/myTrades", "symbol=BTCUSDT&limit=1000&fromId=0").json();
    for (const auto& o : trades.as_list()) {
      known.insert(to_json(*o.find("orderId")));
    }
    for (const auto& name : answered) {
      CAPTURE(round, name);
      const auto found = x.ask("GET", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=" + name);
      REQUIRE(found.at("status") == "FILLED");
      CHECK(known.contains(found.at("orderId")));
    }
    // No order is there twice, or in part: what is owned is what was bought.
    const auto base = x.ask("GET", "/api/v3/account", {}).json();
    for (const auto& b : base.find("balances")->as_list()) {
      if (b.find("asset")->as_text() != "BTC") continue;
      const auto owned = decimal::parse(b.find("free")->as_text()).value();
      CHECK(sub(owned, 100).value() ==
            mul(decimal::parse("0.001").value(), decimal(static_cast<std::int64_t>(known.size())))
                .value());
    }
    burst orders(x.port());
    const std::size_t sent = 40, wanted = answered.size() + 1 + random() % (sent - 5);
    for (std::size_t i = 0; i < sent; ++i) {
      orders.order("o" + std::to_string(round) + "-" + std::to_string(i));
    }
    orders.read(answered, wanted);
    REQUIRE(answered.size() >= wanted);
    x.process().signal(SIGKILL);
    x.process().wait();
    // What was written to the socket before the end was answered, too.
    orders.read(answered, SIZE_MAX);
    std::string first;
    std::ifstream in(log);
    std::getline(in, first);
    if (first.find(" snapshot ") != std::string::npos) ++compacted;
  }
  CHECK(compacted > 5);
  CHECK(answered.size() > 12);
}

TEST_CASE("a compacted log gives the same orders, trades and balances, and damage is refused") {
  scratch_directory d;
  const auto data = (d.path() / "data").string();
  const auto log = std::filesystem::path(data) / "exchange.log";
  const std::vector<std::pair<const char*, const char*>> questions{
      {"/api/v3/openOrders", ""},
      {"/api/v3/myTrades", "symbol=BTCUSDT&limit=1000&fromId=0"},
      {"/api/v3/order", "symbol=BTCUSDT&orderId=7"}};
  std::vector<std::string> before;
  {
    exchange_process x(binary, options(data));
    for (int i = 0; i < 60; ++i) {
      const auto type = i % 3 == 0 ? "LIMIT&timeInForce=GTC&price=50000" : "MARKET";
      REQUIRE(x.ask("POST", "/api/v3/order",
                    "symbol=BTCUSDT&side=BUY&quantity=0.001&type=" + std::string(type))
                  .status == 200);
    }
    for (const auto& [path, query] : questions) before.push_back(x.ask("GET", path, query).body);
    x.process().signal(SIGKILL);
    x.process().wait();
  }
  {
    exchange_process x(binary, options(data));
    CHECK(x.printed().find("ready: 20 open orders") != std::string::npos);
    for (std::size_t i = 0; i < questions.size(); ++i) {
      CHECK(x.ask("GET", questions[i].first, questions[i].second).body == before[i]);
    }
    x.process().signal(SIGTERM);
    CHECK(x.process().wait() == 0);
  }
  std::ifstream in(log);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  REQUIRE(text.find(" snapshot ") == 16);
  const auto refused = [&](const std::string& bytes) {
    std::ofstream(log, std::ios::trunc) << bytes;
    return run_program({binary, "exchange", "--port", "0", "--data-dir", data}).exit_code;
  };
  auto changed = text;
  changed[text.find('\n') + 30] ^= 1;
  CHECK(refused(changed) == 65);
  // Its first line alone, as if the rest had been torn off.
  CHECK(refused(text.substr(0, text.find('\n') + 1)) == 65);
}

}  // namespace pitwall::test
