// Job: how long after a start of the host something may go on that its earlier lives have given out
//      for a time: trading leases of workers, signed orders on their way. What is configured now
//      may be shorter than what it was then.
// Kept: what the next life must find is durable before anything is given out, and becomes shorter
//      only once all that was given out for longer is over.
// Time: given, on the boot clock. Threads: pure.
// Tests: tests/workers/longest_given_test.cpp
#pragma once

#include <algorithm>

#include "runtime/workers/trading_lease.hpp"

namespace pitwall {

struct longest_given {
  boot_time kept{};  ///< By earlier lives.
  boot_time own{};   ///< What this life gives out at most; 0: nothing.

  /// So long after its start, by whoever's clock it is counted, nothing of earlier lives goes on.
  boot_time wait() const noexcept { return std::max(kept, own); }
  /// For the next life, where this one began so long ago.
  boot_time to_keep(boot_time ago) const noexcept {
    const auto over = settled_after(wait() + wait() * max_clock_drift_ppm / 1'000'000);
    return ago >= over ? own : wait();
  }
};

}  // namespace pitwall
