// Job: how times of day and lengths of time are written: "09:30", "9:30:15"; "90s", "5m", "1h30m".
// Threads: pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.hpp"

namespace pitwall {

/// Digits alone, at most `longest` of them.
std::optional<unsigned> digits(std::string_view text, std::size_t longest) noexcept;
/// "HH:MM" or "HH:MM:SS"; the hour may have one digit.
std::optional<std::chrono::seconds> time_of_day(std::string_view text) noexcept;
/// Parts of d, h, m, s, ms, the larger first: "1h30m", "250ms". invalid_argument, also past a year.
result<std::chrono::milliseconds> length_of_time(std::string_view text);
/// As length_of_time() reads it: "1h30m", "0s".
std::string to_text(std::chrono::milliseconds length);
/// What stands between blanks.
std::vector<std::string_view> words_of(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace pitwall
