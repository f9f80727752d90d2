#include "storage/rocks/database.hpp"

#include <rocksdb/iostats_context.h>
#include <rocksdb/transaction_log.h>
#include <rocksdb/utilities/checkpoint.h>

#include "storage/codec/seal.hpp"
#include "storage/rocks/directory_check.hpp"
#include "storage/rocks/rocks_error.hpp"
#include "storage/rocks/seq_key.hpp"

namespace pitwall::storage {

namespace {

constexpr std::string_view format_key = "format";

}  // namespace

result<std::shared_ptr<database>> database::open(const storage_options& options,
                                                 std::shared_ptr<rocksdb::Env> env) {
  PITWALL_CHECK(prepare_directory(options));
  std::shared_ptr<database> db(new database(options));
  db->env_ = std::move(env);
  if (!options.read_only) {
    PITWALL_TRY(lock, directory_lock::take(options.directory));
    db->lock_ = std::move(lock);
    PITWALL_CHECK(check_space(options.directory));
  }
  auto db_options = database_options(options);
  if (db->env_ != nullptr) db_options.env = db->env_.get();
  PITWALL_CHECK(check_families(options, db_options));
  PITWALL_CHECK(db->open_files(db_options));
  PITWALL_CHECK(db->check_format());
  return db;
}

status database::open_files(rocksdb::DBOptions db_options) {
  const auto families = family_options(options_);
  const auto path = options_.directory.string();
  // A running host may finish with a file between our reading its name and opening it.
  constexpr int attempts = 3;
  rocksdb::Status s;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    rocksdb::DB* raw = nullptr;
    handles_.clear();
    s = options_.read_only
            ? rocksdb::DB::OpenForReadOnly(db_options, path, families, &handles_, &raw)
            : rocksdb::DB::Open(db_options, path, families, &handles_, &raw);
    db_.reset(raw);
    if (s.ok()) return done{};
    if (!options_.read_only || !(s.IsIOError() || s.IsCorruption())) break;
  }
  return rocks_error(s, "open the journal", options_.directory);
}

status database::check_format() {
  auto text = get(family::meta, format_key);
  if (text.ok()) return check_version(options_.directory, *text);
  if (text.error().code != errc::not_found) return std::move(text).error();
  // Only a creation that was cut short lacks it, and that left nothing behind.
  const auto events = iterate(family::events);
  events->SeekToFirst();
  if (events->Valid()) {
    return damaged("the journal in " + options_.directory.string(), "its format is not recorded");
  }
  PITWALL_CHECK(ended_well(*events));
  if (options_.read_only) return nothing_there(options_.directory);
  rocksdb::WriteBatch first;
  first.Put(handle(family::meta), slice(format_key), std::to_string(format_version));
  return write(first, true);
}

database::~database() {
  if (db_ == nullptr) return;
  for (auto* each : handles_) db_->DestroyColumnFamilyHandle(each);
  db_->Close().PermitUncheckedError();  // Everything acknowledged is in the log already.
}

std::int64_t database::cpu_nanos() const {
  return static_cast<std::int64_t>(db_->GetEnv()->NowCPUNanos());
}

std::int64_t database::sync_nanos() {
  return static_cast<std::int64_t>(rocksdb::get_iostats_context()->fsync_nanos);
}

std::int64_t database::nanos() const {
  return static_cast<std::int64_t>(db_->GetEnv()->NowNanos());
}

