#include "net/server/target.hpp"

#include <random>

#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::http;

TEST_CASE("a target is taken apart and decoded") {
  const auto t = parse_target("/api//v1/a%2Fb+c/?x=1&y=a+b%26&flag&z=&");
  REQUIRE(t.ok());
  CHECK(t->path == "/api//v1/a%2Fb+c/");
  CHECK(t->segments == std::vector<std::string>{"api", "", "v1", "a/b+c"});
  CHECK(t->parameter_or("x", "-") == "1");
  CHECK(t->parameter_or("y", "-") == "a b&");
  CHECK(t->parameter_or("flag", "-").empty());
  CHECK(t->parameter_or("z", "-").empty());
  CHECK(t->parameter_or("none", "-") == "-");
  CHECK(parse_target("/")->segments.empty());
}

TEST_CASE("bad targets are refused") {
  for (const auto* raw : {"", "x", "*", "/%", "/%4", "/%4g", "/%00", "/a?b=%", "/\x01", "/%0a"}) {
    CAPTURE(raw);
    const auto t = parse_target(raw);
    REQUIRE_FALSE(t.ok());
    CHECK(t.error().code == errc::invalid_argument);
  }
}

TEST_CASE("numbers are digits within their bounds") {
  const auto t = parse_target("/?n=10&big=18446744073709551616&neg=-1&empty=&plus=%2B1&hex=0x1");
  REQUIRE(t.ok());
  CHECK(*t->number("n", 1, 1, 10) == 10);
  CHECK(*t->number("absent", 7, 1, 10) == 7);
  CHECK_FALSE(t->number("n", 1, 1, 9).ok());
  CHECK_FALSE(t->number("n", 1, 11, 20).ok());
  for (const auto* name : {"big", "neg", "empty", "plus", "hex"}) {
    CAPTURE(name);
    const auto number = t->number(name, 1, 0, ~std::uint64_t{0});
    REQUIRE_FALSE(number.ok());
    CHECK(number.error().message.find(name) != std::string::npos);
  }
}

TEST_CASE("lists, and names that are known and given once") {
  const auto t = parse_target("/?types=a,b,,c&x=1");
  REQUIRE(t.ok());
  CHECK(t->list("types") == std::vector<std::string>{"a", "b", "c"});
  CHECK(t->list("none").empty());
  CHECK(t->allow_only({"types", "x"}).ok());
  const auto unknown = t->allow_only({"types"});
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().message.find("'x'") != std::string::npos);
  CHECK(unknown.error().remedy == "known are: types");
  CHECK_FALSE(parse_target("/?a=1&a=2")->allow_only({"a"}).ok());
}

TEST_CASE("what is encoded decodes to itself") {
  const std::uint64_t seed = 5;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 500; ++round) {
    std::string text(1 + random() % 30, 'x');
    for (char& c : text) c = static_cast<char>(0x20 + random() % 0xE0);
    const auto t = parse_target("/" + percent_encode(text) + "?v=" + percent_encode(text));
    REQUIRE(t.ok());
    REQUIRE(t->segments == std::vector<std::string>{text});
    REQUIRE(t->parameter_or("v", "") == text);
  }
}
