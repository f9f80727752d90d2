// Job: the floor of an execution: as many CAF messages and commits as one of `pitwall bench` takes,
//      between actors that do nothing else; and single messages and spawns.
// Owns: an actor system as the host sets it up (runtime/host/wiring.cpp): policy `sharing`.
// Threads: one caller; a thread of its own commits.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>

namespace pitwall::bench {

/// What one execution of `pitwall bench` takes: two price feeds, math, risk, a filled buy.
///
/// Counted by a library loaded before the program (LD_PRELOAD) that counts the calls of CAF's
/// scheduled_actor::enqueue, of fdatasync, and the bytes given to write: the difference between
/// the ends of two rows of `pitwall bench --durability sync --concurrency N,N`, for each
/// execution. Alone it takes 51 messages, 3 syncs and 1,816 bytes of RocksDB's log; at 200 in
/// flight 40 messages, a fiftieth of a sync, and 1,114 bytes. (Between: 41 and 1,205 at 10, 40
/// and 1,125 at 50; 44 and 1,225 at 1,000.)
struct execution_shape {
  std::size_t messages = 0;  ///< In all, also those that start and end it.
  /// To a node and back, two messages each. The others: its start, its end as the workflow hears
  /// it, to the journal and back for each commit; and the writer's own word of each commit, which
  /// many at once share.
  std::size_t trips = 0;
  /// It waits for two: its order's intent, and its end (docs/durability.md). What it writes beyond
  /// those is its own cost, not the floor's.
  static constexpr std::size_t commits = 2;
  std::size_t bytes_each = 0;  ///< Of each of the two.
};
execution_shape shape_at(std::size_t concurrency);

enum class commit_mode { none, written, synced };

struct bare_figures {
  std::size_t count = 0;
  double per_second = 0, p50_us = 0, p99_us = 0;
  double cpu_us = 0;   ///< Of this process, for each.
  double commits = 0;  ///< For each.
};

/// Keeps `concurrency` of them in flight for so long. A commit is one write of all that waits.
bare_figures run_bare_executions(std::size_t concurrency, commit_mode mode,
                                 const std::filesystem::path& directory,
                                 std::chrono::duration<double> time);

/// Pairs of actors that send each other one message: a round trip is two.
bare_figures run_round_trips(std::size_t pairs, std::chrono::duration<double> time);
/// Actors that are spawned, say that they live, and end: so many at once.
bare_figures run_spawns(std::size_t concurrency, std::chrono::duration<double> time);

}  // namespace pitwall::bench
