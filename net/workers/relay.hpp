// Job: one verified connection between a host and a worker: what comes under TLS, checked frame by
//      frame, goes to CAF, and what CAF says goes out under TLS.
// Owns: the connection and our end of the link; the end of either ends both.
// Threads: the I/O thread. Keeps itself alive until it has ended; then `ended` is called, once.
// Time: the first frame within `greeting`, else it ends. The kernel ends a connection whose other
//      side has acknowledged nothing for `silence` of what was sent.
// Errors: what ended it: unavailable (the connection), invalid_argument (frame_guard.hpp),
//      deadline_exceeded (no greeting), cancelled (CAF, or end()).
// Bounds: a buffer of buffer_size for each direction; neither side is read faster than the other
//      takes. Tests: tests/net/worker_gate_test.cpp
#pragma once

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>

#include "net/wire_stream.hpp"
#include "net/workers/frame_guard.hpp"
#include "net/workers/link_socket.hpp"
#include "runtime/base/clock.hpp"

namespace pitwall::remote {

/// CAF gets a message at once in memory: none is larger than this.
inline constexpr std::uint32_t max_message_bytes = 8U << 20U;

struct relay_options {
  peer who = peer::connects;
  milliseconds greeting{5'000}, silence{5'000};
  std::uint32_t max_message = max_message_bytes;
  /// Called with the peer's greeting, before CAF sees it: how long to hold it back; below zero: the
  /// peer is let go.
  std::function<milliseconds(const std::string& greeting)> greeted{};
  std::function<void(const error& why)> ended{};
};

class relay : public std::enable_shared_from_this<relay> {
 public:
  static constexpr std::size_t buffer_size = 64U << 10U;

  relay(http::wire_stream connection, link_socket link, relay_options options);
  /// `begun`: bytes of the peer that were read already.
  void start(std::string_view begun = {});
  void end(error why);
  /// From now on.
  void set_silence(milliseconds silence);
  bool over() const noexcept { return over_; }
  const std::string& greeting() const noexcept { return guard_.greeting(); }

 private:
  void read_peer();
  /// What the first `n` bytes of the buffer say.
  void on_peer(std::size_t n);
  void pass_on(std::size_t n);
  void read_link();

  http::wire_stream connection_;
  link_socket link_;
  relay_options options_;
  frame_guard guard_;
  boost::asio::steady_timer patience_;
  std::array<char, buffer_size> from_peer_{}, from_link_{};
  bool told_ = false, over_ = false;
};

/// The kernel's part of noticing that the other side is gone.
void watch_silence(http::stream_socket& socket, milliseconds silence);

}  // namespace pitwall::remote
