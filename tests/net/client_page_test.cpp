#include "net/server/client_page.hpp"

#include "runtime/workflow/event.hpp"
#include "tests/net/server_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

std::string ask_raw(const server_fixture& f, const std::string& first,
                    const std::string& more = {}) {
  raw_client c(f.socket);
  REQUIRE(c.send(first + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + more + "\r\n"));
  return c.read_to_end();
}
std::string header_of(const std::string& answer, const std::string& name) {
  const auto at = answer.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 4;
  return answer.substr(begin, answer.find("\r\n", begin) - begin);
}
bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the test client is served as it was built in, and may do nothing but what it says") {
  server_fixture f;
  const auto answer = ask_raw(f, "GET /client");
  CHECK(answer.starts_with("HTTP/1.1 200 "));
  CHECK(header_of(answer, "Content-Type") == "text/html; charset=utf-8");
  CHECK(header_of(answer, "X-Content-Type-Options") == "nosniff");
  CHECK(header_of(answer, "Referrer-Policy") == "no-referrer");
  CHECK(header_of(answer, "Cache-Control") == "no-cache");
  CHECK(header_of(answer, "Content-Security-Policy") == http::page_policy(http::client_html()));
  const auto body = answer.substr(answer.find("\r\n\r\n") + 4);
  CHECK(body == http::client_html());
  CHECK(body.starts_with("<!doctype html>"));
  CHECK(body.ends_with("</html>\n"));
}

TEST_CASE("a browser that has the page is told that it has not changed") {
  server_fixture f;
  const auto tag = header_of(ask_raw(f, "GET /client"), "ETag");
  REQUIRE(tag.size() > 20);
  const auto same = ask_raw(f, "GET /client", "If-None-Match: W/\"x\", " + tag + "\r\n");
  CHECK(same.starts_with("HTTP/1.1 304 "));
  CHECK(same.ends_with("\r\n\r\n"));
  CHECK(header_of(same, "ETag") == tag);
  CHECK(header_of(same, "Content-Security-Policy").size() > 100);
  CHECK(ask_raw(f, "GET /client", "If-None-Match: \"another\"\r\n").starts_with("HTTP/1.1 200 "));
  const auto head = ask_raw(f, "HEAD /client");
  CHECK(head.starts_with("HTTP/1.1 200 "));
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(ask_raw(f, "POST /client").starts_with("HTTP/1.1 405 "));
  CHECK(ask_raw(f, "GET /client?url=ws://elsewhere").starts_with("HTTP/1.1 400 "));
}

TEST_CASE("the policy names the page's own script and style by their hashes, and no other") {
  const auto policy = http::page_policy("<style>b {}</style><p><script>a();</script>");
  // echo -n 'a();' | openssl dgst -sha256 -binary | base64
  CHECK(has(policy, "default-src 'none';"));
  CHECK(has(policy, "script-src 'sha256-OVLEFZR89oYYkV3AI9/M2qwUUdT/ymKO659RpVAhzEk=';"));
  CHECK(has(policy, "style-src 'sha256-zy87ZYlZV4kMyp51wB+3ABJeEclAGRFupKDmlDS9DAw=';"));
  CHECK(has(policy, "frame-ancestors 'none'"));
  CHECK(has(http::page_policy("<p>"), "script-src 'none'; style-src 'none';"));
  CHECK(has(http::page_policy("<script>a();"), "script-src 'none';"));
  CHECK_FALSE(has(policy, "unsafe"));
  CHECK_FALSE(has(policy, "ws:;"));
  CHECK_FALSE(has(policy, "http:"));
}

TEST_CASE("the test client offers every type of event") {
  const std::string page(http::client_html());
  const auto from = page.find("const TYPES = [");
  REQUIRE(from != std::string::npos);
  const auto offered = page.substr(from, page.find("];", from) - from);
  for (const auto name : event_type_names()) {
    CAPTURE(name);
    CHECK(has(offered, "'" + std::string(name) + "'"));
  }
}
