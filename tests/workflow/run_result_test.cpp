#include "tests/support/catch.hpp"
#include "tests/workflow/run_driver.hpp"

using namespace pitwall;
using namespace pitwall::test;
using namespace std::chrono_literals;

namespace {

plan_builder trade() {
  plan_builder b;
  b.node({.id = "feed", .effect = effect_class::idempotent, .outputs = {"price", "book"}});
  b.node({.id = "buy", .sources = {"feed"}, .effect = effect_class::effectful});
  b.node({.id = "after", .sources = {"buy"}});
  return b;
}

const std::string ids = R"("execution_id":"exec_wf_01HZZZZZZZZZZZZZZZZZZZZZZZ","workflow_id":"wf")";
const std::string feed_result = R"({"nodeId":"feed","nodeName":"Name of feed","nodeType":"paper",)"
                                R"("output":{"price":100,"book":null},"duration":1.500})";

run_driver at_buy() {
  run_driver r(trade());
  r.start();
  r.wait(1500us);
  r.finish_node("feed", 100);
  return r;
}

}  // namespace

TEST_CASE("the result of a completed run", "[run][result]") {
  auto r = at_buy();
  r.finish_node("buy", "done");
  r.wait(1s);
  r.finish_node("after", true);
  CHECK(result_json(r.state) ==
        R"({"status":"completed","duration":1001.500,"results":[)" + feed_result +
            R"(,{"nodeId":"buy","nodeName":"Name of buy","nodeType":"buy",)"
            R"("output":{"out":"done"},"duration":0.000},)"
            R"({"nodeId":"after","nodeName":"Name of after","nodeType":"math",)"
            R"("output":{"out":true},"duration":1000.000}],"errors":[],)" +
            ids + R"(,"error_type":null,"attempts":{"feed":1,"buy":1,"after":1},"skipped":[]})");
}

TEST_CASE("the result names what failed and what was skipped", "[run][result]") {
  auto r = at_buy();
  r.feed(node_errored{1, 1, "no \"funds\"", "unavailable"});
  CHECK(result_json(r.state) ==
        R"({"status":"completed_with_errors","duration":1.500,"results":[)" + feed_result +
            R"(],"errors":[{"nodeId":"buy","error":"no \"funds\""}],)" + ids +
            R"(,"error_type":"unavailable","attempts":{"feed":1,"buy":1},)"
            R"("skipped":[{"nodeId":"after","reason":"buy failed"}]})");
}

TEST_CASE("the result tells of an order in doubt", "[run][result]") {
  auto r = at_buy();
  r.propose("buy");
  const auto error =
      R"([{"nodeId":"buy","error":"order )" + r.of("buy").client_order_id + R"( is in doubt: )";
  SECTION("as a node's end") {
    r.report("buy", order_state::in_doubt);
    const auto json = result_json(r.state);
    CHECK(json.find(R"("output":{"out":"report"},"duration":0.000,"status":"in_doubt"})") !=
          std::string::npos);
    CHECK(json.find(error + R"(the venue did not say what became of it"}])") != std::string::npos);
    CHECK(json.find(R"("error_type":"in_doubt")") != std::string::npos);
    CHECK(json.find(R"("reason":"buy is in doubt")") != std::string::npos);
  }
  SECTION("of a halted run") {
    r.feed(halt_requested{"operator", "halt"});
    const auto json = result_json(r.state);
    CHECK(json.find(R"({"status":"halted",)") == 0);
    CHECK(json.find(error) != std::string::npos);
    CHECK(json.find(R"({"nodeId":null,"error":"operator"}])") != std::string::npos);
    CHECK(json.find(R"("error_type":"halted")") != std::string::npos);
  }
}

TEST_CASE("the result of a run that failed by a node's policy names the node once",
          "[run][result]") {
  plan_builder b;
  b.node({.id = "a", .policy = on_error::fail});
  run_driver r(b);
  r.start();
  r.fail_node("a", "unavailable");
  const auto json = result_json(r.state);
  CHECK(json.find(R"("errors":[{"nodeId":"a","error":"it broke"}])") != std::string::npos);
  CHECK(json.find(R"("error_type":"unavailable")") != std::string::npos);
}

TEST_CASE("the result of a run that timed out says so", "[run][result]") {
  run_driver r(trade().timeout(2500ms));
  r.start();
  r.wait(3s);
  r.feed(tick{});
  CHECK(result_json(r.state) ==
        R"({"status":"timed_out","duration":3000.000,"results":[],"errors":[)"
        R"({"nodeId":null,"error":"the execution did not end within 2.5 s"}],)" +
            ids + R"(,"error_type":"timeout","attempts":{"feed":1},"skipped":[]})");
}
