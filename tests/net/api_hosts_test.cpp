#include "tests/net/server_fixture.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("hosts: this one and its workers") {
  server_fixture f;
  host_view own;
  own.name = "hub";
  own.state = "ok";
  own.version = "1";
  own.nodes = 7;
  own.cores = 2;
  own.load = 0.257;
  host_view worker;
  worker.name = "w1";
  worker.is_worker = true;
  worker.state = "joined";
  worker.version = "1";
  worker.labels = {"venue=kraken", "zone=eu"};
  worker.nodes = 3;
  worker.cores = 8;
  worker.load = 1.049;
  worker.epoch = 12;
  worker.heard_ago = microseconds(250'400);
  worker.lease_left = microseconds(4'749'999);
  f.host.known_hosts = {own, worker};
  CHECK(
      f.get("/api/v1/hosts").body ==
      R"({"hosts":[{"name":"hub","role":"host","state":"ok","version":"1","labels":[],)"
      R"("nodes":7,"cores":2,"load":0.26,"epoch":null,"heard_ms_ago":null,)"
      R"("lease_left_ms":null,"emergency":{"state":"normal","scopes":[]},"url":null,"error":null},)"
      R"({"name":"w1","role":"worker","state":"joined","version":"1",)"
      R"("labels":["venue=kraken","zone=eu"],"nodes":3,"cores":8,"load":1.05,"epoch":12,)"
      R"("heard_ms_ago":250,"lease_left_ms":4749,"emergency":null,"url":null,"error":null}]})");
  CHECK(f.get("/api/v1/hosts?all=1").status == 400);
}
