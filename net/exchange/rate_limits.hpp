// Job: counts request weight by the minute and new orders by ten seconds and by day, all clients
//      together, and says when it is too much.
// Windows: fixed ones of the exchange's clock, as the real one has them.
// Threads: one owner. Tests: tests/net/exchange_rules_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "net/exchange/refusal.hpp"
#include "runtime/base/value.hpp"

namespace pitwall::sim {

struct rate_options {
  std::uint64_t weight_a_minute = 6'000, orders_in_ten_seconds = 100, orders_a_day = 200'000;
};

class rate_limits {
 public:
  explicit rate_limits(rate_options options) : options_(options) {}

  /// -1003 and -1015 with 429; what is refused counts as well.
  verdict take(std::uint64_t weight, bool places_order, std::int64_t now_ms);
  /// X-MBX-USED-WEIGHT-1M and, where an order was counted, X-MBX-ORDER-COUNT-...
  std::vector<std::pair<std::string, std::string>> headers(bool places_order) const;
  /// Of the limit that take() refused with: until its window is over, at least 1.
  std::int64_t retry_after_s() const noexcept { return retry_after_s_; }
  /// `rateLimits` of exchangeInfo.
  value view() const;

 private:
  struct window {
    std::int64_t length_ms;
    std::int64_t number = -1;
    std::uint64_t used = 0;
    std::uint64_t add(std::uint64_t n, std::int64_t now_ms);
    std::int64_t left_s(std::int64_t now_ms) const;
  };

  rate_options options_;
  window minute_{60'000}, ten_seconds_{10'000}, day_{86'400'000};
  std::int64_t retry_after_s_ = 1;
};

}  // namespace pitwall::sim
