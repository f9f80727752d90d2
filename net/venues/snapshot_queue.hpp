// Job: when a feed asks for its snapshots by REST: a few a second, and none before the time that
// the
//      venue named, whichever symbol and whichever connection it named it for.
// Threads: one owner. Bounds: one waits of each symbol; a venue's wish counts for longest_hold.
// Tests: tests/net/snapshot_queue_test.cpp
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <utility>

#include "net/venues/feed_state.hpp"

namespace pitwall {

template <class Line>
class snapshot_queue {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using ask = feed_state::ask_snapshot;
  static constexpr milliseconds pause{250};
  static constexpr milliseconds after_deep{2'500};  ///< It weighs as much as ten others.
  static constexpr std::chrono::hours longest_hold{1};

  void push(Line line, ask what) {
    const auto same = std::ranges::find_if(
        waiting_, [&](const auto& w) { return w.first == line && w.second.symbol == what.symbol; });
    if (same != waiting_.end()) {
      same->second = std::move(what);
    } else {
      waiting_.emplace_back(std::move(line), std::move(what));
    }
  }
  std::optional<std::pair<Line, ask>> next(time_point now) {
    if (waiting_.empty() || now < free_at_ || now < held_until_) return std::nullopt;
    auto out = std::move(waiting_.front());
    waiting_.pop_front();
    free_at_ = now + (out.second.deep ? after_deep : pause);
    return out;
  }
  /// The venue wants no more questions for so long.
  void hold(time_point now, milliseconds wait) {
    held_until_ = std::max(held_until_, now + std::min<milliseconds>(wait, longest_hold));
  }
  /// Its connection is lost.
  void forget(const Line& line) {
    std::erase_if(waiting_, [&](const auto& w) { return w.first == line; });
  }

 private:
  std::deque<std::pair<Line, ask>> waiting_;
  time_point free_at_{}, held_until_{};
};

}  // namespace pitwall
