#include <algorithm>

#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

std::vector<std::string> slots_for(std::size_t n) {
  std::vector<std::string> slots;
  for (std::size_t i = 1; i <= std::max<std::size_t>(n, 2); ++i) {
    slots.push_back("value" + std::to_string(i));
  }
  return slots;
}

result<step> math(const char* operation, const std::vector<value>& values) {
  const auto slots = slots_for(values.size());
  block_fixture b("math", {{"operation", operation}}, slots);
  value::object given;
  for (std::size_t i = 0; i < values.size(); ++i) given.emplace_back(slots[i], values[i]);
  return b.evaluate(given);
}

value of(const char* operation, const std::vector<value>& values) {
  auto r = math(operation, values);
  INFO((r.ok() ? std::string() : r.error().to_string()));
  REQUIRE(r.ok());
  return std::get<completion>(*r).outputs[0];
}

error failed(const char* operation, const std::vector<value>& values) {
  auto r = math(operation, values);
  REQUIRE_FALSE(r.ok());
  return r.error();
}

}  // namespace

TEST_CASE("math: each operation") {
  CHECK(of("add", {1, 2}) == 3);
  CHECK(of("add", {dec("0.1"), dec("0.2"), 3}) == value(dec("3.3")));
  CHECK(of("subtract", {10, 2, 3}) == 5);
  CHECK(of("multiply", {dec("1.5"), 4}) == 6);
  CHECK(of("multiply_chain", {2, 3, 4, dec("0.5")}) == 12);
  CHECK(of("divide", {1, 8}) == value(dec("0.125")));
  CHECK(of("divide", {100, 5, 2}) == 10);
  CHECK(of("min", {3, -1, 2}) == -1);
  CHECK(of("max", {3, -1, 2}) == 3);
  CHECK(of("abs", {-5}) == 5);
  CHECK(of("percentage_diff", {100, 110}) == 10);
  CHECK(of("percentage_diff", {200, 100}) == -50);
  CHECK(of("percentage_diff", {-100, -50}) == 50);
  CHECK(of("spread_pct", {100, 102}) == 2);
  CHECK(of("spread_pct", {102, 100}) == 2);
  CHECK(of("add", {"1.5", "2.5"}) == 4);
}

TEST_CASE("math: a division by zero says of what") {
  auto e = failed("divide", {1, 0});
  CHECK(e.code == errc::division_by_zero);
  CHECK(mentions(e, "value2 is 0"));
  e = failed("divide", {1, 2, "0.0"});
  CHECK(e.code == errc::division_by_zero);
  CHECK(mentions(e, "value3"));
  e = failed("percentage_diff", {0, 5});
  CHECK(e.code == errc::division_by_zero);
  CHECK(mentions(e, "value1"));
  e = failed("spread_pct", {5, 0});
  CHECK(e.code == errc::division_by_zero);
  CHECK(mentions(e, "value2"));
}

TEST_CASE("math: null, texts that are no numbers, NaN and infinity are failures") {
  for (const value& bad : {value(), value("NaN"), value("inf"), value("x"), value(true)}) {
    CAPTURE(bad);
    for (const char* operation : {"add", "min", "percentage_diff", "spread_pct"}) {
      const auto e = failed(operation, {1, bad});
      CHECK(e.code == errc::invalid_argument);
      CHECK(mentions(e, "'value2' of math"));
    }
    CHECK(mentions(failed("abs", {bad}), "'value1' of math"));
    CHECK(mentions(failed("mean_std", {bad}), "'value1' of math"));
  }
  CHECK(mentions(failed("add", {1}), "'value2' of math"));
  CHECK(mentions(failed("spread_pct", {1, -1}), "negative"));
}

TEST_CASE("math: what does not fit a decimal is out of range, not wrong") {
  const value huge(dec("100000000000000000000"));
  const auto e = failed("multiply", {huge, huge});
  CHECK(e.code == errc::out_of_range);
  CHECK(mentions(e, "multiply"));
  CHECK(mentions(e, "value2"));
  CHECK(failed("add", {huge, huge}).code == errc::out_of_range);
  CHECK(of("percentage_diff", {huge, huge}) == 0);
}

TEST_CASE("math: an unknown operation is refused with the known ones") {
  const auto e = block_fixture("math", {{"operation", "modulo"}}).make_failure();
  CHECK(mentions(e, "'modulo'"));
  CHECK(mentions(e, "mean_std"));
  CHECK(mentions(block_fixture("math").make_failure(), "'operation' of math is missing"));
}
