// Job: how RocksDB is tuned for a journal, with the reasons beside each choice.
#pragma once

#include <rocksdb/db.h>

#include <vector>

#include "storage/open.hpp"

namespace pitwall::storage {

/// The column families, in the order of family_names(). `meta` is RocksDB's default one: it alone
/// can be read without knowing the others, so the format's version is there.
enum class family : std::size_t { meta, events, open, history, latest, states, index };
const std::vector<std::string>& family_names();

rocksdb::DBOptions database_options(const storage_options& options);
/// By family. They share one block cache.
std::vector<rocksdb::ColumnFamilyDescriptor> family_options(const storage_options& options);
/// After so many bytes written the database rotates: sync the log, begin a new one, sort to files.
std::size_t rotation_bytes(const storage_options& options);

}  // namespace pitwall::storage
