// Job: the names of streams: "btcusdt@depth5@100ms" taken apart.
// Source: "Detailed Stream information" of web-socket-streams.md in the public repository
//      binance/binance-spot-api-docs. Symbols are in lower case.
// Threads: pure. Tests: tests/net/exchange_streams_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/exchange/klines.hpp"

namespace pitwall::sim {

enum class stream_kind : std::uint8_t { book_ticker, depth, partial_depth, trade, kline, user };

struct stream_name {
  std::string text;    ///< As it was written.
  std::string symbol;  ///< In upper case; empty for the user's.
  stream_kind kind = stream_kind::user;
  bool fast = false;       ///< Depths: every 100 ms instead of every second.
  std::size_t levels = 0;  ///< Of partial depths: 5, 10, 20.
  std::string interval_text;
  kline_interval interval;
};

/// Nothing where it is no such name. Whether its symbol or listen key exists is not looked at.
std::optional<stream_name> parse_stream(std::string_view text);

}  // namespace pitwall::sim
