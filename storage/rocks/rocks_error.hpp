// Job: RocksDB's word on a failure -> ours: what the caller should do, and the remedy.
#pragma once

#include <rocksdb/status.h>

#include <filesystem>
#include <string_view>

#include "runtime/base/result.hpp"

namespace pitwall::storage {

/// Precondition: !s.ok(). `doing` completes "cannot ...".
error rocks_error(const rocksdb::Status& s, std::string_view doing,
                  const std::filesystem::path& directory);

}  // namespace pitwall::storage
