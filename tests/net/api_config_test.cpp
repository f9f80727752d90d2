#include "tests/net/server_fixture.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("config: a reload answers what changed and what waits for a start") {
  server_fixture f;
  const auto r = f.ask("POST", "/api/v1/config/reload", "");
  CHECK(r.status == 200);
  CHECK(r.body == R"({"applied":[{"key":"log.level","from":"info","to":"debug"}],)"
                  R"("refused":[{"key":"server.port","from":1,"to":null}]})");
  CHECK(f.host.reloads == 1);
  CHECK(f.ask("POST", "/api/v1/config/reload", R"({"file":"x"})").status == 400);
  CHECK(f.get("/api/v1/config/reload").status == 405);
  CHECK(f.host.reloads == 1);
}

TEST_CASE("config: all problems of a bad one are in the answer") {
  server_fixture f;
  f.host.bad_configuration = {
      {problem::severity::error, "host.json#/server/prot", {}, "there is no setting 'prot'", "x"},
      {problem::severity::error, "PITWALL__LOG__LEVEL", {}, "'loud' is no value", "y"}};
  const auto r = f.ask("POST", "/api/v1/config/reload", "");
  CHECK(r.status == 422);
  CHECK(r.body.find("host.json#/server/prot") != std::string::npos);
  CHECK(r.body.find("PITWALL__LOG__LEVEL") != std::string::npos);
}
