// Job: how many executions may be in flight in one host, whatever workflow they are of.
// Threads: any; one atomic number, so that a start asks nobody. Who takes a slot gives it back.
#pragma once

#include <atomic>
#include <cstddef>

namespace pitwall {

class execution_slots {
 public:
  explicit execution_slots(std::size_t most) noexcept : most_(most) {}

  bool try_take() noexcept {
    auto now = in_use_.load(std::memory_order_relaxed);
    while (now < most_)
      if (in_use_.compare_exchange_weak(now, now + 1, std::memory_order_relaxed)) return true;
    return false;
  }
  /// For one that was acknowledged before the bound could be asked: it resumes.
  void take() noexcept { in_use_.fetch_add(1, std::memory_order_relaxed); }
  void give_back(std::size_t n = 1) noexcept { in_use_.fetch_sub(n, std::memory_order_relaxed); }

  std::size_t in_use() const noexcept { return in_use_.load(std::memory_order_relaxed); }
  std::size_t most() const noexcept { return most_; }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> in_use_{0};
};

}  // namespace pitwall
