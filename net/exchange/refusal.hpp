// Job: how the exchange says no: HTTP status, code and text, as the real one words them.
// Threads: plain values. Tests: tests/net/exchange_rules_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pitwall::sim {

struct refusal {
  int code = -1000;
  std::string text;
  unsigned status = 400;
};
/// Nothing: it may go on.
using verdict = std::optional<refusal>;

inline refusal filter_failure(std::string_view filter) {
  return {-1013, "Filter failure: " + std::string(filter), 400};
}
inline refusal missing(std::string_view parameter) {
  return {-1102,
          "Mandatory parameter '" + std::string(parameter) +
              "' was not sent, was empty/null, or malformed.",
          400};
}
inline refusal illegal(std::string_view parameter, std::string_view pattern) {
  return {-1100,
          "Illegal characters found in parameter '" + std::string(parameter) +
              "'; legal range is '" + std::string(pattern) + "'.",
          400};
}
inline refusal unwanted(std::string_view parameter) {
  return {-1106, "Parameter '" + std::string(parameter) + "' sent when not required.", 400};
}
inline refusal unknown_symbol() { return {-1121, "Invalid symbol.", 400}; }
inline refusal no_such_order() { return {-2013, "Order does not exist.", 400}; }
inline refusal cancel_rejected() { return {-2011, "Unknown order sent.", 400}; }
inline refusal order_rejected(std::string text) { return {-2010, std::move(text), 400}; }
/// The request may have been carried out, or not.
inline refusal internal_failure() {
  return {-1001, "Internal error; unable to process your request. Please try again.", 503};
}

}  // namespace pitwall::sim
