#include "tests/net/server_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

execution_summary summary(const std::string& id, run_status status = run_status::completed) {
  execution_summary s;
  s.scope = std::make_shared<const event_scope>(event_scope{id, "w", "bot", ""});
  s.status = status;
  s.started_at = timestamp(std::chrono::seconds(1'700'000'000));
  if (is_final(status)) {
    s.ended_at = s.started_at + microseconds(1'500);
    s.duration = microseconds(1'500);
  }
  s.node_count = 4;
  s.first_seq = 10;
  s.last_seq = 20;
  s.definition_id = "d";
  return s;
}

TEST_CASE("trigger states of a workflow") {
  server_fixture f;
  CHECK(f.get("/api/v1/workflows/w/states").body ==
        R"({"workflow_id":"w","nodes":[{"node_id":"cross","version":3,"state":60000}]})");
  CHECK(f.get("/api/v1/workflows/other/states").body == R"({"workflow_id":"other","nodes":[]})");
}

TEST_CASE("resume") {
  server_fixture f;
  const auto reply = f.ask("POST", "/api/v1/executions/exec_w_1/resume");
  CHECK(reply.status == 200);
  CHECK(reply.body == R"({"execution_id":"exec_w_1","status":"running"})");
  CHECK(f.host.resumed == "exec_w_1");
  f.host.resume_answer = error{errc::failed_precondition, "it is not stuck", {}, {}};
  CHECK(f.ask("POST", "/api/v1/executions/x/resume").status == 409);
}

}  // namespace

TEST_CASE("an execution by id") {
  server_fixture f;
  f.host.log.known["exec_w_1"] = summary("exec_w_1");
  CHECK(f.get("/api/v1/executions/exec_w_1").body ==
        R"({"execution_id":"exec_w_1","workflow_id":"w","bot_id":"bot","strategy_id":null,)"
        R"("status":"completed","started_at":"2023-11-14T22:13:20.000000Z",)"
        R"("ended_at":"2023-11-14T22:13:20.001500Z","duration_ms":1.5,"node_count":4,"orders":0,)"
        R"("first_seq":10,"last_seq":20,"definition_id":"d","error":null,"error_type":null})");
  CHECK(f.get("/api/v1/executions/other").status == 404);
}

TEST_CASE("executions are filtered, and come in pages") {
  server_fixture f;
  for (int i = 1; i <= 5; ++i) {
    const auto id = "exec_w_" + std::to_string(i);
    f.host.log.known[id] = summary(id, i == 3 ? run_status::failed : run_status::completed);
  }
  SECTION("pages join without gap or duplicate") {
    std::vector<std::string> seen;
    std::string before;
    do {
      const auto page = json_of(f.get("/api/v1/executions?limit=2&before=" + before));
      for (const auto& e : page.find("executions")->as_list()) {
        seen.push_back(text_at(e, "execution_id"));
      }
      before = page.find("next_before")->is_null() ? "" : text_at(page, "next_before");
    } while (!before.empty());
    CHECK(seen ==
          std::vector<std::string>{"exec_w_5", "exec_w_4", "exec_w_3", "exec_w_2", "exec_w_1"});
  }
  SECTION("every filter reaches the journal") {
    const auto page =
        json_of(f.get("/api/v1/executions?status=failed&workflow_id=w&bot_id=b%20c&strategy_id=s"));
    REQUIRE(page.find("executions")->as_list().size() == 1);
    CHECK(f.host.log.last_query.workflow_id == "w");
    CHECK(f.host.log.last_query.bot_id == "b c");
    CHECK(f.host.log.last_query.strategy_id == "s");
    CHECK(f.host.log.last_query.limit == 50);
  }
  SECTION("times reach the journal") {
    f.get(
        "/api/v1/"
        "executions?started_after=2026-03-01T12:00:00Z&started_before=2026-03-02T00:00:00Z");
    const auto& q = f.host.log.last_query;
    REQUIRE(q.started_after.has_value());
    CHECK(to_iso8601(*q.started_after) == "2026-03-01T12:00:00.000000Z");
    REQUIRE(q.started_before.has_value());
    CHECK(to_iso8601(*q.started_before) == "2026-03-02T00:00:00.000000Z");
  }
  SECTION("the newest of a workflow") {
    CHECK(text_at(json_of(f.get("/api/v1/workflows/w/latest")), "execution_id") == "exec_w_5");
    CHECK(f.host.log.last_query.workflow_id == "w");
    CHECK(f.host.log.last_query.limit == 1);
    f.host.log.known.clear();
    CHECK(f.get("/api/v1/workflows/w/latest").status == 404);
  }
  SECTION("a filter that cannot be is refused") {
    for (const auto* query : {"status=done", "started_after=yesterday", "started_before=12",
                              "limit=0", "limit=1001", "limit=x", "workflow=w"}) {
      CAPTURE(query);
      CHECK(f.get(std::string("/api/v1/executions?") + query).status == 400);
    }
  }
  SECTION("a journal that cannot be read is an error of the host") {
    f.host.log.failure = error{errc::io_error, "gone", {}, {}};
    CHECK(f.get("/api/v1/executions").status == 500);
  }
}

TEST_CASE("cancel") {
  server_fixture f;
  const auto reply = f.ask("POST", "/api/v1/executions/exec_w_1/cancel", R"({"reason":"late"})");
  CHECK(reply.status == 200);
  CHECK(reply.body == R"({"execution_id":"exec_w_1","status":"cancelled"})");
  CHECK(f.host.cancelled == std::pair<std::string, std::string>("exec_w_1", "late"));
  CHECK(f.ask("POST", "/api/v1/executions/x/cancel").status == 200);
  CHECK(f.ask("POST", "/api/v1/executions/x/cancel", "{\"why\":\"\"}").status == 400);
  f.host.cancel_answer = error{errc::failed_precondition, "it has ended", {}, {}};
  CHECK(f.ask("POST", "/api/v1/executions/x/cancel").status == 409);
  f.host.cancel_answer = error{errc::not_found, "unknown", {}, {}};
  CHECK(f.ask("POST", "/api/v1/executions/x/cancel").status == 404);
}
