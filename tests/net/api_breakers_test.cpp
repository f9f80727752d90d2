#include "tests/net/server_fixture.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("circuit breakers: the list") {
  server_fixture f;
  CHECK(f.get("/api/v1/circuit-breakers").body == R"({"circuit_breakers":[]})");
  breaker_view b;
  b.name = "paper/data";
  b.state = "open";
  b.next_probe_in = microseconds(1'500);
  b.window_failures = 5;
  b.opened = 1;
  f.host.known_breakers.push_back(b);
  const auto reply = f.get("/api/v1/circuit-breakers");
  CHECK(reply.status == 200);
  CHECK(
      reply.body.find(R"("name":"paper/data","state":"open","since":null,"next_probe_in_ms":2)") !=
      std::string::npos);
  CHECK(f.get("/api/v1/circuit-breakers?all=1").status == 400);
}

TEST_CASE("circuit breakers: what an operator does to one") {
  server_fixture f;
  const auto* path = "/api/v1/circuit-breakers";
  const auto* body =
      R"({"name":"paper/data","action":"open","operator":"ann","reason":"maintenance"})";
  CHECK(f.ask("POST", path, body).status == 404);
  f.host.known_breakers.emplace_back();
  CHECK(f.ask("POST", path, body).status == 200);
  CHECK(f.host.steered.name == "paper/data");
  CHECK(f.host.steered.action == "open");
  CHECK(f.host.steered.operator_name == "ann");
  CHECK(f.host.steered.reason == "maintenance");
  CHECK(f.ask("POST", path, R"({"name":"paper/data"})").status == 400);
  CHECK(f.ask("POST", path, R"({"action":"open"})").status == 400);
  CHECK(f.ask("POST", path, R"({"name":"x","action":"open","force":"yes"})").status == 400);
}
