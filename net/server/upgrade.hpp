// Job: hands a connection over to whoever speaks WebSocket on it.
// Threads: the engine's I/O thread. Tests: tests/net/exchange_session_test.cpp,
//      live_socket_test.cpp
#pragma once

#include <boost/beast/websocket/rfc6455.hpp>
#include <utility>

#include "net/server/engine.hpp"

namespace pitwall::http {

/// True: the stream is moved from, and the session ends without a word.
template <class Stream>
bool hand_over(engine& home, Stream& stream, wire_request& asked, const caller& from) {
  if (home.draining() || !home.upgrades() || !boost::beast::websocket::is_upgrade(asked))
    return false;
  const auto take = home.upgrades()(asked, from);
  if (!take) return false;
  boost::system::error_code ignored;
  stream.next_layer().cancel(ignored);
  take(std::move(stream), std::move(asked));
  return true;
}

/// Takes what still comes of a request that was refused: closing at once could cost the client our
/// answer. Calls `then` at the end of it, or after `most` bytes; `then` keeps both alive.
template <class Stream, class Buffer, class F>
void discard(Stream& stream, Buffer& buffer, std::size_t most, F then) {
  buffer.clear();
  stream.async_read_some(
      buffer.prepare(first_read),
      [&stream, &buffer, most, then = std::move(then)](auto ec, std::size_t n) mutable {
        if (ec || n > most) return then();
        discard(stream, buffer, most - n, std::move(then));
      });
}

}  // namespace pitwall::http
