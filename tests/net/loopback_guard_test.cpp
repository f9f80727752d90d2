#include "net/server/loopback_guard.hpp"

#include "tests/support/catch.hpp"

using namespace pitwall::http;

namespace {

std::optional<reply> ask(const char* host, const char* origin = nullptr) {
  wire_request r;
  if (host != nullptr) r.set(boost::beast::http::field::host, host);
  if (origin != nullptr) r.set(boost::beast::http::field::origin, origin);
  return refuse_strangers(r);
}

}  // namespace

TEST_CASE("names of this machine are its loopback addresses and localhost") {
  for (const char* good : {"localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8080", "127.9.9.9",
                           "[::1]", "[::1]:443"}) {
    CAPTURE(good);
    CHECK(is_loopback_host(good));
  }
  for (const char* bad :
       {"", "localhost.example", "example", "127.0.0.1.example", "10.0.0.1", "0.0.0.0", "[::]",
        "::1", "localhost:80x", "localhost:80:80", "127.0.0.1@evil.example", "[127.0.0.1]", "[",
        "[]", "[::1", "2130706433"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_loopback_host(bad));
  }
}

TEST_CASE("a stranger's Host or Origin is refused, no Origin is fine") {
  CHECK_FALSE(ask("localhost"));
  CHECK_FALSE(ask("localhost", "http://127.0.0.1:3000"));
  CHECK_FALSE(ask("localhost", "https://[::1]"));
  for (const auto& refused :
       {ask(nullptr), ask("evil.example"), ask("localhost", "https://evil.example"),
        ask("localhost", "null"), ask("localhost", ""), ask("localhost", "file://localhost"),
        ask("localhost", "http://localhost.evil.example")}) {
    REQUIRE(refused);
    CHECK(refused->status == 403);
    CHECK(refused->body.find("not of this machine") != std::string::npos);
  }
}