status database::write(rocksdb::WriteBatch& batch, bool sync) {
  if (options_.read_only) {
    return {errc::failed_precondition, "the journal was opened for reading only",
            options_.directory.string(), "open it for writing, where no host runs on it"};
  }
  const std::lock_guard lock(writing_);
  rocksdb::WriteOptions how;
  how.sync = sync;
  const auto synced_before = sync_nanos();
  const rocksdb::Status s = broken_.ok() ? db_->Write(how, &batch) : broken_;
  if (sync && options_.meters != nullptr) {
    // Of this thread, which counts where it was told to (rocksdb_journal::run).
    const auto took = sync_nanos() - synced_before;
    if (took > 0) options_.meters->syncs.add(microseconds(took / 1'000));
  }
  if (!s.ok()) {
    broken_ = s;
    auto e = rocks_error(s, "write to the journal", options_.directory);
    e.code = errc::io_error;
    return e;
  }
  since_rotation_ += batch.GetDataSize();
  // After the write, so that the background syncs the log it leaves before the next write would:
  // two failed syncs of one log end the process. This write is durable whatever comes of it.
  broken_ = rotate();
  return done{};
}

rocksdb::Status database::rotate() {
  if (since_rotation_ < rotation_bytes(options_)) return rocksdb::Status::OK();
  rocksdb::Status s = db_->SyncWAL();
  if (!s.ok()) return s;
  rocksdb::FlushOptions flush;
  flush.wait = false;
  flush.allow_write_stall = false;  // The commit thread waits here rather than stop all writes.
  s = db_->Flush(flush, handles_);
  // Background work lags so far behind that RocksDB stops writes: the write that follows waits for
  // it, and the one after that rotates. Until then the log only grows.
  if (s.IsTryAgain()) return rocksdb::Status::OK();
  if (s.ok()) since_rotation_ = 0;
  return s;
}

result<std::string> database::get(family f, std::string_view key) const {
  std::string bytes;
  const rocksdb::Status s = db_->Get(rocksdb::ReadOptions(), handle(f), slice(key), &bytes);
  if (s.ok()) return bytes;
  if (s.IsNotFound()) return {errc::not_found, "there is no such key"};
  return rocks_error(s, "read the journal", options_.directory);
}

std::unique_ptr<rocksdb::Iterator> database::iterate(family f) const {
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(rocksdb::ReadOptions(), handle(f)));
}

std::unique_ptr<rocksdb::Iterator> database::scan(family f) const {
  rocksdb::ReadOptions how;
  how.fill_cache = false;
  how.readahead_size = 2U << 20U;
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(how, handle(f)));
}

status database::ended_well(const rocksdb::Iterator& it) const {
  const rocksdb::Status s = it.status();
  if (s.ok()) return done{};
  return rocks_error(s, "read the journal", options_.directory);
}

status database::copy_to(const std::filesystem::path& directory) const {
  if (options_.read_only) {
    return {errc::failed_precondition, "the journal was opened for reading only",
            options_.directory.string(), "open it for writing, where no host runs on it"};
  }
  rocksdb::Checkpoint* raw = nullptr;
  rocksdb::Status s = rocksdb::Checkpoint::Create(db_.get(), &raw);
  const std::unique_ptr<rocksdb::Checkpoint> copier(raw);
  if (s.ok()) s = copier->CreateCheckpoint(directory.string());
  if (!s.ok()) {
    auto e = rocks_error(s, "make a copy of the journal", directory);
    e.code = errc::io_error;
    return e;
  }
  return done{};
}

status database::reclaim_events_before(std::uint64_t seq) {
  const auto failed = [this](const rocksdb::Status& s) {
    auto e = rocks_error(s, "give back the space of removed events", options_.directory);
    e.code = errc::io_error;
    return e;
  };
  {
    const std::lock_guard lock(writing_);
    rocksdb::Status s = broken_.ok() ? db_->SyncWAL() : broken_;
    if (s.ok()) s = db_->Flush(rocksdb::FlushOptions(), handles_);
    if (!s.ok()) {
      broken_ = s;
      return failed(s);
    }
    since_rotation_ = 0;
  }
  rocksdb::CompactRangeOptions how;
  how.exclusive_manual_compaction = false;
  how.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  const std::string end = seq_key(seq);
  const rocksdb::Slice to(end);
  const rocksdb::Status s = db_->CompactRange(how, handle(family::events), nullptr, &to);
  if (!s.ok()) return failed(s);
  return done{};
}

std::uint64_t database::wal_bytes() const {
  rocksdb::VectorLogPtr logs;
  if (!db_->GetSortedWalFiles(logs).ok()) return 0;
  std::uint64_t bytes = 0;
  for (const auto& log : logs) {
    if (log->Type() == rocksdb::kAliveLogFile) bytes += log->SizeFileBytes();
  }
  return bytes;
}

std::uint64_t database::bytes_on_disk() const {
  std::uint64_t bytes = 0;
  std::error_code ignored;  // Files come and go meanwhile: the sum is a picture, not an account.
  for (std::filesystem::directory_iterator at(options_.directory, ignored), end; at != end;
       at.increment(ignored)) {
    if (ignored) break;
    const auto size = at->is_regular_file(ignored) ? at->file_size(ignored) : 0;
    if (!ignored) bytes += size;
    ignored.clear();
  }
  return bytes;
}

}  // namespace pitwall::storage
