// Job: the event records that were read last, kept open. Executions that began together share their
//      commits, and a start reads them one after the other: to read and prove the same records anew
//      for each of them would cost their number squared.
// Threads: any. Bounds: max_records; max_bytes, or one record. Errors: data_loss; not_found.
// Tests: tests/storage/rocksdb_journal_test.cpp; bench/history_bench.cpp (resume)
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "storage/codec/record_codec.hpp"
#include "storage/rocks/database.hpp"

namespace pitwall::storage {

using open_record = std::shared_ptr<const record_reader>;

class recent_records {
 public:
  static constexpr std::size_t max_records = 8, max_bytes = 8U << 20U;

  /// A record never changes: one at hand is as good as what lies on the disk.
  result<open_record> at(const database& db, std::uint64_t first_seq);

 private:
  struct opened {
    explicit opened(std::string b) : bytes(std::move(b)) {}
    std::string bytes;
    std::optional<record_reader> reader;  ///< Of these bytes.
  };
  struct entry {
    std::size_t bytes = 0;
    open_record record;
  };

  void keep(entry made);

  std::mutex mutex_;
  std::deque<entry> kept_;  ///< The last one used in front.
  std::size_t bytes_ = 0;   ///< Of all that are kept.
};

}  // namespace pitwall::storage
