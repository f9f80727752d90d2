#include "runtime/host/publication.hpp"

namespace pitwall {

bool publication::offer(const committed_ref& commit) {
  head_.store(commit->last_seq, std::memory_order_release);
  std::lock_guard lock(mutex_);
  for (const auto& told : listeners_) told(commit);
  return true;
}

std::shared_ptr<void> publication::listen(listener told) {
  std::lock_guard lock(mutex_);
  auto it = listeners_.insert(listeners_.end(), std::move(told));
  return {nullptr, [self = shared_from_this(), it](void*) {
            std::lock_guard guard(self->mutex_);
            self->listeners_.erase(it);
          }};
}

}  // namespace pitwall
