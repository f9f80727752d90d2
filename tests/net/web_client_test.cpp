// Requests to web servers over real sockets: what an answer becomes, what is refused, and ends.
#include "net/client/web_client.hpp"

#include "net/server/tls_files.hpp"
#include "tests/net/binance_fixture.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/temp_directory.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

std::optional<std::string> script(const std::string& target) {
  if (target.starts_with("/mute")) return std::nullopt;
  if (target == "/busy") return http_answer(429, "later", "Retry-After: 7\r\n");
  if (target == "/down") return http_answer(503, "", "Retry-After: 2\r\n");
  if (target == "/moved")
    return http_answer(302, "", "Location: https://other.example/SECRET?x=1\r\n");
  if (target == "/none") return http_answer(404, "no");
  if (target.starts_with("/age=")) return http_answer(200, "", "Age: " + target.substr(5) + "\r\n");
  if (target == "/made") return http_answer(201, "made");
  if (target == "/large") return http_answer(200, std::string((1U << 20U) + 1, 'x'));
  if (target == "/most") return http_answer(200, std::string(1U << 20U, 'x'));
  if (target == "/heads") return http_answer(200, "", "X: " + std::string(20'000, 'x') + "\r\n");
  if (target == "/odd") return std::string("SSH-2.0-OpenSSH\r\n\r\n");
  return http_answer(200, target);
}

struct visitor {
  scripted_server server{script};
  std::shared_ptr<web_client> client;

  explicit visitor(std::size_t at_once = 8) {
    web_options o;
    o.allow = {"127.0.0.1"};
    o.max_at_once = at_once;
    client = web_client::open(o, std::make_shared<system_wall_clock>()).value();
  }
  ~visitor() { client->stop(); }

  std::pair<std::function<void()>, awaited<result<web_reply>>> send(
      const web_request& request, milliseconds patience = milliseconds(60'000)) {
    awaited<result<web_reply>> out;
    auto cancel = client->send(request, patience, out.completion());
    return {std::move(cancel), std::move(out)};
  }
  result<web_reply> get(const std::string& target) {
    return send({server.url() + target}).second.get();
  }
};

}  // namespace

TEST_CASE("an answer is its body, its status and the time it was asked for", "[web]") {
  visitor v;
  const auto before = system_wall_clock().now();
  const auto got = v.get("/a?b=1.10");
  REQUIRE(got.ok());
  CHECK(got->status == 200);
  CHECK(got->body == "/a?b=1.10");
  CHECK(got->observed_at >= before);
  CHECK(v.get("/made")->status == 201);
  CHECK(v.get("/most")->body.size() == (1U << 20U));
  CHECK(v.server.await_open(0));
}

TEST_CASE("an answer is as old as its request, and as its Age says", "[web]") {
  using std::chrono::seconds;
  visitor v;
  auto slow = v.send({v.server.url() + "/mute"}).second;
  REQUIRE(v.server.await_arrived("/mute"));
  const auto arrived = system_wall_clock().now();
  v.server.release("/mute", http_answer(200, "late"));
  CHECK(slow.get()->observed_at <= arrived);
  const std::pair<const char*, seconds> cases[] = {{"0", seconds(0)},
                                                   {"7", seconds(7)},
                                                   {"3600", seconds(3'600)},
                                                   {"-7", seconds(0)},
                                                   {"7.5", seconds(0)},
                                                   {"x", seconds(0)},
                                                   {"99999999999999999999", seconds(1LL << 31)}};
  for (const auto& [age, older] : cases) {
    CAPTURE(age);
    const auto before = system_wall_clock().now();
    const auto got = v.get("/age=" + std::string(age));
    const auto after = system_wall_clock().now();
    REQUIRE(got.ok());
    CHECK(got->observed_at >= before - older);
    CHECK(got->observed_at <= after - older);
  }
}

TEST_CASE("a request carries its headers and, with a body, is a POST", "[web]") {
  visitor v;
  web_request note{v.server.url() + "/hook", {{"Idempotency-Key", "k1"}, {"X-Key", "a b"}}};
  CHECK(v.send(note).second.get().ok());
  note.body = R"({"text":"hello"})";
  CHECK(v.send(note).second.get().ok());
  const auto heads = v.server.heads();
  REQUIRE(heads.size() == 2);
  CHECK(heads[0].starts_with("GET /hook HTTP/1.1\r\n"));
  CHECK(heads[1].starts_with("POST /hook HTTP/1.1\r\n"));
  for (const auto& head : heads) {
    CHECK(head.find("Host: 127.0.0.1:" + v.server.port() + "\r\n") != std::string::npos);
    CHECK(head.find("Idempotency-Key: k1\r\n") != std::string::npos);
    CHECK(head.find("X-Key: a b\r\n") != std::string::npos);
  }
  CHECK(heads[1].find("Content-Length: 16\r\n") != std::string::npos);
  note.headers.emplace_back("X-Name", "\xC3\xBC");
  CHECK(v.send(note).second.get().ok());
  CHECK(v.server.heads().back().find("X-Name: \xC3\xBC\r\n") != std::string::npos);
  note.headers.emplace_back("X", "a\r\nHost: evil");
  CHECK(v.send(note).second.get().error().code == errc::invalid_argument);
}

TEST_CASE("an answer that is no success is an error that says what it was", "[web]") {
  visitor v;
  const std::tuple<const char*, errc, unsigned, unsigned> cases[] = {
      {"/busy", errc::resource_exhausted, 429, 7'000},
      {"/down", errc::unavailable, 503, 2'000},
      {"/moved", errc::invalid_argument, 302, 0},
      {"/none", errc::invalid_argument, 404, 0},
      {"/large", errc::invalid_argument, 0, 0},
      {"/heads", errc::invalid_argument, 0, 0},
      {"/odd", errc::unavailable, 0, 0}};
  for (const auto& [target, code, status, wait] : cases) {
    CAPTURE(target);
    const auto got = v.get(target);
    REQUIRE_FALSE(got.ok());
    CHECK(got.error().code == code);
    CHECK(got.error().status == status);
    CHECK(got.error().retry_after_ms == wait);
    CHECK(got.error().where == v.server.url());
    CHECK_FALSE(got.error().remedy.empty());
  }
  const auto moved = v.get("/moved").error().to_string();
  CHECK(moved.find("https://other.example;") != std::string::npos);
  CHECK(moved.find("SECRET") == std::string::npos);
}

TEST_CASE("a silent server costs no more than the patience, and a cancelled call its connection",
          "[web]") {
  visitor v;
  const auto late = v.send({v.server.url() + "/mute"}, milliseconds(30)).second.get();
  CHECK(late.error().code == errc::deadline_exceeded);
  CHECK(v.server.await_open(0));
  auto [cancel, answer] = v.send({v.server.url() + "/mute-2"});
  REQUIRE(v.server.await_arrived("/mute-2"));
  cancel();
  CHECK(answer.get().error().code == errc::cancelled);
  CHECK(v.server.await_open(0));
  cancel();
}

TEST_CASE("no more calls than there is room for, and none after the end", "[web]") {
  visitor v(1);
  auto [cancel, waits] = v.send({v.server.url() + "/mute"});
  CHECK(v.get("/a").error().code == errc::resource_exhausted);
  cancel();
  CHECK(waits.get().error().code == errc::cancelled);
  CHECK(v.get("/a").ok());
  auto [left, ended] = v.send({v.server.url() + "/mute"});
  REQUIRE(v.server.await_arrived("/mute"));
  v.client->stop();
  CHECK(ended.get().error().code == errc::unavailable);
  CHECK(v.get("/a").error().code == errc::unavailable);
  left();
}

TEST_CASE("a workflow does not get to what is not public, by address or by name", "[web]") {
  scripted_server server(script);
  const auto client = web_client::open({}, std::make_shared<system_wall_clock>()).value();
  for (const char* host : {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"}) {
    CAPTURE(host);
    awaited<result<web_reply>> out;
    client->send({"http://" + std::string(host) + ":" + server.port() + "/a"}, milliseconds(10'000),
                 out.completion());
    const auto got = out.get();
    REQUIRE_FALSE(got.ok());
    CHECK(got.error().code == errc::failed_precondition);
    CHECK(got.error().remedy.find("--http-allow") != std::string::npos);
  }
  CHECK(server.arrived("/") == 0);
  CHECK(server.open() == 0);
  client->stop();
}

TEST_CASE("a server under TLS is asked if it is believed", "[web][tls]") {
  temp_directory d;
  const auto mine = make_certificate(d.path(), "mine");
  scripted_server server(script, http::open_tls({mine.certificate, mine.key}).value());
  web_options o;
  o.allow = {"localhost"};
  for (const bool believed : {true, false}) {
    o.ca_file = believed ? mine.certificate : make_certificate(d.path(), "other").certificate;
    const auto client = web_client::open(o, std::make_shared<system_wall_clock>()).value();
    awaited<result<web_reply>> out;
    client->send({"https://localhost:" + server.port() + "/a"}, milliseconds(20'000),
                 out.completion());
    const auto got = out.get();
    CHECK(got.ok() == believed);
    if (!believed) CHECK(got.error().message.find("nobody trusted here") != std::string::npos);
    client->stop();
  }
  CHECK(server.arrived("/") == 1);
  o.ca_file = d / "none";
  CHECK_FALSE(web_client::open(o, std::make_shared<system_wall_clock>()).ok());
}
