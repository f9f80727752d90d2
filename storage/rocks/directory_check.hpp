// Job: whether a directory may be opened as our journal, before anything in it is touched: no path
//      that is a file, no other program's database, none of a newer Pitwall, none without its head.
// Errors: as storage/open.hpp says. Tests: tests/storage/rocksdb_open_test.cpp
#pragma once

#include <filesystem>
#include <string>

#include "storage/rocks/options.hpp"

namespace pitwall::storage {

/// Whole or not.
bool holds_database(const std::filesystem::path& directory);
/// Makes the directory where it may.
status prepare_directory(const storage_options& options);
/// Room to sort the logs into files, which a start does. On a full disk RocksDB, as Debian builds
/// it, ends the process by an assertion instead of saying so.
status check_space(const std::filesystem::path& directory);
/// That the database there, if any, has the column families of ours.
status check_families(const storage_options& options, const rocksdb::DBOptions& db_options);
/// `text` is the recorded format version.
status check_version(const std::filesystem::path& directory, const std::string& text);

error nothing_there(const std::filesystem::path& directory);

}  // namespace pitwall::storage
