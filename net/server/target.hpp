// Job: a request target taken apart: decoded path segments and query parameters, and their typed
//      reading.
// Errors: invalid_argument that names the parameter and what it may be.
// Threads: plain values.
// Tests: tests/net/target_test.cpp
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.hpp"

namespace pitwall::http {

struct target {
  std::string path;                   ///< As sent, without the query.
  std::vector<std::string> segments;  ///< Decoded; a trailing slash adds none.
  std::string raw_query;  ///< As sent, without the question mark: what signatures cover.
  std::vector<std::pair<std::string, std::string>> query;

  /// The parameter's text; null where it is absent.
  const std::string* parameter(std::string_view name) const noexcept;
  std::string parameter_or(std::string_view name, std::string fallback) const;
  /// A whole number within the bounds, or `fallback` where the parameter is absent.
  result<std::uint64_t> number(std::string_view name, std::uint64_t fallback, std::uint64_t minimum,
                               std::uint64_t maximum) const;
  /// Comma-separated; empty where absent.
  std::vector<std::string> list(std::string_view name) const;
  /// A misspelt filter would silently match everything: unknown and repeated names are errors.
  status allow_only(std::initializer_list<std::string_view> names) const;
};

/// "/a/b%20c?x=1&y=a+b"
result<target> parse_target(std::string_view raw);
/// Digits only; nothing else is a cursor or a limit.
std::optional<std::uint64_t> parse_unsigned(std::string_view text) noexcept;
/// Everything but letters, digits and "-._~" as %XX: a path segment or a parameter's value.
std::string percent_encode(std::string_view text);

}  // namespace pitwall::http
