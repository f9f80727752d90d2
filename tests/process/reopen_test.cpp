// A real host halts an execution that waits for its exchange; it goes on when its user says so,
// also over a kill, and the exchange, an independent witness, has exactly one order.
#include <csignal>
#include <memory>

#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"
#include "tests/support/witness.hpp"

namespace pitwall::test {
namespace {

/// The first price is there at once; the second one is the exchange's.
constexpr std::string_view two_prices = R"({"id": "w", "bot_id": "b", "blocks": [
  {"id": "here", "type": "paper", "category": "providers",
   "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
  {"id": "there", "type": "binance", "category": "providers",
   "properties": {"profile_id": "sim", "symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
  {"id": "any", "type": "compare", "category": "conditions",
   "inputs": [{"name": "value1"}, {"name": "value2"}], "properties": {"operator": "!="}},
  {"id": "buy", "type": "buy", "category": "actions",
   "properties": {"symbol": "BTC/USDT", "amount": "0.001", "venue": "sim"}}],
  "connections": [
    {"from": {"blockId": "here", "index": 0}, "to": {"blockId": "any", "index": 0}},
    {"from": {"blockId": "there", "index": 0}, "to": {"blockId": "any", "index": 1}},
    {"from": {"blockId": "any", "index": 0}, "to": {"blockId": "buy", "index": 0}}]})";

constexpr const char* slow = R"({"delay_answer": 1, "delay_ms": 600000, "all": true})";
constexpr const char* quick = R"({"delay_answer": 0, "all": false})";

class reopening_host {
 public:
  explicit reopening_host(const witness& at)
      : file_(directory_.write("w.json", two_prices).string()), venue_("sim=binance:" + at.url()) {
    launch();
  }
  void launch() {
    process_ = std::make_unique<child_process>(
        waiting_pitwall({"serve", file_, "--data-dir", data().string(), "--venue", venue_}));
    REQUIRE(process_->await_line("ready:"));
  }
  void kill() {
    process_->signal(SIGKILL);
    process_->wait();
  }
  void end() {
    process_->signal(SIGTERM);
    CHECK(process_->wait() == 0);
  }
  finished cli(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), pitwall_binary());
    arguments.insert(arguments.end(), {"--data-dir", data().string()});
    return run_program(arguments);
  }
  plain_reply ask(const plain_request& asked) const {
    return ask_socket(data() / "control.sock", asked);
  }
  std::string start() const {
    const auto reply = ask({"POST", "/api/v1/workflows/w/executions"});
    CAPTURE(reply.body);
    auto v = parse_json(reply.body);
    REQUIRE(v.ok());
    return v->find("execution_id")->as_text();
  }
  std::string status(const std::string& id) const {
    return parse_json(ask({"GET", "/api/v1/executions/" + id}).body)
        .value()
        .find("status")
        ->as_text();
  }
  /// Until the execution has such an event; false: not within half a minute.
  bool await_event(const std::string& id, const std::string& part) const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < until)
      if (ask({"GET", "/api/v1/executions/" + id + "/events"}).body.find(part) != std::string::npos)
        return true;
    return false;
  }

 private:
  std::filesystem::path data() const { return directory_.path() / "data"; }

  scratch_directory directory_;
  std::string file_, venue_;
  std::unique_ptr<child_process> process_;
};

constexpr const char* first_price_is_there = R"("type":"node_completed","execution_id")";

std::string halted_midway(reopening_host& host, witness& exchange) {
  exchange.set_faults(slow);
  auto id = host.start();
  REQUIRE(host.await_event(id, first_price_is_there));
  REQUIRE(host.cli({"emergency", "halt", "--reason", "test"}).exit_code == 0);
  REQUIRE(host.await_event(id, "execution_halted"));
  CHECK(host.status(id) == "halted");
  return id;
}

}  // namespace

TEST_CASE("a halted execution goes on when it is asked to, and places one order", "[reopen]") {
  witness exchange(witness_binary(), {"--still"});
  reopening_host host(exchange);
  const auto id = halted_midway(host, exchange);
  exchange.set_faults(quick);
  const auto refused = host.cli({"executions", "resume", id});
  CHECK(refused.exit_code != 0);
  CAPTURE(refused.err);
  CHECK(refused.err.find("resume with `pitwall emergency resume") != std::string::npos);
  CHECK(host.status(id) == "halted");
  CHECK(host.cli({"emergency", "resume", "--reason", "over"}).exit_code == 0);
  const auto resumed = host.cli({"executions", "resume", id});
  CAPTURE(resumed.err);
  CHECK(resumed.exit_code == 0);
  REQUIRE(host.await_event(id, "execution_completed"));
  CHECK(host.status(id) == "completed");
  REQUIRE(exchange.orders().size() == 1);
  const auto over = host.cli({"executions", "resume", id});
  CHECK(over.exit_code != 0);
  CHECK(over.err.find("completed") != std::string::npos);
  CHECK(exchange.orders().size() == 1);
  host.end();
  const auto proved = host.cli({"journal", "verify"});
  CAPTURE(proved.out);
  CHECK(proved.exit_code == 0);
}

TEST_CASE("a host that is killed in the middle of a resumed execution recovers it", "[reopen]") {
  witness exchange(witness_binary(), {"--still"});
  reopening_host host(exchange);
  const auto id = halted_midway(host, exchange);
  CHECK(host.cli({"emergency", "resume", "--reason", "over"}).exit_code == 0);
  CHECK(host.cli({"executions", "resume", id}).exit_code == 0);  // The exchange is slow still.
  CHECK(host.status(id) == "running");
  CHECK(host.cli({"executions", "list", "--status", "running"}).out.find(id) != std::string::npos);
  CHECK(host.cli({"executions", "list", "--status", "halted"}).out.find(id) == std::string::npos);
  host.kill();
  exchange.set_faults(quick);
  host.launch();
  REQUIRE(host.await_event(id, "execution_completed"));
  CHECK(host.status(id) == "completed");
  CHECK(exchange.orders().size() == 1);
  host.end();
  CHECK(host.cli({"journal", "verify"}).exit_code == 0);
}

}  // namespace pitwall::test
