#include "storage/execution_range.hpp"

#include <algorithm>

#include "runtime/base/ids.hpp"

namespace pitwall::storage {

namespace {

/// What the keys of all executions that started at `t` or later are not less than.
std::string first_key_of(timestamp t) {
  constexpr std::size_t time_digits = 10;
  const auto ms = std::chrono::floor<milliseconds>(t.time_since_epoch()).count();
  // The end of what a ULID can say.
  constexpr std::int64_t last_ms = (std::int64_t{1} << 48U) - 1;
  return to_ulid(static_cast<std::uint64_t>(std::clamp<std::int64_t>(ms, 0, last_ms)), 0, 0)
      .substr(0, time_digits);
}

}  // namespace

execution_range range_of(const execution_query& query) {
  execution_range range{{}, query.before};
  if (query.started_after) range.from = first_key_of(*query.started_after);
  if (query.started_before) {
    auto bound = first_key_of(*query.started_before);
    if (range.below.empty() || bound < range.below) range.below = std::move(bound);
  }
  return range;
}

}  // namespace pitwall::storage
