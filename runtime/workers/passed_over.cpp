#include "runtime/workers/passed_over.hpp"

#include <algorithm>
#include <utility>

namespace pitwall {

bool passed_over::add(std::uint64_t epoch, std::string why, boot_time now) {
  auto at = all_.find(epoch);
  if (at == all_.end()) {
    if (all_.size() >= most)
      all_.erase(std::min_element(all_.begin(), all_.end(), [](const auto& a, const auto& b) {
        return a.second.added < b.second.added;
      }));
    at = all_.emplace(epoch, entry{}).first;
  }
  auto& e = at->second;
  e.added = now;
  e.until = now + e.wait;
  e.wait = std::min(e.wait * 2, longest);
  return std::exchange(e.why, why) != why;
}

std::vector<std::uint64_t> passed_over::at(boot_time now) const {
  std::vector<std::uint64_t> out;
  for (const auto& [epoch, e] : all_)
    if (now < e.until) out.push_back(epoch);
  return out;
}

}  // namespace pitwall
