// Job: a copy of a running journal that can be opened like the original: hard links to its files
//      where the disk is the same, and copies elsewhere, with its head beside them.
// Threads: any, beside commits, which go on. Durable: on the disk itself when it returns.
// Errors: already_exists, failed_precondition, io_error; data_loss where the copy does not open.
//      Nothing is left behind then. Tests: tests/storage/backup_test.cpp
#pragma once

#include <filesystem>
#include <memory>

#include "storage/rocks/database.hpp"

namespace pitwall::storage {

/// `directory` is missing or empty. Gives the head of the copy: at least what was durable when this
/// was called.
result<journal_head> make_backup(const database& db, const std::filesystem::path& directory);

}  // namespace pitwall::storage
