// Job: exact decimal numbers for money: fixed point, 18 fractional digits, about +-1.7e20.
// Why: money is decimal end to end (parsed from the text, never through double); one fixed scale
//      makes comparison, hashing and the stored form trivial. A part finer than 1e-18 is rounded
//      half to even.
// Errors: overflow and division by zero are results, never wrap-around, never NaN.
// Threads: plain values.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.hpp"

namespace pitwall {

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

class decimal {
 public:
  static constexpr int digits = 18;
  static constexpr std::int64_t one_raw = 1'000'000'000'000'000'000;

  constexpr decimal() noexcept = default;
  constexpr decimal(int v) noexcept : raw_(int128{v} * one_raw) {}           // NOLINT(*-explicit-*)
  constexpr decimal(std::int64_t v) noexcept : raw_(int128{v} * one_raw) {}  // NOLINT(*-explicit-*)
  static constexpr decimal from_raw(int128 raw) noexcept {
    decimal d;
    d.raw_ = raw;
    return d;
  }

  /// Decimal or scientific notation as in JSON, with an optional leading '+'; surrounding blanks
  /// and superfluous leading zeros are refused. Errors: invalid_argument (not a number),
  /// out_of_range.
  static result<decimal> parse(std::string_view text);

  /// For statistics computed in double. NaN and infinity: out_of_range; rounded once, to
  /// `significant` significant decimal digits.
  static result<decimal> from_double(double v, int significant = 15);

  /// Shortest exact text without exponent: "0.1", "-3", "67000.5".
  std::string to_string() const;
  void append_to(std::string& out) const;
  /// The nearest double.
  double to_double() const noexcept;
  constexpr int128 raw() const noexcept { return raw_; }

  constexpr bool is_zero() const noexcept { return raw_ == 0; }
  constexpr bool is_negative() const noexcept { return raw_ < 0; }
  constexpr decimal abs() const noexcept { return from_raw(raw_ < 0 ? -raw_ : raw_); }
  constexpr decimal operator-() const noexcept { return from_raw(-raw_); }

  /// Largest multiple of `step` (> 0) that is not further from zero than this number.
  decimal round_down(decimal step) const noexcept;
  /// Rounded half to even to `fraction_digits` (0 to 18); cut where the rounded number would leave
  /// the range.
  decimal round(int fraction_digits) const noexcept;
  /// The integral value, if it is one and fits.
  result<std::int64_t> to_int() const;

  friend constexpr bool operator==(decimal, decimal) noexcept = default;
  friend constexpr auto operator<=>(decimal, decimal) noexcept = default;

  // Exact or out_of_range.
  friend result<decimal> add(decimal a, decimal b);
  friend result<decimal> sub(decimal a, decimal b);
  // Rounded half to even at 1e-18; out_of_range; div: division_by_zero.
  friend result<decimal> mul(decimal a, decimal b);
  friend result<decimal> div(decimal a, decimal b);

 private:
  int128 raw_ = 0;
};

result<decimal> add(decimal a, decimal b);
result<decimal> sub(decimal a, decimal b);
result<decimal> mul(decimal a, decimal b);
result<decimal> div(decimal a, decimal b);

}  // namespace pitwall
