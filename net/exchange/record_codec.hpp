// Job: the events of the exchange as text, for its log: one JSON list for all that is made durable
//      at once; and a snapshot of the records as such lines.
// Errors: data_loss, what is no such list. Threads: pure.
// Tests: tests/net/exchange_floor_test.cpp
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/exchange/records.hpp"

namespace pitwall::sim {

std::string encode_events(std::span<const book_event> events);
result<std::vector<book_event>> decode_events(std::string_view line);

/// The records as lines that stand for all lines before them. The first says how many they are.
std::vector<std::string> encode_snapshot(const records& all);
/// All lines of a log. Errors name the line; data_loss, too, where a snapshot is not all there.
result<std::vector<book_event>> decode_log(std::span<const std::string> lines);

}  // namespace pitwall::sim
