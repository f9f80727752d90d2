// Job: arithmetic that several blocks share, with errors that name the operands.
// Errors: division_by_zero, out_of_range.
#pragma once

#include <string_view>

#include "runtime/workflow/block.hpp"

namespace pitwall {

/// "division by zero: value2 is 0 (math: divide)".
error zero_divisor(std::string_view operand, std::string_view where);

struct spread {
  decimal absolute;  ///< |a - b|.
  decimal percent;   ///< Of the lower one: what buying low and selling high earns.
};
/// Errors: division_by_zero where the lower one is 0; invalid_argument where one is negative.
result<spread> spread_between(decimal a, decimal b, std::string_view name_a,
                              std::string_view name_b, std::string_view where);

/// math with operation mean_std: outputs result, mean, std, zscore.
result<std::unique_ptr<const block>> make_mean_std(const block_config& config);

}  // namespace pitwall
