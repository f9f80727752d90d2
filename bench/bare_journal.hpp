// Job: the floor of the journal: a RocksDB with the journal's options, and nothing but records.
// Owns: its database, in a directory that is another's to remove.
// Threads: write() from any.
#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace pitwall::bench {

class bare_journal {
 public:
  explicit bare_journal(const std::filesystem::path& directory);
  ~bare_journal();
  bare_journal(const bare_journal&) = delete;
  bare_journal& operator=(const bare_journal&) = delete;

  /// One record of so many bytes; false if RocksDB refuses.
  bool write(std::size_t bytes, bool sync);

 private:
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  std::atomic<std::uint64_t> next_{1};
  std::string noise_;  ///< What records are made of; does not compress.
};

}  // namespace pitwall::bench
