#include "tests/net/server_fixture.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("bots: the list") {
  server_fixture f;
  CHECK(f.get("/api/v1/bots").body == R"({"bots":[]})");
  bot_view b;
  b.id = "arb";
  b.state = "paused";
  b.since = timestamp(microseconds(1'000'000));
  b.reason = "maintenance";
  b.workflows = {"w1", "w2"};
  b.in_flight = 3;
  f.host.known_bots.push_back(b);
  CHECK(f.get("/api/v1/bots").body ==
        R"({"bots":[{"id":"arb","state":"paused","halted_by":[],)"
        R"("since":"1970-01-01T00:00:01.000000Z",)"
        R"("reason":"maintenance","operator":null,"workflows":["w1","w2"],)"
        R"("executions_in_flight":3,"trigger":null}]})");
  CHECK(f.get("/api/v1/bots?all=1").status == 400);
}

TEST_CASE("bots: which halts keep the orders of one back") {
  server_fixture f;
  f.host.known_bots.emplace_back().id = "arb";
  const auto halted = [&](std::vector<std::pair<std::string, std::string>> scopes) {
    f.host.healthy.emergency = std::move(scopes);
    const auto body = f.get("/api/v1/bots").body;
    const auto at = body.find("\"halted_by\":") + 12;
    return body.substr(at, body.find(']', at) + 1 - at);
  };
  CHECK(halted({}) == "[]");
  CHECK(halted({{"global", "alert"}, {"bot:other", "halt"}, {"venue:sim", "halt"}}) == "[]");
  CHECK(halted({{"bot:arb", "halt"}}) == R"(["bot:arb"])");
  CHECK(halted({{"bot:arb", "halt"}, {"global", "shutdown"}}) == R"(["bot:arb","global"])");
}

TEST_CASE("bots: what an operator does to one") {
  server_fixture f;
  CHECK(f.ask("POST", "/api/v1/bots/a%2Fb/pause", "{}").status == 404);
  f.host.known_bots.emplace_back();
  CHECK(f.ask("POST", "/api/v1/bots/a%2Fb/pause", R"({"operator":"ann","reason":"why"})").status ==
        200);
  CHECK(f.host.steered_bot.bot_id == "a/b");
  CHECK(f.host.steered_bot.action == "pause");
  CHECK(f.host.steered_bot.operator_name == "ann");
  CHECK(f.host.steered_bot.reason == "why");
  CHECK(f.ask("POST", "/api/v1/bots/arb/stop", "").status == 200);
  CHECK(f.host.steered_bot.action == "stop");
  CHECK(f.ask("POST", "/api/v1/bots/arb/stop", R"({"force":"yes"})").status == 400);
}
