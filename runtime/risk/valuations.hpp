// Job: at which prices of other assets something was valued, and between which fills: with the
//      journaled fills that makes the books anew, to the last digit, realized and peaks.
// Why: prices are not events. Without these, a process that was killed would value old fees and
//      profits at a price of today, and know no peak that came before it.
// Bounds: those since the last snapshot of the books, at most most_valuations; then it is time for
//      a snapshot. Threads: plain values. Tests: tests/risk/valuations_test.cpp
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/base/decimal.hpp"
#include "runtime/base/result.hpp"
#include "runtime/base/value.hpp"
#include "runtime/risk/books.hpp"

namespace pitwall {

inline constexpr std::size_t most_valuations = 64;

struct valuation {
  std::uint64_t after = 0;  ///< The seq of the last event that was in the books then.
  portfolio::place where;
  decimal price;
  friend bool operator==(const valuation&, const valuation&) = default;
};

value to_value(const std::vector<valuation>& all);
/// Errors: data_loss.
result<std::vector<valuation>> valuations_from(const value& v);

/// Values what was valued before the event of this seq, from the `next` one on; those that a
/// snapshot up to `from` has in it are left out. Errors: as risk_books::value_at, of the first.
status value_before(risk_books& books, const std::vector<valuation>& all, std::size_t& next,
                    std::uint64_t from, std::uint64_t seq);

}  // namespace pitwall
