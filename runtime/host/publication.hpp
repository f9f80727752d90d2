// Job: tells readers outside the actors what was published: the sink behind control::on_published.
//      They take note of it, or read the journal at their own pace, so none of them can slow
//      trading.
// Threads: all functions from any thread.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "runtime/ports/event_sink.hpp"

namespace pitwall {

class publication final : public event_sink, public std::enable_shared_from_this<publication> {
 public:
  explicit publication(std::uint64_t head) : head_(head) {}

  bool offer(const committed_ref& commit) override;
  std::uint64_t head() const noexcept { return head_.load(std::memory_order_acquire); }
  using listener = std::function<void(const committed_ref&)>;
  /// `told` is called with every commit until the token is destroyed.
  std::shared_ptr<void> listen(listener told);

 private:
  std::atomic<std::uint64_t> head_;
  std::mutex mutex_;
  std::list<listener> listeners_;
};

}  // namespace pitwall
