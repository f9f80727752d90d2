#include "storage/rocks/live_index.hpp"

#include <mutex>

#include "storage/bounds.hpp"

namespace pitwall::storage {

void live_index::publish(std::vector<entry_change> changes, const journal_counts& counts) {
  const std::unique_lock lock(mutex_);
  for (auto& [key, entry] : changes) {
    if (entry == nullptr) {
      open_.erase(key);
    } else {
      open_.insert_or_assign(std::move(key), std::move(entry));
    }
  }
  counts_ = counts;
}

void live_index::publish(const chain_anchor& anchor) {
  const std::unique_lock lock(mutex_);
  anchor_ = anchor;
}

chain_anchor live_index::anchor() const {
  const std::shared_lock lock(mutex_);
  return anchor_;
}

journal_counts live_index::counts() const {
  const std::shared_lock lock(mutex_);
  return counts_;
}

std::size_t live_index::open_executions() const {
  const std::shared_lock lock(mutex_);
  return open_.size();
}

entry_ref live_index::find(std::string_view key) const {
  const std::shared_lock lock(mutex_);
  const auto found = open_.find(key);
  return found == open_.end() ? nullptr : found->second;
}

live_index::page live_index::newest(const execution_query& query, const execution_range& range,
                                    std::size_t limit) const {
  page p;
  std::size_t scanned = 0;
  const std::shared_lock lock(mutex_);
  if (query.status && is_final(*query.status)) return p;
  auto at = range.below.empty() ? open_.end() : open_.lower_bound(range.below);
  while (at != open_.begin()) {
    --at;
    if (!range.is_over(at->first)) break;
    if (matches(query, at->second->summary)) p.found.emplace_back(*at);
    if (p.found.size() >= limit || ++scanned >= max_scanned_executions) {
      if (at != open_.begin()) p.stopped_at = at->first;
      break;
    }
  }
  return p;
}

std::vector<entry_change> live_index::oldest(std::string_view after, std::size_t limit) const {
  std::vector<entry_change> found;
  const std::shared_lock lock(mutex_);
  for (auto at = open_.upper_bound(after); at != open_.end() && found.size() < limit; ++at) {
    found.emplace_back(*at);
  }
  return found;
}

std::vector<std::string> live_index::unstored() const {
  std::vector<std::string> keys;
  const std::shared_lock lock(mutex_);
  for (const auto& [key, entry] : open_) {
    if (entry->stored_seq != entry->summary.last_seq) keys.push_back(key);
  }
  return keys;
}

}  // namespace pitwall::storage
