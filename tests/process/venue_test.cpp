// A host that trades on an exchange outside of it, which is an independent witness of its orders.
#include <csignal>

#include "net/client/host_client.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/witness.hpp"

namespace pitwall::test {
namespace {

const std::string binary = pitwall_binary();

constexpr std::string_view buys_outside = R"({
  "bot_id": "b",
  "blocks": [
    {"id": "price", "type": "binance", "category": "providers",
     "properties": {"profile_id": "sim", "symbol": "BTC/USDT"}},
    {"id": "cheap", "type": "threshold", "category": "conditions",
     "properties": {"max": "60000"}},
    {"id": "checked", "type": "risk_check", "category": "risk", "properties": {"venue": "sim"}},
    {"id": "both", "type": "and", "category": "conditions"},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.0012345", "venue": "sim"}}],
  "connections": [
    {"from": {"blockId": "price", "index": 0}, "to": {"blockId": "cheap", "index": 0}},
    {"from": {"blockId": "cheap", "index": 0}, "to": {"blockId": "both", "index": 0}},
    {"from": {"blockId": "checked", "index": 0}, "to": {"blockId": "both", "index": 1}},
    {"from": {"blockId": "both", "index": 0}, "to": {"blockId": "buy", "index": 0}}]})";

/// Settings of a venue that takes an order for so long after it was signed.
const std::string may_be_late = "?recv_window=60000";

class trading_host {
 public:
  explicit trading_host(const witness& at, const std::string& settings = {})
      : process_(waiting_pitwall({"serve", directory_.write("w.json", buys_outside).string(),
                                  "--data-dir", data(), "--venue",
                                  "sim=binance:" + at.url() + settings})) {
    REQUIRE(process_.await_line("ready:"));
  }
  std::string data() const { return (directory_.path() / "data").string(); }
  child_process& process() { return process_; }

  value ask(std::string_view method, std::string_view target, std::string_view body = {}) const {
    auto client = host_client::connect(std::filesystem::path(data()) / "control.sock");
    REQUIRE(client.ok());
    auto r = accepted(client->request(method, target, body));
    if (!r.ok()) FAIL(r.error().to_string());
    auto v = parse_json(r->body);
    REQUIRE(v.ok());
    return *v;
  }
  value run() const { return ask("POST", "/api/v1/workflows/w/executions?wait=20"); }
  std::string events() const {
    return run_program({binary, "events", "--json", "--data-dir", data()}).out;
  }

 private:
  scratch_directory directory_;
  child_process process_;
};

std::string text(const value& v, const char* name) { return v.find(name)->as_text(); }

}  // namespace

TEST_CASE("an order of a workflow reaches the venue outside exactly once") {
  witness exchange(witness_binary(), {"--still"});
  trading_host host(exchange);
  CHECK(text(host.run(), "status") == "completed");
  CHECK(text(host.run(), "status") == "completed");
  const auto orders = exchange.orders();
  REQUIRE(orders.size() == 2);
  CHECK(orders[0].symbol == "BTCUSDT");
  CHECK(orders[0].side == "BUY");
  CHECK(orders[0].quantity == "0.00123");  // rounded down to the venue's step
  CHECK(orders[0].client_order_id != orders[1].client_order_id);
  const auto events = host.events();
  for (const auto& o : orders) CHECK(events.find(o.client_order_id) != std::string::npos);
  CHECK(events.find("\"order_filled\"") != std::string::npos);
  CHECK(events.find("60006") != std::string::npos);
  host.process().signal(SIGTERM);
  CHECK(host.process().wait() == 0);
}

TEST_CASE("a workflow that orders where there is market data alone does not start") {
  scratch_directory d;
  const auto ran =
      run_program({binary, "serve", d.write("w.json", buys_outside).string(), "--data-dir",
                   (d.path() / "data").string(), "--venue", "sim=kraken:http://127.0.0.1:9"});
  CHECK(ran.exit_code == 64);
  CHECK(ran.err.find("/blocks/4/properties/venue") != std::string::npos);
  CHECK(ran.err.find("'sim', a venue of type kraken") != std::string::npos);
  CHECK(ran.err.find("order on a venue that takes orders") != std::string::npos);
}

