// Job: open_rocksdb() on a file system of the caller's choice: power-cut and fault tests.
#pragma once

#include <rocksdb/env.h>

#include <memory>

#include "storage/open.hpp"
#include "storage/verify.hpp"

namespace pitwall::storage {

/// verify_journal() likewise.
result<verify_report> verify_with(const storage_options& options, std::shared_ptr<rocksdb::Env> env,
                                  const std::optional<journal_head>& expected,
                                  const verify_progress& progress = {});

/// `env` lives as long as the ports; null: the system's.
result<storage_set> open_rocksdb_with(const storage_options& options,
                                      std::shared_ptr<rocksdb::Env> env);

}  // namespace pitwall::storage
