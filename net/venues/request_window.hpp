// Job: when the next request may leave, so that a venue's published limit is kept: at most `units`
//      in any time of `per`; and not before the time that the venue itself has asked for.
// Time: given. Threads: one owner. Bounds: a time for each unit.
// Tests: tests/net/request_window_test.cpp
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>

#include "net/venues/market_dialect.hpp"

namespace pitwall {

class request_window {
 public:
  using time = std::chrono::steady_clock::time_point;

  explicit request_window(const public_limit& limit) : limit_(limit) {}

  /// When a request of this weight could leave, if nobody else takes.
  time next(unsigned weight, time now) const {
    time at = std::max({now, closed_until_, taken_.empty() ? now : taken_.back()});
    const std::size_t wanted = std::min(weight, limit_.units);
    if (limit_.units == 0 || taken_.size() + wanted <= limit_.units) return at;
    return std::max(at, taken_[taken_.size() + wanted - limit_.units - 1] + limit_.per);
  }
  /// Takes the place that next() tells of. Nothing, where that is after `latest`: none is taken.
  std::optional<time> take(unsigned weight, time now, time latest) {
    const time at = next(weight, now);
    if (at > latest) return std::nullopt;
    taken_.insert(taken_.end(), std::min(weight, limit_.units), at);
    while (taken_.size() > limit_.units) taken_.pop_front();
    return at;
  }
  /// The venue asked for it.
  void close_until(time t) { closed_until_ = std::max(closed_until_, t); }
  time closed_until() const noexcept { return closed_until_; }

 private:
  const public_limit limit_;
  std::deque<time> taken_;  ///< Of the last units, when they leave; rising.
  time closed_until_{};
};

}  // namespace pitwall
