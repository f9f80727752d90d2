#include "storage/rocks/directory_check.hpp"

#include <rocksdb/db.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "storage/codec/seal.hpp"
#include "storage/rocks/rocks_error.hpp"

namespace pitwall::storage {

namespace fs = std::filesystem;

namespace {

/// RocksDB's pointer to the current state of its files.
bool has_database(const fs::path& directory) {
  std::error_code ignored;
  return fs::exists(directory / "CURRENT", ignored);
}

/// Sorted files or logs ("000012.sst", "000013.log"): a database was filled here.
bool has_database_files(const fs::path& directory) {
  std::error_code failed;
  for (fs::directory_iterator at(directory, failed), end; !failed && at != end;
       at.increment(failed)) {
    const auto name = at->path().filename().string();
    const auto kind = at->path().extension();
    if ((kind == ".sst" || kind == ".log") &&
        name.find_first_not_of("0123456789") == name.find('.')) {
      return true;
    }
  }
  return false;
}

error not_ours(const fs::path& directory, const std::string& why) {
  return {errc::failed_precondition, "the directory holds a database that is not a journal: " + why,
          directory.string(), "choose another data directory"};
}

/// What the default family alone tells of a database whose families differ from ours.
status check_by_meta(const storage_options& options, rocksdb::DBOptions db_options, bool unknown) {
  db_options.create_if_missing = false;
  db_options.create_missing_column_families = false;
  rocksdb::DB* raw = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const rocksdb::Status s = rocksdb::DB::OpenForReadOnly(
      db_options, options.directory.string(),
      {{rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions()}}, &handles, &raw);
  if (!s.ok()) return rocks_error(s, "open the journal", options.directory);
  const std::unique_ptr<rocksdb::DB> db(raw);
  const std::unique_ptr<rocksdb::ColumnFamilyHandle> meta(handles.front());
  std::string version;
  if (db->Get(rocksdb::ReadOptions(), meta.get(), "format", &version).ok()) {
    PITWALL_CHECK(check_version(options.directory, version));
    return damaged("the journal in " + options.directory.string(),
                   "its column families are not those of its format");
  }
  const std::unique_ptr<rocksdb::Iterator> any(db->NewIterator(rocksdb::ReadOptions(), meta.get()));
  any->SeekToFirst();
  if (unknown || any->Valid()) return not_ours(options.directory, "it has other content");
  // Empty, with some of our families: our own creation was cut short.
  if (options.read_only || !options.create) return nothing_there(options.directory);
  return done{};
}

}  // namespace

bool holds_database(const fs::path& directory) {
  return has_database(directory) || has_database_files(directory);
}

error nothing_there(const fs::path& directory) {
  return {errc::not_found, "there is no journal in the data directory", directory.string(),
          "check the path of the data directory, or let 'pitwall serve' or 'pitwall run' make it"};
}

status prepare_directory(const storage_options& options) {
  const fs::path& directory = options.directory;
  if (directory.empty()) {
    return {errc::invalid_argument,
            "no data directory was given",
            {},
            "name one with --data-dir or journal.directory"};
  }
  std::error_code failed;
  const fs::file_status there = fs::status(directory, failed);
  if (there.type() == fs::file_type::not_found) {
    if (options.read_only || !options.create) return nothing_there(directory);
    if (!fs::create_directories(directory, failed) && failed) {
      return {errc::io_error, "cannot make the data directory: " + failed.message(),
              directory.string(), "check the permissions of the directory above it"};
    }
    // Orders and balances are nobody else's business.
    fs::permissions(directory, fs::perms::owner_all, failed);
    return done{};
  }
  if (failed) {
    return {errc::io_error, "cannot look at the data directory: " + failed.message(),
            directory.string(), "check its permissions"};
  }
  if (there.type() != fs::file_type::directory) {
    return {errc::failed_precondition, "the data directory's path is a file, not a directory",
            directory.string(), "name a directory, or move the file away"};
  }
  if (has_database(directory)) return done{};
  // RocksDB would take this for an empty place, make a new database and delete the old one's files.
  if (has_database_files(directory)) {
    return damaged("the journal in " + directory.string(), "its file CURRENT is missing");
  }
  if (options.read_only || !options.create) return nothing_there(directory);
  return done{};
}

status check_space(const fs::path& directory) {
  constexpr std::uintmax_t margin = 4U << 20U;
  std::error_code failed;
  std::uintmax_t needed = margin;
  for (fs::directory_iterator at(directory, failed), end; !failed && at != end;
       at.increment(failed)) {
    std::error_code gone;
    const auto size = at->path().extension() == ".log" ? at->file_size(gone) : 0;
    if (!gone) needed += size;
  }
  const auto space = fs::space(directory, failed);
  if (failed || space.available >= needed) return done{};  // What else is wrong shows soon enough.
  return {errc::io_error,
          "the disk is full: " + std::to_string(space.available >> 10U) +
              " KB are free, and a start needs " + std::to_string(needed >> 10U),
          directory.string(), "free space on the disk of the data directory, then start again"};
}

status check_families(const storage_options& options, const rocksdb::DBOptions& db_options) {
  if (!has_database(options.directory)) return done{};
  std::vector<std::string> there;
  const rocksdb::Status s =
      rocksdb::DB::ListColumnFamilies(db_options, options.directory.string(), &there);
  if (!s.ok()) return rocks_error(s, "open the journal", options.directory);
  const auto& ours = family_names();
  const auto holds = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const bool unknown =
      std::any_of(there.begin(), there.end(), [&](const auto& name) { return !holds(ours, name); });
  const bool complete =
      std::all_of(ours.begin(), ours.end(), [&](const auto& name) { return holds(there, name); });
  if (!unknown && complete) return done{};
  return check_by_meta(options, db_options, unknown);
}

status check_version(const fs::path& directory, const std::string& text) {
  int version = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (failed != std::errc() || end != text.data() + text.size() || version < 1) {
    return damaged("the journal in " + directory.string(), "its format version is unreadable");
  }
  if (version == format_version) return done{};
  if (version < format_version) {
    return {errc::failed_precondition,
            "the journal was written by a pre-release of Pitwall (format " + text +
                "), which no release reads",
            directory.string(), "choose another data directory, or move this one away"};
  }
  return {errc::failed_precondition,
          "the journal was written by a newer Pitwall (format " + text + ", this one knows " +
              std::to_string(format_version) + ")",
          directory.string(), "run that version, or choose another data directory"};
}

}  // namespace pitwall::storage
