// Job: figures that are taken where things happen, and read by whoever shows them: histograms of
//      whole numbers, and depths of queues.
// Why shared memory: who measures must not wait, allocate or send for it: a relaxed addition or
//      two, and nothing is decided from what they add up to.
// Threads: any, also at once. A reading while others measure may be ahead in one figure and behind
//      in another, by what is being measured right then.
// Bounds: fixed at construction.
// Tests: tests/ports/meters_test.cpp
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "runtime/base/clock.hpp"
#include "runtime/ports/metrics.hpp"

namespace pitwall {

/// How often a number was within each bound, and the sum of all. It is shown in units of which each
/// holds `per_unit` of what is added.
template <std::size_t N>
class tally {
 public:
  using bounds = std::array<std::uint64_t, N>;
  /// Precondition: ascending.
  constexpr tally(const bounds& upper, double per_unit) noexcept
      : upper_(upper), per_unit_(per_unit) {}

  void add(std::uint64_t n) noexcept {
    const auto at = std::lower_bound(upper_.begin(), upper_.end(), n) - upper_.begin();
    counts_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(n, std::memory_order_relaxed);
  }
  /// A time before zero, which a clock that was set back gives, counts as none.
  void add(microseconds took) noexcept {
    add(static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)));
  }

  metric_sample read() const {
    metric_sample s;
    for (std::size_t i = 0; i <= N; ++i) {
      s.count += counts_[i].load(std::memory_order_relaxed);
      if (i < N) s.buckets.emplace_back(static_cast<double>(upper_[i]) / per_unit_, s.count);
    }
    s.value = static_cast<double>(sum_.load(std::memory_order_relaxed)) / per_unit_;
    return s;
  }

 private:
  const bounds upper_;
  const double per_unit_;
  std::array<std::atomic<std::uint64_t>, N + 1> counts_{};
  std::atomic<std::uint64_t> sum_ = 0;
};

/// Of times: from a block that only computes to a venue that does not answer.
inline constexpr std::array<std::uint64_t, 16> time_bounds_us{
    10,     25,     100,     250,     1'000,     2'500,     5'000,      10'000,
    25'000, 50'000, 100'000, 250'000, 1'000'000, 5'000'000, 30'000'000, 60'000'000};
class time_tally : public tally<time_bounds_us.size()> {
 public:
  time_tally() noexcept : tally(time_bounds_us, 1e6) {}
};

/// Of what goes together: from one to what a commit may hold.
inline constexpr std::array<std::uint64_t, 10> size_bounds{1,  2,   5,   10,    25,
                                                           50, 100, 250, 1'000, 4'000};
class size_tally : public tally<size_bounds.size()> {
 public:
  size_tally() noexcept : tally(size_bounds, 1) {}
};

/// Of a journal and who writes to it.
struct journal_meters {
  time_tally commits;                    ///< From the commit thread's turn to durable.
  time_tally syncs;                      ///< Of these, the disk's word for it.
  std::atomic<std::size_t> waiting = 0;  ///< Batches that the commit under way does not hold.
};
using journal_meters_ref = std::shared_ptr<journal_meters>;

}  // namespace pitwall
