// Job: an answer of the paper venue that waits for flush(), and is cancelled instead if its caller
//      is first. The private side of paper_venue.
// Threads: any; the first end() counts.
#pragma once

#include <atomic>
#include <utility>

#include "runtime/ports/venue.hpp"

namespace pitwall {

class paper_fetch {
 public:
  paper_fetch(venue::completion<market_data> then, result<market_data> answer)
      : then_(std::move(then)), answer_(std::move(answer)) {}

  const std::atomic<bool>& ended() const noexcept { return ended_; }
  void end() {
    if (!ended_.exchange(true)) std::exchange(then_, nullptr)(std::move(answer_));
  }
  void cancel(const std::string& where) {
    if (ended_.exchange(true)) return;
    answer_ = error{errc::cancelled, "nobody waits for the answer any more", where, {}};
    std::exchange(then_, nullptr)(std::move(answer_));
  }

 private:
  venue::completion<market_data> then_;
  result<market_data> answer_;
  std::atomic<bool> ended_ = false;
};

}  // namespace pitwall
