#include "runtime/risk/recent_orders.hpp"

#include <algorithm>

namespace pitwall {

void recent_orders::note(const order_likeness& order, const std::string& id, timestamp now) {
  drop_old(now);
  if (times_.size() == most_kept) {
    remove(times_.front());
    times_.pop_front();
  }
  times_.push_back({now, order, id});
  by_likeness_[order].emplace_back(now, id);
}

void recent_orders::forget(const std::string& id) {
  // Withdrawn right after it was let through: near the end.
  for (auto at = times_.rbegin(); at != times_.rend(); ++at) {
    if (at->id != id) continue;
    remove(*at);
    times_.erase(std::next(at).base());
    return;
  }
}

std::optional<microseconds> recent_orders::age_of_like(const order_likeness& order,
                                                       const std::string& id, timestamp now) {
  drop_old(now);
  const auto alike = by_likeness_.find(order);
  if (alike == by_likeness_.end()) return std::nullopt;
  const auto& passed = alike->second;
  const auto latest =
      std::find_if(passed.rbegin(), passed.rend(), [&](const auto& p) { return p.second != id; });
  if (latest == passed.rend()) return std::nullopt;
  return std::max(microseconds(0), std::chrono::duration_cast<microseconds>(now - latest->first));
}

void recent_orders::drop_old(timestamp now) {
  while (!times_.empty() && now - times_.front().at >= longest_window) {
    remove(times_.front());
    times_.pop_front();
  }
}

void recent_orders::remove(const passed& p) {
  const auto alike = by_likeness_.find(p.order);
  auto& all = alike->second;
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const auto& x) { return x.second == p.id; });
  all.erase(at);
  if (all.empty()) by_likeness_.erase(alike);
}

}  // namespace pitwall
