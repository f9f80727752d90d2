// Job: which failures are worth another attempt, and which must never be repeated.
// Words of `retry_on`: connection, timeout, rate_limited, server_error (also 5xx), a status such as
//      429 or 503, or an error code (runtime/base/error.hpp) such as unavailable.
// Where there is a status, it decides; else the code does. Threads: plain values.
// Errors: invalid_argument for a word that is not known, naming all that are.
// Tests: tests/resilience/retry_filter_test.cpp
#pragma once

#include <bitset>
#include <optional>
#include <span>
#include <string>

#include "runtime/base/clock.hpp"

namespace pitwall {

struct failed_attempt {
  errc code = errc::internal;
  std::uint32_t status = 0;  ///< HTTP; 0: no answer came, or it is no HTTP.
  std::optional<microseconds> retry_after;
  bool effect = false;    ///< The call was to change something outside: an order, a cancel.
  bool in_doubt = false;  ///< Whoever made the call says: the outcome is not known.
};

/// An effect that may have happened: it is asked for, never sent again. Certain not to have
/// happened are only what never left (unavailable, resource_exhausted, without a status), and what
/// was answered with a refusal (a 4xx but 408). Of an effect, a time-out or a 5xx is in doubt.
bool effect_in_doubt(const failed_attempt& f) noexcept;

class retry_filter {
 public:
  /// connection, timeout, rate_limited, server_error.
  retry_filter();
  /// No words: the default.
  static result<retry_filter> parse(std::span<const std::string> words);

  /// Without regard to doubt.
  bool matches(const failed_attempt& f) const noexcept;
  friend bool operator==(const retry_filter&, const retry_filter&) = default;

 private:
  struct nothing {};
  explicit retry_filter(nothing) noexcept {}
  bool add(std::string_view word);

  std::bitset<32> codes_;
  std::bitset<600> statuses_;
};

}  // namespace pitwall
