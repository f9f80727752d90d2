// Job: the last N numbers of a node, kept in its state as one list: {"<name>": [oldest, ...,
//      newest]}. Bounds: max_rolling_window numbers, as each change of it is journaled whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/base/value.hpp"

namespace pitwall {

inline constexpr std::int64_t max_rolling_window = 1'000;

/// The newest `window` numbers in the state; empty where the state is of another shape.
std::vector<decimal> window_in(const value& state, std::string_view name, std::size_t window);

/// The state with `newest` added and at most `window` numbers kept.
value window_state(std::string_view name, const std::vector<decimal>& kept, decimal newest,
                   std::size_t window);

/// Exact sum, then rounded once. Precondition: not empty. Errors: out_of_range.
result<decimal> mean_of(const std::vector<decimal>& numbers);

}  // namespace pitwall
