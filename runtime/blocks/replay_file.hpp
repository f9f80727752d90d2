// Job: the CSV of a replay: time,symbol,bid,ask[,volume], times in UTC, one quote a line.
// Errors: every one names the file, and the line where there is one. not_found, io_error,
//      invalid_argument (a field, a crossed quote, a time that goes back), resource_exhausted.
// Bounds: max_replay_bytes. Threads: immutable after reading.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/decimal.hpp"

namespace pitwall {

// A day of quotes per second for several symbols; a replay is read into memory whole.
inline constexpr std::size_t max_replay_bytes = 64U << 20U;

struct quote {
  timestamp time;
  decimal bid, ask;
  std::optional<decimal> volume;
};

/// The quotes of one symbol, in the order of the file.
struct quotes {
  std::string symbol;
  std::vector<quote> rows;
};

/// `symbol` empty: the only one in the file.
result<quotes> read_replay(const std::filesystem::path& file, std::string_view symbol);
/// The same from text; `file` is for errors.
result<quotes> parse_replay(std::string_view text, std::string_view symbol,
                            const std::string& file);

}  // namespace pitwall
