#include "runtime/resilience/admission.hpp"

#include <array>
#include <string>
#include <utility>

namespace pitwall {

namespace {

constexpr std::array<std::string_view, 4> names{"refuse", "queue", "skip", "cancel_running"};

}  // namespace

std::string_view to_string(when_full w) noexcept { return names[static_cast<std::size_t>(w)]; }

result<when_full> when_full_from_string(std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return static_cast<when_full>(i);
  return {errc::invalid_argument,
          "'" + std::string(text) + "' says not what happens past the bound",
          {},
          "write refuse, queue, skip or cancel_running"};
}

std::optional<admission::start_id> admission::oldest_not_going() {
  for (const auto id : running_)
    if (going_.insert(id).second) return id;
  return std::nullopt;
}

admission::answer admission::ask(start_id id, bool host_has_room) {
  // Nobody overtakes those that wait.
  if (queue_.empty() && has_room() && host_has_room) {
    running_.insert(id);
    return {verdict::runs, {}, {}};
  }
  switch (policy_.past_it) {
    case when_full::refuse:
      return {verdict::refused, {}, {}};
    case when_full::skip:
      return {verdict::skipped, {}, {}};
    case when_full::queue:
      if (queue_.size() >= policy_.max_queued) return {verdict::refused, {}, {}};
      queue_.push_back(id);
      return {verdict::waits, {}, {}};
    case when_full::cancel_running: {
      answer a{verdict::waits, {}, {}};
      if (queue_.empty()) {
        // Others fill the host: there is nobody of this workflow who could make room.
        if (running_.empty()) return {verdict::refused, {}, {}};
        a.cancel = oldest_not_going();
      } else {
        a.replaced = queue_.front();  // Its place is being made: the newest takes it.
        queue_.clear();
      }
      queue_.push_back(id);
      return a;
    }
  }
  return {verdict::refused, {}, {}};
}

void admission::ended(start_id id) {
  running_.erase(id);
  going_.erase(id);
}

std::optional<admission::start_id> admission::next(bool host_has_room) {
  if (queue_.empty() || !has_room() || !host_has_room) return std::nullopt;
  const auto id = queue_.front();
  queue_.pop_front();
  running_.insert(id);
  return id;
}

std::vector<admission::start_id> admission::clear_queue() {
  std::vector<start_id> all(queue_.begin(), queue_.end());
  queue_.clear();
  return all;
}

}  // namespace pitwall
