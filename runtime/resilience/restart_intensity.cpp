#include "runtime/resilience/restart_intensity.hpp"

#include <algorithm>

namespace pitwall {

std::optional<microseconds> restart_intensity::on_failure(timestamp now) {
  // A clock set back must not keep old failures for longer than one window.
  for (auto& at : failures_) at = std::min(at, now);
  while (!failures_.empty() && now - failures_.front() >= limits_.window) failures_.pop_front();
  if (failures_.size() >= limits_.max_restarts) return std::nullopt;
  auto wait = limits_.min_wait;
  for (std::size_t i = 0; i < failures_.size() && wait < limits_.max_wait; ++i) wait *= 2;
  failures_.push_back(now);
  return std::min(wait, limits_.max_wait);
}

}  // namespace pitwall
