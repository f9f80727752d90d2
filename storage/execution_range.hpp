// Job: the part of the executions, in the order of their keys, that a query can be about.
// Threads: plain values. Tests: tests/storage/executions_test.cpp
#pragma once

#include <string>
#include <string_view>

#include "runtime/ports/journal.hpp"

namespace pitwall::storage {

/// Keys (execution_key()) from `from` on and below `below`; empty: without a bound.
struct execution_range {
  std::string from, below;

  bool is_under(std::string_view key) const noexcept { return below.empty() || key < below; }
  bool is_over(std::string_view key) const noexcept { return key >= from; }
};

/// By the cursor and by the time of the start, which the keys begin with.
execution_range range_of(const execution_query& query);

}  // namespace pitwall::storage
