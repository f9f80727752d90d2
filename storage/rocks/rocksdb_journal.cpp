#include "storage/rocks/rocksdb_journal.hpp"

#include <rocksdb/perf_level.h>

#include <exception>
#include <system_error>
#include <utility>

#include "storage/rocks/recovery.hpp"

namespace pitwall::storage {

result<std::shared_ptr<journal>> rocksdb_journal::open(std::shared_ptr<database> db) {
  PITWALL_TRY(index, recover(*db));
  std::shared_ptr<rocksdb_journal> made(new rocksdb_journal(std::move(db), std::move(index)));
  if (!made->db_->read_only()) {
    PITWALL_CHECK(made->writer_.begin());
    PITWALL_CHECK(made->start_thread());
  }
  return std::shared_ptr<journal>(std::move(made));
}

rocksdb_journal::rocksdb_journal(std::shared_ptr<database> db, std::shared_ptr<live_index> index)
    : db_(std::move(db)), index_(std::move(index)), reader_(db_, index_), writer_(db_, index_) {}

status rocksdb_journal::start_thread() {
  try {
    thread_ = std::thread([this] { run(); });
    return done{};
  } catch (const std::system_error& e) {
    return {errc::resource_exhausted,
            "cannot start the commit thread: " + std::string(e.what()),
            {},
            "raise the limit of threads (ulimit -u)"};
  }
}

rocksdb_journal::~rocksdb_journal() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void rocksdb_journal::commit(std::vector<event_batch> batches, durability how,
                             completion when_durable) {
  bool refused = !thread_.joinable();
  if (!refused) {
    const std::lock_guard lock(mutex_);
    // Once one was refused, a later one must not slip in: the order would have a hole.
    overrun_ = overrun_ || waiting_.size() >= max_waiting;
    refused = overrun_;
    if (!refused) waiting_.push_back({std::move(batches), how, std::move(when_durable)});
  }
  if (!refused) return changed_.notify_one();
  if (!when_durable) return;
  if (db_->read_only()) {
    when_durable(read_only_here());
  } else {
    when_durable(error{
        errc::io_error, "more than " + std::to_string(max_waiting) + " commits wait for the disk",
        db_->directory().string(), "restart the host; it recovers from the journal"});
  }
}

error rocksdb_journal::read_only_here() const {
  return {errc::failed_precondition, "the journal was opened for reading only",
          db_->directory().string(), "open it for writing, where no host runs on it"};
}

void rocksdb_journal::prune(const prune_request& request, prune_completion then) {
  if (!thread_.joinable()) return then(read_only_here());
  prune_cursors from;
  {
    const std::lock_guard lock(mutex_);
    from = cursors_;
  }
  // Planned here, on the caller's thread: the commit thread only writes.
  auto plan = plan_prune(*db_, *index_, request, from);
  if (!plan.ok()) return then(std::move(plan).error());
  if (request.dry_run) return then(plan->outcome);
  const bool idle = plan->batch.Count() == 0 && !plan->wants_checkpoint && !plan->outcome.more;
  status reclaimed = done{};
  if (idle && request.thorough) reclaimed = db_->reclaim_events_before(plan->after.first_seq);
  bool refused = false;
  {
    const std::lock_guard lock(mutex_);
    refused = pruning_.size() >= max_pruning;
    if (!refused) pruning_.push_back({std::move(*plan), std::move(then), std::move(reclaimed)});
  }
  if (!refused) return changed_.notify_one();
  then(error{errc::unavailable, "the journal is being pruned already", db_->directory().string(),
             "try again later"});
}

void rocksdb_journal::run() {
  if (const auto& started = db_->writer_started()) started();
  // Of this thread alone: RocksDB then counts how long it waits for the disk.
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableTimeExceptForMutex);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty() || !pruning_.empty(); });
    if (waiting_.empty() && !pruning_.empty()) {
      prune_one(lock);
      continue;
    }
    if (waiting_.empty()) break;
    request next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    auto outcome = measured(next);
    if (next.when_durable) next.when_durable(std::move(outcome));
    next = {};  // What the completion holds goes before the lock is taken.
    lock.lock();
  }
  lock.unlock();
  if (failure_) return;
  // A failure here costs the next start some replay, and nothing else.
  if (const status closed = writer_.close(); !closed.ok()) failure_ = closed.error();
}

result<committed_ref> rocksdb_journal::measured(request& r) {
  const auto began = db_->nanos(), work = db_->cpu_nanos(), synced = database::sync_nanos();
  auto outcome = perform(r);
  if (const auto& meters = db_->meters())
    meters->commits.add(microseconds((db_->nanos() - began) / 1'000));
  work_us_ = (db_->cpu_nanos() - work) / 1'000;
  disk_us_ = (database::sync_nanos() - synced) / 1'000;
  return outcome;
}

result<committed_ref> rocksdb_journal::perform(request& r) {
  if (failure_) return stopped();
  // The one door where exceptions of the standard library and RocksDB could come through.
  try {
    const auto commit = make_committed(index_->counts().head + 1, std::move(r.batches));
    const bool empty = commit->last_seq < commit->first_seq;
    const status written = empty ? status(done{}) : writer_.write(*commit, r.how);
    if (written.ok()) {
      commit->durable_at = std::chrono::nanoseconds(db_->nanos());
      return committed_ref(commit);
    }
    failure_ = written.error();
  } catch (const std::exception& e) {
    failure_ = error{errc::io_error, "a commit failed: " + std::string(e.what()),
                     db_->directory().string(), "restart the host; it recovers from the journal"};
  }
  return *failure_;
}

void rocksdb_journal::prune_one(std::unique_lock<std::mutex>& lock) {
  {
    prune_job job = std::move(pruning_.front());
    pruning_.pop_front();
    lock.unlock();
    auto outcome = perform(job);
    if (job.then) job.then(std::move(outcome));
  }  // What the completion holds goes before the lock is taken.
  lock.lock();
}

result<prune_outcome> rocksdb_journal::perform(prune_job& job) {
  if (failure_) return stopped();
  try {
    if (job.reclaimed.ok()) PITWALL_CHECK(writer_.revise(job.plan));
    // Where the disk failed a flush, a write would only meet the same.
    const status written = job.reclaimed.ok() ? writer_.write(job.plan) : job.reclaimed;
    if (written.ok()) {
      const std::lock_guard lock(mutex_);
      cursors_ = std::move(job.plan.next);
      return job.plan.outcome;
    }
    failure_ = written.error();
  } catch (const std::exception& e) {
    failure_ = error{errc::io_error, "pruning failed: " + std::string(e.what()),
                     db_->directory().string(), "restart the host; it recovers from the journal"};
  }
  return *failure_;
}

error rocksdb_journal::stopped() const {
  return {errc::io_error, "the journal stopped after a failed commit: " + failure_->message,
          failure_->where, "restart the host; it recovers from the journal"};
}

}  // namespace pitwall::storage
