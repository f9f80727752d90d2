// Job: tells readers outside the actors that the published head has moved: the sink behind
//      control::on_published. Readers then read the journal at their own pace, so none of them can
//      slow trading.
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
  /// `wake` is called at every move of the head until the token is destroyed.
  std::shared_ptr<void> listen(std::function<void()> wake);

 private:
  std::atomic<std::uint64_t> head_;
  std::mutex mutex_;
  std::list<std::function<void()>> listeners_;
};

}  // namespace pitwall
