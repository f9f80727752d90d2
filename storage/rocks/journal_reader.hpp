// Job: the questions to a RocksDB journal, answered from the files and the live index.
// Threads: any; nothing here waits for a commit. Shows what is durable, and nothing beyond the
//      head. Errors: data_loss naming the seq: damaged, unknown, or missing in the chain;
//      out_of_range: the cursor is older than what is kept; not_found.
// Tests: tests/storage/journal_contract_test.cpp, rocksdb_journal_test.cpp
#pragma once

#include <memory>
#include <optional>

#include "storage/commit_shape.hpp"
#include "storage/rocks/database.hpp"
#include "storage/rocks/live_index.hpp"
#include "storage/rocks/recent_records.hpp"

namespace pitwall::storage {

class journal_reader {
 public:
  journal_reader(std::shared_ptr<const database> db, std::shared_ptr<const live_index> index)
      : db_(std::move(db)), index_(std::move(index)) {}

  result<event_page> read(const event_query& query) const;
  result<execution_page> executions(const execution_query& query) const;
  result<execution_summary> execution(const std::string& execution_id) const;
  result<journal_stats> stats() const;
  result<unsettled_page> unsettled(const std::string& after, std::size_t limit) const;
  result<keyed_start> start_with_key(const std::string& workflow_id, const std::string& key) const;
  result<std::vector<emergency_state_changed>> emergency_scopes() const;
  result<std::vector<trip_mark>> trips(std::uint64_t before, std::size_t limit) const;
  result<std::vector<circuit_breaker_state_changed>> breaker_states() const;
  result<std::vector<stored_bot>> bot_states() const;
  result<std::vector<named_node_state>> node_states(const std::string& workflow_id) const;
  result<stored_node_state> node_state(const std::string& workflow_id,
                                       const std::string& node_id) const;

 private:
  /// Moves `head` on where retention has passed it.
  status read_all(const event_query& query, std::uint64_t& head, page_builder& page) const;
  status read_one(const event_query& query, std::uint64_t head, page_builder& page) const;
  status gone(const event_query& query) const;
  /// Null where there is none.
  result<entry_ref> find(const std::string& execution_id) const;

  std::shared_ptr<const database> db_;
  std::shared_ptr<const live_index> index_;
  mutable recent_records records_;
};

}  // namespace pitwall::storage
