#include "storage/memory/memory_state_store.hpp"

#include "storage/state_shape.hpp"

namespace pitwall::storage {

status memory_state_store::put(std::string_view key, std::string_view bytes, durability /*how*/) {
  const std::lock_guard lock(mutex_);
  entries_.insert_or_assign(std::string(key), std::string(bytes));
  return done{};
}

status memory_state_store::erase(std::string_view key, durability /*how*/) {
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(key); found != entries_.end()) entries_.erase(found);
  return done{};
}

result<std::string> memory_state_store::get(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return no_such_key(key);
  return found->second;
}

result<std::vector<std::pair<std::string, std::string>>> memory_state_store::scan(
    std::string_view prefix) const {
  std::vector<std::pair<std::string, std::string>> found;
  const std::lock_guard lock(mutex_);
  for (auto at = entries_.lower_bound(prefix);
       at != entries_.end() && at->first.starts_with(prefix); ++at) {
    found.emplace_back(*at);
  }
  return found;
}

result<std::string> memory_state_store::put_definition(std::string_view text, durability how) {
  return store_definition(*this, text, how);
}

}  // namespace pitwall::storage
