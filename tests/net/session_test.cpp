#include <sys/resource.h>

#include <thread>

#include "tests/net/server_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("a connection serves one request after the other, also when they come at once") {
  server_fixture f;
  raw_client c(f.socket);
  c.send("GET /livez HTTP/1.1\r\n\r\n");
  CHECK(c.read_until("}").find("alive") != std::string::npos);
  c.send(
      "GET /health HTTP/1.1\r\n\r\n"
      "POST /api/v1/emergency HTTP/1.1\r\nContent-Length: 17\r\n\r\n{\"action\":\"halt\"}"
      "GET /nothing HTTP/1.1\r\n\r\n"
      "GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n");
  const auto all = c.read_to_end();
  const auto health = all.find("uptime_seconds");
  const auto halt = all.find("unanswered_orders");
  const auto nothing = all.find("404 Not Found");
  const auto alive = all.find("alive");
  CHECK((health < halt && halt < nothing && nothing < alive && alive != std::string::npos));
}

TEST_CASE("bytes that are no HTTP are answered, and the connection closed") {
  server_fixture f;
  std::mt19937_64 random(11);
  for (int round = 0; round < 50; ++round) {
    raw_client c(f.socket);
    std::string garbage(1 + random() % 2'000, '\0');
    for (char& byte : garbage) byte = static_cast<char>(random());
    CAPTURE(round);
    c.send(garbage);
    c.finish_sending();
    const auto answer = c.read_to_end();
    CHECK((answer.empty() || answer.starts_with("HTTP/1.1 4")));
  }
  raw_client c(f.socket);
  c.send("hello there\r\n\r\n");
  const auto answer = c.read_to_end();
  CHECK(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(answer.find("application/problem+json") != std::string::npos);
  CHECK(f.get("/livez").status == 200);
}

TEST_CASE("targets that cannot be decoded are refused, and the connection goes on") {
  server_fixture f;
  raw_client c(f.socket);
  for (const auto* target : {"/a%", "/a%0", "/a%zz", "/a%00", "*", "/x?y=%1"}) {
    CAPTURE(target);
    c.send(std::string("GET ") + target + " HTTP/1.1\r\n\r\n");
    CHECK(c.read_until("\r\n") == "HTTP/1.1 400 Bad Request\r\n");
    c.read_until("}");
  }
}

/// To that alone, however little time the server leaves: again where all of it was over before.
static std::string answer_to(const server_fixture& f, const std::string& request) {
  std::string answer;
  for (int i = 0; i < 20 && answer.empty(); ++i) {
    raw_client c(f.socket);
    c.send(request);
    answer = c.read_to_end();
  }
  return answer;
}

TEST_CASE("an oversized header is refused") {
  server_fixture f;
  raw_client c(f.socket);
  c.send("GET /livez HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  CHECK(c.read_to_end().starts_with("HTTP/1.1 431 "));
}

TEST_CASE("an oversized body is refused, announced or not") {
  server_fixture f;
  const std::string body(3U << 20U, 'x');
  SECTION("announced, with the answer read only after all was sent") {
    const auto reply = f.ask("PUT", "/api/v1/workflows/w", body);
    CHECK(reply.status == 413);
    CHECK(from_problem(reply).code == errc::resource_exhausted);
  }
  SECTION("in chunks") {
    raw_client c(f.socket);
    c.send("PUT /api/v1/workflows/w HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n300000\r\n");
    c.send(body);
    CHECK(c.read_to_end().starts_with("HTTP/1.1 413 "));
  }
  SECTION("a file of the greatest size is not too large") {
    CHECK(f.ask("PUT", "/api/v1/workflows/w", body.substr(0, limits::max_file_bytes)).status ==
          200);
    CHECK(f.host.deployed_text.size() == limits::max_file_bytes);
  }
  CHECK(f.get("/livez").status == 200);
}

TEST_CASE("a half-sent request times out") {
  server_options options;
  options.request_timeout = std::chrono::milliseconds(20);
  server_fixture f(options);
  for (const auto* part : {"G", "GET /livez HTTP/1.1\r\nHost",
                           "PUT /api/v1/workflows/w HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"}) {
    CAPTURE(part);
    CHECK(answer_to(f, part).starts_with("HTTP/1.1 408 "));
  }
}

TEST_CASE("an idle connection is closed") {
  server_options options;
  options.idle_timeout = std::chrono::milliseconds(20);
  server_fixture f(options);
  raw_client fresh(f.socket);
  CHECK(fresh.read_to_end().empty());
  CHECK(answer_to(f, "GET /livez HTTP/1.1\r\n\r\n").find("alive") != std::string::npos);
}

TEST_CASE("a client that has finished sending still gets its answer") {
  server_fixture f;
  raw_client c(f.socket);
  c.send("GET /health HTTP/1.1\r\n\r\n");
  c.finish_sending();
  CHECK(c.read_to_end().find("uptime_seconds") != std::string::npos);
}

TEST_CASE("a command is carried out though its sender is gone") {
  server_fixture f;
  {
    raw_client c(f.socket);
    c.send("POST /api/v1/stop HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
  }
  for (int i = 0; i < 10'000 && f.host.stops == 0; ++i) f.get("/livez");
  CHECK(f.host.stops == 1);
}

TEST_CASE("HEAD answers like GET without the body") {
  server_fixture f;
  raw_client c(f.socket);
  c.send("HEAD /livez HTTP/1.1\r\n\r\nGET /livez HTTP/1.1\r\nConnection: close\r\n\r\n");
  const auto all = c.read_to_end();
  CHECK(all.find("Content-Length: 18") != std::string::npos);
  CHECK(all.find("\r\n\r\nHTTP/1.1 200 OK\r\n") != std::string::npos);
  CHECK(f.ask("HEAD", "/health").status == 200);
  CHECK(f.ask("HEAD", "/api/v1/events/stream").status == 200);
}

TEST_CASE("Expect: 100-continue is answered before the body") {
  server_fixture f;
  raw_client c(f.socket);
  c.send("PUT /api/v1/workflows/w HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(c.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  c.send("{}");
  CHECK(c.read_until("\r\n") == "HTTP/1.1 200 OK\r\n");
}

TEST_CASE("unknown paths and methods") {
  server_fixture f;
  CHECK(f.get("/api/v2").status == 404);
  CHECK(f.get("/").status == 404);
  const auto reply = f.ask("DELETE", "/api/v1/emergency");
  CHECK(reply.status == 405);
  CHECK(from_problem(reply).remedy == "possible: GET, POST");
}

TEST_CASE("connections are bounded: one too many is told so, an idle one makes room") {
  server_options options;
  options.max_connections = 3;
  server_fixture f(options);
  std::vector<std::unique_ptr<raw_client>> held;
  for (int i = 0; i < 3; ++i) held.push_back(std::make_unique<raw_client>(f.socket));
  f.host.hold_start = true;
  std::vector<control::completion<start_answer>> finish;
  for (std::size_t i = 0; i < 2; ++i) {
    held[i]->send("POST /api/v1/workflows/w/executions HTTP/1.1\r\n\r\n");
    finish.push_back(f.host.await_held_start());
  }
  raw_client refused(f.socket);
  const auto answer = refused.read_to_end();
  CHECK(answer.starts_with("HTTP/1.1 503 "));
  CHECK(answer.find("3 connections") != std::string::npos);
  held[2]->send("GET /livez HTTP/1.1\r\n\r\n");
  CHECK(held[2]->read_until("}").find("alive") != std::string::npos);
  raw_client admitted(f.socket);
  admitted.send("GET /livez HTTP/1.1\r\n\r\n");
  CHECK(admitted.read_until("}").find("alive") != std::string::npos);
  CHECK(held[2]->read_to_end().empty());
  for (std::size_t i = 0; i < 2; ++i) {
    finish[i](start_answer{"a", run_status::running, ""});
    CHECK(held[i]->read_until("\r\n") == "HTTP/1.1 202 Accepted\r\n");
  }
}

TEST_CASE("a connection that asks nothing is closed like a request that does not arrive") {
  server_options options;
  options.request_timeout = std::chrono::milliseconds(20);
  server_fixture f(options);
  raw_client silent(f.server->port());
  CHECK(silent.read_to_end().empty());
}

TEST_CASE("whoever fills the TCP port with silence locks nobody out") {
  server_options options;
  options.max_connections = 8;
  server_fixture f(options);
  const auto alive = [](raw_client& c) {
    c.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return c.read_until("}").find("alive") != std::string::npos;
  };
  raw_client guest(f.server->port()), owner(f.socket);
  CHECK((alive(guest) && alive(owner)));
  std::vector<std::unique_ptr<raw_client>> silent;
  for (int i = 0; i < 12; ++i) silent.push_back(std::make_unique<raw_client>(f.server->port()));
  // Each that is too many costs the oldest of them its place, and nobody else.
  for (std::size_t i = 0; i < 8; ++i) CHECK(silent[i]->read_to_end().empty());
  raw_client late(f.server->port()), one(f.socket), two(f.socket);
  for (auto* c : {&late, &one, &two, &guest, &owner}) CHECK(alive(*c));
}

TEST_CASE("whoever is busy on the TCP port does not lock the operator out of the Unix socket") {
  server_options options;
  options.max_connections = 8;
  server_fixture f(options);
  std::vector<std::unique_ptr<raw_client>> busy;
  for (int i = 0; i < 6; ++i) {
    busy.push_back(std::make_unique<raw_client>(f.server->port()));
    busy.back()->send("GET /api/v1/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
    REQUIRE(busy.back()->read_until("\r\n\r\n").find("200 OK") != std::string::npos);
  }
  raw_client told(f.server->port());
  const auto answer = told.read_to_end();
  CHECK(answer.starts_with("HTTP/1.1 503 "));
  CHECK(answer.find("6 connections") != std::string::npos);
  raw_client one(f.socket), two(f.socket);
  for (auto* c : {&one, &two}) {
    c->send("GET /livez HTTP/1.1\r\n\r\n");
    CHECK(c->read_until("}").find("alive") != std::string::npos);
  }
  // Nor does one more of the port cost an idle one of the owner's its place.
  raw_client more(f.server->port());
  CHECK(more.read_to_end().starts_with("HTTP/1.1 503 "));
  one.send("GET /livez HTTP/1.1\r\n\r\n");
  CHECK(one.read_until("}").find("alive") != std::string::npos);
}

TEST_CASE("an accept that fails is tried again") {
  server_fixture f;
  raw_client c;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit none = before;
  none.rlim_cur = 3;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  c.connect(f.socket);
  const bool logged = f.log.await("cannot accept connections");
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(logged);
  c.send("GET /livez HTTP/1.1\r\n\r\n");
  CHECK(c.read_until("}").find("alive") != std::string::npos);
}
