// Job: hands a connection over to whoever speaks WebSocket on it, and turns away who may not come
//      in at all.
// Threads: the engine's I/O thread. Tests: tests/net/exchange_session_test.cpp,
//      live_socket_test.cpp
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <type_traits>

#include "net/server/engine.hpp"

namespace pitwall::http {

/// True: the stream is moved from, and the session ends without a word.
template <class Stream>
bool hand_over(engine& home, Stream& stream, wire_request& asked) {
  if (home.draining() || !home.upgrades() || !boost::beast::websocket::is_upgrade(asked))
    return false;
  const auto take = home.upgrades()(asked);
  if (!take) return false;
  boost::system::error_code ignored;
  stream.cancel(ignored);
  take(stream_socket(std::move(stream)), std::move(asked));
  return true;
}

/// What to answer instead of the request. Who reaches a Unix socket has the rights to it.
template <class Stream>
std::optional<reply> turned_away(const engine& home, const Stream&, const wire_request& asked) {
  if constexpr (std::is_same_v<Stream, boost::asio::ip::tcp::socket>) {
    if (home.guard()) return home.guard()(asked);
  }
  return {};
}

}  // namespace pitwall::http
