// Job: what streams send, as the JSON of the Binance Spot conventions.
// Source: web-socket-streams.md (2023-12-04) and user-data-stream.md (2022-12-05) in the public
//      repository binance/binance-spot-api-docs.
// Threads: pure. Tests: tests/net/exchange_streams_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "net/exchange/book_feed.hpp"
#include "net/exchange/stream_name.hpp"

namespace pitwall::sim {

value ticker_event(const std::string& symbol, const book_feed& f);
value depth_event(const std::string& symbol, const book_feed::diff& d, std::int64_t now_ms);
value partial_depth(const book_feed& f, std::size_t levels);
value trade_event(const trade_record& t, std::int64_t now_ms);

/// Of one interval of one symbol, as its trades come.
struct running_candle {
  candle so_far;
  trade_id first = 0, last = 0;
};
value kline_event(const stream_name& name, const running_candle& c, std::int64_t now_ms);

/// The executionReport of an event that was just applied to the records; null for others.
value execution_report(const book_event& e, const records& all);
value account_position(const std::vector<matching::ledger::balance>& balances,
                       const std::vector<std::string>& assets, std::int64_t now_ms);
value listen_key_expired(const std::string& key, std::int64_t now_ms);

}  // namespace pitwall::sim
