#include "tests/net/server_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("workflows are listed and found by id") {
  server_fixture f;
  CHECK(f.get("/api/v1/workflows").body == R"({"workflows":[]})");
  f.host.list_answer = std::vector<deployed_workflow>{
      {"a b", "A", "d1", 2, {}, 1}, {"c", "C", "d2", 1, {}, 0, "it died too often"}};
  CHECK(f.get("/api/v1/workflows").body ==
        R"({"workflows":[{"id":"a b","name":"A","definition_id":"d1","node_count":2,)"
        R"("in_flight":1,"status":"running","error":null,"warnings":[]},)"
        R"({"id":"c","name":"C","definition_id":"d2","node_count":1,)"
        R"("in_flight":0,"status":"given_up","error":"it died too often","warnings":[]}]})");
  CHECK(text_at(json_of(f.get("/api/v1/workflows/a%20b")), "name") == "A");
  const auto missing = f.get("/api/v1/workflows/other");
  CHECK(missing.status == 404);
  CHECK(from_problem(missing).message == "no workflow 'other' is deployed");
  f.host.list_answer = error{errc::unavailable, "starting", {}, {}};
  CHECK(f.get("/api/v1/workflows").status == 503);
  CHECK(f.get("/api/v1/workflows/x").status == 503);
}

TEST_CASE("PUT deploys the body under the id of the path") {
  server_fixture f;
  const auto reply = f.ask("PUT", "/api/v1/workflows/my%2Fone?template=two", "{\"blocks\":[]}");
  CHECK(reply.status == 200);
  CHECK(text_at(json_of(reply), "definition_id") == "def");
  CHECK(f.host.deployed_text == "{\"blocks\":[]}");
  CHECK(f.host.deployed_as == "my/one");
  CHECK(f.host.deployed_template == "two");
}

TEST_CASE("PUT of an invalid file answers all its problems") {
  server_fixture f;
  f.host.deploy_answer =
      error{errc::invalid_argument, "the workflow has 2 errors", "w", "see problems"};
  f.host.problems = {{problem::severity::error, "/blocks/0/type", "buy", "unknown type", "use buy"},
                     {problem::severity::warning, "/icon", "", "unknown field", "remove it"}};
  const auto reply = f.ask("PUT", "/api/v1/workflows/w", "{}");
  CHECK(reply.status == 422);
  CHECK(reply.content_type == "application/problem+json");
  const auto problems = problems_of(reply);
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].level == problem::severity::error);
  CHECK(problems[0].pointer == "/blocks/0/type");
  CHECK(problems[0].block_id == "buy");
  CHECK(problems[0].message == "unknown type");
  CHECK(problems[0].remedy == "use buy");
  CHECK(problems[1].level == problem::severity::warning);
  CHECK(problems[1].block_id.empty());
  const auto e = from_problem(reply);
  CHECK(e == f.host.deploy_answer.error());
}

TEST_CASE("PUT without a body is refused before it reaches the host") {
  server_fixture f;
  CHECK(f.ask("PUT", "/api/v1/workflows/w").status == 400);
  CHECK(f.host.deployed_as.empty());
}

TEST_CASE("a start answers 202 with the id") {
  server_fixture f;
  const auto reply = f.ask("POST", "/api/v1/workflows/w/executions", R"({"price":0.1})");
  CHECK(reply.status == 202);
  CHECK(reply.body == R"({"execution_id":"exec_w_1","status":"running"})");
  CHECK(f.host.started.workflow_id == "w");
  CHECK(f.host.started.trigger.find("price")->as_number() == *decimal::parse("0.1"));
  CHECK_FALSE(f.host.started.wait);
  f.ask("POST", "/api/v1/workflows/w/executions");
  CHECK(f.host.started.trigger.is_null());
}

TEST_CASE("a start that waits answers with the result") {
  server_fixture f;
  f.host.start_result =
      start_answer{"exec_w_1", run_status::completed, R"({"status":"completed"})"};
  const auto reply = f.ask("POST", "/api/v1/workflows/w/executions?wait=5");
  CHECK(reply.status == 200);
  CHECK(reply.body == R"({"status":"completed"})");
  CHECK(f.host.started.wait);
}

TEST_CASE("a wait that ends first answers 202 with the id, and the late result goes nowhere") {
  server_fixture f;
  f.host.hold_start = true;
  raw_client c(f.socket);
  c.send("POST /api/v1/workflows/w/executions?wait=3 HTTP/1.1\r\n\r\n");
  auto finish = f.host.await_held_start();
  f.host.started.started("exec_w_9");
  CHECK(c.read_until("\r\n") == "HTTP/1.1 202 Accepted\r\n");
  CHECK(c.read_until("}").find(R"({"execution_id":"exec_w_9","status":"running"})") !=
        std::string::npos);
  finish(start_answer{"exec_w_9", run_status::completed, R"({"status":"completed"})"});
  c.send("GET /livez HTTP/1.1\r\n\r\n");
  CHECK(c.read_until("}").find("alive") != std::string::npos);
}

TEST_CASE("a start's Idempotency-Key reaches the host") {
  server_fixture f;
  raw_client c(f.socket);
  c.send("POST /api/v1/workflows/w/executions HTTP/1.1\r\nIdempotency-Key: 7f-K\r\n\r\n");
  CHECK(c.read_until("\r\n") == "HTTP/1.1 202 Accepted\r\n");
  CHECK(f.host.started.idempotency_key == "7f-K");
}

