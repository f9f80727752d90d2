// Job: the bounds of one question to a journal: a reader gets a page and a cursor, never the house.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pitwall::storage {

// One page of events; a larger limit is cut to this (tens of MB in memory at worst).
inline constexpr std::size_t max_page_events = 10'000;
// A filter that matches little ends its page after looking at this many: about 20 ms of work.
inline constexpr std::uint64_t max_scanned_events = 200'000;
inline constexpr std::size_t max_page_executions = 1'000;
inline constexpr std::size_t max_scanned_executions = 10'000;
// Each may name limits::max_trip_executions.
inline constexpr std::size_t max_page_trips = 100;
// Where several filters hardly meet, a page ends after leaping so often: some 20 ms of work.
inline constexpr std::size_t max_index_leaps = 2'000;
static_assert(max_index_leaps > max_page_executions, "a page by one filter takes a leap each");

}  // namespace pitwall::storage
