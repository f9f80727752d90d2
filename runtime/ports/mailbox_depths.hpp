// Job: how many messages wait in the mailboxes of the actors that live long, by the actor's name.
// Why shared memory: a mailbox cannot be asked from outside, and one that is stuck does not answer.
// Threads: any. A sender adds and its receiver takes away, relaxed: nothing is decided from it. The
//      mutex is held when such an actor begins or ends, and when somebody looks.
// Bounds: one cell for each living actor that has one; names are the program's own.
// Tests: tests/ports/mailbox_depths_test.cpp, tests/actors/mailbox_depths_test.cpp
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace pitwall {

/// One actor's. What is sent in the very moment in which the mailbox closes may stay counted, for
/// as long as the actor's memory is kept.
class mailbox_depth {
 public:
  void came() noexcept { waiting_.fetch_add(1, std::memory_order_relaxed); }
  void taken() noexcept { waiting_.fetch_sub(1, std::memory_order_relaxed); }
  void closed() noexcept { waiting_.store(0, std::memory_order_relaxed); }
  /// Never below zero, although a message may be seen taken before it is seen to have come.
  std::size_t read() const noexcept {
    const auto n = waiting_.load(std::memory_order_relaxed);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }

 private:
  std::atomic<std::int64_t> waiting_ = 0;
};

class mailbox_depths {
 public:
  /// A cell for one more actor of this name; it counts until it is dropped.
  std::shared_ptr<mailbox_depth> open(std::string name) {
    auto cell = std::make_shared<mailbox_depth>();
    const std::lock_guard lock(mutex_);
    std::erase_if(cells_, [](const auto& c) { return c.second.expired(); });
    cells_.emplace(std::move(name), cell);
    return cell;
  }

  /// The sum of each name's living actors.
  std::map<std::string, std::size_t> read() const {
    std::map<std::string, std::size_t> out;
    const std::lock_guard lock(mutex_);
    for (const auto& [name, cell] : cells_) {
      if (const auto alive = cell.lock()) out[name] += alive->read();
    }
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::multimap<std::string, std::weak_ptr<mailbox_depth>> cells_;
};

}  // namespace pitwall
