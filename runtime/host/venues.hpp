// Job: the venues outside of this process that a host trades on.
// Threads: plain values.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

namespace pitwall {

/// A venue that speaks the Binance Spot REST conventions (docs/venues.md).
struct outside_venue {
  std::string name;                  ///< As workflow files write it: `venue`, `profile_id`.
  std::string url;                   ///< http[s]://HOST[:PORT]
  milliseconds recv_window{2'000};   ///< How long an order may be under way to be accepted.
  std::string key_file{};            ///< Key and secret (net/signature.hpp); empty: no signatures.
  std::string ca_file{};             ///< Whose certificates to believe; empty: the system's.
  bool stream = false;               ///< Market data and executions by WebSocket too.
  milliseconds stale_after{10'000};  ///< A feed without news for so long is not traded on.
};

/// "NAME=binance:URL[?recv_window=MILLISECONDS][&key_file=PATH][&ca_file=PATH][&stream=true|false]"
/// with the options in any order.
/// invalid_argument: anything else.
result<outside_venue> parse_outside_venue(std::string_view text);

}  // namespace pitwall
