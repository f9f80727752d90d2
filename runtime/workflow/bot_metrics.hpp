// Job: what a bot has come to, as an event tells it.
// Threads: plain values.
#pragma once

#include <cstdint>

#include "runtime/base/clock.hpp"
#include "runtime/base/value.hpp"

namespace pitwall {

/// Of the bot of the scope; told every while in which something of it changed.
struct bot_metrics {
  timestamp since{};  ///< What is counted began then: with this life of the host.
  std::uint64_t started = 0, completed = 0, completed_with_errors = 0, failed = 0, timed_out = 0,
                halted = 0, cancelled = 0;  ///< Executions.
  std::uint64_t fills = 0;
  std::uint64_t positions = 0;  ///< Symbols that it holds, of a venue each.
  /// Profit and loss of all time, after fees; null: a position has no price.
  value realized{}, unrealized{};
  friend bool operator==(const bot_metrics&, const bot_metrics&) = default;
};

}  // namespace pitwall
