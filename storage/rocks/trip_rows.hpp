// Job: the rows of trips in the family `latest`: who was unsettled when a scope was closed, noted
// by
//      the commit that closed it, so that a report of it costs what was open then, and not what
//      happened since.
// Format: trip/ and the seq of the change -> sealed [acknowledgement | executions left out | ids].
// Bounds: limits::max_trip_executions ids. Errors: data_loss.
// Tests: tests/storage/trips_test.cpp
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "storage/rocks/database.hpp"

namespace pitwall::storage {

inline constexpr std::string_view trip_prefix = "trip/";
std::string trip_key(std::uint64_t seq);
/// Precondition: it begins with trip_prefix. 0 where it is no key of a trip.
std::uint64_t trip_seq(std::string_view key);

std::string encode_trip(const trip_mark& mark);
result<trip_mark> decode_trip(std::string_view bytes, std::uint64_t seq);

/// Newest first, of a seq below `before`.
result<std::vector<trip_mark>> list_trips(const database& db, std::uint64_t before,
                                          std::size_t limit);
/// execution_key() of those that are final and have open orders, as their rows say.
result<std::set<std::string>> list_resting(const database& db);

}  // namespace pitwall::storage
