#include "storage/rocks/options.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace pitwall::storage {

namespace {

/// Swallows RocksDB's own log: a reader writes nothing into the directory.
class silent_logger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

/// On RocksDB's own threads, which begin whenever there is work for them.
class sorting_listener final : public rocksdb::EventListener {
 public:
  explicit sorting_listener(std::function<void()> told) : told_(std::move(told)) {}
  void OnFlushBegin(rocksdb::DB* /*db*/, const rocksdb::FlushJobInfo& /*job*/) override { told_(); }
  void OnCompactionBegin(rocksdb::DB* /*db*/, const rocksdb::CompactionJobInfo& /*job*/) override {
    told_();
  }

 private:
  std::function<void()> told_;
};

rocksdb::CompressionType fast_compression() {
  const auto supported = rocksdb::GetSupportedCompressions();
  const bool lz4 =
      std::find(supported.begin(), supported.end(), rocksdb::kLZ4Compression) != supported.end();
  return lz4 ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
}

}  // namespace

const std::vector<std::string>& family_names() {
  static const std::vector<std::string> names{
      rocksdb::kDefaultColumnFamilyName, "events", "open", "history", "latest", "states", "index"};
  return names;
}

std::size_t rotation_bytes(const storage_options& options) {
  // Two logs may be waiting for their files while the third is written.
  const std::size_t by_log = std::max<std::size_t>(options.max_wal_bytes / 4, 64U << 10U);
  return std::clamp<std::size_t>(options.write_buffer_bytes, 64U << 10U, by_log);
}

rocksdb::DBOptions database_options(const storage_options& options) {
  rocksdb::DBOptions o;
  o.create_if_missing = options.create && !options.read_only;
  o.create_missing_column_families = o.create_if_missing;

  // An acknowledged event must never be dropped silently. The default, kPointInTimeRecovery, would
  // do that: it takes the first damaged place of the log for its end, and all acknowledged commits
  // behind it are gone without a word. kTolerateCorruptedTailRecords accepts only what a death in
  // mid-write leaves (the last record cut short) and refuses to open on any other damage, which
  // we report as data_loss. It tolerates a cut tail in older logs too; database::rotate() syncs a
  // log before the next one is begun, so that cannot hide a loss, and the chain of seqs that
  // recovery follows would show it.
  o.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  // Off: before RocksDB 7.9 it can refuse a healthy database ("Missing WAL with log number").
  o.track_and_verify_wals_in_manifest = false;
  // One log serves all families, so a WriteBatch is atomic across them and each family's files may
  // lag behind the log without harm: atomic flush is for databases that write without a log.
  o.atomic_flush = false;
  o.manual_wal_flush = false;  // Every commit reaches the kernel: the death of the process loses 0.
  // A second bound: rotation keeps the log far below it.
  o.max_total_wal_size = options.max_wal_bytes;

  o.max_background_jobs = 2;     // Leave the cores to trading.
  o.max_open_files = 512;        // A long history has more files than a start should open.
  o.bytes_per_sync = 1U << 20U;  // Files trickle to the disk rather than stall a commit's sync.
  o.skip_stats_update_on_db_open = true;
  o.stats_dump_period_sec = 0;
  o.stats_persist_period_sec = 0;
  o.max_manifest_file_size = 16U << 20U;
  o.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  o.max_log_file_size = 4U << 20U;
  o.keep_log_file_num = 4;
  // A host beside a reader removes files that it has merged: the reader holds them open from the
  // beginning.
  if (options.read_only) o.max_open_files = -1;
  if (options.read_only) o.info_log = std::make_shared<silent_logger>();
  if (options.sorting) o.listeners.push_back(std::make_shared<sorting_listener>(options.sorting));
  return o;
}

std::vector<rocksdb::ColumnFamilyDescriptor> family_options(const storage_options& options) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  table.block_size = 16U << 10U;
  table.format_version = 5;
  table.cache_index_and_filter_blocks = true;  // Bounded with the rest, not beside it.

  rocksdb::ColumnFamilyOptions each;
  // Above the size of a rotation: the database decides when a log ends, not one family's size.
  each.write_buffer_size = 2 * rotation_bytes(options);
  each.max_write_buffer_number = 4;
  // One light compression on all levels: records of events come in the order of their keys, and
  // files move down the levels untouched where the compression stays the same.
  each.compression = fast_compression();
  each.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  // Retention deletes what lies far below the files that trading touches: a file that carries many
  // deletions is merged downwards until the space is given back.
  each.table_properties_collector_factories = {
      rocksdb::NewCompactOnDeletionCollectorFactory(256, 128)};

  rocksdb::ColumnFamilyOptions points = each;  // Looked up by key: late fills, one execution.
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  points.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));

  // Keys begin with the time: an insert starts at the place of the last one instead of searching.
  rocksdb::ColumnFamilyOptions history = points;
  history.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(0));

  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const auto& name : family_names()) {
    families.emplace_back(name, name == "history" ? history : name == "latest" ? points : each);
  }
  return families;
}

}  // namespace pitwall::storage
