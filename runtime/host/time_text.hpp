// Job: times as people write them: "500ms", "2s", "1m", "3h".
// Bounds: a whole number up to a million, of any unit. Threads: pure.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

namespace pitwall {

/// Errors: invalid_argument. `alone`: the unit may stand without a number, which then is 1.
result<microseconds> parse_time(std::string_view text, bool alone = false);
/// In the largest unit that holds it; whole milliseconds.
std::string time_text(microseconds length);

}  // namespace pitwall
