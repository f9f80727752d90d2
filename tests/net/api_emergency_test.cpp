#include "runtime/workflow/json.hpp"
#include "tests/net/server_fixture.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

constexpr const char* path = "/api/v1/emergency/reports";

void trip(server_fixture& f, const std::string& scope, std::vector<std::string> open = {}) {
  const auto now = timestamp(std::chrono::seconds(1'772'366'400));
  f.host.log.append({}, trip_recorded{scope, now, now, {"pw-1"}, value(3)});
  f.host.log.append({}, emergency_state_changed{scope, "normal", "halt", "why", "ann", "manual"});
  trip_mark mark;
  mark.seq = f.host.log.head();
  mark.unsettled = std::move(open);
  f.host.log.tripped.insert(f.host.log.tripped.begin(), std::move(mark));
}

}  // namespace

TEST_CASE("emergency reports: there are none") {
  server_fixture f;
  CHECK(f.get(path).body == R"({"reports":[],"next_before":null})");
  CHECK(f.get(std::string(path) + "/latest").status == 404);
  CHECK(f.get(std::string(path) + "/7").status == 404);
}

TEST_CASE("emergency reports: one, with what was open") {
  server_fixture f;
  const event_scope who{"exec_w_1", "w", "b", ""};
  f.host.log.append(who, execution_started{1, "d", {}});
  trip(f, "bot:b", {"exec_w_1"});
  f.host.log.append(who, execution_halted{"why", "halt"});
  const auto reply = f.get(std::string(path) + "/3");
  REQUIRE(reply.status == 200);
  const auto v = parse_json(reply.body);
  REQUIRE(v.ok());
  CHECK(v->find("id")->as_text() == "3");
  CHECK(v->find("scope")->as_text() == "bot:b");
  CHECK(v->find("operator")->as_text() == "ann");
  CHECK(v->find("evidence")->as_number() == decimal(3));
  CHECK(v->find("acknowledged_at")->is_null());
  CHECK(v->find("last_order")->is_null());
  REQUIRE(v->find("executions")->as_list().size() == 1);
  const auto& e = v->find("executions")->as_list()[0];
  CHECK(e.find("execution_id")->as_text() == "exec_w_1");
  CHECK(e.find("fate")->as_text() == "halted");
  CHECK(e.find("strategy_id")->is_null());
  CHECK(v->find("as_of_seq")->as_number() == decimal(4));
  CHECK(f.get(std::string(path) + "/latest").body == reply.body);
}

TEST_CASE("emergency reports: what is no id or parameter is said") {
  server_fixture f;
  trip(f, "global");
  for (const char* wrong :
       {"/x", "/0", "/-1", "/latest?all=1", "?limit=0", "?limit=x", "?before=0", "?after=1"}) {
    CAPTURE(wrong);
    CHECK(f.get(std::string(path) + wrong).status == 400);
  }
  CHECK(f.get(path).body.find(R"("id":"2","scope":"global")") != std::string::npos);
}
