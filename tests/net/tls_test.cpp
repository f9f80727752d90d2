// The port under TLS, with a client of OpenSSL's on the other side.
#include <fstream>

#include "net/server/tls_files.hpp"
#include "tests/net/access_fixture.hpp"
#include "tests/net/tls_client.hpp"
#include "tests/support/certificate.hpp"

using namespace pitwall;
using namespace pitwall::test;
using boost::beast::http::verb;

namespace {

/// A host's doors under TLS, with tokens.
struct secure_server {
  explicit secure_server(server_options bounds = {}, access::gate_options access = {}) {
    access.tokens = d / "tokens.json";
    trader = make_token(access.tokens, "trader", {.read = true, .trade = true});
    control_server::options o;
    o.socket = d / "control.sock";
    o.tcp.emplace().tls = http::tls_files{mine.certificate, mine.key};
    o.live.clock = std::make_shared<system_wall_clock>();
    o.bounds = bounds;
    o.access = std::move(access);
    auto opened = control_server::open(std::move(o), host, &log);
    if (!opened.ok()) FAIL(opened.error().to_string());
    server = std::move(*opened);
  }
  std::uint16_t port() const { return server->port(); }

  scratch_directory d;
  made_certificate mine = make_certificate(d.path(), "mine");
  fake_control host;
  log_lines log;
  std::string trader;
  std::unique_ptr<control_server> server;
};

}  // namespace

TEST_CASE("HTTP under TLS: requests one after the other, large ones, and an end that is said",
          "[tls]") {
  secure_server f;
  tls_client c(f.port(), f.mine.certificate);
  REQUIRE_FALSE(c.failure);
  CHECK(c.version() == "TLSv1.3");
  CHECK(c.ask(verb::get, "/health", f.trader).result_int() == 200);
  CHECK(c.ask(verb::get, "/livez", "").result_int() == 200);
  const std::string large = R"({"blocks":[],"comment":")" + std::string(900'000, 'x') + "\"}";
  CHECK(c.ask(verb::put, "/api/v1/workflows/w", f.trader, large).result_int() == 200);
  CHECK(f.host.deployed_text == large);
  CHECK(c.ask(verb::get, "/health", f.trader, {}, false).result_int() == 200);
  CHECK(c.end() == boost::asio::error::eof);
}

