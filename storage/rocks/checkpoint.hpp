// Job: how far the stored executions reach, so that a start replays only what came after.
// Why: an open execution is written not with every commit, which would cost more than its events,
//      but now and then; most begin and end between two checkpoints and are written once, as
//      history. Each stored entry says itself up to which seq it counts, so a checkpoint may be
//      written bit by bit while commits go on.
// Bounds: a start replays at most about two windows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/rocks/live_index.hpp"

namespace pitwall::storage {

// A start replays a window in well under a second; a commit pays for a checkpoint by so many puts.
inline constexpr std::uint64_t checkpoint_commits = 2'000;
inline constexpr std::uint64_t checkpoint_bytes = 16U << 20U;
inline constexpr std::size_t checkpoint_slice = 256;

inline constexpr std::string_view checkpoint_key = "checkpoint";
std::string encode_checkpoint(const journal_counts& counts);
/// Errors: data_loss.
result<journal_counts> decode_checkpoint(std::string_view bytes);

/// When to write what of a checkpoint. Threads: the commit thread's own.
class checkpoint_pace {
 public:
  /// A commit of so many bytes follows; `index` is as it was before.
  void before_commit(const live_index& index, std::size_t bytes);
  /// Every open execution, at once: the orderly end.
  void begin(const live_index& index);

  bool under_way() const noexcept { return under_way_; }
  /// The next keys to store, at most `most`.
  std::vector<std::string> next(std::size_t most);
  /// Nothing is left to store: the checkpoint is complete with these counts.
  bool complete() const noexcept { return under_way_ && pending_.empty(); }
  const journal_counts& counts() const noexcept { return counts_; }
  void finish() noexcept { under_way_ = false; }

 private:
  bool under_way_ = false;
  journal_counts counts_;             ///< As of the beginning of this checkpoint.
  std::vector<std::string> pending_;  ///< Keys whose stored form lagged behind then.
  std::uint64_t commits_ = 0, bytes_ = 0;
};

}  // namespace pitwall::storage
