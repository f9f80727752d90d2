#include "runtime/base/error.hpp"

#include <set>

#include "runtime/base/result.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

result<int> half(int v) {
  if (v % 2 != 0) return {errc::invalid_argument, "odd", "here", "use an even number"};
  return v / 2;
}

status quarter(int v, int& out) {
  PITWALL_TRY(once, half(v));
  PITWALL_TRY(twice, half(once));
  out = twice;
  return done{};
}

status check_quarter(int v) {
  int out = 0;
  PITWALL_CHECK(quarter(v, out));
  return done{};
}

}  // namespace

TEST_CASE("every code has a text of its own, and it reads back") {
  std::set<std::string_view> texts;
  for (int i = 1; i <= static_cast<int>(errc::internal); ++i) {
    const auto code = static_cast<errc>(i);
    CAPTURE(i);
    CHECK(texts.insert(to_string(code)).second);
    CHECK(errc_from_string(to_string(code)) == code);
  }
  CHECK(errc_from_string("no such code") == errc::internal);
}

TEST_CASE("an error says what, where and what to do") {
  const error full{errc::not_found, "no such file", "a.json", "check the path"};
  CHECK(full.to_string() == "no such file (at a.json): check the path");
  CHECK(error{errc::not_found, "no such file", "", ""}.to_string() == "no such file");
}

TEST_CASE("a failed step ends the function with its error") {
  int out = 0;
  CHECK(quarter(8, out).ok());
  CHECK(out == 2);
  const auto first = quarter(7, out), second = quarter(6, out);
  REQUIRE_FALSE(first.ok());
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().remedy == "use an even number");
  CHECK(check_quarter(4).ok());
  CHECK_FALSE(check_quarter(2).ok());
  CHECK(half(3).value_or(-1) == -1);
  CHECK(half(4).value_or(-1) == 2);
}
