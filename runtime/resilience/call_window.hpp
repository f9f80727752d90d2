// Job: what the last calls were: of the last N calls (a ring), or of a time (buckets).
// Resolution: a time window of T in n buckets forgets a call T to T + T/n after it was made: never
//      early, at most one bucket late.
// Owns: a bounded number of outcomes. Threads: one owner. Durable: `state`, comparable; cleared it
// is
//      small and the same as a new one. Time: given, in forward time.
// Tests: tests/resilience/call_window_test.cpp
#pragma once

#include <vector>

#include "runtime/resilience/forward_time.hpp"

namespace pitwall {

struct call_counts {
  std::uint64_t calls = 0, failures = 0, slow = 0;
  friend bool operator==(const call_counts&, const call_counts&) = default;
};

struct window_settings {
  enum class measure : std::uint8_t { time, calls };
  measure by = measure::time;
  microseconds length = std::chrono::seconds(120);  ///< By time.
  std::uint32_t buckets = 120;                      ///< By time: 1 to 1,000.
  std::uint32_t calls = 100;                        ///< By calls: 1 to 10,000.
};

class call_window {
 public:
  /// What is empty has empty vectors: a snapshot at a change of state is small.
  struct state {
    std::vector<std::uint8_t> ring;    ///< By calls: bit 0 failed, bit 1 slow; oldest at `next`.
    std::uint32_t next = 0;            ///< By calls: overwritten next, once the ring is full.
    std::vector<call_counts> buckets;  ///< By time: bucket i stands at i modulo their number.
    std::int64_t newest = 0;           ///< By time: number of the newest bucket since 1970.
    call_counts sum;
    friend bool operator==(const state&, const state&) = default;
  };

  static status check(const window_settings& settings);
  /// Precondition: checked settings. Reserves all it will need.
  explicit call_window(const window_settings& settings);

  void add(timestamp t, bool failed, bool slow) noexcept;
  const call_counts& sum() const noexcept { return state_.sum; }  ///< As of the last add().
  call_counts sum_at(timestamp t) const noexcept;
  void clear() noexcept;

  const state& snapshot() const noexcept { return state_; }
  /// False, and empty, where the state does not fit these settings or contradicts itself.
  bool restore(const state& s);

 private:
  std::int64_t bucket_at(timestamp t) const noexcept;
  void forget_before(std::int64_t bucket) noexcept;
  bool consistent(const state& s) const noexcept;

  window_settings settings_;
  std::int64_t width_ = 1;                    ///< Of a bucket, in microseconds.
  timestamp newest_ends_ = timestamp::min();  ///< Spares the hot path a division; derived.
  state state_;
};

}  // namespace pitwall
