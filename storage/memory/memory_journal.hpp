// Job: the journal without a disk, for tests, demos and `memory` durability: the same answers.
// Threads: as the port says; completions run inside commit(), on the caller's thread.
// Bounds: the last `keep_events` events in whole commits, always the newest; summaries of final
//         executions go with their last event, those of open ones stay. No hashes: what the
//         process holds could be changed with them, and nothing outlives it.
// Errors: as rocksdb_journal; nothing here can be damaged.
// Durable: nothing outlives the process. Tests: tests/storage/journal_contract_test.cpp
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "storage/execution_entry.hpp"
#include "storage/retention.hpp"

namespace pitwall::storage {

class memory_journal final : public journal {
 public:
  explicit memory_journal(std::size_t keep_events) : keep_events_(keep_events) {}

  void commit(std::vector<event_batch> batches, durability how, completion when_durable) override;
  std::uint64_t head() const override;
  result<journal_head> chain_head() const override { return journal_head{head(), {}}; }
  result<event_page> read(const event_query& query) const override;
  result<execution_page> executions(const execution_query& query) const override;
  result<execution_summary> execution(const std::string& execution_id) const override;
  result<journal_head> backup(const std::filesystem::path& directory) const override;
  void prune(const prune_request& request, prune_completion then) override;
  result<journal_stats> stats() const override;
  result<unsettled_page> unsettled(const std::string& after, std::size_t limit) const override;
  result<keyed_start> start_with_key(const std::string& workflow_id,
                                     const std::string& key) const override;
  result<std::vector<emergency_state_changed>> emergency_scopes() const override;
  result<std::vector<circuit_breaker_state_changed>> breaker_states() const override;
  result<std::vector<stored_bot>> bot_states() const override;
  result<std::vector<trip_mark>> trips(std::uint64_t before, std::size_t limit) const override;
  result<std::vector<named_node_state>> node_states(const std::string& workflow_id) const override;
  result<stored_node_state> node_state(const std::string& workflow_id,
                                       const std::string& node_id) const override;

 private:
  void take(const committed& commit);
  void take_latest(const event_batch& batch, std::uint64_t seq);
  void note_trip(std::uint64_t seq);
  void drop_oldest();
  std::uint64_t first_kept() const;
  std::uint64_t kept_events() const;
  /// Precondition: what nothing needs is forgotten.
  bool is_needed(const committed& commit) const;
  /// The executions in the commit that nothing needs.
  void forget(const committed& commit, std::uint64_t first_kept, prune_outcome& outcome);
  prune_outcome prune_now(const prune_request& request);
  /// Null: it is not kept.
  const committed* commit_at(std::uint64_t first_seq) const;

  const std::size_t keep_events_;
  mutable std::mutex mutex_;
  std::deque<committed_ref> commits_;
  /// Older ones that retention left because something needs them, by first seq.
  std::map<std::uint64_t, committed_ref> islands_;
  std::uint64_t island_events_ = 0;
  std::uint64_t head_ = 0;
  std::map<std::string, execution_entry, std::less<>> executions_;  ///< By execution_key().
  std::set<std::string> unsettled_;                                 ///< Of these.
  std::size_t open_ = 0;                                            ///< Of executions_.
  std::map<std::string, std::pair<std::uint64_t, emergency_state_changed>> emergency_;
  std::map<std::uint64_t, trip_mark> trips_;
  std::map<std::string, circuit_breaker_state_changed> breakers_;
  std::map<std::string, stored_bot> bots_;
  std::map<std::pair<std::string, std::string>, stored_node_state> node_states_;
  std::map<std::pair<std::string, std::string>, keyed_start> starts_;  ///< By workflow and key.
};

}  // namespace pitwall::storage
