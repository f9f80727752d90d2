// Nodes that run on workers, against real ones: they give what local ones give, and go on elsewhere
// when their worker dies.
#include <fstream>

#include "runtime/workflow/json.hpp"
#include "tests/actors/worker_house.hpp"
#include "tests/support/temp_directory.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

/// `where`: as "placement" of feed and buy.
std::string trade(const std::string& where) {
  const auto placed = where.empty() ? std::string() : R"("placement": [")" + where + R"("], )";
  return R"({"bot_id": "b", "blocks": [
  {"id": "feed", "type": "paper", "category": "providers", )" +
         placed + R"("timeout": 5,
   "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
  {"id": "ok", "type": "threshold", "category": "conditions", "properties": {"min": 1}},
  {"id": "buy", "type": "buy", "category": "actions", )" +
         placed + R"(
   "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper"}}],
  "connections": [
    {"from": {"blockId": "feed", "index": 0}, "to": {"blockId": "ok", "index": 0}},
    {"from": {"blockId": "ok", "index": 0}, "to": {"blockId": "buy", "index": 0}}]})";
}

constexpr std::string_view counts = R"({"blocks": [
  {"id": "n", "type": "counter", "category": "triggers", "placement": ["zone=eu"],
   "timeout": 5, "retry": {"max_attempts": 1}}]})";

/// The results alone, without times.
value outputs_of(const started& s) {
  value::list out;
  const auto parsed = parse_json(s.value().result_json);
  REQUIRE(parsed.ok());
  for (const auto& r : parsed->find("results")->as_list())
    out.push_back(value(value::object{{"id", *r.find("nodeId")}, {"output", *r.find("output")}}));
  return value(std::move(out));
}

}  // namespace

TEST_CASE("a node on a worker gives what the local one gives, and asks the worker's own venue") {
  house local;
  const auto here = local.run_once(trade(""));
  worker_house h;
  auto& w = h.hire("w1");
  const auto there = h.run_once(trade("zone=eu"));
  CHECK(there->value().status == run_status::completed);
  // Client order ids have the execution's id in them; prices come from the same seed.
  CHECK(to_json(outputs_of(*there)).size() == to_json(outputs_of(*here)).size());
  CHECK(h.events->types() == local.events->types());
  CHECK(w.door->fetches == 1);
  CHECK(h.door->fetches == 0);
  // What orders is the host.
  CHECK(w.door->sent.empty());
  CHECK(h.door->sent.size() == 1);
  CHECK(h.held("BTC") == *decimal::parse("100.01"));
  const auto rows = h.rows();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].nodes == 2);
  CHECK(rows[0].state == "joined");
}

TEST_CASE("a worker that is killed in the middle of an attempt: it is run again elsewhere, once") {
  worker_house h;
  auto& first = h.hire("w1");
  h.paper->set_deferred(true);
  const auto w = h.deploy(trade("zone=eu"));
  auto s = h.start(w);
  h.run();
  CHECK(first.door->fetches == 1);
  CHECK_FALSE(s->done());
  auto& second = h.hire("w2");
  h.kill_worker("w1");
  h.run();
  CHECK(second.door->fetches == 1);
  h.paper->set_deferred(false);
  h.paper->flush();
  h.run();
  CHECK(s->value().status == run_status::completed);
  CHECK(h.events->all<node_started>().size() == 3);
  CHECK(h.events->all<node_completed>().size() == 3);
  CHECK(h.held("BTC") == *decimal::parse("100.01"));
  CHECK(h.log->has("worker 'w1'"));
}

TEST_CASE("an order in flight while its worker dies is one order at the venue") {
  for (const std::uint64_t seed : {0, 1, 2, 3, 4, 5}) {
    INFO("seed " << seed);
    worker_house h(seed);
    h.hire("w1");
    h.hire("w2");
    h.paper->set_deferred_submits(true);
    const auto w = h.deploy(trade("zone=eu"));
    auto s = h.start(w);
    // At every point of the way, the last being the venue.
    h.run_some(seed == 0 ? 10'000 : 12 * seed);
    h.kill_worker("w1");
    h.run();
    h.kill_worker("w2");
    h.hire("w3");
    h.run();
    CHECK_FALSE(s->done());
    h.paper->set_deferred_submits(false);
    h.paper->flush();
    h.pass(5s);
    CHECK(s->value().status == run_status::completed);
    CHECK(h.door->sent.size() == 1);
    CHECK(h.events->all<order_intent>().size() == 1);
    CHECK(h.events->all<order_filled>().size() == 1);
    CHECK(h.held("BTC") == *decimal::parse("100.01"));
  }
}

TEST_CASE("trigger state keeps its versions, without gap, over losses of its worker") {
  worker_house h;
  add_counter(h);
  const auto w = h.deploy(counts);
  std::string previous;
  for (int life = 0; life < 4; ++life) {
    const auto name = "w" + std::to_string(life);
    h.hire(name);
    if (life > 0) h.kill_worker(previous);
    previous = name;
    std::vector<std::shared_ptr<started>> all;
    for (int i = 0; i < 5; ++i) all.push_back(h.start(w));
    h.run();
    for (const auto& s : all) CHECK(s->value().status == run_status::completed);
  }
  const auto changes = h.events->all<node_state_changed>();
  REQUIRE(changes.size() == 20);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    CHECK(changes[i].version == i + 1);
    CHECK(changes[i].state == value(decimal(static_cast<std::int64_t>(i + 1))));
  }
  const auto kept = h.storage.events->node_state("test", "n");
  REQUIRE(kept.ok());
  CHECK(kept->version == 20);
}

