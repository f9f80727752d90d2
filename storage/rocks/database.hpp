// Job: the open RocksDB database that journal and state store share: its families, its lock, its
//      one way to write.
// Owns: database, column family handles, directory lock; closes in that order.
// Threads: write() one at a time by its own mutex; reads from any thread.
// Durable: a log is synced before the next is begun, so a power cut never takes something from the
//          middle: what survives is always a beginning of what was written.
// Errors: open(): see storage/open.hpp. write(): io_error; RocksDB refuses all later writes itself.
// Tests: tests/storage/rocksdb_open_test.cpp, crash_test.cpp
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "storage/open.hpp"
#include "storage/rocks/directory_lock.hpp"
#include "storage/rocks/options.hpp"

namespace pitwall::storage {

class database {
 public:
  /// `env`: null for the system's; else a test's own file system.
  static result<std::shared_ptr<database>> open(const storage_options& options,
                                                std::shared_ptr<rocksdb::Env> env);
  ~database();
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  bool read_only() const noexcept { return options_.read_only; }
  const std::filesystem::path& directory() const noexcept { return options_.directory; }

  status write(rocksdb::WriteBatch& batch, bool sync);
  /// Of the calling thread, so far: the processor; waiting for syncs (a thread that told RocksDB to
  /// count that).
  std::int64_t cpu_nanos() const;
  static std::int64_t sync_nanos();
  rocksdb::ColumnFamilyHandle* handle(family f) const noexcept {
    return handles_[static_cast<std::size_t>(f)];
  }
  /// not_found where there is none.
  result<std::string> get(family f, std::string_view key) const;
  std::unique_ptr<rocksdb::Iterator> iterate(family f) const;
  /// For reading it all: reads ahead, and leaves the cache to the others.
  std::unique_ptr<rocksdb::Iterator> scan(family f) const;
  /// The error of an iterator that ended, if any.
  status ended_well(const rocksdb::Iterator& it) const;
  /// A consistent copy in a directory that is not there yet; commits go on meanwhile.
  status copy_to(const std::filesystem::path& directory) const;
  /// Gives the space of removed events before `seq` back; commits go on. May take long.
  status reclaim_events_before(std::uint64_t seq);
  const std::shared_ptr<rocksdb::Env>& env() const noexcept { return env_; }
  const journal_meters_ref& meters() const noexcept { return options_.meters; }
  const std::function<void()>& writer_started() const noexcept { return options_.writer_started; }
  /// Of the database's own clock, for measuring alone.
  std::int64_t nanos() const;
  /// Size of the files.
  std::uint64_t bytes_on_disk() const;
  /// Of the write-ahead logs that a start would read.
  std::uint64_t wal_bytes() const;

 private:
  explicit database(storage_options options) : options_(std::move(options)) {}
  status open_files(rocksdb::DBOptions db_options);
  status check_format();
  rocksdb::Status rotate();

  storage_options options_;
  std::shared_ptr<rocksdb::Env> env_;
  directory_lock lock_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  std::mutex writing_;
  std::size_t since_rotation_ = 0;  ///< Bytes; guarded by writing_.
  /// The first log or flush that failed, which all writes after it are told. RocksDB must not be
  /// asked to sync such a log again: what it then does differs by version, up to ending the
  /// process. Guarded by writing_.
  rocksdb::Status broken_;
};

inline rocksdb::Slice slice(std::string_view bytes) noexcept {
  return {bytes.data(), bytes.size()};
}
inline std::string_view view(const rocksdb::Slice& bytes) noexcept {
  return {bytes.data(), bytes.size()};
}

}  // namespace pitwall::storage
