#include "storage/retention.hpp"

#include <algorithm>

namespace pitwall::storage {

bool retention_limit::is_over(const record_place& record) const noexcept {
  if (record.last_seq >= head_) return false;
  const retention_policy& keep = request_.keep;
  if (keep.max_events && head_ - record.last_seq >= *keep.max_events) return true;
  if (keep.max_bytes && bytes_ > *keep.max_bytes) return true;
  // What claims to be of tomorrow is not old.
  return keep.max_age && record.at < request_.now && request_.now - record.at > *keep.max_age;
}

void retention_limit::gone(const record_place& record) noexcept {
  bytes_ -= std::min(bytes_, record.bytes);
}

}  // namespace pitwall::storage
