// Job: one WebSocket connection of the exchange: asks to be admitted, writes what it is sent, hands
//      on what it hears.
// Source: "General WSS information" and "WebSocket Limits" of web-socket-streams.md in the public
//      repository binance/binance-spot-api-docs.
// Threads: the engine's I/O thread; a peer's functions from any.
// Bounds: stream_bounds. Who leaves more unread than max_queue_bytes is cut off without ever
//      holding anyone up.
// Tests: tests/net/exchange_session_test.cpp
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/exchange/stream_hub.hpp"
#include "net/server/web_socket.hpp"

namespace pitwall::sim {

// The defaults of http::web_socket_bounds are the exchange's; a subscription to 1024 streams fits
// into a frame.
struct stream_bounds : http::web_socket_bounds {
  stream_bounds() { longest = std::chrono::hours(24); }
  // Some seconds of everything that there is to tell.
  std::size_t max_queue_bytes = 4U << 20U;
};

/// A connection, as the owner of the hub sees it.
class stream_peer : public stream_sink {
 public:
  /// Once. With a reply: that, instead of a WebSocket.
  virtual void admit(std::optional<http::reply> refused) = 0;
};

/// Called on the I/O thread: they enqueue, and return.
struct stream_events {
  std::function<void(const std::shared_ptr<stream_peer>&, http::target)> asked;
  std::function<void(const std::shared_ptr<stream_peer>&, std::string)> said;
  std::function<void(const std::shared_ptr<stream_peer>&)> closed;
};

/// Takes over the connection of a request for a WebSocket. `events` outlives the engine.
void open_stream_session(http::engine& home, http::wire_stream stream, http::wire_request asked,
                         http::target to, const stream_events& events, const stream_bounds& bounds);

}  // namespace pitwall::sim
