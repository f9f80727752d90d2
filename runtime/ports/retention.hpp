// Job: what a journal keeps and what it lets go: the words in which its owner says so.
// Threads: plain values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

namespace pitwall {

/// What lies beyond any one of these may go, the oldest first. None: everything is kept.
struct retention_policy {
  std::optional<microseconds> max_age;      ///< Of a commit.
  std::optional<std::uint64_t> max_events;  ///< The newest so many are kept.
  std::optional<std::uint64_t> max_bytes;   ///< Of stored records; does not apply in memory.
};

struct prune_request {
  retention_policy keep;
  timestamp now{};
  /// Events with a greater seq are needed by someone outside of the journal, and stay.
  std::uint64_t floor = 0;
  /// Takes nothing away: says what a whole pass would let go, at most.
  bool dry_run = false;
  /// Asked by a person who waits: goes as far as a fresh checkpoint allows, and when nothing is
  /// left to do gives the space back to the file system before it answers, which may take long.
  bool thorough = false;
};

/// What one step took away.
struct prune_outcome {
  std::uint64_t first_seq = 0;  ///< The first kept event.
  std::uint64_t events = 0, commits = 0, executions = 0, bytes = 0;
  std::uint64_t keys = 0;     ///< Idempotency keys that are past their time.
  std::uint64_t islands = 0;  ///< Older commits that stay because something needs them.
  bool more = false;          ///< Another step would find more to do.
};
using prune_completion = std::function<void(result<prune_outcome>)>;

}  // namespace pitwall
