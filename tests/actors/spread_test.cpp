// Blocks without labels where load is spread: those that compute run on workers, the others here,
// and nothing that they do depends on a worker being there.
#include <fstream>

#include "tests/actors/worker_house.hpp"
#include "tests/support/temp_directory.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view trade = R"({"bot_id": "b", "blocks": [
  {"id": "feed", "type": "paper", "category": "providers",
   "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
  {"id": "one", "type": "threshold", "category": "conditions", "properties": {"min": 1}},
  {"id": "two", "type": "threshold", "category": "conditions", "properties": {"min": 2}},
  {"id": "both", "type": "and", "category": "conditions"},
  {"id": "allowed", "type": "max_trades", "category": "risk", "properties": {"limit": 9}},
  {"id": "buy", "type": "buy", "category": "actions",
   "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper"}}],
  "connections": [
    {"from": {"blockId": "feed", "index": 0}, "to": {"blockId": "one", "index": 0}},
    {"from": {"blockId": "feed", "index": 0}, "to": {"blockId": "two", "index": 0}},
    {"from": {"blockId": "one", "index": 0}, "to": {"blockId": "both", "index": 0}},
    {"from": {"blockId": "two", "index": 0}, "to": {"blockId": "both", "index": 1}},
    {"from": {"blockId": "both", "index": 0}, "to": {"blockId": "buy", "index": 0}}]})";

constexpr std::string_view counts = R"({"blocks": [
  {"id": "n", "type": "counter", "category": "conditions", "timeout": 5,
   "retry": {"max_attempts": 1}}]})";

}  // namespace

TEST_CASE("where load is spread, what computes goes to the worker with the fewest nodes") {
  worker_house h;
  h.shared->spread = true;
  auto& a = h.hire("a", {});
  auto& b = h.hire("b", {"zone=eu"});
  const auto s = h.run_once(trade);
  CHECK(s->value().status == run_status::completed);
  auto rows = h.rows();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].nodes == 2);
  CHECK(rows[1].nodes == 1);
  // What asks a venue or the journal, or is seen outside, is the host's.
  CHECK(h.door->fetches == 1);
  CHECK(a.door->fetches + b.door->fetches == 0);
  CHECK(h.door->sent.size() == 1);
  CHECK(h.held("BTC") == *decimal::parse("100.01"));
}

TEST_CASE("where load is spread, what asks a market or the time asks the host's") {
  worker_house h;
  h.shared->spread = true;
  auto& a = h.hire("a", {});
  const auto s = h.run_once(R"({"blocks": [
    {"id": "start", "type": "manual_trigger", "category": "triggers"},
    {"id": "price", "type": "venue_price", "category": "conditions",
     "properties": {"symbol": "BTC/USDT", "venue": "paper"}}]})");
  CHECK(s->value().status == run_status::completed);
  CHECK(h.door->fetches == 1);
  CHECK(a.door->fetches == 0);
  CHECK(h.rows().at(0).nodes == 0);
}

TEST_CASE("unless load is spread, a block without labels runs on its host") {
  worker_house h;
  h.hire("a", {});
  CHECK(h.run_once(trade)->value().status == run_status::completed);
  CHECK(h.rows().at(0).nodes == 0);
}

TEST_CASE("where load is spread and no worker is there, the host does it, and waits for none") {
  worker_house h;
  h.shared->spread = true;
  const bool just_started = GENERATE(false, true);
  if (just_started) h.open_desk_for_workers(30s);
  const auto w = h.deploy(trade);
  const auto first = h.start(w);
  h.run();
  REQUIRE(first->done());
  CHECK(first->value().status == run_status::completed);
  h.hire("a", {});
  const auto second = h.start(w);
  h.run();
  CHECK(second->value().status == run_status::completed);
  CHECK(h.rows().at(0).nodes == 3);
}

TEST_CASE("trigger state has no gap while workers of a spread node come and go") {
  worker_house h;
  h.shared->spread = true;
  add_counter(h, "conditions");
  const auto w = h.deploy(counts);
  const auto run = [&](const std::string& where) {
    CAPTURE(where);
    std::vector<std::shared_ptr<started>> all;
    for (int i = 0; i < 3; ++i) all.push_back(h.start(w));
    h.run();
    for (const auto& s : all) CHECK(s->value().status == run_status::completed);
  };
  run("here");
  h.hire("a", {});
  run("a");
  CHECK(h.rows().at(0).nodes == 1);
  h.kill_worker("a");
  h.run();
  run("here again");
  h.hire("b", {});
  run("b");
  const auto changes = h.events->all<node_state_changed>();
  REQUIRE(changes.size() == 12);
  for (std::size_t i = 0; i < changes.size(); ++i) CHECK(changes[i].version == i + 1);
}

TEST_CASE("what was under way on a worker that goes is done by the host where no other is there") {
  worker_house h;
  h.shared->spread = true;
  const auto p = h.pretend("p", {});
  add_counter(h, "conditions");
  const auto s = h.start(h.deploy(R"({"blocks": [
    {"id": "n", "type": "counter", "category": "conditions", "timeout": 60}]})"));
  h.run();
  REQUIRE(p->attempts.size() == 1);
  h.pass(6s);  // Its lease has ended.
  CHECK(s->value().status == run_status::completed);
  CHECK(h.events->all<node_started>().size() == 1);
}

TEST_CASE("a workflow that reads a file runs on its host, also where load is spread") {
  worker_house h;
  h.shared->spread = true;
  h.hire("a", {});
  add_counter(h, "conditions");
  temp_directory at;
  std::ofstream(at / "key") << "secret\n";
  const auto w = h.deploy(R"({"blocks": [
    {"id": "page", "type": "http", "category": "providers", "timeout": 1,
     "properties": {"url": "https://api.example.com/", "headers": {"X-Key": {"file": ")" +
                          (at / "key").string() + R"("}}}},
    {"id": "n", "type": "counter", "category": "conditions"}]})");
  for (int i = 0; i < 2; ++i) h.start(w);
  h.pass(10s);
  std::size_t done = 0;
  for (const auto& c : h.events->all<node_completed>()) done += c.node->id == "n" ? 1 : 0;
  CHECK(done == 2);
  CHECK(h.rows().at(0).nodes == 0);
}

}  // namespace pitwall::test
