// Job: JSON text <-> value, exactly: numbers are read from their text into decimals, never through
//      double. Standard: RFC 8259. Parsing is nlohmann's; only the number path and the bounds are
//      ours.
// Errors: invalid_argument with line and column in `where` (also for non-UTF-8, duplicate member
//      names, trailing text); out_of_range for numbers beyond decimal and nesting beyond the
//      bound.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/limits.hpp"
#include "runtime/base/value.hpp"

namespace pitwall {

result<value> parse_json(std::string_view text, std::size_t max_depth = limits::max_json_depth);
/// The same, with // and /* */ comments allowed (configuration files).
result<value> parse_json_with_comments(std::string_view text,
                                       std::size_t max_depth = limits::max_json_depth);

/// Compact JSON text.
std::string to_json(const value& v);
/// Two blanks a level, for people.
std::string to_pretty_json(const value& v);
void append_json(const value& v, std::string& out);
/// Appends `text` as a quoted and escaped JSON string. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string_view text, std::string& out);

/// One reference token of a JSON pointer (RFC 6901), escaped: "~" -> "~0", "/" -> "~1".
std::string pointer_token(std::string_view raw);

}  // namespace pitwall
