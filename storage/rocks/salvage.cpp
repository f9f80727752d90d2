#include "storage/salvage.hpp"

#include <rocksdb/db.h>

#include <memory>
#include <system_error>
#include <vector>

#include "storage/codec/seal.hpp"
#include "storage/epoch.hpp"
#include "storage/rocks/directory_check.hpp"
#include "storage/rocks/directory_lock.hpp"
#include "storage/rocks/options.hpp"
#include "storage/rocks/rocks_error.hpp"

namespace pitwall {

namespace storage {

namespace {

namespace fs = std::filesystem;

error cannot_copy(const fs::path& to, const std::error_code& why) {
  return {errc::io_error, "cannot copy the journal's files: " + why.message(), to.string(),
          "check the disk and the permissions there"};
}

/// How they belong together is found out anew: from what is there, not from what should be.
status copy_files(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  for (fs::directory_iterator at(from, failed), end; !failed && at != end; at.increment(failed)) {
    if (at->path().extension() == ".sst")
      fs::copy_file(at->path(), to / at->path().filename(), failed);
    if (failed) break;
  }
  return failed ? status(cannot_copy(to, failed)) : status(done{});
}

/// By numbers that the copy has not reached: a start passes over logs that look older than it.
status copy_logs(const fs::path& from, const fs::path& to) {
  constexpr std::uint64_t ahead = 1'000'000'000;
  std::error_code failed;
  for (fs::directory_iterator at(from, failed), end; !failed && at != end; at.increment(failed)) {
    const auto stem = at->path().stem().string();
    if (at->path().extension() != ".log" || stem.empty() || stem.size() > 12 ||
        stem.find_first_not_of("0123456789") != std::string::npos)
      continue;
    fs::copy_file(at->path(), to / (std::to_string(ahead + std::stoull(stem)) + ".log"), failed);
    if (failed) break;
  }
  return failed ? status(cannot_copy(to, failed)) : status(done{});
}

status make_target(const fs::path& to) {
  std::error_code failed;
  if (fs::create_directories(to, failed)) {
    fs::permissions(to, fs::perms::owner_all, failed);
    if (!failed) return done{};
  } else if (!failed) {
    return {errc::already_exists, "the directory for what is salvaged is there already",
            to.string(), "name a new one"};
  }
  return {errc::io_error, "cannot make the directory for what is salvaged: " + failed.message(),
          to.string(), "check the permissions of the directory above it"};
}

/// Reads what logs there are, and merges it all. A family of which no file is left is made anew.
status settle(const fs::path& directory, const storage_options& options) {
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* raw = nullptr;
  auto how = database_options(options);
  how.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
  rocksdb::Status s =
      rocksdb::DB::Open(how, directory.string(), family_options(options), &handles, &raw);
  if (!s.ok()) return rocks_error(s, "open what was salvaged", directory);
  const std::unique_ptr<rocksdb::DB> db(raw);
  // Each record and value says its own format too.
  std::string format;
  s = db->Get(rocksdb::ReadOptions(), handles.front(), "format", &format);
  if (s.IsNotFound()) {
    s = db->Put(rocksdb::WriteOptions(), handles.front(), "format", std::to_string(format_version));
  }
  // Published events may be missing here: seqs may come to stand for others.
  if (s.ok()) {
    s = db->Delete(rocksdb::WriteOptions(), handles[static_cast<std::size_t>(family::states)],
                   rocksdb::Slice(epoch_key.data(), epoch_key.size()));
  }
  rocksdb::CompactRangeOptions all;
  all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  for (auto* each : handles) {
    if (s.ok()) s = db->CompactRange(all, each, nullptr, nullptr);
  }
  for (auto* each : handles) db->DestroyColumnFamilyHandle(each);
  if (!s.ok()) return rocks_error(s, "write to what was salvaged", directory);
  return done{};
}

}  // namespace

}  // namespace storage

status salvage_journal(const std::filesystem::path& from, const std::filesystem::path& to) {
  using namespace storage;
  if (!holds_database(from)) return nothing_there(from);
  PITWALL_TRY(lock, directory_lock::take(from));
  PITWALL_CHECK(make_target(to));
  PITWALL_CHECK(copy_files(from, to));
  storage_options options;
  options.directory = to;
  const rocksdb::Status s =
      rocksdb::RepairDB(to.string(), database_options(options), family_options(options));
  if (!s.ok()) return rocks_error(s, "salvage the journal", from);
  // First the files alone, down to the last level: a log may hold the same once more, and RocksDB
  // allows no two files of the first level for the same writes.
  PITWALL_CHECK(settle(to, options));
  PITWALL_CHECK(copy_logs(from, to));
  return settle(to, options);
}

}  // namespace pitwall
