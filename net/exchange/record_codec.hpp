// Job: the events of the exchange as text, for its log: one JSON list for all that is made durable
//      at once.
// Errors: data_loss, what is no such list. Threads: pure.
// Tests: tests/net/exchange_records_test.cpp
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/exchange/records.hpp"

namespace pitwall::sim {

std::string encode_events(std::span<const book_event> events);
result<std::vector<book_event>> decode_events(std::string_view line);

}  // namespace pitwall::sim
