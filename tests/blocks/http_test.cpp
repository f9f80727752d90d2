#include <fstream>

#include "tests/blocks/block_fixture.hpp"
#include "tests/support/temp_directory.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

const char* const page = "https://api.example.com/v1/ticker?symbol=BTC";

value headers(value::object members) { return value(std::move(members)); }

struct asked {
  explicit asked(const char* pointer) : block("http", {{"url", page}, {"pointer", pointer}}) {
    block.request<web_request>();
  }
  value at(const std::string& body) {
    return block.answered(web_reply{200, body, block.now})["value"];
  }
  std::string failure(const std::string& body) {
    const auto c = block.resume(web_reply{200, body, block.now});
    REQUIRE_FALSE(c.ok());
    CHECK(c.error().code == errc::invalid_argument);
    return c.error().message;
  }
  block_fixture block;
};

}  // namespace

TEST_CASE("http asks for its page, with its headers", "[http]") {
  temp_directory d;
  std::ofstream(d / "news.key") << "s3cret\r\nsecond line\n";
  block_fixture b("http", {{"url", page},
                           {"headers", headers({{"Accept", "text/plain"},
                                                {"X-Key", headers({{"file", "news.key"}})}})}});
  b.base_directory = d.path();
  CHECK(b.type().effect == effect_class::idempotent);
  const auto r = b.request<web_request>();
  CHECK(r.url == page);
  CHECK_FALSE(r.body);
  REQUIRE(r.headers.size() == 2);
  CHECK(r.headers[0] == std::pair<std::string, std::string>("Accept", "text/plain"));
  CHECK(r.headers[1] == std::pair<std::string, std::string>("X-Key", "s3cret"));
}

TEST_CASE("http gives on what the answer says, exactly, and when it came", "[http]") {
  block_fixture b("http", {{"url", page}, {"pointer", "/data/1/price"}});
  b.request<web_request>();
  const std::string body = R"({"data":[{"price":1},{"price":61154.123456789012}]})";
  const auto out = b.answered(web_reply{201, body, b.now - std::chrono::seconds(1)});
  CHECK(out["value"].as_number().to_string() == "61154.123456789012");
  CHECK(out["body"] == body);
  CHECK(out["status"] == 201);
  CHECK(out.all().observed_at == b.now - std::chrono::seconds(1));
  CHECK(b.resume(market_data{}).error().code == errc::internal);
}

TEST_CASE("http: a pointer leads to one place, or the node fails and says so", "[http]") {
  CHECK(asked("/a~1b/m~0n/~01").at(R"({"a/b":{"m~n":{"~1":5}}})") == 5);
  CHECK(asked("/").at(R"({"":7})") == 7);
  CHECK(asked("/a/0").at(R"({"a":["x"]})") == "x");
  CHECK(asked("/a/0").at(R"({"a":{"0":"y"}})") == "y");
  CHECK(asked("/a").at(R"({"a":null})").is_null());
  for (const char* body : {R"({})", R"({"a":[]})", R"({"a":["x"]})", R"({"a":5})", "5"})
    CHECK(asked("/a/1").failure(body).find("nothing at /a/1") != std::string::npos);
  for (const char* pointer : {"/01", "/-", "/+1", "/1x", "/", "/18446744073709551616"})
    CHECK(asked(pointer).failure("[1,2,3]").find("nothing at") != std::string::npos);
  CHECK(asked("/a").failure("<html>").find("no JSON") != std::string::npos);
  CHECK(asked("/a").failure(R"({"a":1,"a":2})").find("no JSON") != std::string::npos);
}

TEST_CASE("http without a pointer gives on the document, or none", "[http]") {
  CHECK(asked("").at("[1.5]") == value(value::list{dec("1.5")}));
  CHECK(asked("").at("hello").is_null());
}

TEST_CASE("http: what cannot be asked is told when the file is read", "[http]") {
  const auto refused = [](block_fixture::pairs properties) {
    return block_fixture("http", std::move(properties)).make_failure();
  };
  CHECK(mentions(refused({}), "url"));
  for (const char* url : {"", "ftp://x", "https://user:word@example.com/", "https://a b/"})
    CHECK(mentions(refused({{"url", url}}), "url"));
  for (const char* pointer : {"a", "/a~", "/~2", "a/b"})
    CHECK(mentions(refused({{"url", page}, {"pointer", pointer}}), "pointer"));
  for (const char* name : {"", "Host", "content-LENGTH", "Connection", "a b", "a:b", "a\r\nb"})
    CHECK(mentions(refused({{"url", page}, {"headers", headers({{name, "x"}})}}), "headers"));
  for (const char* text : {"a\r\nHost: evil", "\xc3\xa4", "a\tb"})
    CHECK(mentions(refused({{"url", page}, {"headers", headers({{"X", text}})}}), "headers"));
  CHECK(mentions(refused({{"url", page}, {"headers", "X: y"}}), "headers"));
  CHECK(mentions(refused({{"url", page}, {"headers", headers({{"X", 5}})}}), "headers"));
  CHECK(
      mentions(refused({{"url", page}, {"headers", headers({{"X", headers({{"file", "none"}})}})}}),
               "none"));
}
