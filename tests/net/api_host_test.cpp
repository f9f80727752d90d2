#include "tests/net/server_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("health answers 200 in every state, also while halted") {
  server_fixture f;
  f.host.healthy = {"halted", 61, "sync", "0.1.0", 42, 3, {{"global", "halt"}, {"bot:b", "alert"}}};
  f.host.healthy.host = "hub";
  f.host.healthy.recovery = "resuming";
  f.host.healthy.unfinished = 9;
  f.host.healthy.resumed = 5;
  f.host.healthy.waiting = 3;
  f.host.healthy.not_resumed = 1;
  f.host.healthy.venues["sim"] = {false, 2, "away"};
  f.host.healthy.given_up = {"w1"};
  f.host.healthy.dead_letters = {{"node", "order_answer", 7}};
  const auto reply = f.get("/health");
  CHECK(reply.status == 200);
  CHECK(reply.content_type == "application/json");
  CHECK(reply.body ==
        R"({"host":"hub","status":"halted","uptime_seconds":61,"version":"0.1.0",)"
        R"("storage":{"durability":"sync","last_seq":42},"executions_in_flight":3,)"
        R"("emergency":{"state":"halt","scopes":[{"scope":"global","state":"halt"},)"
        R"({"scope":"bot:b","state":"alert"}]},)"
        R"("recovery":{"phase":"resuming","unfinished":9,"resumed":5,"waiting":3,"not_resumed":1},)"
        R"("venues":[{"name":"sim","status":"closed","unsettled_orders":2,"error":"away"}],)"
        R"("workflows_given_up":["w1"],)"
        R"("dead_letters":{"total":7,"kinds":[{"to":"node","message":"order_answer","count":7}]},)"
        R"("websocket":{"clients":0}})");
}

TEST_CASE("livez and readyz tell living from ready") {
  server_fixture f;
  CHECK(f.get("/livez").status == 200);
  CHECK(f.get("/readyz").status == 200);
  f.host.healthy.status = "halted";
  CHECK(f.get("/readyz").status == 200);
  f.host.healthy.ready = false;  // Until recovery is done.
  CHECK(f.get("/readyz").status == 503);
  CHECK(f.get("/livez").status == 200);
  f.host.healthy.ready = true;
  for (const auto* status : {"stopping", "failed"}) {
    f.host.healthy.status = status;
    const auto reply = f.get("/readyz");
    CHECK(reply.status == 503);
    CHECK(from_problem(reply).code == errc::unavailable);
    CHECK(f.get("/health").status == 200);
    CHECK(f.get("/livez").status == 200);
  }
}

TEST_CASE("status joins health and journal") {
  server_fixture f;
  f.host.publish(5);
  const auto view = json_of(f.get("/status"));
  CHECK(text_at(view, "status") == "ok");
  REQUIRE(view.find("journal") != nullptr);
  CHECK(view.find("journal")->find("last_seq")->as_number() == decimal(5));
  CHECK(view.find("published_seq")->as_number() == decimal(5));
  f.host.log.failure = error{errc::io_error, "the disk is gone", {}, {}};
  CHECK(f.get("/status").status == 500);
}

TEST_CASE("pruning passes on the policy, and answers what one step did") {
  server_fixture f;
  f.host.prune_result = prune_outcome{11, 10, 2, 1, 300, 4, 1, true};
  const auto path = "/api/v1/journal/prune";
  const auto reply = f.ask(
      "POST", path, R"({"keep_days":"2","keep_events":"7","keep_bytes":"9","dry_run":"true"})");
  CHECK(reply.body == R"({"first_seq":11,"events":10,"commits":2,"executions":1,"bytes":300,)"
                      R"("idempotency_keys":4,"older_commits_kept":1,"more":true})");
  CHECK(f.host.pruned_to.max_age == std::chrono::hours(48));
  CHECK(f.host.pruned_to.max_events == 7U);
  CHECK(f.host.pruned_to.max_bytes == 9U);
  CHECK(f.host.pruned_dry);
  for (const auto* wrong : {"0", "-1", "1.5", "x", "99999999999999999999"})
    CHECK(f.ask("POST", path, R"({"keep_events":")" + std::string(wrong) + "\"}").status == 400);
  f.host.prune_result = error{errc::unavailable, "it is being pruned already", {}, {}};
  CHECK(f.ask("POST", path, "{}").status == 503);
}

TEST_CASE("journal statistics") {
  server_fixture f;
  f.host.publish(2);
  const auto view = json_of(f.get("/api/v1/journal/stats"));
  CHECK(view.find("events")->as_number() == decimal(2));
  CHECK(text_at(view, "directory") == "/data");
  f.host.log.failure = error{errc::data_loss, "record 3 is damaged", {}, {}};
  const auto reply = f.get("/api/v1/journal/stats");
  CHECK(reply.status == 500);
  CHECK(from_problem(reply).code == errc::data_loss);
}

