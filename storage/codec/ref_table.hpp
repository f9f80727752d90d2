// Job: numbers shared objects in the order they are first met, by address: a record holds each node
//      identity, list of port names and scope once. Number 0 is the null pointer.
// Threads: one owner. The objects must stay alive until clear().
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pitwall::storage {

template <class T>
class ref_table {
 public:
  std::uint32_t number(const T* object) {
    if (object == nullptr) return 0;
    if (object == last_) return last_number_;  // Neighbouring events mostly share.
    last_ = object;
    return last_number_ = look_up(object);
  }
  /// The objects of the numbers 1, 2, ...
  const std::vector<const T*>& objects() const noexcept { return objects_; }
  void clear() noexcept {
    if (!objects_.empty()) slots_.assign(slots_.size(), 0);
    objects_.clear();
    last_ = nullptr;
  }

 private:
  std::uint32_t look_up(const T* object) {
    if (objects_.size() * 2 >= slots_.size()) grow();
    std::uint32_t& slot = find(object);
    if (slot == 0) {
      objects_.push_back(object);
      slot = static_cast<std::uint32_t>(objects_.size());
    }
    return slot;
  }
  std::uint32_t& find(const T* object) noexcept {
    const std::size_t mask = slots_.size() - 1;
    // Multiplication spreads the addresses, which share their low and high bits.
    std::size_t i = std::bit_cast<std::uintptr_t>(object) * 0x9E3779B97F4A7C15ULL >> 32U & mask;
    while (slots_[i] != 0 && objects_[slots_[i] - 1] != object) i = (i + 1) & mask;
    return slots_[i];
  }
  void grow() {
    slots_.assign(slots_.empty() ? 64 : slots_.size() * 2, 0);
    for (std::uint32_t n = 1; n <= objects_.size(); ++n) find(objects_[n - 1]) = n;
  }

  std::vector<std::uint32_t> slots_;  ///< Numbers; 0: free. A power of two, at most half full.
  std::vector<const T*> objects_;
  const T* last_ = nullptr;
  std::uint32_t last_number_ = 0;
};

}  // namespace pitwall::storage
