// Job: how conditions compare two values: numbers by size, also where a text spells them ("1.0" is
//      1); everything else for equality only.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/base/value.hpp"

namespace pitwall {

enum class comparison : std::uint8_t { equal, not_equal, greater, less, at_least, at_most };

/// "==", "!=", ">", "<", ">=", "<=".
std::optional<comparison> comparison_from_string(std::string_view text) noexcept;

bool holds(comparison c, decimal a, decimal b) noexcept;
bool same_value(const value& a, const value& b);

}  // namespace pitwall
