#include "storage/open.hpp"

#include "storage/memory/memory_journal.hpp"
#include "storage/memory/memory_state_store.hpp"
#include "storage/rocks/open_with.hpp"
#include "storage/rocks/rocksdb_journal.hpp"
#include "storage/rocks/rocksdb_state_store.hpp"

namespace pitwall {

namespace storage {

result<storage_set> open_rocksdb_with(const storage_options& options,
                                      std::shared_ptr<rocksdb::Env> env) {
  PITWALL_TRY(db, database::open(options, std::move(env)));
  PITWALL_TRY(events, rocksdb_journal::open(db));
  return storage_set{std::move(events), std::make_shared<rocksdb_state_store>(std::move(db))};
}

}  // namespace storage

result<storage_set> open_rocksdb(const storage_options& options) {
  return storage::open_rocksdb_with(options, nullptr);
}

storage_set open_memory(std::size_t keep_events) {
  return {std::make_shared<storage::memory_journal>(keep_events),
          std::make_shared<storage::memory_state_store>()};
}

}  // namespace pitwall
