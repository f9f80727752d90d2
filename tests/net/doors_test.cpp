// The two doors of a host: what they share, and what they do not.
#include <future>
#include <set>
#include <thread>

#include "tests/net/access_fixture.hpp"
#include "tests/net/stream_client.hpp"
#include "tests/support/plain_http.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

double sum_of(const fake_control& host, std::string_view name, std::string_view label) {
  double all = 0;
  for (const auto& family : host.figures_of_server)
    for (const auto& s : family.samples)
      if (family.name == name && (label.empty() || s.labels.front().second == label))
        all += s.value;
  return all;
}

std::size_t samples_of(const fake_control& host, std::string_view name) {
  for (const auto& family : host.figures_of_server)
    if (family.name == name) return family.samples.size();
  return 0;
}

}  // namespace

TEST_CASE("each door counts the connections and viewers of both") {
  server_fixture f;
  stream_client by_socket(f.socket, "/ws"), by_port(f.server->port(), "/ws");
  REQUIRE((by_socket.connected() && by_port.connected()));
  by_socket.hear();
  by_port.hear();
  for (const bool on_port : {false, true}) {
    CAPTURE(on_port);
    const auto ask = [&](const char* what) {
      return on_port ? ask_port(f.server->port(), {"GET", what, {}, {}})
                     : ask_socket(f.socket, {"GET", what, {}, {}});
    };
    CHECK(ask("/health").body.find(R"("websocket":{"clients":2})") != std::string::npos);
    CHECK(ask("/metrics").status == 200);
    CHECK(sum_of(f.host, "pitwall_stream_clients", "websocket") == 2);
    CHECK(sum_of(f.host, "pitwall_stream_clients", "sse") == 0);
    CHECK(sum_of(f.host, "pitwall_connections", "") >= 3);
  }
  // Who asks too much is cut off at each door: one counter has both.
  for (stream_client* c : {&by_socket, &by_port}) {
    for (int i = 0; i < 200 && !c->say(R"({"op":"ping"})"); ++i) {
    }
    c->hear_out();
    CHECK(c->close_code() == 4029);
  }
  f.get("/metrics");
  CHECK(sum_of(f.host, "pitwall_stream_clients_cut_total", "websocket") == 2);
  CHECK(samples_of(f.host, "pitwall_stream_clients_cut_total") == 5);
}

TEST_CASE("no two clients have one connection id, whichever door they came by") {
  server_fixture f;
  std::set<std::string> ids;
  for (int i = 0; i < 2; ++i) {
    stream_client by_socket(f.socket, "/ws"), by_port(f.server->port(), "/ws");
    ids.insert(text_at(by_socket.hear_json(), "connection_id"));
    ids.insert(text_at(by_port.hear_json(), "connection_id"));
  }
  CHECK(ids.size() == 4);
}

TEST_CASE("both doors part at once: a request at one keeps no viewer of the other waiting") {
  server_fixture f;
  f.host.hold_start = true;
  raw_client running(f.socket);
  running.send("POST /api/v1/workflows/w/executions?wait=60 HTTP/1.1\r\n\r\n");
  auto finish = f.host.await_held_start();
  stream_client by_port(f.server->port(), "/ws");
  by_port.hear();
  auto stopped = std::async(std::launch::async, [&] { f.server->stop(); });
  by_port.hear_out();
  CHECK(by_port.close_code() == 1001);
  finish(start_answer{"exec_w_1", run_status::completed, R"({"status":"completed"})"});
  CHECK(running.read_to_end().find(R"({"status":"completed"})") != std::string::npos);
  stopped.get();
  CHECK_FALSE(f.log.has("cut off"));
}

TEST_CASE("the owner's door looks at no token, whatever becomes of their file") {
  server_fixture f;
  make_token(f.tokens, "a", access::scopes::all());
  for (int i = 0; i < 12; ++i) {
    const auto r = ask_port(f.server->port(),
                            {"GET", "/health", {}, {{"Authorization", "Bearer pw_unknown"}}});
    CHECK(r.status == (i < 10 ? 401 : 429));
  }
  CHECK(f.get("/health").status == 200);
  std::filesystem::remove(f.tokens);
  std::filesystem::create_directory(f.tokens);
  CHECK(
      ask_port(f.server->port(), {"GET", "/health", {}, {{"Authorization", "Bearer x"}}}).status ==
      503);
  stream_client owner(f.socket, "/ws");
  CHECK(*owner.hear_json().find("auth_required") == value(false));
  owner.say(authenticate_with("pw_unknown"));
  CHECK(text_at(owner.hear_json(), "op") == "authenticated");
  CHECK(f.log.count("nobody is let in by TCP") == 1);
}
