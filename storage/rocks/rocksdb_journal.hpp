// Job: the durable journal: a queue, and a commit thread that encodes and writes what it holds.
// Owns: the commit thread; the destructor answers every waiting commit, then ends it in order.
// Threads: as the port says; completions run on the commit thread, in the order of the commits.
// Bounds: max_pruning steps of retention wait, one more is refused; max_waiting commits wait; one
// more fails like any failed commit, inside commit(): its
//         caller broke the port's rule of one in flight.
// Errors: the first failed commit tells its cause; every later one is io_error.
// Durable: see storage/open.hpp.
// Tests: tests/storage/journal_contract_test.cpp, rocksdb_journal_test.cpp, crash_test.cpp
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "storage/rocks/backup.hpp"
#include "storage/rocks/commit_writer.hpp"
#include "storage/rocks/journal_reader.hpp"

namespace pitwall::storage {

class rocksdb_journal final : public journal {
 public:
  static constexpr std::size_t max_waiting = 64, max_pruning = 4;

  /// Recovers. A database opened for reading only refuses commits.
  static result<std::shared_ptr<journal>> open(std::shared_ptr<database> db);
  ~rocksdb_journal() override;

  void commit(std::vector<event_batch> batches, durability how, completion when_durable) override;
  commit_cost latest_cost() const override {
    return {std::chrono::microseconds(work_us_), std::chrono::microseconds(disk_us_)};
  }
  std::uint64_t head() const override { return index_->counts().head; }
  result<journal_head> chain_head() const override {
    const journal_counts counts = index_->counts();
    return journal_head{counts.head, to_hex(counts.head_hash)};
  }
  result<event_page> read(const event_query& query) const override { return reader_.read(query); }
  result<execution_page> executions(const execution_query& query) const override {
    return reader_.executions(query);
  }
  result<execution_summary> execution(const std::string& execution_id) const override {
    return reader_.execution(execution_id);
  }
  result<journal_head> backup(const std::filesystem::path& directory) const override {
    return make_backup(*db_, directory);
  }
  void prune(const prune_request& request, prune_completion then) override;
  result<journal_stats> stats() const override { return reader_.stats(); }
  result<unsettled_page> unsettled(const std::string& after, std::size_t limit) const override {
    return reader_.unsettled(after, limit);
  }
  result<keyed_start> start_with_key(const std::string& workflow_id,
                                     const std::string& key) const override {
    return reader_.start_with_key(workflow_id, key);
  }
  result<std::vector<circuit_breaker_state_changed>> breaker_states() const override {
    return reader_.breaker_states();
  }
  result<std::vector<stored_bot>> bot_states() const override { return reader_.bot_states(); }
  result<std::vector<emergency_state_changed>> emergency_scopes() const override {
    return reader_.emergency_scopes();
  }
  result<std::vector<trip_mark>> trips(std::uint64_t before, std::size_t limit) const override {
    return reader_.trips(before, limit);
  }
  result<std::vector<named_node_state>> node_states(const std::string& workflow_id) const override {
    return reader_.node_states(workflow_id);
  }
  result<stored_node_state> node_state(const std::string& workflow_id,
                                       const std::string& node_id) const override {
    return reader_.node_state(workflow_id, node_id);
  }

 private:
  struct request {
    std::vector<event_batch> batches;
    durability how;
    completion when_durable;
  };

  struct prune_job {
    prune_plan plan;
    prune_completion then;
    status reclaimed;
  };

  rocksdb_journal(std::shared_ptr<database> db, std::shared_ptr<live_index> index);
  status start_thread();
  void run();
  result<committed_ref> perform(request& r);
  result<committed_ref> measured(request& r);
  result<prune_outcome> perform(prune_job& job);
  /// Lets go of the lock while it works.
  void prune_one(std::unique_lock<std::mutex>& lock);
  error read_only_here() const;
  error stopped() const;

  std::shared_ptr<database> db_;
  std::shared_ptr<live_index> index_;
  journal_reader reader_;
  commit_writer writer_;          ///< The commit thread's own.
  std::optional<error> failure_;  ///< The commit thread's own.
  std::atomic<std::int64_t> work_us_{0}, disk_us_{0};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<request> waiting_;
  std::deque<prune_job> pruning_;  ///< Behind all commits.
  prune_cursors cursors_;          ///< Where the next step of retention goes on.
  bool ending_ = false, overrun_ = false;
  std::thread thread_;
};

}  // namespace pitwall::storage
