#include "runtime/base/decimal.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

namespace pitwall {

namespace {

constexpr std::uint64_t unit = 1'000'000'000'000'000'000;
constexpr uint128 max_magnitude = ~uint128{0} >> 1U;  // 2^127 - 1; the range is symmetric
constexpr int max_digits = 39;                        // decimal digits of max_magnitude

constexpr uint128 magnitude(int128 raw) noexcept {
  return raw < 0 ? uint128{0} - static_cast<uint128>(raw) : static_cast<uint128>(raw);
}

constexpr uint128 power_of_ten(int exponent) noexcept {
  uint128 p = 1;
  for (int i = 0; i < exponent; ++i) p *= 10;
  return p;
}

constexpr int leading_zeros(uint128 v) noexcept {
  const auto high = static_cast<std::uint64_t>(v >> 64U);
  return high != 0 ? std::countl_zero(high) : 64 + std::countl_zero(static_cast<std::uint64_t>(v));
}

error beyond_range(std::string what) {
  return {errc::out_of_range,
          std::move(what) + " is beyond the range of decimal numbers",
          {},
          "use numbers between -1.7e20 and 1.7e20"};
}

result<decimal> with_sign(uint128 m, bool negative, const char* what) {
  if (m > max_magnitude) return beyond_range(what);
  const auto raw = static_cast<int128>(m);
  return decimal::from_raw(negative ? -raw : raw);
}

// Whether a truncated quotient goes up by one, to the nearest and on a tie to the even one.
bool rounds_up(uint128 quotient, uint128 remainder, uint128 divisor) noexcept {
  const uint128 rest = divisor - remainder;
  return remainder > rest || (remainder == rest && (quotient & 1U) != 0);
}

struct wide {  // high * 2^128 + low
  uint128 high = 0, low = 0;
};

wide multiply(uint128 a, uint128 b) noexcept {
  const auto a0 = static_cast<std::uint64_t>(a), a1 = static_cast<std::uint64_t>(a >> 64U);
  const auto b0 = static_cast<std::uint64_t>(b), b1 = static_cast<std::uint64_t>(b >> 64U);
  const uint128 low = uint128{a0} * b0;
  const uint128 mid1 = uint128{a1} * b0 + (low >> 64U);
  const uint128 mid2 = uint128{a0} * b1 + static_cast<std::uint64_t>(mid1);
  return {uint128{a1} * b1 + (mid1 >> 64U) + (mid2 >> 64U),
          (mid2 << 64U) | static_cast<std::uint64_t>(low)};
}

struct division {
  uint128 quotient = 0, remainder = 0;
};

// (high * 2^64 + low) / d for high < d, so that the quotient has 64 bits: one step of schoolbook
// long division in base 2^64, the estimate of the digit corrected by the divisor's second digit.
division divide_step(uint128 high, std::uint64_t low, uint128 d) noexcept {
  if ((d >> 64U) == 0) {
    const uint128 n = (high << 64U) | low;
    return {n / d, n % d};
  }
  const auto shift = static_cast<unsigned>(leading_zeros(d));
  d <<= shift;
  if (shift != 0) {
    high = (high << shift) | (low >> (64U - shift));
    low <<= shift;
  }
  const auto d1 = static_cast<std::uint64_t>(d >> 64U), d0 = static_cast<std::uint64_t>(d);
  uint128 digit = ~std::uint64_t{0};
  if ((high >> 64U) < d1) digit = high / d1;
  uint128 rest = high - digit * d1;
  while ((rest >> 64U) == 0 && digit * d0 > ((rest << 64U) | low)) {
    --digit;
    rest += d1;
  }
  return {digit, (((rest << 64U) | low) - digit * d0) >> shift};
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::string shown(std::string_view text) {
  constexpr std::size_t longest = 40;
  if (text.size() <= longest) return "'" + std::string(text) + "'";
  return "'" + std::string(text.substr(0, longest)) + "...'";
}

// The parts of a number's text: its digits (a point may stand between them) and the exponent.
struct number_text {
  bool negative = false;
  std::string_view whole, fraction;
  std::int64_t exponent = 0;
};

std::string_view take_digits(std::string_view& text) noexcept {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  const auto digits = text.substr(0, n);
  text.remove_prefix(n);
  return digits;
}

bool take_sign(std::string_view& text) noexcept {
  if (text.empty() || (text[0] != '-' && text[0] != '+')) return false;
  const bool negative = text[0] == '-';
  text.remove_prefix(1);
  return negative;
}

bool split_number(std::string_view text, number_text& out) noexcept {
  out.negative = take_sign(text);
  out.whole = take_digits(text);
  if (out.whole.empty() || (out.whole.size() > 1 && out.whole[0] == '0')) return false;
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    out.fraction = take_digits(text);
    if (out.fraction.empty()) return false;
  }
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E')) {
    text.remove_prefix(1);
    const bool negative = take_sign(text);
    const auto digits = take_digits(text);
    if (digits.empty()) return false;
    // Beyond any text's length, so that a clamped exponent still means zero or out of range.
    constexpr std::int64_t bound = 100'000'000'000'000'000;
    for (char c : digits) {
      if (out.exponent < bound) out.exponent = out.exponent * 10 + (c - '0');
    }
    if (negative) out.exponent = -out.exponent;
  }
  return text.empty();
}

// Writes backwards from `end`; returns where the text starts.
char* write_backwards(int128 raw, char* end) noexcept {
  const uint128 m = magnitude(raw);
  uint128 whole = m / unit;
  auto fraction = static_cast<std::uint64_t>(m % unit);
  char* p = end;
  if (fraction != 0) {
    int width = decimal::digits;
    while (fraction % 10 == 0) {
      fraction /= 10;
      --width;
    }
    for (; width > 0; --width, fraction /= 10) *--p = static_cast<char>('0' + fraction % 10);
    *--p = '.';
  }
  while (whole > std::numeric_limits<std::uint64_t>::max()) {
    *--p = static_cast<char>('0' + static_cast<int>(whole % 10));
    whole /= 10;
  }
  auto rest = static_cast<std::uint64_t>(whole);
  do {
    *--p = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (raw < 0) *--p = '-';
  return p;
}

constexpr std::size_t text_size = 48;  // sign, 21 digits, point, 18 digits

}  // namespace

result<decimal> decimal::parse(std::string_view text) {
  number_text number;
  if (!split_number(text, number)) {
    return {errc::invalid_argument,
            shown(text) + " is not a number",
            {},
            "write it like 12.5, -3 or 1e-6"};
  }
  const auto size = static_cast<std::int64_t>(number.whole.size() + number.fraction.size());
  const auto digit_at = [&](std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    return at < number.whole.size() ? number.whole[at] : number.fraction[at - number.whole.size()];
  };
  std::int64_t first = 0;
  while (first < size && digit_at(first) == '0') ++first;
  if (first == size) return decimal{};

  // Digits before index `end` are kept: they stand at 1e-18 or above.
  const auto end =
      static_cast<std::int64_t>(number.whole.size()) + number.exponent + decimal::digits;
  if (end - first > max_digits) return beyond_range(shown(text));
  if (end < first) return decimal{};
  uint128 m = 0;
  for (std::int64_t i = first; i < end; ++i) {
    if (m > max_magnitude / 10) return beyond_range(shown(text));
    m = m * 10 + static_cast<unsigned>(i < size ? digit_at(i) - '0' : 0);
  }
  if (m > max_magnitude) return beyond_range(shown(text));
  if (end < size) {
    const char next = digit_at(end);
    bool up = next > '5';
    if (next == '5') {
      up = (m & 1U) != 0;
      for (std::int64_t i = end + 1; !up && i < size; ++i) up = digit_at(i) != '0';
    }
    if (up && ++m > max_magnitude) return beyond_range(shown(text));
  }
  const auto raw = static_cast<int128>(m);
  return from_raw(number.negative ? -raw : raw);
}

result<decimal> decimal::from_double(double v, int significant) {
  if (!std::isfinite(v)) {
    return {errc::out_of_range,
            std::isnan(v) ? "the result is not a number" : "the result is infinite"};
  }
  if (significant < 1) significant = 1;
  if (significant > 17) significant = 17;
  char text[64];
  const auto end =
      std::to_chars(text, text + sizeof text, v, std::chars_format::scientific, significant - 1);
  return parse(std::string_view(text, static_cast<std::size_t>(end.ptr - text)));
}

std::string decimal::to_string() const {
  char text[text_size];
  char* const end = text + text_size;
  const char* start = write_backwards(raw_, end);
  return {start, static_cast<std::size_t>(end - start)};
}

void decimal::append_to(std::string& out) const {
  char text[text_size];
  char* const end = text + text_size;
  const char* start = write_backwards(raw_, end);
  out.append(start, static_cast<std::size_t>(end - start));
}

double decimal::to_double() const noexcept {
  // Exact operands give one correctly rounded division; else the nearest double is read from text.
  constexpr int128 exact = int128{1} << 53U;
  if (raw_ >= -exact && raw_ <= exact) return static_cast<double>(raw_) / static_cast<double>(unit);
  char text[text_size];
  char* const end = text + text_size;
  double v = 0;
  std::from_chars(write_backwards(raw_, end), end, v);
  return v;
}

decimal decimal::round_down(decimal step) const noexcept {
  if (step.raw_ <= 0) return *this;
  return from_raw(raw_ - raw_ % step.raw_);
}

decimal decimal::round(int fraction_digits) const noexcept {
  if (fraction_digits >= digits) return *this;
  const uint128 step = power_of_ten(digits - (fraction_digits < 0 ? 0 : fraction_digits));
  const uint128 m = magnitude(raw_);
  uint128 quotient = m / step;
  // The last unit of the range has no neighbour above: it is cut instead.
  if (rounds_up(quotient, m % step, step) && (quotient + 1) * step <= max_magnitude) ++quotient;
  const auto raw = static_cast<int128>(quotient * step);
  return from_raw(raw_ < 0 ? -raw : raw);
}

result<std::int64_t> decimal::to_int() const {
  if (raw_ % one_raw != 0) {
    return {errc::invalid_argument, to_string() + " is not a whole number"};
  }
  const int128 whole = raw_ / one_raw;
  if (whole < std::numeric_limits<std::int64_t>::min() ||
      whole > std::numeric_limits<std::int64_t>::max()) {
    return {errc::out_of_range, to_string() + " does not fit a 64-bit integer"};
  }
  return static_cast<std::int64_t>(whole);
}

result<decimal> add(decimal a, decimal b) {
  int128 sum = 0;
  if (__builtin_add_overflow(a.raw_, b.raw_, &sum) || magnitude(sum) > max_magnitude) {
    return beyond_range("a sum");
  }
  return decimal::from_raw(sum);
}

result<decimal> sub(decimal a, decimal b) {
  int128 difference = 0;
  if (__builtin_sub_overflow(a.raw_, b.raw_, &difference) ||
      magnitude(difference) > max_magnitude) {
    return beyond_range("a difference");
  }
  return decimal::from_raw(difference);
}

result<decimal> mul(decimal a, decimal b) {
  const bool negative = (a.raw_ < 0) != (b.raw_ < 0);
  const wide product = multiply(magnitude(a.raw_), magnitude(b.raw_));
  // Long division by 1e18 in base 2^64: the top digit must vanish, or the quotient is too long.
  if (product.high >= unit) return beyond_range("a product");
  division q;
  if (product.high == 0) {
    q = {product.low / unit, product.low % unit};
  } else {
    const auto top =
        divide_step(product.high, static_cast<std::uint64_t>(product.low >> 64U), unit);
    const auto bottom = divide_step(top.remainder, static_cast<std::uint64_t>(product.low), unit);
    q = {(top.quotient << 64U) | bottom.quotient, bottom.remainder};
  }
  if (rounds_up(q.quotient, q.remainder, unit) && ++q.quotient == 0)
    return beyond_range("a product");
  return with_sign(q.quotient, negative, "a product");
}

result<decimal> div(decimal a, decimal b) {
  if (b.raw_ == 0) return {errc::division_by_zero, "division by zero"};
  const bool negative = (a.raw_ < 0) != (b.raw_ < 0);
  const uint128 d = magnitude(b.raw_);
  const wide n = multiply(magnitude(a.raw_), unit);  // below 2^187
  division q;
  if (n.high == 0) {
    q = {n.low / d, n.low % d};
  } else {
    const uint128 top = (n.high << 64U) | (n.low >> 64U);
    const uint128 high_digit = top / d;
    if ((high_digit >> 63U) != 0) return beyond_range("a quotient");
    q = divide_step(top % d, static_cast<std::uint64_t>(n.low), d);
    q.quotient |= high_digit << 64U;
  }
  if (rounds_up(q.quotient, q.remainder, d)) ++q.quotient;
  return with_sign(q.quotient, negative, "a quotient");
}

}  // namespace pitwall
