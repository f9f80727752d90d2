// Job: the messages that nobody took, counted by who should have and what they were; the first of
//      each kind is logged. What it shows is a defect or a death, not news: a healthy host has few.
//      Of executions it is no warning: what a halt or a cancel ends has mail on its way.
// Why shared memory: the receiver is dead, so its sender's thread counts.
// Threads: any; the mutex is held for one look-up, on no path of a message that is taken.
// Bounds: max_kinds; what comes past them is counted together.
// Tests: tests/ports/dead_letters_test.cpp, tests/actors/dead_letters_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/ports/log.hpp"

namespace pitwall {

struct dead_letter_count {
  std::string to, message;
  std::uint64_t count = 0;
};

class dead_letters {
 public:
  static constexpr std::size_t max_kinds = 256;

  /// Without a log they are counted only.
  explicit dead_letters(std::shared_ptr<log_port> log = {}) : log_(std::move(log)) {}

  void count(std::string_view to, std::string_view message) {
    if (add({std::string(to), std::string(message)}) && log_)
      log_->write(to == "execution" ? log_level::debug : log_level::warning, "dead_letters",
                  "nobody took a '" + std::string(message) + "' for " + std::string(to) +
                      "; more of this kind are only counted (/health)");
  }

  std::vector<dead_letter_count> all() const {
    const std::lock_guard lock(mutex_);
    std::vector<dead_letter_count> out;
    for (const auto& [k, n] : kinds_) out.push_back({k.first, k.second, n});
    return out;
  }

 private:
  using kind = std::pair<std::string, std::string>;

  /// True: it is the first of its kind.
  bool add(kind k) {
    const std::lock_guard lock(mutex_);
    auto at = kinds_.find(k);
    if (at == kinds_.end()) {
      if (kinds_.size() + 1 >= max_kinds) k = {"others", "others"};
      at = kinds_.try_emplace(std::move(k), 0).first;
    }
    return ++at->second == 1;
  }

  std::shared_ptr<log_port> log_;
  mutable std::mutex mutex_;
  std::map<kind, std::uint64_t> kinds_;
};

}  // namespace pitwall
