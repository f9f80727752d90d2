// Job: how a venue's market stream is, or, where it is polled, how its answers are: for people and
//      for metrics.
// Threads: plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/base/clock.hpp"

namespace pitwall {

struct feed_health {
  bool polled = false;  ///< No stream: connections is 0, symbols are those asked for lately.
  std::size_t connections = 0, open = 0;
  std::size_t symbols = 0, live = 0;      ///< Asked for; with a price that may be traded on.
  std::optional<milliseconds> last_news;  ///< Age of the newest; none: there was none yet.
  std::uint64_t gaps = 0;                 ///< Losses that were seen.
  std::uint64_t reconnects = 0;           ///< Connections that were opened after the first.
  /// Why the last connection was lost; of a venue that is polled, why its last answer was none.
  std::string last_error;
  std::string orders_error;  ///< Why what becomes of orders is not streamed though it should be.
};

}  // namespace pitwall
