// Job: the codes of rejected orders, and who says each: the one table of them.
// Rule: risk and the host reject what has not left for its venue, the venue what reached it.
// Threads: constants. Tests: tests/workflow/rejection_code_test.cpp, and
//      tests/docs/rejection_codes_test.cpp, which holds the table to the sources and the documents.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace pitwall {

enum class rejected_by : std::uint8_t { risk, host, venue, risk_or_venue, host_or_venue };
/// "risk", "the host", "the host or the venue", ...
std::string_view to_string(rejected_by who) noexcept;

struct rejection_code {
  std::string_view code;
  rejected_by by;
};
/// All but a venue's own numbers, venue_N.
std::span<const rejection_code> rejection_codes() noexcept;

/// Whether an order that was rejected so had left for its venue; null: the code does not tell.
std::optional<bool> had_left(std::string_view code) noexcept;

}  // namespace pitwall
