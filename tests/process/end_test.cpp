// How a host ends: it says first that it takes nothing new, lets run what runs, and then says
// farewell to its viewers.
#include "net/client/host_client.hpp"
#include "tests/net/stream_client.hpp"
#include "tests/process/port_host.hpp"
#include "tests/support/plain_http.hpp"

namespace pitwall::test {
namespace {

// Its price waits until there is room for a call.
constexpr std::string_view waits = R"({
  "blocks": [
    {"id": "price", "type": "paper", "category": "providers", "retry": {"min_wait": 20},
     "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}}],
  "connections": []})";

}  // namespace

TEST_CASE("a host that is told to end is first not ready, then drains, and last closes with 1001") {
  port_host h(waits, {"--resilience", "rate@paper/data=1/m", "--drain", "60"});
  const std::string starts = "/api/v1/workflows/w/executions";
  const auto ask = [&](const char* method, const std::string& target) {
    return ask_port(h.port, {method, target});
  };
  REQUIRE(ask("POST", starts + "?wait=20").status == 200);
  stream_client viewer(h.port, "/ws");
  REQUIRE(viewer.hear_json().find("op")->as_text() == "connected");
  viewer.say(R"({"op":"subscribe","types":["node_retrying","execution_cancelled"]})");
  REQUIRE(viewer.hear_json().find("op")->as_text() == "subscribed");
  REQUIRE(viewer.hear_json().find("op")->as_text() == "caught_up");
  const auto started = parse_json(ask("POST", starts).body);
  REQUIRE(started.ok());
  const auto id = started->find("execution_id")->as_text();
  REQUIRE(viewer.hear_json().find("event")->find("type")->as_text() == "node_retrying");
  CHECK(ask("GET", "/readyz").status == 200);
  h.process().signal(SIGTERM);
  unsigned ready = 200;
  for (int i = 0; i < 10'000 && ready == 200; ++i) ready = ask("GET", "/readyz").status;
  CHECK(ready == 503);
  // It drains: it answers, refuses starts, and the viewer hears how the running one ends.
  CHECK(ask("GET", "/livez").status == 200);
  CHECK(ask("POST", starts).status == 503);
  CHECK(ask("GET", "/api/v1/executions/" + id).body.find("\"running\"") != std::string::npos);
  CHECK(ask("POST", "/api/v1/executions/" + id + "/cancel").status == 200);
  CHECK(viewer.hear_json().find("event")->find("type")->as_text() == "execution_cancelled");
  viewer.hear_out();
  CHECK(viewer.close_code() == 1001);
  CHECK(h.process().wait() == 0);
}

}  // namespace pitwall::test
