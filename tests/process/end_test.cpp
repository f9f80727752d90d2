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

TEST_CASE("a second signal does not wait for what runs, which goes on at the next start") {
  port_host h(waits, {"--resilience", "rate@paper/data=1/10s", "--drain", "1000"});
  const std::string starts = "/api/v1/workflows/w/executions";
  REQUIRE(ask_port(h.port, {"POST", starts + "?wait=20"}).status == 200);
  const auto started = parse_json(ask_port(h.port, {"POST", starts}).body);
  REQUIRE(started.ok());
  const auto id = started->find("execution_id")->as_text();
  h.process().signal(SIGTERM);
  unsigned ready = 200;
  for (int i = 0; i < 10'000 && ready == 200; ++i)
    ready = ask_port(h.port, {"GET", "/readyz"}).status;
  REQUIRE(ready == 503);
  h.process().signal(SIGTERM);
  CHECK(h.process().wait() == 0);
  CHECK(h.log().find("stopped with executions unfinished") != std::string::npos);
  CHECK(h.cli({"executions", "show", id}).out.find("running") != std::string::npos);
  CHECK(h.cli({"journal", "verify"}).exit_code == 0);
  // With nothing in its way any more, it ends.
  child_process again({pitwall_binary(), "serve", "--data-dir", h.data()});
  REQUIRE(again.await_line("ready:"));
  const auto client = host_client::connect(h.socket().string());
  REQUIRE(client.ok());
  bool ended = false;
  CHECK(client
            ->stream(
                "/api/v1/events/stream?after=0&types=execution_completed&execution_id=" + id,
                [&](std::string_view, std::uint64_t, std::string_view) {
                  ended = true;
                  return false;
                },
                std::chrono::seconds(30))
            .ok());
  CHECK(ended);
}

TEST_CASE("what does not end within --drain is left for the next start") {
  port_host h(waits, {"--resilience", "rate@paper/data=1/m", "--drain", "1"});
  const std::string starts = "/api/v1/workflows/w/executions";
  REQUIRE(ask_port(h.port, {"POST", starts + "?wait=20"}).status == 200);
  REQUIRE(ask_port(h.port, {"POST", starts}).status == 202);
  h.end();
  CHECK(h.log().find("stopped with executions unfinished") != std::string::npos);
  CHECK(h.cli({"journal", "verify"}).exit_code == 0);
}

}  // namespace pitwall::test
