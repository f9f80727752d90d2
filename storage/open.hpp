// Job: the door of this room: opens a journal and the state store beside it.
// Owns: the returned ports share the database; it is closed, and its lock released, when both are
//       gone. Whoever waits in commit() is answered first.
// Threads: one opening at a time per directory; the ports say their own.
// Durable: RocksDB keeps what it acknowledged as `sync` through a power cut, and as `async` through
//       the death of the process (a power cut may take the last moments, never something in the
//       middle). `memory` is treated as `async` there: the log is written, and not waited for.
//       The memory journal keeps nothing beyond the process.
// Errors: each with its remedy: failed_precondition (in use by another process, which is named; a
//       path that is no directory; written by a newer Pitwall), not_found (nothing to open),
//       data_loss (damaged or incomplete), io_error (disk, permissions).
// Tests: tests/storage/journal_contract_test.cpp, rocksdb_open_test.cpp, crash_test.cpp
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>

#include "runtime/base/limits.hpp"
#include "runtime/ports/journal.hpp"
#include "runtime/ports/meters.hpp"
#include "runtime/ports/state_store.hpp"

namespace pitwall {

struct storage_set {
  std::shared_ptr<journal> events;
  std::shared_ptr<state_store> states;
};

/// How much memory and log a journal may use.
struct storage_bounds {
  /// Events wait in memory up to this size before they are sorted into files.
  std::size_t write_buffer_bytes = 32U << 20U;
  /// Upper bound of the write-ahead log, and so of what opening after a crash has to read again.
  std::size_t max_wal_bytes = 256U << 20U;
  /// Recently read blocks, kept uncompressed.
  std::size_t block_cache_bytes = 32U << 20U;
};

struct storage_options : storage_bounds {
  std::filesystem::path directory;
  /// Reads what is there and writes nothing, not even a log. May be opened beside a running host:
  /// it then shows the journal as it was at this moment, and does not follow it.
  bool read_only = false;
  bool create = true;           ///< Make a new journal where there is none.
  journal_meters_ref meters{};  ///< Null: nobody measures.
  /// Called first on the thread that writes, which all wait for who order or halt; null: nothing.
  std::function<void()> writer_started{};
  /// Called on threads that sort what was written into files, before they do; null: nothing.
  std::function<void()> sorting{};
};

result<storage_set> open_rocksdb(const storage_options& options);

/// Keeps the last `keep_events` events (always the newest commit) and the summaries that go with
/// them. Completions run inside commit().
storage_set open_memory(std::size_t keep_events = limits::memory_journal_events);

}  // namespace pitwall
