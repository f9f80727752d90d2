// Job: which names a scope of emergencies can have: who could not be named could not be halted, and
//      is refused where it is read from a file.
// Threads: pure. Tests: tests/base/scope_name_test.cpp
#pragma once

#include <string_view>

namespace pitwall {

/// Names of files and of HTTP paths fit; log lines too.
inline constexpr std::size_t max_scope_bytes = 256;

inline constexpr std::string_view venue_scope = "venue:", bot_scope = "bot:",
                                  strategy_scope = "strategy:";

/// Whether `prefix`, one of those above, and `name` make a scope: not if the name is blank, has
/// control characters, or makes it longer than max_scope_bytes.
bool can_name_scope(std::string_view prefix, std::string_view name) noexcept;

bool has_control_characters(std::string_view text) noexcept;
/// Of blanks alone, or of nothing.
bool is_blank(std::string_view text) noexcept;

}  // namespace pitwall