TEST_CASE("the head of the journal") {
  server_fixture f;
  f.host.publish(2);
  const std::string hash(64, 'a');
  CHECK(f.get("/api/v1/journal/head").body ==
        R"({"seq":2,"hash":")" + hash + R"(","head":"2:)" + hash + R"("})");
  f.host.log.failure = error{errc::data_loss, "record 3 is damaged", {}, {}};
  CHECK(f.get("/api/v1/journal/head").status == 500);
}

TEST_CASE("a backup of the journal goes where it was told") {
  server_fixture f;
  f.host.publish(3);
  const auto reply = f.ask("POST", "/api/v1/journal/backup", R"({"directory":"/backups/a"})");
  CHECK(reply.status == 200);
  CHECK(text_at(json_of(reply), "head") == "3:" + std::string(64, 'a'));
  CHECK(f.host.log.backed_up == "/backups/a");
  for (const auto* body : {"", "{}", R"({"directory":""})", R"({"directory":"b"})"}) {
    CAPTURE(body);
    CHECK(f.ask("POST", "/api/v1/journal/backup", body).status == 400);
  }
  f.host.log.failure = error{errc::already_exists, "it is there", {}, {}};
  CHECK(f.ask("POST", "/api/v1/journal/backup", R"({"directory":"/b"})").status == 409);
}

TEST_CASE("the emergency state") {
  server_fixture f;
  CHECK(f.get("/api/v1/emergency").body == R"({"state":"normal","scopes":[]})");
  f.host.healthy.emergency = {{"venue:luno", "halt"}};
  CHECK(f.get("/api/v1/emergency").body ==
        R"({"state":"normal","scopes":[{"scope":"venue:luno","state":"halt"}]})");
}

TEST_CASE("an emergency command") {
  server_fixture f;
  SECTION("reaches the host with all its parts") {
    const auto reply = f.ask(
        "POST", "/api/v1/emergency",
        R"({"action":"halt","scope":"venue:x","reason":"fire","operator":"ann","trigger":"cli"})");
    CHECK(reply.status == 200);
    CHECK(reply.body ==
          R"({"scope":"global","previous_state":"normal","state":"halt","result":"done",)"
          R"("closed_at":null,"unanswered_orders":["pw-1-0"],"warnings":[],"seq":7})");
    CHECK(f.host.commanded.action == emergency_action::halt);
    CHECK(f.host.commanded.scope == "venue:x");
    CHECK(f.host.commanded.reason == "fire");
    CHECK(f.host.commanded.operator_name == "ann");
    CHECK(f.host.commanded.trigger == "cli");
  }
  SECTION("concerns everything if it names no scope") {
    CHECK(f.ask("POST", "/api/v1/emergency", R"({"action":"alert"})").status == 200);
    CHECK(f.host.commanded.scope == "global");
    CHECK(f.host.commanded.trigger == "manual");
  }
  SECTION("with a misspelt member is refused: a resume must not widen its scope") {
    const auto reply = f.ask("POST", "/api/v1/emergency", R"({"action":"resume","scpoe":"bot:b"})");
    CHECK(reply.status == 400);
    CHECK(from_problem(reply).message.find("scpoe") != std::string::npos);
  }
  SECTION("without sense is refused") {
    for (const auto* body : {"", "[]", "{}", R"({"action":1})", R"({"action":"panic"})", "{"}) {
      CAPTURE(body);
      const auto reply = f.ask("POST", "/api/v1/emergency", body);
      CHECK(reply.status == 400);
      CHECK(from_problem(reply).code == errc::invalid_argument);
    }
  }
  SECTION("that the host refuses is a conflict") {
    f.host.emergency_result = error{errc::failed_precondition, "left only by a restart", {}, {}};
    CHECK(f.ask("POST", "/api/v1/emergency", R"({"action":"resume"})").status == 409);
  }
}

TEST_CASE("a halt passes while every worker is held by the journal") {
  server_options options;
  options.workers = 2;
  server_fixture f(options);
  f.host.publish(1);
  f.host.log.block();
  std::vector<std::unique_ptr<raw_client>> readers;
  for (int i = 0; i < 5; ++i) {
    readers.push_back(std::make_unique<raw_client>(f.socket));
    readers.back()->send("GET /api/v1/events HTTP/1.1\r\n\r\n");
  }
  f.host.log.await_readers(2);
  CHECK(f.ask("POST", "/api/v1/emergency", R"({"action":"halt"})").status == 200);
  CHECK(f.get("/livez").status == 200);
  f.host.log.release();
  for (auto& r : readers) CHECK(r->read_until("\r\n") == "HTTP/1.1 200 OK\r\n");
}

TEST_CASE("stop is answered, and passed on once") {
  server_fixture f;
  const auto reply = f.ask("POST", "/api/v1/stop");
  CHECK(reply.status == 202);
  CHECK(reply.body == R"({"status":"stopping"})");
  f.get("/livez");  // The answer may come before the call: this one is handled after both.
  CHECK(f.host.stops == 1);
}
