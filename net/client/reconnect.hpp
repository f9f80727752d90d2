// Job: when to try again to open a lasting connection that was lost: later and later, and never at
//      the same time as everybody else.
// Rule: half of a span that doubles from `first` to `most`, and a random part of the other half. A
//      connection that has lasted for `steady_after` begins the spans anew.
// Threads: one owner. Pure: time and randomness are given. Tests: tests/net/reconnect_test.cpp
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "runtime/base/clock.hpp"

namespace pitwall {

struct reconnect_limits {
  milliseconds first{500}, most{30'000}, steady_after{30'000};
  milliseconds most_asked{3'600'000};
};

class reconnect {
 public:
  using steady_time = std::chrono::steady_clock::time_point;

  explicit reconnect(const reconnect_limits& limits = {}) : limits_(limits) {}

  void on_open(steady_time now) noexcept { open_since_ = now; }
  /// Of a connection that was lost or did not come about: how long to wait for the next. `asked`:
  /// by the server, which is believed up to most_asked.
  milliseconds on_lost(steady_time now, std::uint64_t random, milliseconds asked = {}) noexcept {
    if (open_since_ && now - *open_since_ >= limits_.steady_after) span_ = milliseconds{0};
    open_since_.reset();
    span_ = std::min(span_.count() == 0 ? limits_.first : span_ * 2, limits_.most);
    const auto half = static_cast<std::uint64_t>(span_.count() / 2);
    const milliseconds own(span_.count() - static_cast<std::int64_t>(random % (half + 1)));
    return std::max(own, std::min(asked, limits_.most_asked));
  }

 private:
  reconnect_limits limits_;
  milliseconds span_{0};
  std::optional<steady_time> open_since_;
};

}  // namespace pitwall
