// Job: the parameters of one request, from its query and its form body, and what their signature
//      covers.
// Rules: a parameter in both places counts as the query has it. The signature covers the query and
//      then the body, as they were sent, without the signature itself.
// Threads: plain values. Bounds: those of the HTTP server.
// Tests: tests/net/exchange_security_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/exchange/refusal.hpp"
#include "runtime/base/decimal.hpp"

namespace pitwall::sim {

class parameters {
 public:
  static verdict read(std::string_view query, std::string_view body, parameters& out);

  /// Null where it was not sent.
  const std::string* find(std::string_view name) const noexcept;
  bool has(std::string_view name) const noexcept { return find(name) != nullptr; }
  std::string text_or(std::string_view name, std::string fallback) const;
  const std::string& signed_text() const noexcept { return signed_text_; }

  /// -1102 where it is absent or empty.
  verdict need(std::string_view name, std::string& out) const;
  /// -1100 where it is no whole number, or not within the bounds; unchanged where it is absent.
  verdict whole(std::string_view name, std::int64_t minimum, std::int64_t maximum,
                std::optional<std::int64_t>& out) const;
  /// A plain decimal with at most eight fractional digits: -1102, -1100, -1111.
  verdict amount(std::string_view name, decimal& out) const;

 private:
  std::vector<std::pair<std::string, std::string>> all_;
  std::string signed_text_;
};

}  // namespace pitwall::sim