TEST_CASE("a refusal arrives under TLS while the body is still being sent", "[tls]") {
  secure_server f;
  tls_client c(f.port(), f.mine.certificate);
  const auto refused = c.ask(verb::post, "/api/v1/emergency", f.trader, std::string(60'000, 'x'));
  CHECK(refused.result_int() == 403);
  tls_client other(f.port(), f.mine.certificate);
  CHECK(other.ask(verb::get, "/health", "").result_int() == 401);
  CHECK(other.end() == boost::asio::error::eof);
}

TEST_CASE("/ws under TLS: a session, its events, and its end by a revoked token", "[tls]") {
  secure_server f;
  f.host.publish(3);
  tls_client c(f.port(), f.mine.certificate);
  REQUIRE(c.upgrade("/ws", "https://localhost:" + std::to_string(f.port())));
  c.hear();
  c.say(authenticate_with(f.trader));
  CHECK(text_at(parse_json(*c.hear()).value(), "op") == "authenticated");
  c.say(R"({"op":"subscribe","all":true,"after":0})");
  CHECK(text_at(parse_json(*c.hear()).value(), "op") == "subscribed");
  for (int i = 0; i < 3; ++i) CHECK(text_at(parse_json(*c.hear()).value(), "op") == "event");
  CHECK(text_at(parse_json(*c.hear()).value(), "op") == "caught_up");
  f.host.publish(2'000);
  for (int i = 0; i < 2'000; ++i) REQUIRE(c.hear());
  revoke_token(f.d / "tokens.json", "trader");
  while (c.hear()) {
  }
  CHECK(c.close_code() == 4001);
}

TEST_CASE("large events under TLS reach one who reads late, whole and in order", "[tls]") {
  secure_server f;
  tls_client c(f.port(), f.mine.certificate);
  REQUIRE(c.upgrade("/ws"));
  c.hear();
  c.say(authenticate_with(f.trader));
  c.hear();
  c.say(R"({"op":"subscribe","all":true,"after":0})");
  // Each is more than a write takes of small ones, and all are more than sockets hold.
  const event_scope large{"exec_a", "a", "", std::string(100'000, 's')};
  for (int i = 0; i < 50; ++i) {
    f.host.publish(1, large);
    f.host.publish(3);
  }
  std::uint64_t seq = 0;
  while (seq < 200) {
    const auto text = c.hear();
    CAPTURE(c.failure.message(), c.close_code(), seq);
    REQUIRE(text);
    const auto said = parse_json(*text);
    REQUIRE(said.ok());
    const auto* e = said->find("event");
    if (e == nullptr) continue;
    REQUIRE(*e->find("seq")->as_number().to_int() == static_cast<std::int64_t>(++seq));
    CHECK(text_at(*e, "strategy_id") == (seq % 4 == 1 ? large.strategy_id : "<none>"));
  }
}

TEST_CASE("an event stream goes on under TLS", "[tls]") {
  secure_server f;
  f.host.publish(1);
  tls_client c(f.port(), f.mine.certificate);
  c.send("GET /api/v1/events/stream?after=0 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
         f.trader + "\r\n\r\n");
  CHECK(c.read_until("id: 1\n").find("200 OK") != std::string::npos);
  f.host.publish(1);
  c.read_until("id: 2\n");
  CHECK_FALSE(c.failure);
  f.server->stop();
  c.read_until("\r\n0\r\n\r\n");
  CHECK_FALSE(c.failure);
}

TEST_CASE("large chunks of an event stream arrive whole under TLS", "[tls]") {
  secure_server f;
  f.host.publish(3, {"exec_a", "a", "", std::string(50'000, 's')});
  tls_client c(f.port(), f.mine.certificate);
  c.send("GET /api/v1/events/stream?after=0 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
         f.trader + "\r\n\r\n");
  CHECK(c.read_until("\r\n\r\n").find("200 OK") != std::string::npos);
  const std::size_t size = std::stoul(c.read_until("\r\n"), nullptr, 16);
  CHECK(size > 100'000);
  const std::string chunk = c.read_until("\n\n\r\n");
  CHECK(chunk.size() == size + 2);
  CHECK(chunk.find("id: 3\n") != std::string::npos);
}

TEST_CASE("older TLS, other certificates and plain text get nothing", "[tls]") {
  secure_server f;
  tls_client tls12(f.port(), f.mine.certificate, TLS1_2_VERSION);
  CHECK_FALSE(tls12.failure);
  CHECK(tls12.version() == "TLSv1.2");
  CHECK(tls12.ask(verb::get, "/health", f.trader).result_int() == 200);
  CHECK(tls_client(f.port(), f.mine.certificate, TLS1_1_VERSION).failure);
  const auto other = make_certificate(f.d.path(), "other");
  CHECK(tls_client(f.port(), other.certificate).failure);
  CHECK(ask_port(f.port(), {"GET", "/livez"}).status == 0);
  raw_client c(f.port());
  c.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(c.read_to_end().find("HTTP") == std::string::npos);
}

TEST_CASE("who says nothing in the handshake is cut off, and a stop does not wait for him",
          "[tls]") {
  server_options quick;
  quick.request_timeout = milliseconds(50);
  secure_server f(quick);
  raw_client silent(f.port());
  CHECK(silent.read_to_end().empty());
  secure_server other;
  raw_client waits(other.port());
  tls_client c(other.port(), other.mine.certificate);
  CHECK(c.ask(verb::get, "/livez", "").result_int() == 200);
  other.server->stop();
  CHECK(waits.read_to_end().empty());
  CHECK_FALSE(other.log.has("did not end in time"));
}

TEST_CASE("pages of other sites are refused, unless they are allowed", "[tls]") {
  secure_server f({}, {{}, {"https://desk.example"}});
  const auto opens = [&](const std::string& origin) {
    tls_client c(f.port(), f.mine.certificate);
    return c.upgrade("/ws", origin);
  };
  CHECK(opens("https://desk.example"));
  CHECK_FALSE(opens("https://evil.example"));
  CHECK_FALSE(opens("null"));
}

TEST_CASE("files that do not fit are an error that names both", "[tls]") {
  scratch_directory d;
  const auto mine = make_certificate(d.path(), "mine");
  const auto other = make_certificate(d.path(), "other");
  const auto locked = make_certificate(d.path(), "locked", "secret");
  std::ofstream(d / "empty");
  std::ofstream(d / "text") << "no certificate";
  REQUIRE(http::open_tls({mine.certificate, mine.key}).ok());
  const std::pair<http::tls_files, errc> wrong[] = {
      {{d / "none", mine.key}, errc::io_error},
      {{mine.certificate, d / "none"}, errc::io_error},
      {{mine.certificate, d.path()}, errc::io_error},
      {{d / "empty", mine.key}, errc::io_error},
      {{d / "text", mine.key}, errc::invalid_argument},
      {{mine.certificate, d / "text"}, errc::invalid_argument},
      {{mine.certificate, other.key}, errc::invalid_argument},
      {{mine.key, mine.certificate}, errc::invalid_argument},
      {{locked.certificate, locked.key}, errc::invalid_argument},
  };
  for (const auto& [files, code] : wrong) {
    const auto opened = http::open_tls(files);
    REQUIRE_FALSE(opened.ok());
    CAPTURE(opened.error().to_string());
    CHECK(opened.error().code == code);
    CHECK(opened.error().where == files.certificate.string() + ", " + files.key.string());
  }
}

TEST_CASE("beyond loopback a port needs tokens and TLS, or a word that it shall have none",
          "[tls]") {
  scratch_directory d;
  const auto mine = make_certificate(d.path(), "mine");
  control_server::options o;
  o.socket = d / "control.sock";
  o.access.tokens = d / "tokens.json";
  o.tcp.emplace().address = "0.0.0.0";
  const auto refused = [&] {
    const auto s = control_server::check(o);
    return s.ok() ? std::string() : s.error().to_string();
  };
  CHECK(refused().find("pitwall token create") != std::string::npos);
  o.tcp->insecure_plain = true;
  CHECK(refused().find("pitwall token create") != std::string::npos);
  make_token(o.access.tokens, "a", access::scopes::all());
  CHECK(refused().empty());
  o.tcp->insecure_plain = false;
  CHECK(refused().find("--tls-cert") != std::string::npos);
  o.tcp->tls = http::tls_files{mine.certificate, mine.key};
  CHECK(refused().empty());
  o.access.allowed_origins = {"desk.example"};
  CHECK(refused().find("origin") != std::string::npos);
  o.access.allowed_origins.clear();
  fake_control host;
  auto server = control_server::open(o, host);
  REQUIRE(server.ok());
  // Nor does it open once the tokens are gone.
  std::filesystem::remove(o.access.tokens);
  tls_client c((*server)->port(), mine.certificate);
  CHECK(c.ask(verb::get, "/health", "").result_int() == 401);
  (*server)->stop();
  make_token(o.access.tokens, "b", access::scopes::all());
  revoke_token(o.access.tokens, "b");
  CHECK_FALSE(control_server::check(o).ok());
}
