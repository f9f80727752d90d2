// Job: plans one step of retention: which records, executions and keys go, as a WriteBatch that the
//      commit thread writes if nothing that it rests on has changed by then.
// Threads: any, beside commits; a plan has one owner.
// Errors: data_loss where the chain of what would go is broken, or an entry cannot be read.
// Bounds: below. Tests: tests/storage/prune_test.cpp
#pragma once

#include <rocksdb/write_batch.h>

#include <string>
#include <utility>
#include <vector>

#include "storage/rocks/live_index.hpp"

namespace pitwall::storage {

// One step: some milliseconds of reading, and a fraction of one for the commit thread.
inline constexpr std::size_t prune_records = 256;
inline constexpr std::size_t prune_executions = 512;
inline constexpr std::uint64_t prune_bytes = 1U << 20U;
inline constexpr std::size_t prune_islands = 256;
inline constexpr std::size_t prune_keys = 512;

/// Where the sweeps over what lies before the anchor, and over the keys of starts, go on.
struct prune_cursors {
  std::string island, start;  ///< Empty: at the beginning.
};

struct prune_plan {
  prune_request request;
  prune_cursors from, next;
  std::uint64_t history_version = 0;
  chain_anchor before, after;
  rocksdb::WriteBatch batch;
  /// Keyed starts past their age, as they were: one that was used again meanwhile stays.
  std::vector<std::pair<std::string, std::string>> starts;
  /// The policy would let go what a start has to replay: a checkpoint would change that.
  bool wants_checkpoint = false;
  prune_outcome outcome;
};

result<prune_plan> plan_prune(const database& db, const live_index& index,
                              const prune_request& request, const prune_cursors& from);

}  // namespace pitwall::storage
