// Job: one WebSocket connection of the exchange: asks to be admitted, writes what it is sent, hands
//      on what it hears, pings.
// Source: "General WSS information" and "WebSocket Limits" of web-socket-streams.md in the public
//      repository binance/binance-spot-api-docs; the protocol is RFC 6455, by Boost.Beast.
// Threads: the engine's I/O thread; a peer's functions from any.
// Bounds: stream_bounds. One write at a time. Who leaves more unread than max_queue_bytes is cut
// off
//      without ever holding anyone up.
// Tests: tests/net/exchange_session_test.cpp
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/exchange/stream_hub.hpp"
#include "net/server/engine.hpp"

namespace pitwall::sim {

struct stream_bounds {
  milliseconds ping_every{20'000};
  std::size_t silent_pings = 3;  ///< So many without an answer: the client is gone.
  milliseconds longest{86'400'000};
  std::size_t messages_a_second = 5;  ///< Incoming, pings and pongs among them.
  // A subscription to 1024 streams fits.
  std::size_t max_frame_bytes = 64U << 10U;
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
  std::function<timestamp()> now;
};

/// Takes over the connection of a request for a WebSocket. `events` outlives the engine.
void open_stream_session(http::engine& home, boost::asio::ip::tcp::socket socket,
                         http::wire_request asked, http::target to, const stream_events& events,
                         const stream_bounds& bounds);

}  // namespace pitwall::sim
