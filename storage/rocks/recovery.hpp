// Job: from the files to the present: the stored executions, the commits after the checkpoint
//      replayed over them, and the proof that nothing is missing up to the head.
// Errors: data_loss naming the seq; as database::get.
// Tests: tests/storage/rocksdb_journal_test.cpp, crash_test.cpp
#pragma once

#include <memory>

#include "storage/rocks/database.hpp"
#include "storage/rocks/live_index.hpp"

namespace pitwall::storage {

result<std::shared_ptr<live_index>> recover(const database& db);

}  // namespace pitwall::storage