TEST_CASE("a start that cannot be is refused") {
  server_fixture f;
  SECTION("a bad wait") {
    for (const auto* wait : {"-1", "soon", "3601", "", "1e9"}) {
      CAPTURE(wait);
      CHECK(f.ask("POST", std::string("/api/v1/workflows/w/executions?wait=") + wait).status ==
            400);
    }
  }
  SECTION("a trigger that is no JSON") {
    CHECK(f.ask("POST", "/api/v1/workflows/w/executions", "{").status == 400);
  }
  SECTION("an Idempotency-Key that is none") {
    for (const auto& key : {std::string("two words"), std::string(256, 'k'), std::string()}) {
      CAPTURE(key);
      raw_client c(f.socket);
      c.send("POST /api/v1/workflows/w/executions HTTP/1.1\r\nIdempotency-Key: " + key +
             "\r\n\r\n");
      CHECK(c.read_until("\r\n") == "HTTP/1.1 400 Bad Request\r\n");
    }
  }
  SECTION("an unknown parameter") {
    CHECK(f.ask("POST", "/api/v1/workflows/w/executions?wiat=1").status == 400);
  }
  CHECK(f.host.started.workflow_id.empty());
}

TEST_CASE("refusals of the host keep their meaning") {
  server_fixture f;
  const std::vector<std::pair<errc, unsigned>> table{{errc::halted, 409},
                                                     {errc::resource_exhausted, 429},
                                                     {errc::not_found, 404},
                                                     {errc::unavailable, 503},
                                                     {errc::internal, 500}};
  for (const auto& [code, status] : table) {
    const error e{code, "because", "w", "do this"};
    f.host.start_result = e;
    const auto reply = f.ask("POST", "/api/v1/workflows/w/executions");
    CHECK(reply.status == status);
    CHECK(from_problem(reply) == e);
  }
}

TEST_CASE("a completion that the host drops is answered as in doubt") {
  server_fixture f;
  f.host.hold_start = true;
  raw_client c(f.socket);
  c.send("POST /api/v1/workflows/w/executions HTTP/1.1\r\n\r\n");
  f.host.await_held_start() = nullptr;
  CHECK(c.read_until("\r\n") == "HTTP/1.1 504 Gateway Timeout\r\n");
}

TEST_CASE("an answer for a client that has gone is dropped") {
  server_fixture f;
  f.host.hold_start = true;
  auto c = std::make_unique<raw_client>(f.socket);
  c->send("POST /api/v1/workflows/w/executions?wait=60 HTTP/1.1\r\n\r\n");
  auto finish = f.host.await_held_start();
  c.reset();
  f.get("/livez");
  finish(start_answer{"exec_w_1", run_status::completed, "{}"});
  CHECK(f.get("/livez").status == 200);
}

TEST_CASE("a completion after the server's end is harmless") {
  control::completion<start_answer> finish;
  {
    server_options options;
    options.stop_grace = std::chrono::milliseconds(1);
    server_fixture f(options);
    f.host.hold_start = true;
    raw_client c(f.socket);
    c.send("POST /api/v1/workflows/w/executions?wait=60 HTTP/1.1\r\n\r\n");
    finish = f.host.await_held_start();
    f.server->stop();
    CHECK(c.read_to_end().empty());
  }
  finish(start_answer{"exec_w_1", run_status::completed, "{}"});
}

TEST_CASE("a file is validated without being deployed") {
  server_fixture f;
  f.host.deploy_answer = deployed_workflow{"w", "W", "", 2, {}};
  const auto good = f.ask("POST", "/api/v1/workflows/w/validate?template=t", "{}");
  CHECK(good.status == 200);
  CHECK(good.body == R"({"valid":true,"id":"w","name":"W","node_count":2,"warnings":[]})");
  CHECK(f.host.validated == std::array<std::string, 3>{"{}", "w", "t"});
  CHECK(f.host.deployed_text.empty());
  f.host.deploy_answer = error{errc::invalid_argument, "it is not valid", {}, {}};
  f.host.problems = {{problem::severity::error, "/blocks/0", "x", "bad", "mend it"}};
  const auto bad = f.ask("POST", "/api/v1/workflows/w/validate", "{}");
  CHECK(bad.status == 422);
  CHECK(problems_of(bad).size() == 1);
  CHECK(f.ask("POST", "/api/v1/workflows/w/validate").status == 400);
  CHECK(f.ask("POST", "/api/v1/workflows/w/validate?x=1", "{}").status == 400);
}

TEST_CASE("a workflow is removed") {
  server_fixture f;
  CHECK(f.ask("DELETE", "/api/v1/workflows/w").body == R"({"id":"w","status":"removed"})");
  CHECK(f.host.removed == "w");
  f.host.remove_answer = error{errc::not_found, "no such workflow", {}, {}};
  CHECK(f.ask("DELETE", "/api/v1/workflows/w").status == 404);
}

TEST_CASE("what is posted to a workflow's hook starts it, and nothing else is a hook") {
  server_fixture f;
  CHECK(f.ask("POST", "/api/v1/hooks/w", R"({"a":1})").status == 202);
  CHECK(f.host.started.by_hook);
  CHECK(f.host.started.workflow_id == "w");
  CHECK(to_json(f.host.started.trigger) == R"({"a":1})");
  CHECK(f.ask("POST", "/api/v1/workflows/w/executions", "1").status == 202);
  CHECK_FALSE(f.host.started.by_hook);
  CHECK(f.ask("POST", "/api/v1/hooks/w", "{").status == 400);
  CHECK(f.ask("GET", "/api/v1/hooks/w").status == 405);
}
