#include "net/server/wake_pace.hpp"

#include <future>

#include "tests/net/server_fixture.hpp"
#include "tests/net/stream_client.hpp"

using namespace pitwall;
using namespace pitwall::test;
using namespace std::chrono_literals;

TEST_CASE("viewers are told after a multiple of what telling them costs, and soon") {
  http::wake_pace pace({4, 100us, 2ms});
  CHECK(pace.wait(0us) == 0us);
  pace.round_begins(10ms);
  // One or two viewers: at once.
  CHECK(pace.wait(10ms) == 0us);
  CHECK(pace.wait(10ms + 24us) == 0us);
  CHECK(pace.wait(10ms + 25us) == 100us);
  CHECK(pace.wait(10ms + 300us) == 1200us);
  CHECK(pace.wait(10ms + 500us) == 2ms);
  CHECK(pace.wait(15ms) == 2ms);
  // What a round cost counts for the next wait alone.
  pace.round_begins(15ms);
  CHECK(pace.wait(15ms + 50us) == 200us);
}

namespace {

/// Viewers are never told again, unless by something else than the time.
server_options never() {
  server_options o;
  o.pace = {1'000'000, 0ns, std::chrono::hours(1)};
  return o;
}

}  // namespace

TEST_CASE("what waits for its turn is told when the time is over") {
  server_options soon;
  soon.pace = {1'000'000, 0ns, 1ms};
  server_fixture f(soon);
  stream_client viewer(f.server->port(), "/ws");
  viewer.hear();
  viewer.say(R"({"op":"subscribe","all":true,"after":0})");
  while (viewer.hear_json().find("op")->as_text() != "caught_up") continue;
  for (int seq = 1; seq <= 200; ++seq) {
    f.host.publish(1);
    const auto said = viewer.hear_json();
    REQUIRE(said.find("event")->find("seq")->as_number() == decimal(seq));
  }
}

TEST_CASE("who subscribes has all that is published, also what others are not told yet") {
  server_fixture f(never());
  stream_client viewer(f.server->port(), "/ws");
  viewer.hear();
  f.host.publish(3);
  viewer.say(R"({"op":"subscribe","all":true,"after":0})");
  std::uint64_t last = 0;
  for (auto said = viewer.hear_json(); said.find("op")->as_text() != "caught_up";
       said = viewer.hear_json())
    if (const auto* e = said.find("event"))
      last = static_cast<std::uint64_t>(e->find("seq")->as_number().to_int().value());
  CHECK(last == 3);
}

TEST_CASE("a host that stops tells its viewers first what waited for their turn") {
  server_fixture f(never());
  f.host.publish(10);
  raw_client by_sse(f.socket);
  by_sse.send("GET /api/v1/events/stream?after=0 HTTP/1.1\r\n\r\n");
  by_sse.read_until("id: 10\n");
  stream_client by_ws(f.server->port(), "/ws");
  by_ws.hear();
  by_ws.say(R"({"op":"subscribe","all":true,"after":10})");
  while (by_ws.hear_json().find("op")->as_text() != "caught_up") continue;
  f.host.publish(1);
  auto stopped = std::async(std::launch::async, [&] { f.server->stop(); });
  CHECK(by_sse.read_to_end().find("id: 11\n") != std::string::npos);
  const auto last = by_ws.hear();
  INFO(by_ws.failure.message() << " " << by_ws.close_code());
  REQUIRE(last);
  CHECK(last->find("\"seq\":11,") != std::string::npos);
  by_ws.hear_out();
  CHECK(by_ws.close_code() == 1001);
  stopped.get();
}