TEST_CASE("in dry run an order takes the whole way, and is rejected before it leaves") {
  witness exchange(witness_binary(), {"--still"});
  scratch_directory d;
  const auto data = (d.path() / "data").string();
  child_process host({binary, "serve", d.write("w.json", buys_outside).string(), "--data-dir", data,
                      "--venue", "sim=binance:" + exchange.url() + "?live=false"});
  REQUIRE(host.await_line("ready:"));
  auto client = host_client::connect(std::filesystem::path(data) / "control.sock");
  REQUIRE(client.ok());
  const auto ran = client->request("POST", "/api/v1/workflows/w/executions?wait=20");
  REQUIRE(ran.ok());
  CHECK(ran->body.find("dry_run") != std::string::npos);
  CHECK(ran->body.find("venues.sim.live") != std::string::npos);
  CHECK(exchange.orders().empty());
  const auto events = run_program({binary, "events", "--json", "--data-dir", data}).out;
  CHECK(events.find("\"order_intent\"") != std::string::npos);
  CHECK(events.find("\"order_rejected\"") != std::string::npos);
  CHECK(events.find("\"order_submitted\"") == std::string::npos);
  host.signal(SIGTERM);
  CHECK(host.wait() == 0);
}

TEST_CASE("a position is marked where it is held, or not at all") {
  witness exchange(witness_binary(), {"--still"});
  scratch_directory d;
  const auto file = d.write("w.json", buys_outside).string();
  const auto data = (d.path() / "data").string();
  const auto run_once = [&](std::vector<std::string> more) {
    std::vector<std::string> all{binary, "serve", file, "--data-dir", data};
    all.insert(all.end(), more.begin(), more.end());
    child_process host(all);
    REQUIRE(host.await_line("ready:"));
    auto client = host_client::connect(std::filesystem::path(data) / "control.sock");
    REQUIRE(client.ok());
    auto reply = client->request("POST", "/api/v1/workflows/w/executions?wait=20");
    REQUIRE(reply.ok());
    host.signal(SIGTERM);
    CHECK(host.wait() == 0);
    return reply->body;
  };
  run_once({"--venue", "sim=binance:" + exchange.url()});
  REQUIRE(exchange.orders().size() == 1);
  // Without its venue the position has no price; that of the paper venue is not taken for it.
  CHECK(run_once({}).find("held on a venue that is not configured") != std::string::npos);
}

TEST_CASE("a lost answer is a doubt of the execution, settled by asking, and no second order") {
  witness exchange(witness_binary(), {"--still", "--faults", R"({"drop_answer": 1})"});
  trading_host host(exchange);
  host.run();
  REQUIRE(exchange.orders().size() == 1);
  auto events = host.events();
  CHECK(events.find("\"order_in_doubt\"") != std::string::npos);
  // Its router asks the venue, and journals what it says under the execution that is over.
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (events.find("\"order_filled\"") == std::string::npos &&
         std::chrono::steady_clock::now() < give_up) {
    events = host.events();
  }
  CHECK(events.find("\"order_filled\"") != std::string::npos);
  CHECK(events.find("\"order_rejected\"") == std::string::npos);
  CHECK(exchange.orders().size() == 1);
}

TEST_CASE("a halt lists the order that was written and not answered, and no other leaves") {
  witness exchange(witness_binary(), {"--still", "--faults", R"({"hold": true})"});
  trading_host host(exchange, may_be_late);
  host.ask("POST", "/api/v1/workflows/w/executions");
  REQUIRE(exchange.await_state("\"held\":1"));
  const auto halted = run_program(
      {binary, "emergency", "halt", "--reason", "test", "--json", "--data-dir", host.data()});
  CHECK(halted.exit_code == 0);
  CHECK(exchange.orders().empty());
  exchange.set_faults(R"({"hold": false})");
  const auto orders = exchange.orders();
  REQUIRE(orders.size() == 1);
  CHECK(halted.out.find(orders[0].client_order_id) != std::string::npos);
  auto client = host_client::connect(std::filesystem::path(host.data()) / "control.sock");
  REQUIRE(client.ok());
  const auto refused = client->request("POST", "/api/v1/workflows/w/executions?wait=20");
  REQUIRE(refused.ok());
  CHECK(from_problem(*refused).code == errc::halted);
  host.process().signal(SIGTERM);
  CHECK(host.process().wait() == 0);
  CHECK(exchange.orders().size() == 1);
}

