// Job: hands a connection over to whoever speaks WebSocket on it.
// Threads: the engine's I/O thread. Tests: tests/net/exchange_session_test.cpp
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <type_traits>

#include "net/server/engine.hpp"

namespace pitwall::http {

/// True: the stream is moved from, and the session ends without a word.
template <class Stream>
bool hand_over([[maybe_unused]] engine& home, [[maybe_unused]] Stream& stream,
               [[maybe_unused]] wire_request& asked) {
  if constexpr (std::is_same_v<Stream, boost::asio::ip::tcp::socket>) {
    return home.upgrades() && boost::beast::websocket::is_upgrade(asked) &&
           home.upgrades()(stream, asked);
  }
  return false;
}

}  // namespace pitwall::http
