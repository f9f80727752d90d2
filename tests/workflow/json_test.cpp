#include "runtime/workflow/json.hpp"

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

decimal number(const char* text) { return decimal::parse(text).value(); }

}  // namespace

TEST_CASE("json: every kind of value is read and written back", "[json]") {
  const std::string text =
      R"({"a":null,"b":true,"c":false,"d":-12.5,"e":"x","f":[1,2,[]],"g":{"h":{}}})";
  const auto v = parse_json(text);
  REQUIRE(v.ok());
  CHECK(to_json(*v) == text);
  CHECK(v->find("d")->as_number() == number("-12.5"));
  CHECK(parse_json(" 7 ")->as_number() == decimal(7));
  CHECK(parse_json("\xEF\xBB\xBF[]").ok());  // A byte order mark is no error.
}

TEST_CASE("json: numbers are exact", "[json]") {
  // Through double this would be 0.1000000000000000055 and 12345678901234567000.
  CHECK(parse_json("0.100000000000000001")->as_number() == number("0.100000000000000001"));
  CHECK(to_json(*parse_json("12345678901234567.123456789")) == "12345678901234567.123456789");
  CHECK(to_json(*parse_json("18446744073709551615")) == "18446744073709551615");
  CHECK(to_json(*parse_json("-9223372036854775808")) == "-9223372036854775808");
  CHECK(to_json(*parse_json("99999999999999999999")) == "99999999999999999999");
  CHECK(to_json(*parse_json("1.5e3")) == "1500");
  CHECK(to_json(*parse_json("25E-4")) == "0.0025");
  CHECK(to_json(*parse_json("-0")) == "0");
}

TEST_CASE("json: numbers beyond decimal are out of range and say where", "[json]") {
  const auto digits = std::string(400, '9');
  for (const auto& text : {std::string("1e999"), std::string("-1e999"), digits, "-" + digits,
                           std::string("1e21"), digits + ".5"}) {
    CAPTURE(text);
    const auto v = parse_json("{\n  \"x\": " + text + "\n}");
    REQUIRE_FALSE(v.ok());
    CHECK(v.error().code == errc::out_of_range);
    CHECK(v.error().where == "line 2, column 8");
    CHECK(v.error().message.size() < 160);
    CHECK(parse_json(text).error().where == "line 1, column 1");
  }
}

TEST_CASE("json: what is no JSON is refused with its place", "[json]") {
  struct row {
    const char* text;
    const char* where;
    const char* part;
  };
  const row rows[] = {
      {"", "line 1, column 1", "unexpected end of input"},
      {"{\n\n  \"a\": tru }", "line 3, column 11", "invalid literal"},
      {"[1,2", "line 1, column 5", "unexpected end of input"},
      {"[1,]", "line 1, column 4", "unexpected ']'"},
      {"{\"a\" 1}", "line 1, column 6", "expected ':'"},
      {"[] []", "line 1, column 4", "expected end of input"},
      {"[1] // comment", "line 1, column 5", "invalid literal"},
      {"'x'", "line 1, column 1", "invalid literal"},
      {"[NaN]", "line 1, column 2", "invalid literal"},
      {"[01]", "line 1, column 3", "unexpected number literal"},
      {"\"\xFF\"", "line 1, column 2", "UTF-8"},
      {"\"\xC0\xAF\"", "line 1, column 2", "UTF-8"},
      {"\"\\ud800\"", "line 1, column 8", "surrogate"},
      {"\"\x01\"", "line 1, column 2", "control character"},
      {"{\"a\":1,\"a\":2}", "line 1, column 10", "appears twice"},
      {"{\"a\":1,\n \"\\u0061\":2}", "line 2, column 9", "appears twice"},
      {"[\"\xC3\xA4\xC3\xB6\", x]", "line 1, column 8", "invalid literal"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.text);
    const auto v = parse_json(r.text);
    REQUIRE_FALSE(v.ok());
    CAPTURE(v.error().to_string());
    CHECK(v.error().code == errc::invalid_argument);
    CHECK(v.error().where == r.where);
    CHECK(v.error().message.find(r.part) != std::string::npos);
    CHECK(v.error().message.find("json.exception") == std::string::npos);
  }
}

TEST_CASE("json: a zero byte does not end the text early", "[json]") {
  CHECK_FALSE(parse_json(std::string_view("{}\0garbage", 10)).ok());
  CHECK_FALSE(parse_json(std::string_view("\"a\0b\"", 5)).ok());
}

TEST_CASE("json: duplicates are found in large objects too", "[json]") {
  std::string text = "{";
  for (int i = 0; i < 20'000; ++i) text += "\"m" + std::to_string(i) + "\":0,";
  CHECK(parse_json(text + "\"n\":1}").ok());
  CHECK_FALSE(parse_json(text + "\"m7\":1}").ok());
  CHECK_FALSE(parse_json(text + "\"m19999\":1}").ok());
}

TEST_CASE("json: depth is bounded", "[json]") {
  const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  CHECK(parse_json(nested(64)).ok());
  const auto v = parse_json(nested(65));
  REQUIRE_FALSE(v.ok());
  CHECK(v.error().code == errc::out_of_range);
  CHECK(v.error().where == "line 1, column 65");
  CHECK(parse_json(nested(3), 3).ok());
  CHECK_FALSE(parse_json(nested(4), 3).ok());
  CHECK_FALSE(parse_json(std::string(1U << 20U, '[')).ok());
}

TEST_CASE("json: comments only where they are allowed", "[json]") {
  const auto* text = "{ // one\n \"a\": /* two */ 1 }";
  CHECK_FALSE(parse_json(text).ok());
  const auto v = parse_json_with_comments(text);
  REQUIRE(v.ok());
  CHECK(to_json(*v) == R"({"a":1})");
  CHECK_FALSE(parse_json_with_comments("{} /* open").ok());
}

TEST_CASE("json: text is escaped, and what is no UTF-8 replaced", "[json]") {
  const auto written = [](std::string_view text) {
    std::string out;
    append_json_string(text, out);
    return out;
  };
  CHECK(written("") == "\"\"");
  CHECK(written("a\"b\\c/\n\r\t\b\f\x01\x1f\x7f") ==
        "\"a\\\"b\\\\c/\\n\\r\\t\\b\\f\\u0001\\u001f\x7f\"");
  CHECK(written("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80") ==
        "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"");
  CHECK(written("\xFF") == "\"\xEF\xBF\xBD\"");
  CHECK(written("a\xC3") == "\"a\xEF\xBF\xBD\"");
  CHECK(written("\xE2\x82") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
  CHECK(written("\xED\xA0\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
  CHECK(written("\xF4\x90\x80\x80x") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDx\"");
}

TEST_CASE("json: any bytes written as a string are read back as text", "[json]") {
  std::string all;
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; second += 5) {
      all = {static_cast<char>(first), static_cast<char>(second), 'z'};
      const auto v = parse_json(to_json(value(all)));
      CAPTURE(first, second);
      REQUIRE(v.ok());
      REQUIRE(v->is_text());
      if (first < 0x80 && second < 0x80) REQUIRE(v->as_text() == all);
    }
  }
}

TEST_CASE("json: for people, two blanks a level", "[json]") {
  CHECK(to_pretty_json(*parse_json(R"({"a":[1,{"b":[]}],"c":{}})")) ==
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {}\n}");
  CHECK(to_pretty_json(value("x")) == "\"x\"");
}

TEST_CASE("json: pointer tokens are escaped", "[json]") {
  CHECK(pointer_token("a/b~c") == "a~1b~0c");
  CHECK(pointer_token("") == "");
}