TEST_CASE("kill -9 with an order on its way: it is never sent a second time") {
  witness exchange(witness_binary(), {"--still", "--faults", R"({"hold": true})"});
  trading_host host(exchange, may_be_late);
  host.ask("POST", "/api/v1/workflows/w/executions");
  REQUIRE(exchange.await_state("\"held\":1"));
  host.process().signal(SIGKILL);
  host.process().wait();
  exchange.set_faults(R"({"hold": false})");
  CHECK(exchange.orders().size() == 1);
  child_process again({binary, "serve", "--data-dir", host.data(), "--venue",
                       "sim=binance:" + exchange.url() + may_be_late});
  REQUIRE(again.await_line("ready:"));
  again.signal(SIGTERM);
  CHECK(again.wait() == 0);
  CHECK(exchange.orders().size() == 1);
}

TEST_CASE("a halt after kill -9 lists what the killed host had sent") {
  witness exchange(witness_binary(), {"--still", "--faults", R"({"hold": true})"});
  trading_host host(exchange, may_be_late);
  host.ask("POST", "/api/v1/workflows/w/executions");
  REQUIRE(exchange.await_state("\"held\":1"));
  host.process().signal(SIGKILL);
  host.process().wait();
  child_process again({"/usr/bin/env", "PITWALL__RECOVERY__VENUE_WAIT=0s", binary, "serve",
                       "--data-dir", host.data(), "--venue",
                       "sim=binance:" + exchange.url() + may_be_late});
  REQUIRE(again.await_line("ready:"));
  const auto halt = [&] {
    return host.ask("POST", "/api/v1/emergency",
                    R"({"action": "halt", "scope": "global", "reason": "r"})");
  };
  auto halted = halt();
  CHECK(text(halted, "result") == "done");
  // One that comes before the journal was read says so.
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!halted.find("warnings")->as_list().empty() && std::chrono::steady_clock::now() < give_up)
    halted = halt();
  CAPTURE(to_json(halted));
  const auto& listed = halted.find("unanswered_orders")->as_list();
  REQUIRE(listed.size() == 1);
  CHECK(host.events().find(R"("client_order_id":")" + listed[0].as_text()) != std::string::npos);
  exchange.set_faults(R"({"hold": false})");
  REQUIRE(exchange.orders().size() == 1);
  CHECK(exchange.orders()[0].client_order_id == listed[0].as_text());
  again.signal(SIGTERM);
  CHECK(again.wait() == 0);
}

TEST_CASE("a venue that cannot be meant is refused at the start") {
  scratch_directory d;
  const auto serve = [&](std::vector<std::string> more) {
    std::vector<std::string> all{binary, "serve", "--data-dir", (d.path() / "data").string()};
    for (auto& m : more) {
      all.emplace_back("--venue");
      all.push_back(std::move(m));
    }
    return run_program(all);
  };
  for (const char* bad :
       {"sim", "sim=http://127.0.0.1:1", "=binance:http://127.0.0.1:1",
        "sim=binance:https://127.0.0.1:1?ca_file=", "paper=binance:http://127.0.0.1:1"}) {
    CAPTURE(bad);
    const auto f = serve({bad});
    CHECK(f.exit_code == 64);
    CHECK(f.err.find("error:") != std::string::npos);
  }
  CHECK(serve({"a=binance:http://127.0.0.1:1", "a=binance:http://127.0.0.1:2"}).exit_code == 64);
  const auto unreadable = serve({"sim=binance:https://127.0.0.1:1?ca_file=/none"});
  CHECK(unreadable.exit_code == 64);
  CHECK(unreadable.err.find("/none") != std::string::npos);
}

}  // namespace pitwall::test
