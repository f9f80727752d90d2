// Job: what readers may know of the journal's present without the disk: the durable head, the
//      executions that are not final, some counts.
// Threads: publish() by the commit thread, after a commit is durable and never before; the others
//          from any thread.
// Bounds: one entry per open execution (limits::max_executions_in_flight).
#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "storage/codec/chain.hpp"
#include "storage/execution_entry.hpp"
#include "storage/execution_range.hpp"
#include "storage/rocks/anchor.hpp"

namespace pitwall::storage {

struct journal_counts {
  std::uint64_t head = 0;             ///< Last durable seq.
  record_hash head_hash = no_record;  ///< Of the record it lies in.
  std::uint64_t commits = 0, executions = 0;
  std::uint64_t bytes = 0;  ///< Of all records.
};

/// The present version of an execution; null: it is final, and lies in the history.
using entry_change = std::pair<std::string, entry_ref>;

class live_index {
 public:
  using open_map = std::map<std::string, entry_ref, std::less<>>;  ///< By execution_key().

  live_index(open_map open, journal_counts counts, const chain_anchor& anchor)
      : open_(std::move(open)), counts_(counts), anchor_(anchor) {}

  void publish(std::vector<entry_change> changes, const journal_counts& counts);
  /// Before the removal is written: who then misses a record knows why.
  void publish(const chain_anchor& anchor);
  /// The history of a final execution, or what is kept, is no longer what it was.
  void history_changed() noexcept { ++history_version_; }
  std::uint64_t history_version() const noexcept { return history_version_; }

  journal_counts counts() const;
  chain_anchor anchor() const;
  std::size_t open_executions() const;
  /// Null where there is no open one.
  entry_ref find(std::string_view key) const;

  struct page {
    std::vector<entry_change> found;        ///< Newest first; they match.
    std::optional<std::string> stopped_at;  ///< Key of the last one looked at, if more follow.
  };
  page newest(const execution_query& query, const execution_range& range, std::size_t limit) const;
  /// The first ones after this key, oldest first.
  std::vector<entry_change> oldest(std::string_view after, std::size_t limit) const;
  /// Keys of those whose stored form lags behind, or is not there.
  std::vector<std::string> unstored() const;

 private:
  mutable std::shared_mutex mutex_;
  open_map open_;
  journal_counts counts_;
  chain_anchor anchor_;
  std::atomic<std::uint64_t> history_version_ = 0;
};

}  // namespace pitwall::storage
