// Job: one page of executions: the open ones of the live index and the final ones of the files as
//      one list, newest first.
// Threads: any. Errors: data_loss, io_error. Bounds: storage/bounds.hpp; a page costs what it shows
//      and, where filters are combined, a bounded number of leaps.
// Tests: tests/storage/journal_contract_test.cpp, executions_test.cpp
#pragma once

#include "storage/rocks/database.hpp"
#include "storage/rocks/live_index.hpp"

namespace pitwall::storage {

result<execution_page> list_executions(const database& db, const live_index& index,
                                       const execution_query& query);

}  // namespace pitwall::storage
