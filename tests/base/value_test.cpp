#include "runtime/base/value.hpp"

#include <random>
#include <string>
#include <vector>

#include "runtime/base/limits.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

decimal d(std::string_view text) { return decimal::parse(text).value(); }

std::string encoded(const value& v) {
  std::string out;
  encode(v, out);
  return out;
}

value decoded(std::string_view bytes) {
  auto v = decode_value(bytes);
  REQUIRE(v.ok());
  REQUIRE(bytes.empty());
  return *v;
}

errc decode_error(std::string_view bytes) {
  auto v = decode_value(bytes);
  REQUIRE_FALSE(v.ok());
  return v.error().code;
}

value any_value(std::mt19937_64& random, int depth) {
  switch (random() % (depth > 0 ? 7 : 5)) {
    case 0:
      return {};
    case 1:
      return value(random() % 2 == 0);
    case 2:
      return value(decimal(static_cast<std::int64_t>(random())));
    case 3: {
      const uint128 m = ((uint128{random()} << 64U) | random()) >> (1U + random() % 127U);
      const auto raw = static_cast<int128>(m);
      return value(decimal::from_raw(random() % 2 == 0 ? raw : -raw));
    }
    case 4: {
      std::string text(random() % 200, ' ');
      for (char& c : text) c = static_cast<char>(random());
      return value(std::move(text));
    }
    case 5: {
      value::list items;
      for (auto n = random() % 5; n > 0; --n) items.push_back(any_value(random, depth - 1));
      return value(std::move(items));
    }
    default: {
      value::object members;
      for (auto n = random() % 5; n > 0; --n) {
        members.emplace_back("k" + std::to_string(n), any_value(random, depth - 1));
      }
      return value(std::move(members));
    }
  }
}

value nested(std::size_t depth) {
  value v;
  for (std::size_t i = 0; i < depth; ++i) v = value(value::list{v});
  return v;
}

}  // namespace

TEST_CASE("a value knows its kind") {
  CHECK(value().is_null());
  CHECK(value(nullptr).is_null());
  CHECK(value(true).as_bool());
  CHECK(value(7).as_number() == decimal(7));
  CHECK(value("text").as_text() == "text");
  CHECK(value(std::string_view("text")).is_text());
  CHECK(value(value::list{1, "a"}).as_list().size() == 2);
  CHECK(value(value::object{{"a", 1}}).as_object().front().first == "a");
  CHECK(to_string(value::kind::null) == "null");
  CHECK(to_string(value::kind::boolean) == "boolean");
  CHECK(to_string(value::kind::number) == "number");
  CHECK(to_string(value::kind::text) == "text");
  CHECK(to_string(value::kind::list) == "list");
  CHECK(to_string(value::kind::object) == "object");
}

TEST_CASE("members are found by name") {
  const value v(value::object{{"bid", 1}, {"ask", 2}});
  REQUIRE(v.find("ask") != nullptr);
  CHECK(v.find("ask")->as_number() == decimal(2));
  CHECK(v.find("mid") == nullptr);
  CHECK(value(1).find("mid") == nullptr);
  CHECK(value().find("") == nullptr);
}

TEST_CASE("equality is deep and ignores the order of members") {
  CHECK(value() == value());
  CHECK_FALSE(value() == value(false));
  CHECK_FALSE(value(true) == value(false));
  CHECK(value("a") == value(std::string("a")));
  CHECK_FALSE(value("1") == value(1));
  CHECK(value(value::list{1, 2}) == value(value::list{1, 2}));
  CHECK_FALSE(value(value::list{1, 2}) == value(value::list{2, 1}));
  CHECK_FALSE(value(value::list{}) == value(value::object{}));
  const value a(value::object{{"x", 1}, {"y", value::list{true}}, {"z", "t"}});
  CHECK(a == value(value::object{{"z", "t"}, {"y", value::list{true}}, {"x", 1}}));
  CHECK(a == value(value::object{{"x", 1}, {"z", "t"}, {"y", value::list{true}}}));
  CHECK_FALSE(a == value(value::object{{"x", 1}, {"y", value::list{false}}, {"z", "t"}}));
  CHECK_FALSE(a == value(value::object{{"x", 1}, {"y", value::list{true}}}));
  CHECK_FALSE(a == value(value::object{{"x", 1}, {"y", value::list{true}}, {"w", "t"}}));
}

