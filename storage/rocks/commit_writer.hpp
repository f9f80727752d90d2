// Job: one commit -> one WriteBatch: the record of its events and everything derived from them,
//      atomically, with one sync.
// Threads: the commit thread's own. Durable: write() returns once durable as asked; a commit with
//      an emergency change is synced whatever was asked, save `memory`.
// Errors: io_error; data_loss where an execution's history cannot be read. After one, write no
//      more. Tests: tests/storage/journal_contract_test.cpp, rocksdb_journal_test.cpp
#pragma once

#include <rocksdb/write_batch.h>

#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/codec/record_codec.hpp"
#include "storage/rocks/checkpoint.hpp"
#include "storage/rocks/database.hpp"
#include "storage/rocks/prune_plan.hpp"

namespace pitwall::storage {

class commit_writer {
 public:
  commit_writer(std::shared_ptr<database> db, std::shared_ptr<live_index> index)
      : db_(std::move(db)), index_(std::move(index)) {}

  /// First of all, on any thread.
  status begin();
  /// Precondition: the commit follows the head. On success the index shows it.
  status write(const committed& commit, durability how);
  /// Where what the plan rests on has changed since, makes another. An error leaves no trace.
  status revise(prune_plan& plan);
  /// Precondition: it was revised, and nothing was written since.
  status write(prune_plan& plan);
  /// An orderly end: the next start replays nothing, and all is on the disk itself.
  status close();

 private:
  struct entry_edit {
    std::shared_ptr<execution_entry> entry;
    bool in_history = false;              ///< It was final before this commit.
    run_status was = run_status::queued;  ///< With `in_history`.
  };

  status take_executions(const committed& commit);
  /// Null: late news of an execution that is no longer kept.
  result<entry_edit*> edit(const std::string& key, const event_batch& batch);
  bool take_latest(const committed& commit);
  status take_trips(const committed& commit);
  status note_trip(std::uint64_t seq);
  status note_acknowledgement(const trip_acknowledged& e, timestamp at);
  status stage_executions(std::uint64_t seq);
  void stage_final(const std::string& key, const entry_edit& edited);
  /// It was halted, and goes on: it leaves the history for the open ones, until it ends again.
  void stage_reopened(const std::string& key, entry_edit& edited);
  void stage_checkpoint(std::size_t slice);
  status checkpoint_now();
  status publish(const committed* commit, bool sync);
  /// In this order: an execution leaves the history only after it is in the index.
  void publish_reopened();

  std::shared_ptr<database> db_;
  std::shared_ptr<live_index> index_;
  checkpoint_pace checkpoint_;
  /// Final executions with open orders, as their rows have it: a halt would else read past each row
  /// that was deleted since the last files were written.
  std::set<std::string> resting_;

  // Of the commit at hand; kept for their capacity.
  record_encoder encoder_;
  record_hasher hasher_;
  record_hash hash_{};  ///< Of record_.
  std::string record_, key_;
  rocksdb::WriteBatch batch_;
  std::unordered_map<std::string, entry_edit> edits_;  ///< By execution_key().
  std::unordered_map<std::string, std::string> latest_;
  std::uint64_t new_executions_ = 0;
};

}  // namespace pitwall::storage