TEST_CASE("a workflow that is deployed again takes its trigger state along to the worker") {
  worker_house h;
  add_counter(h);
  h.hire("w1");
  const auto first = h.start(h.deploy(counts));
  h.run();
  caf::anon_send(h.workflows.back(), retire{});
  h.run();
  const auto second = h.start(h.deploy(counts));
  h.run();
  CHECK(second->value().status == run_status::completed);
  CHECK(h.events->all<node_state_changed>().back().version == 2);
  CHECK(h.rows().at(0).nodes == 1);  // The first one's place was left.
}

TEST_CASE("without a worker of these labels attempts fail at once, and say what to do") {
  worker_house h;
  h.hire("w1", {"zone=us"});
  auto s = h.run_once(R"({"blocks": [
    {"id": "n", "type": "manual_trigger", "category": "triggers",
     "placement": ["zone=eu", "venue=kraken"], "retry": {"max_attempts": 1}}]})");
  CHECK(s->value().status == run_status::completed_with_errors);
  const auto failures = h.events->all<node_failed>();
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].error_type == "unavailable");
  CHECK(failures[0].error.find("no worker with the labels zone=eu,venue=kraken: 1 is here, and "
                               "'w1' lacks zone=eu,venue=kraken") != std::string::npos);
  CHECK(failures[0].error.find("pitwall worker --join") != std::string::npos);

  SECTION("one that joins later is found") {
    h.hire("w2", {"venue=kraken", "zone=eu"});
    auto again = h.start(h.workflows.back());
    h.run();
    CHECK(again->value().status == run_status::completed);
  }
  SECTION("nor on a host without a list of workers") {
    h.shared->workers = nullptr;
    auto again = h.start(h.workflows.back());
    h.run();
    CHECK(again->value().status == run_status::completed_with_errors);
    CHECK(h.events->all<node_failed>().size() == 2);
  }
}

TEST_CASE("while its retry policy lasts, a node waits for a worker") {
  worker_house h;
  const auto w = h.deploy(R"({"blocks": [
    {"id": "n", "type": "manual_trigger", "category": "triggers", "placement": ["zone=eu"],
     "retry": {"max_attempts": 3, "min_wait": 2, "max_wait": 2, "jitter": "none"}}]})");
  auto s = h.start(w);
  h.pass(1s);
  CHECK_FALSE(s->done());
  h.hire("w1");
  h.pass(3s);
  CHECK(s->value().status == run_status::completed);
}

TEST_CASE("the deadline of an attempt holds on a worker too, and its call is ended there") {
  worker_house h;
  auto& w = h.hire("w1");
  h.paper->set_deferred(true);
  auto s = h.run_once(R"({"blocks": [
    {"id": "feed", "type": "paper", "category": "providers", "placement": ["zone=eu"],
     "timeout": 2, "retry": {"max_attempts": 1},
     "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}}]})");
  h.pass(3s);
  CHECK(s->value().status == run_status::completed_with_errors);
  CHECK(h.events->all<node_failed>().at(0).error_type == "timeout");
  CHECK(w.door->fetches == 1);
  CHECK(w.door->cancelled_fetches == 1);
}

TEST_CASE("a workflow that reads a file is not run on a worker") {
  worker_house h;
  h.hire("w1");
  temp_directory at;
  std::ofstream(at / "key") << "secret\n";
  auto s = h.run_once(R"({"blocks": [
    {"id": "page", "type": "http", "category": "providers", "timeout": 1,
     "properties": {"url": "https://api.example.com/", "headers": {"X-Key": {"file": ")" +
                      (at / "key").string() + R"("}}}},
    {"id": "n", "type": "manual_trigger", "category": "triggers", "placement": ["zone=eu"],
     "retry": {"max_attempts": 1}}]})");
  h.pass(10s);
  const auto failures = h.events->all<node_failed>();
  const auto ours = std::find_if(failures.begin(), failures.end(),
                                 [](const auto& f) { return f.node->id == "n"; });
  REQUIRE(ours != failures.end());
  CHECK(ours->error.find("reads a file (headers/X-Key)") != std::string::npos);
  CHECK(ours->error_type == "failed_precondition");
}

}  // namespace pitwall::test