TEST_CASE("the binary form is fixed") {
  using namespace std::string_literals;
  CHECK(encoded({}) == "\x00"s);
  CHECK(encoded(false) == "\x01"s);
  CHECK(encoded(true) == "\x02"s);
  CHECK(encoded("ab") ==
        "\x03\x02"
        "ab"s);
  CHECK(encoded(value::list{true, {}}) == "\x04\x02\x02\x00"s);
  CHECK(encoded(value::object{{"k", false}}) == "\x05\x01\x01k\x01"s);
  CHECK(encoded(0) == "\x10\x00"s);
  CHECK(encoded(1) == "\x10\x02"s);
  CHECK(encoded(-1) == "\x10\x01"s);
  CHECK(encoded(100) == "\x10\xc8\x01"s);
  CHECK(encoded(d("-0.1")) == "\x11\x01"s);
  CHECK(encoded(d("67000.5")) == "\x11\xea\xe4\x51"s);
  CHECK(encoded(decimal::from_raw(1)) == "\x22\x02"s);
}

TEST_CASE("small numbers are stored short") {
  CHECK(encoded(63).size() == 2);
  CHECK(encoded(-64).size() == 2);
  CHECK(encoded(d("0.05")).size() == 2);
  CHECK(encoded(d("67123.45")).size() <= 5);
  for (int zeros = 0; zeros <= decimal::digits; ++zeros) {
    CAPTURE(zeros);
    int128 raw = 3;
    for (int i = 0; i < zeros; ++i) raw *= 10;
    CHECK(encoded(decimal::from_raw(raw)).size() == 2);
    CHECK(encoded(decimal::from_raw(-raw)).size() == 2);
    CHECK(decoded(encoded(decimal::from_raw(raw))).as_number().raw() == raw);
  }
}

TEST_CASE("property: what was encoded is decoded") {
  const std::uint64_t seed = 42;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 5'000; ++i) {
    const auto v = any_value(random, 4);
    const auto bytes = encoded(v);
    REQUIRE(decoded(bytes) == v);
    REQUIRE(encoded(decoded(bytes)) == bytes);
  }
}

TEST_CASE("values stand one after the other") {
  std::string bytes;
  encode(1, bytes);
  encode("two", bytes);
  encode(value::list{3}, bytes);
  std::string_view in = bytes;
  CHECK(decode_value(in).value() == value(1));
  CHECK(decode_value(in).value() == value("two"));
  CHECK(decode_value(in).value() == value(value::list{3}));
  CHECK(in.empty());
}

TEST_CASE("property: every cut is noticed") {
  const std::uint64_t seed = 43;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 300; ++i) {
    const auto bytes = encoded(any_value(random, 3));
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      CAPTURE(i, n);
      REQUIRE(decode_error(std::string_view(bytes).substr(0, n)) == errc::data_loss);
    }
  }
}

TEST_CASE("property: random and damaged bytes give a value or data_loss, never more") {
  const std::uint64_t seed = 44;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto try_decode = [](std::string_view bytes) {
    auto v = decode_value(bytes);
    if (v.ok()) {
      CHECK(decoded(encoded(*v)) == *v);
    } else {
      CHECK(v.error().code == errc::data_loss);
    }
  };
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random() % 3 == 0 ? random() % 40 : random());
    try_decode(bytes);
  }
  for (int i = 0; i < 5'000; ++i) {
    auto bytes = encoded(any_value(random, 4));
    bytes[random() % bytes.size()] = static_cast<char>(random());
    try_decode(bytes);
  }
}

TEST_CASE("false lengths, tags and numbers are damage") {
  using namespace std::string_literals;
  const auto huge = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s;  // 2^64 - 1
  CHECK(decode_error("\x03"s + huge + "text") == errc::data_loss);
  CHECK(decode_error("\x04"s + huge) == errc::data_loss);
  CHECK(decode_error("\x05"s + huge) == errc::data_loss);
  CHECK(decode_error("\x05\x01"s + huge) == errc::data_loss);
  CHECK(decode_error("\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"s) == errc::data_loss);
  CHECK(decode_error("\x03"s + std::string(50, '\x80')) == errc::data_loss);
  CHECK(decode_error("\x06"s) == errc::data_loss);
  CHECK(decode_error("\x23\x00"s) == errc::data_loss);
  // 2^127 and -2^127 at scale 18; the largest mantissa at scale 0.
  const std::string ones(18, '\xff');
  CHECK(decode_error("\x22" + ones + "\x03") == errc::data_loss);
  CHECK(decode_error("\x10" + ones + "\x01") == errc::data_loss);
  CHECK(decode_error("\x22" + ones + "\x04") == errc::data_loss);
}

TEST_CASE("nesting is bounded") {
  const auto deepest = nested(limits::max_value_depth);
  CHECK(decoded(encoded(deepest)) == deepest);
  CHECK(decode_error(encoded(nested(limits::max_value_depth + 1))) == errc::data_loss);
  std::string bytes;
  for (int i = 0; i < 1'000'000; ++i) bytes += "\x04\x01";
  CHECK(decode_error(bytes) == errc::data_loss);
}
