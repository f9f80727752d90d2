#include "runtime/base/decimal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "tests/base/long_number.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using pitwall::testing::long_number;

namespace {

decimal d(std::string_view text) {
  INFO("text " << text);
  auto parsed = decimal::parse(text);
  REQUIRE(parsed.ok());
  return *parsed;
}

errc parse_error(std::string_view text) {
  INFO("text " << text);
  auto parsed = decimal::parse(text);
  REQUIRE_FALSE(parsed.ok());
  CHECK_FALSE(parsed.error().remedy.empty());
  return parsed.error().code;
}

const decimal biggest = decimal::from_raw(static_cast<int128>(~uint128{0} >> 1U));

// Magnitudes from one unit to the end of the range, with the edges drawn often.
decimal any_decimal(std::mt19937_64& random) {
  const auto kind = random() % 8;
  if (kind == 0) return random() % 2 == 0 ? biggest : -biggest;
  if (kind == 1) return decimal(static_cast<std::int64_t>(random() % 2'000) - 1'000);
  uint128 m = (uint128{random()} << 64U) | random();
  m >>= 1U + random() % 127U;
  if (kind == 2) m = uint128{1} << (random() % 127U);
  const auto raw = static_cast<int128>(m);
  return decimal::from_raw(random() % 2 == 0 ? raw : -raw);
}

long_number magnitude(decimal v) { return long_number::from(static_cast<uint128>(v.abs().raw())); }

// The quotient n / d, half to even, or nothing where it leaves the range of decimals.
void check_against(const result<decimal>& got, bool negative, const long_number& n,
                   const long_number& divisor) {
  auto [quotient, remainder] = n.divided_by(divisor);
  const auto twice = remainder.plus(remainder);
  if (divisor < twice || (twice == divisor && quotient.is_odd())) {
    quotient = quotient.plus(long_number::from(1));
  }
  const bool fits = !(magnitude(biggest) < quotient);
  REQUIRE(got.ok() == fits);
  if (!fits) {
    CHECK(got.error().code == errc::out_of_range);
    return;
  }
  CHECK(magnitude(*got) == quotient);
  if (!got->is_zero()) CHECK(got->is_negative() == negative);
}

}  // namespace

TEST_CASE("a decimal is read exactly") {
  CHECK(d("0").is_zero());
  CHECK(d("-0") == decimal(0));
  CHECK(d("-0").to_string() == "0");
  CHECK(d("12").raw() == int128{12} * decimal::one_raw);
  CHECK(d("+12") == decimal(12));
  CHECK(d("0.000000000000000001").raw() == 1);
  CHECK(d("-0.1").raw() == -100'000'000'000'000'000);
  CHECK(d("1e2") == decimal(100));
  CHECK(d("1E+2") == decimal(100));
  CHECK(d("12.5e-1") == d("1.25"));
  CHECK(d("0.00000000000000000000000000001e30") == decimal(10));
  CHECK(d("0e999999999999999999999999") == decimal(0));
  CHECK(d("1e-999999999999999999999999") == decimal(0));
  CHECK(d("170141183460469231731.687303715884105727") == biggest);
  CHECK(d("-170141183460469231731.687303715884105727") == -biggest);
  CHECK(d("0." + std::string(1'000, '0') + "1e1001") == decimal(1));
  CHECK(d("1" + std::string(1'000, '0') + "e-1000") == decimal(1));
}

TEST_CASE("a part finer than 1e-18 is rounded half to even, however long") {
  const std::string zeros(18, '0');
  CHECK(d("0." + zeros + "5").raw() == 0);
  CHECK(d("0." + zeros + "50000000000").raw() == 0);
  CHECK(d("0." + zeros + "50000000001").raw() == 1);
  CHECK(d("0." + zeros + "49999999999").raw() == 0);
  CHECK(d("0." + zeros + "6").raw() == 1);
  CHECK(d("-0." + zeros + "6").raw() == -1);
  CHECK(d("0.0000000000000000015").raw() == 2);
  CHECK(d("0.0000000000000000025").raw() == 2);
  CHECK(d("-0.0000000000000000035").raw() == -4);
  CHECK(d("5e-19").raw() == 0);
  CHECK(d("51e-20").raw() == 1);
  CHECK(d("9e-19").raw() == 1);
  CHECK(d("9e-20").raw() == 0);
  CHECK(d("0.9999999999999999995") == decimal(1));
}

TEST_CASE("what is no number is refused") {
  for (const char* text :
       {"",      "-",     "+",     ".",   ".5",  "5.",   "1.e5",  "1e",      "1e+", "e5",
        "--1",   "+-1",   "1 ",    " 1",  "1,5", "0x10", "nan",   "NaN",     "inf", "Infinity",
        "1.2.3", "1e5.5", "1e5e5", "007", "00",  "-01",  "1_000", "\xc2\xb9"}) {
    CHECK(parse_error(text) == errc::invalid_argument);
  }
  CHECK(parse_error(std::string_view("1\0", 2)) == errc::invalid_argument);
  CHECK(parse_error(std::string(100'000, 'x')) == errc::invalid_argument);
}

TEST_CASE("what does not fit is out of range") {
  for (const char* text :
       {"170141183460469231731.687303715884105728", "-170141183460469231731.687303715884105728",
        "170141183460469231731.6873037158841057275", "999999999999999999999", "1e21", "-1e21",
        "1e999999999999999999999999", "340282366920938463463.374607431768211456"}) {
    CHECK(parse_error(text) == errc::out_of_range);
  }
  CHECK(parse_error("1" + std::string(1'000, '0')) == errc::out_of_range);
  CHECK(d("170141183460469231731.6873037158841057274") == biggest);
}

TEST_CASE("a decimal is written as short as it can be read back") {
  for (const char* text : {"0", "0.1", "-3", "67000.5", "0.000000000000000001", "100",
                           "-170141183460469231731.687303715884105727", "18446744073709551616",
                           "123456789.123456789", "0.000001", "-0.5"}) {
    CHECK(d(text).to_string() == text);
    std::string appended = "x";
    d(text).append_to(appended);
    CHECK(appended == std::string("x") + text);
  }
  CHECK(d("1.50").to_string() == "1.5");
  CHECK(d("1e3").to_string() == "1000");
}

TEST_CASE("property: text and number round trip") {
  const std::uint64_t seed = 20'260'301;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const auto v = any_decimal(random);
    const auto text = v.to_string();
    INFO(text);
    REQUIRE(d(text) == v);
    REQUIRE((text.find('.') == std::string::npos || text.back() != '0'));
  }
}

TEST_CASE("property: arithmetic agrees with schoolbook arithmetic on digits") {
  const std::uint64_t seed = 7;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto one = long_number::from(static_cast<uint128>(decimal::one_raw));
  for (int i = 0; i < 4'000; ++i) {
    const auto a = any_decimal(random), b = any_decimal(random);
    CAPTURE(i, a.to_string(), b.to_string());
    const bool negative = a.is_negative() != b.is_negative();
    check_against(mul(a, b), negative, magnitude(a).times(magnitude(b)), one);
    if (b.is_zero()) {
      CHECK(div(a, b).error().code == errc::division_by_zero);
    } else {
      check_against(div(a, b), negative, magnitude(a).times(one), magnitude(b));
    }
    const auto sum = add(a, b), same = sub(a, -b);
    REQUIRE(sum.ok() == same.ok());
    if (sum.ok()) CHECK(*sum == *same);
    if (!negative) {
      check_against(sum, a.is_negative(), magnitude(a).plus(magnitude(b)), long_number::from(1));
    } else {
      REQUIRE(sum.ok());
      CHECK(*sub(*sum, b) == a);
    }
  }
}

TEST_CASE("multiplication and division round half to even") {
  const auto tiny = decimal::from_raw(1);
  CHECK(mul(tiny, d("0.5"))->raw() == 0);
  CHECK(mul(decimal::from_raw(3), d("0.5"))->raw() == 2);
  CHECK(mul(decimal::from_raw(5), d("0.5"))->raw() == 2);
  CHECK(mul(decimal::from_raw(-3), d("0.5"))->raw() == -2);
  CHECK(mul(tiny, d("0.500000000000000001"))->raw() == 1);
  CHECK(div(tiny, decimal(2))->raw() == 0);
  CHECK(div(decimal::from_raw(3), decimal(2))->raw() == 2);
  CHECK(div(decimal::from_raw(-5), decimal(2))->raw() == -2);
  CHECK(div(decimal(1), decimal(3))->to_string() == "0.333333333333333333");
  CHECK(div(decimal(2), decimal(3))->to_string() == "0.666666666666666667");
  CHECK(*div(biggest, biggest) == decimal(1));
  CHECK(*mul(biggest, decimal(1)) == biggest);
  CHECK(*div(-biggest, decimal(-1)) == biggest);
  CHECK(div(biggest, d("0.9")).error().code == errc::out_of_range);
  CHECK(div(biggest, tiny).error().code == errc::out_of_range);
  CHECK(mul(biggest, d("1.000000000000000001")).error().code == errc::out_of_range);
  CHECK(add(biggest, tiny).error().code == errc::out_of_range);
  CHECK(sub(-biggest, tiny).error().code == errc::out_of_range);
  CHECK(add(-biggest, -tiny).error().code == errc::out_of_range);
  CHECK(div(decimal(0), decimal(0)).error().code == errc::division_by_zero);
}

TEST_CASE("amounts round down to a step, towards zero") {
  CHECK(d("1.2399").round_down(d("0.01")) == d("1.23"));
  CHECK(d("-1.2399").round_down(d("0.01")) == d("-1.23"));
  CHECK(d("7").round_down(d("2.5")) == decimal(5));
  CHECK(d("0.009").round_down(d("0.01")).is_zero());
  CHECK(d("0.01").round_down(d("0.01")) == d("0.01"));
  CHECK(d("1.5").round_down(decimal(0)) == d("1.5"));
}

TEST_CASE("rounding to digits is half to even") {
  CHECK(d("0.125").round(2) == d("0.12"));
  CHECK(d("0.135").round(2) == d("0.14"));
  CHECK(d("-0.125").round(2) == d("-0.12"));
  CHECK(d("0.1251").round(2) == d("0.13"));
  CHECK(d("2.5").round(0) == decimal(2));
  CHECK(d("3.5").round(0) == decimal(4));
  CHECK(d("-3.5").round(0) == decimal(-4));
  CHECK(d("0.000000000000000001").round(18).raw() == 1);
  CHECK(biggest.round(0) == d("170141183460469231731"));
  CHECK((-biggest).round(0) == d("-170141183460469231731"));
}

TEST_CASE("whole numbers leave as integers") {
  CHECK(*d("42").to_int() == 42);
  CHECK(*decimal(std::numeric_limits<std::int64_t>::min()).to_int() ==
        std::numeric_limits<std::int64_t>::min());
  CHECK(*decimal(std::numeric_limits<std::int64_t>::max()).to_int() ==
        std::numeric_limits<std::int64_t>::max());
  CHECK(d("9223372036854775808").to_int().error().code == errc::out_of_range);
  CHECK(d("-9223372036854775809").to_int().error().code == errc::out_of_range);
  CHECK(d("0.5").to_int().error().code == errc::invalid_argument);
}

TEST_CASE("doubles of statistics are rounded once") {
  CHECK(*decimal::from_double(0.1) == d("0.1"));
  CHECK(*decimal::from_double(0.1 + 0.2) == d("0.3"));
  CHECK(*decimal::from_double(-70.46413502109712) == d("-70.4641350210971"));
  CHECK(*decimal::from_double(2.0 / 3.0, 4) == d("0.6667"));
  CHECK(*decimal::from_double(1234.5, 1) == decimal(1'000));
  CHECK(decimal::from_double(1e-30)->is_zero());
  CHECK(decimal::from_double(-0.0)->to_string() == "0");
  CHECK(decimal::from_double(std::nan("")).error().code == errc::out_of_range);
  CHECK(decimal::from_double(HUGE_VAL).error().code == errc::out_of_range);
  CHECK(decimal::from_double(-HUGE_VAL).error().code == errc::out_of_range);
  CHECK(decimal::from_double(1e21).error().code == errc::out_of_range);
  CHECK(d("0.1").to_double() == 0.1);
  CHECK(d("-67000.123456789").to_double() == -67000.123456789);
  CHECK(d("123456789012345.678901234567").to_double() == 123456789012345.678901234567);
}

TEST_CASE("property: a double of 15 digits survives") {
  const std::uint64_t seed = 11;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 5'000; ++i) {
    const auto text = std::to_string(random() % 1'000'000'000) + "." +
                      std::to_string(100'000 + random() % 900'000);
    const auto v = d(text);
    REQUIRE(*decimal::from_double(v.to_double()) == v);
    REQUIRE(v.to_double() == std::stod(text));
  }
}

TEST_CASE("decimals order as numbers") {
  std::vector<decimal> v{d("2"), d("-2"), d("0.1"), d("10"), d("-0.1"), d("0")};
  std::sort(v.begin(), v.end());
  CHECK(v == std::vector<decimal>{d("-2"), d("-0.1"), d("0"), d("0.1"), d("2"), d("10")});
}
