// Job: both implementations, for the tests of what they must do alike.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "storage/rocks/open_with.hpp"
#include "tests/storage/lossy_fs.hpp"
#include "tests/support/journals.hpp"
#include "tests/support/temp_directory.hpp"

namespace pitwall::test {

struct implementation {
  std::string name;
  std::function<storage_set(const temp_directory&)> open;
};

inline storage_options small_options(const temp_directory& directory) {
  storage_options o;
  o.directory = directory / "data";
  o.write_buffer_bytes = 256U << 10U;
  o.max_wal_bytes = 4U << 20U;
  o.block_cache_bytes = 1U << 20U;
  return o;
}

/// open_rocksdb() without waiting for the disk.
inline result<storage_set> open_quickly(const storage_options& options) {
  return storage::open_rocksdb_with(options, quick_disk().env);
}

inline const std::vector<implementation>& implementations() {
  static const std::vector<implementation> all{
      {"memory", [](const temp_directory&) { return open_memory(); }},
      {"rocksdb", [](const temp_directory& d) { return must(open_quickly(small_options(d))); }}};
  return all;
}

/// Runs `test` once per implementation, each with a fresh store.
inline void for_each_implementation(const std::function<void(storage_set)>& test) {
  for (const auto& each : implementations()) {
    INFO("implementation " << each.name);
    const temp_directory directory;
    test(each.open(directory));
  }
}

}  // namespace pitwall::test
