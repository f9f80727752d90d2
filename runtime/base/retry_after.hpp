// Job: reads what a server says about when to come back: the Retry-After header of HTTP.
// Threads: pure. Tests: tests/base/retry_after_test.cpp
#pragma once

#include <optional>
#include <string_view>

#include "runtime/base/clock.hpp"

namespace pitwall {

/// Of the header's text: seconds, or a date as in RFC 9110 ("Sun, 06 Nov 1994 08:49:37 GMT"); a
/// date that is past is zero. Nothing where it is neither.
std::optional<microseconds> parse_retry_after(std::string_view text, timestamp now);

}  // namespace pitwall
