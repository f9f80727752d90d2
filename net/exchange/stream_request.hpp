// Job: what a client of streams asks for in a text frame, and the answers to it.
// Source: "Live Subscribing/Unsubscribing to streams" of web-socket-streams.md in the public
//      repository binance/binance-spot-api-docs.
// Threads: pure. Bounds: those of a frame. Tests: tests/net/exchange_streams_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/base/value.hpp"

namespace pitwall::sim {

struct stream_request {
  enum class method : std::uint8_t { subscribe, unsubscribe, list, set_combined, get_combined };
  method what = method::list;
  std::vector<std::string> streams;
  bool combined = false;
  value id;
};

/// The request, or the whole answer that refuses it.
std::variant<stream_request, value> read_stream_request(std::string_view frame);

value stream_answer(value result, value id);
value stream_refusal(int code, std::string text, const value* id);

}  // namespace pitwall::sim
