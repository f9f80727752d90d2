// Job: decides how far the beginning of a journal may be cut: asked record by record, oldest first.
// Threads: a plain value. Tests: tests/storage/retention_test.cpp
#pragma once

#include <cstdint>

#include "runtime/ports/retention.hpp"

namespace pitwall::storage {

/// Where a commit's record lies, and how much it weighs.
struct record_place {
  std::uint64_t first_seq = 0, last_seq = 0;
  timestamp at{};
  std::uint64_t bytes = 0;
};

class retention_limit {
 public:
  /// `head`: the last durable seq; `bytes`: of all records from the first one asked about on.
  retention_limit(const prune_request& request, std::uint64_t head, std::uint64_t bytes) noexcept
      : request_(request), head_(head), bytes_(bytes) {}

  /// Whether the policy lets this one go, given that all before it are gone. Never the newest.
  bool is_over(const record_place& record) const noexcept;
  /// Whether nobody outside needs it.
  bool is_free(const record_place& record) const noexcept {
    return record.last_seq <= request_.floor;
  }
  void gone(const record_place& record) noexcept;

 private:
  const prune_request request_;
  std::uint64_t head_, bytes_;
};

}  // namespace pitwall::storage
