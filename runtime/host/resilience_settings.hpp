// Job: the host's own resilience settings: they stand between a workflow's file and the defaults of
//      runtime/resilience. As text one setting is KEY=VALUE or KEY@WHERE=VALUE, WHERE being a
//      venue, a venue's class of calls (NAME/data, NAME/orders), http (all web servers), one of
//      them (http/HOST[:PORT]) or a circuit breaker that a file names; the narrowest that fits
//      holds. docs/resilience.md lists the keys.
// Errors: parse_resilience() finds all problems at once. Threads: plain values.
// Tests: tests/host/resilience_settings_test.cpp
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/resilience/call_limits.hpp"
#include "runtime/resilience/retry_policy.hpp"

namespace pitwall {

struct resilience_settings {
  /// A change of some limits; the rest stays as it is.
  using change = std::function<void(call_limits&)>;

  retry_settings retry;
  std::map<std::string, std::vector<change>> changes;  ///< By where; "": everywhere.

  /// The limits of the breaker of this name ("binance/orders").
  call_limits limits_of(const std::string& breaker) const;
  /// Where something is set that is none of these venues, nor a class of their calls.
  std::vector<std::string> unknown_places(const std::vector<std::string>& venues) const;
};

/// In the order given; a later one of the same key and place holds. Fills `problems` where some
/// cannot be followed: what it returns then is of no use.
resilience_settings parse_resilience(const std::vector<std::string>& texts,
                                     std::vector<error>& problems);

}  // namespace pitwall
