// What the guard of the port decides, without a socket.
#include "net/access/gate.hpp"

#include <fstream>
#include <sstream>

#include "net/server/loopback_guard.hpp"
#include "tests/net/access_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;
namespace beast_http = boost::beast::http;

namespace {

struct set_clock final : wall_clock {
  timestamp now() const noexcept override { return at; }
  timestamp at{std::chrono::seconds(2'000'000'000)};
};

struct guard {
  scratch_directory d;
  std::filesystem::path file = d / "tokens.json";
  std::shared_ptr<set_clock> clock = std::make_shared<set_clock>();
  log_lines log;
  access::gate gate{{file, {"https://desk.example"}}, clock, &log};
  http::caller from{http::door::open, "10.0.0.1"};

  http::wire_request request(const std::string& token) const {
    http::wire_request r;
    r.set(beast_http::field::host, "host.example:8443");
    if (!token.empty()) r.set(beast_http::field::authorization, "Bearer " + token);
    return r;
  }
  unsigned ask(const std::string& token, access::scope needed = access::scope::read) {
    last = {};
    auto decided = gate.admit(request(token), from, needed);
    if (std::holds_alternative<http::pass>(decided)) return 200;
    last = std::get<http::reply>(std::move(decided));
    return last.status;
  }
  std::string header(const std::string& name) const {
    for (const auto& [key, text] : last.headers)
      if (key == name) return text;
    return {};
  }
  http::reply last;
};

}  // namespace

TEST_CASE("without tokens the port is this machine's alone", "[access]") {
  guard g;
  CHECK(g.ask("") == 403);
  http::wire_request local;
  local.set(beast_http::field::host, "localhost:80");
  const auto pass = g.gate.admit(local, g.from, access::scope::control);
  REQUIRE(std::holds_alternative<http::pass>(pass));
  CHECK(g.gate.is_good(std::get<http::pass>(pass)));
  make_token(g.file, "a", access::scopes::all());
  CHECK_FALSE(g.gate.is_good(std::get<http::pass>(pass)));
}

TEST_CASE("a token file that goes away before the first request has been there", "[access]") {
  scratch_directory d;
  const auto file = d / "tokens.json";
  make_token(file, "a", {.read = true});
  access::gate gate({file, {}}, nullptr, nullptr);
  std::filesystem::remove(file);
  CHECK(gate.asks_for_token());
}

TEST_CASE("a pass is good as long as its token is", "[access]") {
  guard g;
  const auto token =
      make_token(g.file, "a", {.read = true}, g.clock->at + std::chrono::seconds(10));
  const auto known = g.gate.recognize(token, g.from);
  REQUIRE(known.ok());
  CHECK(known->token != token);
  CHECK(g.gate.is_good(*known));
  g.clock->at += std::chrono::seconds(10);
  CHECK_FALSE(g.gate.is_good(*known));
  CHECK(g.ask(token) == 401);
  // One of the same name is another token.
  revoke_token(g.file, "a");
  make_token(g.file, "a", {.read = true});
  CHECK_FALSE(g.gate.is_good(*known));
}

TEST_CASE("a pass ends where its token's scopes are others than they were", "[access]") {
  guard g;
  const auto token = make_token(g.file, "a", {.read = true, .control = true});
  const auto known = g.gate.recognize(token, g.from);
  REQUIRE((known.ok() && g.gate.is_good(*known)));
  std::ostringstream text;
  text << std::ifstream(g.file).rdbuf();
  auto edited = text.str();
  const auto at = edited.find("\"control\"");
  REQUIRE(at != std::string::npos);
  std::ofstream(g.file) << edited.replace(at, 9, "\"trade\"");
  CHECK_FALSE(g.gate.is_good(*known));
  const auto again = g.gate.recognize(token, g.from);
  REQUIRE((again.ok() && again->may.trade));
  CHECK(g.gate.is_good(*again));
}

TEST_CASE("who fails too often is told to wait, and a good token comes in all the same",
          "[access]") {
  guard g;
  const auto token = make_token(g.file, "a", {.read = true});
  for (int i = 0; i < 10; ++i) CHECK(g.ask("guess" + std::to_string(i)) == 401);
  for (int i = 0; i < 5; ++i) {
    CHECK(g.ask("guess") == 429);
    CHECK(g.header("Retry-After") == "6");
  }
  CHECK(g.log.count("too many unknown tokens from 10.0.0.1") == 1);
  CHECK(g.ask(token) == 200);
  CHECK(g.ask("guess") == 429);
  const auto live = g.gate.recognize("guess", g.from);
  CHECK(live.error().code == errc::resource_exhausted);
  CHECK(live.error().retry_after_ms == 6'000);
  // Not showing one is no guess, and lacking a scope neither.
  g.from.address = "10.0.0.2";
  for (int i = 0; i < 30; ++i) {
    CHECK(g.ask("") == 401);
    CHECK(g.ask(token, access::scope::control) == 403);
  }
  CHECK(g.ask("guess") == 401);
}

TEST_CASE("no token, and no part of one, gets into an answer or the log", "[access]") {
  guard g;
  const auto token =
      make_token(g.file, "a", {.read = true}, g.clock->at + std::chrono::seconds(10));
  const auto hidden = [&] {
    const auto part = token.substr(10, 12);
    std::string all = g.last.body;
    for (const auto& [name, text] : g.last.headers) all += name + text;
    return all.find(part) == std::string::npos && !g.log.has(part);
  };
  CHECK(g.ask(token, access::scope::control) == 403);
  CHECK(hidden());
  for (const auto& wrong : {token + "x", token.substr(1)}) {
    for (int i = 0; i < 12; ++i) {
      CHECK(g.ask(wrong) != 200);
      CHECK(hidden());
    }
  }
  g.clock->at += std::chrono::seconds(10);
  CHECK(g.ask(token) != 200);
  CHECK(hidden());
}

TEST_CASE("with tokens any Host will do, and an Origin that is its own or allowed", "[access]") {
  const auto ask = [](const char* host, const char* origin) {
    http::wire_request r;
    if (host != nullptr) r.set(beast_http::field::host, host);
    if (origin != nullptr) r.set(beast_http::field::origin, origin);
    const auto refused = http::refuse_other_sites(r, {"https://desk.example", "http://a:81"});
    return refused ? refused->status : 200U;
  };
  CHECK(ask("host.example:8443", nullptr) == 200);
  CHECK(ask(nullptr, nullptr) == 400);
  for (const auto* own : {"https://host.example:8443", "http://HOST.example:8443"})
    CHECK(ask("host.example:8443", own) == 200);
  CHECK(ask("host.example", "https://host.example") == 200);
  CHECK(ask("host.example", "http://host.example:80") == 200);
  CHECK(ask("host.example:443", "https://host.example") == 200);
  CHECK(ask("localhost:8080", "http://127.0.0.1:3000") == 200);
  CHECK(ask("host.example", "https://desk.example") == 200);
  CHECK(ask("host.example", "http://a:81") == 200);
  for (const auto* other :
       {"https://host.example", "http://desk.example", "https://desk.example:8443", "null", "",
        "http://localhost", "https://host.example.evil:8443", "file://host.example:8443",
        "https://host.example:8443x", "https://evil@host.example:8443", "https://"}) {
    CAPTURE(other);
    CHECK(ask("host.example:8443", other) == 403);
  }
  for (const auto* good : {"https://desk.example", "http://127.0.0.1:3000", "https://[::1]:1"})
    CHECK(http::is_origin(good));
  for (const auto* bad : {"", "desk.example", "https://", "https://desk.example/", "*",
                          "https://*.example", "https://desk:x", "ws://desk", "https://:80"}) {
    CAPTURE(bad);
    CHECK_FALSE(http::is_origin(bad));
  }
}
