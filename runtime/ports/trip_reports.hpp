// Job: the report of a closing (runtime/workflow/trip_report.hpp), read from the journal as of now.
// Threads: any. Errors: not_found; those of journal::read.
// Bounds: reads what the executions that were open then have in the journal, and a fixed number of
//      events before the change: however long the history is.
// Tests: tests/storage/trips_test.cpp
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/ports/journal.hpp"
#include "runtime/workflow/trip_report.hpp"

namespace pitwall {

/// Of the change with this seq; 0: of the latest.
result<trip_report> read_trip_report(const journal& from, std::uint64_t seq);

/// Newest first, of a seq below `before` (0: from the newest on), without orders and executions.
result<std::vector<trip_report>> list_trip_reports(const journal& from, std::uint64_t before,
                                                   std::size_t limit);

}  // namespace pitwall
