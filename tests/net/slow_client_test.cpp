// Clients that take their time, or close half of a connection.
#include <thread>

#include "tests/net/server_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

constexpr milliseconds limit{100};

/// One byte after the other, slowly, as long as nothing is answered; how many there were.
std::size_t drip(raw_client& c, std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size() && !c.answered_within(milliseconds(2))) {
    if (!c.send(bytes.substr(sent++, 1))) break;
  }
  return sent;
}

}  // namespace

TEST_CASE("a request has its time as a whole, however steadily its bytes come") {
  server_options options;
  options.request_timeout = limit;
  server_fixture f(options);
  // Each would take many times the limit.
  const std::string start = "PUT /api/v1/workflows/w HTTP/1.1\r\nHost: localhost\r\n";
  const std::string many(10'000, 'x');
  struct line {
    std::string at_once, dripped;
  };
  for (const auto& l : {line{"", start + "X: " + many}, line{start + "X: ", many},
                        line{start + "Content-Length: 10000\r\n\r\n", many},
                        line{start + "Transfer-Encoding: chunked\r\n\r\n2710\r\n", many},
                        line{start + "Transfer-Encoding: chunked\r\n\r\n5;a=", many},
                        line{start + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: ", many}}) {
    CAPTURE(l.at_once);
    std::size_t sent = 0;
    std::string answer;
    // Again where this side lost its time before it had said much.
    for (int i = 0; i < 20 && sent <= 3; ++i) {
      raw_client c(f.server->port());
      c.send(l.at_once);
      sent = drip(c, l.dripped);
      answer = c.read_until("\r\n");
    }
    CHECK(sent > 3);
    CHECK(sent < 5'000);
    CHECK(answer.starts_with("HTTP/1.1 408 "));
  }
  CHECK(f.get("/livez").status == 200);
}

TEST_CASE("drips hold no place that others need") {
  server_options options;
  options.max_connections = 8;
  server_fixture f(options);
  std::vector<std::unique_ptr<raw_client>> dripping;
  for (int i = 0; i < 40; ++i) {
    dripping.push_back(std::make_unique<raw_client>(f.server->port()));
    dripping.back()->send("GET /livez HT");
  }
  raw_client c(f.server->port());
  c.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(c.read_until("\r\n") == "HTTP/1.1 200 OK\r\n");
  CHECK(f.get("/livez").status == 200);
}

TEST_CASE("a client that has finished sending still gets an answer that takes time") {
  server_fixture f;
  f.host.hold_start = true;
  raw_client by_tcp(f.server->port()), by_unix(f.socket);
  for (raw_client* c : {&by_tcp, &by_unix}) {
    c->send("POST /api/v1/workflows/w/executions?wait=60 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    c->finish_sending();
    auto finish = f.host.await_held_start();
    CHECK_FALSE(c->answered_within(milliseconds(0)));
    finish(start_answer{"exec_w_1", run_status::completed, R"({"status":"completed"})"});
    CHECK(c->read_to_end().find(R"({"status":"completed"})") != std::string::npos);
  }
}

TEST_CASE("a client that reads nothing more costs nobody anything") {
  server_fixture f;
  raw_client by_tcp(f.server->port()), by_unix(f.socket);
  for (raw_client* c : {&by_tcp, &by_unix}) {
    c->send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    c->finish_reading();
    c->send(
        "POST /api/v1/emergency HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
        "17\r\n\r\n{\"action\":\"halt\"}");
  }
  for (int i = 0; i < 10'000 && f.host.emergencies < 1; ++i) f.get("/livez");
  CHECK(f.host.emergencies >= 1);
  CHECK(f.get("/livez").status == 200);
}
