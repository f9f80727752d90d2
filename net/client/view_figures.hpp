// Job: what viewers of a host's events have seen (event_viewers.hpp), as a value.
// Threads: plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace pitwall {

struct arrival {
  std::uint64_t seq = 0;
  std::chrono::nanoseconds at{};  ///< Of the steady clock, which all processes share.
};

struct view_figures {
  std::size_t viewers = 0, complete = 0;  ///< Without the silent one; have seen all.
  std::uint64_t frames = 0, bytes = 0;    ///< Of events, from begin() to end().
  double seconds = 0, cpu_seconds = 0;    ///< The same; of this process.
  std::uint64_t gaps = 0, duplicates = 0;
  std::size_t cut = 0, lost = 0, expired = 0;  ///< Closed with 4008, otherwise; cursor_expired.
  bool silent_cut = false;                     ///< The one that never reads.
  unsigned silent_code = 0;                    ///< Of its end; 0: none, or it was not told.
  std::string why;                             ///< Of the first that was lost.
  std::vector<arrival> arrivals;               ///< Of some events, for each viewer.
};

}  // namespace pitwall
