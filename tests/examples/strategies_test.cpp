// examples/strategies: what each strategy does with recorded prices, and that none of them buys on
// a feed that is stale or dead.
#include <atomic>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "tests/examples/example.hpp"
#include "tests/examples/readme_sample.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/support/exchange_client.hpp"
#include "tests/support/plain_http.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;
using rows = std::map<int, std::string>;

const std::string folder = source_path("/examples/strategies");
const std::vector<std::string> all_strategies{"momentum",      "mean_reversion", "market_making",
                                              "triangular",    "funding_rate",   "statistical",
                                              "cross_exchange"};

/// The rows of a strategy's table in which something was ordered.
std::map<std::string, rows> ordered(const std::string& printed) {
  std::map<std::string, rows> out;
  std::istringstream lines(printed);
  std::string strategy;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    if (line.front() != ' ') {
      strategy = line;
      out[strategy];
    } else if (line.find("row ") == std::string::npos && line.size() > 35 && line[35] != '-') {
      out[strategy][std::stoi(line)] = line.substr(35);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("each strategy orders in the rows in which it should, and in no other", "[strategies]") {
  const auto shown = run_example("strategies");
  INFO(shown.out << shown.err);
  REQUIRE(shown.exit_code == 0);
  const std::map<std::string, rows> expected{
      // 0.66 % up; 0.69 % down; 0.93 % up. Smaller steps between them do nothing.
      {"momentum", {{4, "buy"}, {7, "sell"}, {10, "buy"}}},
      // Six orders a day: the last row is overbought too.
      {"mean_reversion",
       {{8, "buy"}, {9, "buy"}, {10, "buy"}, {11, "buy"}, {14, "sell"}, {15, "sell"}}},
      // Not where the price has moved by 0.3 %.
      {"market_making",
       {{1, "bid offer"}, {2, "bid offer"}, {3, "bid offer"}, {6, "bid offer"}, {7, "bid offer"}}},
      // Row 2 and 4 have a gap below the fees of three orders.
      {"triangular",
       {{3, "buy_bitcoin sell_for_euro sell_euro"}, {5, "buy_euro buy_for_euro sell_bitcoin"}}},
      // Row 1 pays too little, in row 2 the perpetual is below the coin, in row 4 it is held
      // already.
      {"funding_rate", {{3, "buy_spot sell_perpetual"}}},
      // Not while the deviation is not known, nor within two of them.
      {"statistical", {{10, "buy_ether sell_bitcoin"}, {18, "buy_bitcoin sell_ether"}}},
      {"cross_exchange", {{3, "buy_east sell_west"}, {4, "buy_west sell_east"}}}};
  CHECK(ordered(shown.out) == expected);
  CHECK(shown.out == readme_sample("strategies") + "\n");
}

TEST_CASE("a strategy is replayed with prices of one's own, and mistakes are told",
          "[strategies]") {
  scratch_directory d;
  const auto calm = d.write("calm.csv",
                            "time,symbol,bid,ask\n2026-03-02T09:00:00Z,ether,2999,3001\n"
                            "2026-03-02T09:01:00Z,ether,3000,3002\n");
  const auto shown = run_example("strategies", {"--ticks", calm.string(), "momentum"});
  INFO(shown.out << shown.err);
  CHECK(shown.exit_code == 0);
  CHECK(ordered(shown.out) == std::map<std::string, rows>{{"momentum", {}}});
  CHECK(run_example("strategies", {"martingale"}).err.find("no strategy 'martingale'") !=
        std::string::npos);
  CHECK(run_example("strategies", {"--ticks", calm.string(), "triangular"})
            .err.find("no rows of bitcoin") != std::string::npos);
}

namespace {

/// Prices stand at 60,000 and 3,000 until `move`; then bitcoin is 1 % down and ether 1 % up.
class market {
 public:
  explicit market(const scratch_directory& d)
      : east_(pitwall_binary(),
              {"--no-auth", "--stale-prices", "--symbol", "BTC/USDT", "--symbol", "ETH/USDT",
               "--symbol", "BTC/EUR", "--symbol", "EUR/USDT", "--replay",
               d.write("east.csv",
                       "2026-03-02T09:00:00Z,BTC/USDT,59999,60001\n"
                       "2026-03-02T09:00:00Z,ETH/USDT,2999,3001\n"
                       "2026-03-02T09:00:00Z,BTC/EUR,54999,55001\n"
                       "2026-03-02T09:00:00Z,EUR/USDT,1.08,1.10\n"
                       "2026-03-02T09:00:00.3Z,BTC/USDT,59399,59401\n"
                       "2026-03-02T09:00:00.3Z,ETH/USDT,3029,3031\n")
                   .string(),
               "--weight-limit", "1000000"}),
        west_(pitwall_binary(), {"--no-auth", "--still", "--symbol", "BTC/USDT=60000"}),
        funding_([this](const std::string&) {
          return http_answer(200, R"({"lastFundingRate":"0.00050000"})", old_ ? "Age: 60\r\n" : "");
        }) {}

  void move() { CHECK(east_.faults(R"({"stale_prices": false})").status == 200); }
  /// Streams say nothing any more, without an end; nothing else is answered.
  void fall_silent() {
    for (auto* x : {&east_, &west_}) {
      CHECK(x->faults(R"({"stale_prices": true, "error_rate": 1})").status == 200);
    }
    old_ = true;
  }
  void speak(bool old_funding = false) {
    for (auto* x : {&east_, &west_}) {
      CHECK(x->faults(R"({"stale_prices": false, "error_rate": 0})").status == 200);
    }
    old_ = old_funding;
  }
  void die() {
    for (auto* x : {&east_, &west_}) x->process().signal(SIGKILL);
  }
  std::size_t orders() const {
    std::size_t n = 0;
    for (const char* symbol : {"BTCUSDT", "ETHUSDT", "BTCEUR", "EURUSDT"}) {
      n += east_.ask("GET", "/api/v3/allOrders", std::string("symbol=") + symbol)
               .json()
               .as_list()
               .size();
    }
    return n + west_.ask("GET", "/api/v3/allOrders", "symbol=BTCUSDT").json().as_list().size();
  }
  const exchange_process& east() const { return east_; }
  const exchange_process& west() const { return west_; }
  std::string funding_url() const { return funding_.url(); }

 private:
  std::atomic<bool> old_ = false;
  exchange_process east_, west_;
  scripted_server funding_;
};

/// `pitwall serve` with the example's configuration, which starts nothing by itself.
class strategies_host {
 public:
  strategies_host(const scratch_directory& d, const market& m) : data_(d.path() / "data") {
    // The one address that is written in a workflow file.
    std::ostringstream funding;
    funding << std::ifstream(folder + "/funding_rate.json").rdbuf();
    auto text = std::move(funding).str();
    const std::string real = "https://fapi.binance.com";
    REQUIRE(text.find(real) != std::string::npos);
    text.replace(text.find(real), real.size(), m.funding_url());
    std::vector<std::string> all{
        "/usr/bin/env", "PITWALL__VENUES__EAST__URL=" + m.east().url(),
        "PITWALL__VENUES__WEST__URL=" + m.west().url(),
        // So that it is the age of what an order rests on that counts, and not that of the stream.
        "PITWALL__VENUES__EAST__STALE_AFTER=2m", "PITWALL__VENUES__WEST__STALE_AFTER=2m",
        "PITWALL__BOTS__4__WORKFLOW=" + d.write("funding_rate.json", text).string()};
    for (std::size_t i = 0; i < all_strategies.size(); ++i) {
      all.push_back("PITWALL__BOTS__" + std::to_string(i) + "__TRIGGER=manual");
    }
    const auto probe = d.write("probe.json", R"({"id": "probe", "blocks": [
      {"id": "east", "type": "paper", "category": "providers", "properties": {
       "profile_id": "east", "symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
      {"id": "west", "type": "paper", "category": "providers", "properties": {
       "profile_id": "west", "symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}}]})");
    for (const auto& one : std::vector<std::string>{
             pitwall_binary(), "serve", probe.string(), "--config", folder + "/host.json",
             "--data-dir", data_.string(), "--resilience", "retry.max_attempts=1", "--http-allow",
             m.funding_url().substr(std::string("http://").size())}) {
      all.push_back(one);
    }
    process_ = std::make_unique<child_process>(all);
    REQUIRE(process_->await_line("ready:"));
  }

  /// Runs a workflow once and answers with its result.
  value run(const std::string& workflow) const {
    const auto r =
        ask_socket(data_ / "control.sock",
                   {"POST", "/api/v1/workflows/" + workflow + "/executions?wait=20"}, 30s);
    CAPTURE(workflow, r.body);
    REQUIRE(r.status == 200);
    return *parse_json(r.body);
  }
  /// East's price and west's.
  std::string prices() const {
    std::string out;
    const auto ran = run("probe");
    for (const auto& node : ran.find("results")->as_list()) {
      out += to_json(*node.find("output")->find("price_feed")) + " ";
    }
    return out;
  }
  /// The streams have told of each symbol that the strategies name, so that they fall silent with
  /// prices.
  bool fed() const {
    const auto page = feeds();
    return page.find("{venue=\"east\",state=\"live\"} 4") != std::string::npos &&
           page.find("{venue=\"west\",state=\"live\"} 1") != std::string::npos;
  }
  /// What the host's metrics say of them.
  std::string feeds() const {
    const auto r = ask_socket(data_ / "control.sock", {"GET", "/metrics", ""}, 30s);
    std::istringstream lines(r.body);
    std::string out;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("pitwall_feed_symbols")) out += line + "\n";
    }
    return out;
  }
  finished intents() const {
    return run_program({pitwall_binary(), "events", "--types", "order_intent", "--json",
                        "--data-dir", data_.string()});
  }

 private:
  std::filesystem::path data_;
  std::unique_ptr<child_process> process_;
};

/// The nodes that have placed an order.
std::string placed(const value& ran) {
  std::string out;
  for (const auto& node : ran.find("results")->as_list()) {
    const auto* order = node.find("output")->find("order");
    if (order != nullptr && !order->is_null()) out += node.find("nodeId")->as_text() + " ";
  }
  return out;
}

/// Nothing is done for so long but to look whether the host lives.
void let_pass(std::chrono::milliseconds length, const std::function<void()>& look) {
  const auto until = std::chrono::steady_clock::now() + length;
  while (std::chrono::steady_clock::now() < until) look();
}

}  // namespace

TEST_CASE("no strategy buys on a feed that is stale or dead", "[strategies]") {
  scratch_directory d;
  market m(d);
  const strategies_host host(d, m);
  for (const char* warm : {"mean_reversion", "statistical"}) {
    for (int i = 0; i < 8; ++i) CHECK(placed(host.run(warm)).empty());
  }
  for (const char* calm : {"momentum", "triangular"}) CHECK(placed(host.run(calm)).empty());
  CHECK(host.prices() == "60000 60000 ");
  auto give_up = std::chrono::steady_clock::now() + 20s;
  while (!host.fed() && std::chrono::steady_clock::now() < give_up) {
  }
  CAPTURE(host.feeds());
  REQUIRE(host.fed());
  m.move();
  give_up = std::chrono::steady_clock::now() + 20s;
  while (host.prices() != "59400 60000 " && std::chrono::steady_clock::now() < give_up) {
  }
  let_pass(1s, [&] { CHECK(host.prices() == "59400 60000 "); });

  // What the streams told last would make each of them order.
  m.fall_silent();
  let_pass(6s, [&] { host.intents(); });
  for (const auto& strategy : all_strategies) {
    const auto ran = host.run(strategy);
    CAPTURE(strategy, to_json(ran));
    CHECK(placed(ran).empty());
    CHECK(ran.find("status")->as_text() == "completed_with_errors");
    CHECK(to_json(*ran.find("errors")).find("at most 5 s is allowed") != std::string::npos);
  }
  CHECK(host.intents().out.empty());

  // A rate that a cache has kept for a minute is as old as it says, however alive the venues are.
  m.speak(true);
  const auto kept = host.run("funding_rate");
  CAPTURE(to_json(kept));
  CHECK(placed(kept).empty());

  // Those without a memory order as soon as the feeds are alive, by the same prices.
  m.speak();
  CHECK(m.orders() == 0);
  const std::map<std::string, std::string> alive{
      {"triangular", "buy_bitcoin sell_for_euro sell_euro "},
      {"funding_rate", "buy_spot sell_perpetual "},
      {"cross_exchange", "buy_east sell_west "}};
  for (const auto& [strategy, orders] : alive) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    auto ran = host.run(strategy);
    while (placed(ran).empty() && std::chrono::steady_clock::now() < until)
      ran = host.run(strategy);
    CAPTURE(to_json(ran));
    CHECK(placed(ran) == orders);
  }
  const auto before = m.orders();
  CHECK(before == 7);

  m.die();
  const auto intents = host.intents().out;
  for (const auto& strategy : all_strategies) {
    const auto ran = host.run(strategy);
    CAPTURE(strategy, to_json(ran));
    CHECK(placed(ran).empty());
    CHECK(ran.find("status")->as_text() == "completed_with_errors");
  }
  CHECK(host.intents().out == intents);
}

}  // namespace pitwall::test
