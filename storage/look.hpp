// Job: what can be seen of a data directory without opening it, or changing anything in it.
// Threads: pure. Tests: tests/storage/rocksdb_open_test.cpp
#pragma once

#include <filesystem>

#include "runtime/base/result.hpp"

namespace pitwall {

/// Whether a journal is there, whole or not.
bool holds_journal(const std::filesystem::path& directory);
/// failed_precondition, which names the process, where one has it open for writing just now.
status check_unlocked(const std::filesystem::path& directory);

}  // namespace pitwall
