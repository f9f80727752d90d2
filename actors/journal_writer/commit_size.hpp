// Job: how many batches one commit may take, so that what is decided meanwhile, a halt above all,
//      waits only a little for the commit under way, and a slow disk still gets large ones.
// Rule: the work of a commit may take as long as the disk does, or shortest_work where that is
// more:
//      the wait for a commit is then at most twice the disk's own, and at least half of the disk's
//      time is used. Nothing measured: limits::max_commit_batches.
// Why not the whole queue: with 200 executions in flight a commit then works for 1 to 3 ms, which
//      a halt waits for. Measured with `pitwall bench`; docs/performance.md.
// Threads: one owner. Tests: tests/actors/commit_size_test.cpp
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "runtime/base/limits.hpp"
#include "runtime/ports/journal.hpp"

namespace pitwall {

class commit_size {
 public:
  using microseconds = std::chrono::duration<double, std::micro>;
  static constexpr microseconds shortest_work{250};
  static constexpr std::size_t least = 16;

  /// Of a commit of this many batches; one without any, or that cost nothing, says nothing.
  void note(std::size_t batches, const commit_cost& cost) {
    if (batches == 0 || cost.work.count() <= 0) return;
    const microseconds each = microseconds(cost.work) / static_cast<double>(batches);
    // A commit of few pays for what is the same for all of them: it says little of a batch.
    if (batches >= least || each < each_) each_ = follow(each_, each, 0.125, 0.125);
    // Who waits for a core measures that too: what is short is believed sooner than what is long.
    disk_ = follow(disk_, cost.disk, 0.25, 0.03);
  }

  std::size_t most() const {
    if (each_.count() <= 0) return limits::max_commit_batches;
    const double fit = std::max(disk_, shortest_work) / each_;
    return std::clamp(static_cast<std::size_t>(fit), least, limits::max_commit_batches);
  }

 private:
  static microseconds follow(microseconds now, microseconds seen, double down, double up) {
    return now.count() <= 0 ? seen : now + (seen - now) * (seen < now ? down : up);
  }

  microseconds each_{}, disk_{};
};

}  // namespace pitwall
