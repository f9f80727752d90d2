// Job: the slow reference for decimal arithmetic: natural numbers of any length, digit by digit in
//      base ten.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/decimal.hpp"

namespace pitwall::testing {

class long_number {
 public:
  static long_number from(uint128 v) {
    long_number n;
    for (; v != 0; v /= 10) n.digits_.push_back(static_cast<int>(v % 10));
    return n;
  }

  bool is_odd() const { return !digits_.empty() && digits_.front() % 2 == 1; }

  long_number plus(const long_number& other) const {
    long_number sum;
    int carry = 0;
    for (std::size_t i = 0; i < std::max(digits_.size(), other.digits_.size()) || carry != 0; ++i) {
      carry += digit(i) + other.digit(i);
      sum.digits_.push_back(carry % 10);
      carry /= 10;
    }
    return sum;
  }

  long_number times(const long_number& other) const {
    long_number product;
    product.digits_.assign(digits_.size() + other.digits_.size() + 1, 0);
    for (std::size_t i = 0; i < digits_.size(); ++i) {
      int carry = 0;
      for (std::size_t k = 0; k < other.digits_.size() || carry != 0; ++k) {
        carry += product.digits_[i + k] + digits_[i] * other.digit(k);
        product.digits_[i + k] = carry % 10;
        carry /= 10;
      }
    }
    product.trim();
    return product;
  }

  /// Quotient and remainder, by taking the divisor off as often as it goes, digit after digit.
  std::pair<long_number, long_number> divided_by(const long_number& divisor) const {
    long_number quotient, rest;
    for (std::size_t i = digits_.size(); i-- > 0;) {
      rest.digits_.insert(rest.digits_.begin(), digits_[i]);
      rest.trim();
      int times = 0;
      for (; !(rest < divisor); ++times) rest.take_off(divisor);
      quotient.digits_.insert(quotient.digits_.begin(), times);
    }
    quotient.trim();
    return {quotient, rest};
  }

  friend bool operator==(const long_number&, const long_number&) = default;
  friend bool operator<(const long_number& a, const long_number& b) {
    if (a.digits_.size() != b.digits_.size()) return a.digits_.size() < b.digits_.size();
    return std::lexicographical_compare(a.digits_.rbegin(), a.digits_.rend(), b.digits_.rbegin(),
                                        b.digits_.rend());
  }

 private:
  int digit(std::size_t i) const { return i < digits_.size() ? digits_[i] : 0; }
  void trim() {
    while (!digits_.empty() && digits_.back() == 0) digits_.pop_back();
  }
  void take_off(const long_number& other) {
    int borrow = 0;
    for (std::size_t i = 0; i < digits_.size(); ++i) {
      digits_[i] -= other.digit(i) + borrow;
      borrow = digits_[i] < 0 ? 1 : 0;
      if (borrow != 0) digits_[i] += 10;
    }
    trim();
  }

  std::vector<int> digits_;  // Lowest first, no leading zeros.
};

}  // namespace pitwall::testing
