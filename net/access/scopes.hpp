// Job: what a bearer token is good for. No scope contains another: a token has those it was given.
// Threads: pure. Tests: tests/net/token_set_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.hpp"

namespace pitwall::access {

/// What a request needs. `none`: no token at all.
enum class scope : std::uint8_t { none, read, trade, control };

std::string_view to_string(scope s) noexcept;

struct scopes {
  bool read = false, trade = false, control = false;

  static constexpr scopes all() noexcept { return {true, true, true}; }
  bool has(scope s) const noexcept;
  /// {"read", "control"}
  std::vector<std::string_view> names() const;
  friend bool operator==(const scopes&, const scopes&) = default;
};

/// Names as above; at least one.
result<scopes> scopes_from(const std::vector<std::string>& names);

}  // namespace pitwall::access
