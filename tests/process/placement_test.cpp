// Nodes of a host's workflows on workers: what only a worker can reach, and the loss of one under
// load. Real processes; the orders' witness is outside of all of them.
#include <map>
#include <set>

#include "tests/net/scripted_server.hpp"
#include "tests/process/worker_hosts.hpp"
#include "tests/support/witness.hpp"

namespace pitwall::test {
namespace {

std::string text(const value& v, const char* name) { return v.find(name)->as_text(); }

/// Asks a page that this machine's host may not: its address is not public.
std::string asks_far(const std::string& url) {
  return R"({"blocks": [
    {"id": "page", "type": "http", "category": "providers", "placement": ["venue=far"],
     "on_error": "fail", "properties": {"url": ")" +
         url + R"(", "pointer": "/price"}},
    {"id": "cheap", "type": "threshold", "category": "conditions", "properties": {"max": "5"}}],
  "connections": [
    {"from": {"blockId": "page", "index": 0}, "to": {"blockId": "cheap", "index": 0}}]})";
}

/// Prices and conditions on a worker, and an order outside.
constexpr std::string_view buys_far = R"({"bot_id": "b",
  "blocks": [
    {"id": "price", "type": "binance", "category": "providers", "placement": ["zone=far"],
     "properties": {"profile_id": "sim", "symbol": "BTC/USDT",
                    "enabled_endpoints": ["price_feed"]}},
    {"id": "cheap", "type": "threshold", "category": "conditions", "placement": ["zone=far"],
     "properties": {"max": "1000000"}},
    {"id": "buy", "type": "buy", "category": "actions", "placement": ["zone=far"],
     "properties": {"symbol": "BTC/USDT", "amount": "0.001", "venue": "sim"}}],
  "connections": [
    {"from": {"blockId": "price", "index": 0}, "to": {"blockId": "cheap", "index": 0}},
    {"from": {"blockId": "cheap", "index": 0}, "to": {"blockId": "buy", "index": 0}}]})";

}  // namespace

TEST_CASE("a node runs where its labels are, with what is configured there", "[workers]") {
  scripted_server page(
      [](const std::string&) { return std::optional(http_answer(200, R"({"price": 4.25})")); });
  const certificate_desk desk;
  host_of_workers host(desk, asks_far(page.url() + "/far"));
  const auto config =
      desk.write("worker.json", R"({"venues": {"http": {"allow": ["127.0.0.1"]}}})").string();
  std::optional<worker_of> worker;
  worker.emplace(desk, host, desk.issue("far-1"), "venue=far",
                 std::vector<std::string>{"--config", config});
  worker_of other(desk, host, desk.issue("near-1"), "venue=near");
  host.await_worker("far-1", "joined");
  host.await_worker("near-1", "joined");
  const auto ran = host.run();
  INFO(to_json(ran) << "\n" << worker->logged().log() << "\n" << host.logged().log());
  CHECK(text(ran, "status") == "completed");
  CHECK(to_json(ran).find("4.25") != std::string::npos);
  CHECK(page.arrived("/far") == 1);
  CHECK(*host.worker("far-1").find("nodes") == value(decimal(1)));
  CHECK(*host.worker("near-1").find("nodes") == value(decimal(0)));

  // Without it, nobody else will do, and the execution says so.
  worker->kill();
  host.await_worker("far-1", "lost");
  const auto failed = host.run();
  INFO(to_json(failed));
  CHECK(text(failed, "status") == "failed");
  CHECK(to_json(failed).find("venue=far") != std::string::npos);
  CHECK(page.arrived("/far") == 1);

  worker.emplace(desk, host, desk.issue("far-2"), "venue=far",
                 std::vector<std::string>{"--config", config});
  host.await_worker("far-2", "joined");
  CHECK(text(host.run(), "status") == "completed");
}

TEST_CASE("a block whose venue its worker does not have says where it is missing", "[workers]") {
  const certificate_desk desk;
  host_of_workers host(desk, buys_far);
  worker_of worker(desk, host, desk.issue("far-1"), "zone=far");
  host.await_worker("far-1", "joined");
  const auto said = to_json(host.run());
  CAPTURE(said);
  CHECK(said.find("no venue 'sim' is configured on the worker that this block runs on") !=
        std::string::npos);
  CHECK(said.find("add venues.sim to the file of its --config") != std::string::npos);
}

TEST_CASE("a worker that is killed under load costs no execution its end, and repeats no order",
          "[workers]") {
  witness exchange(witness_binary(), {"--still"});
  const certificate_desk desk;
  host_of_workers host(desk, buys_far, {"--venue", "sim=binance:" + exchange.url()});
  const auto config =
      desk.write("worker.json",
                 R"({"venues": {"sim": {"type": "binance", "url": ")" + exchange.url() + R"("}}})")
          .string();
  std::vector<std::unique_ptr<worker_of>> workers;
  for (const char* name : {"far-1", "far-2"}) {
    workers.push_back(std::make_unique<worker_of>(desk, host, desk.issue(name), "zone=far",
                                                  std::vector<std::string>{"--config", config}));
    host.await_worker(name, "joined");
  }
  const auto first = host.run();
  INFO(to_json(first) << "\n" << host.logged().log());
  REQUIRE(text(first, "status") == "completed");
  std::vector<std::string> started;
  for (int i = 0; i < 120; ++i) {
    started.push_back(text(host.ask("POST", "/api/v1/workflows/w/executions"), "execution_id"));
    // Whichever has the nodes: one is killed in the middle, and what it ran goes on at the other.
    if (i == 60) workers[*host.worker("far-1").find("nodes") == value(decimal(0)) ? 1 : 0]->kill();
  }
  std::map<std::string, int> ends;
  for (const auto& id : started) ++ends[text(host.await_end(id), "status")];
  for (const auto& [status, n] : ends) UNSCOPED_INFO(status << ": " << n);
  CHECK(ends["completed"] + ends["completed_with_errors"] + ends["failed"] ==
        static_cast<int>(started.size()));
  CHECK(ends["completed"] > 60);
  const auto orders = exchange.orders();
  std::set<std::string> ids;
  for (const auto& o : orders) CHECK(ids.insert(o.client_order_id).second);
  CHECK(orders.size() <= started.size() + 1);

  // Every order is one that the journal tells of, once; and no seq is missing.
  const auto events =
      run_program({pitwall_binary(), "events", "--json", "--data-dir", host.data()}).out;
  std::istringstream lines(events);
  std::map<std::string, int> intents;
  std::int64_t seq = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto e = parse_json(line);
    REQUIRE(e.ok());
    CHECK(e->find("seq")->as_number().to_int().value_or(0) == ++seq);
    if (text(*e, "type") == "order_intent") ++intents[text(*e, "execution_id")];
  }
  for (const auto& [id, n] : intents) CHECK(n == 1);
  CHECK(intents.size() >= orders.size());
}

}  // namespace pitwall::test
