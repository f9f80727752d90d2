// Job: one outgoing WebSocket connection (RFC 6455), in the clear or under TLS: text frames out and
//      in, until it ends.
// Threads: the I/O thread of its io_context, which also calls the listeners, never from within a
//      call. After close(), or after `closed`, none is called any more.
// Time: connected and upgraded within connect_patience; a peer of which nothing was heard for
//      `silence`, pings included, is gone.
// Errors (`closed`): unavailable; resource_exhausted where the server refused the upgrade with 429
//      or 418; invalid_argument where it did with another 4xx. With status and retry_after_ms.
// Security: as dialer.hpp.
// Bounds: a message of max_message_bytes; max_queue_bytes unsent, beyond which it is closed.
// Tests: tests/net/web_socket_test.cpp
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/client/dialer.hpp"
#include "runtime/base/clock.hpp"

namespace pitwall {

struct web_socket_options {
  wire_place at;
  std::string host;  ///< In the Host header.
  milliseconds connect_patience{10'000};
  milliseconds silence{30'000};  ///< Half of it: a ping.
  milliseconds close_patience{2'000};
  std::size_t max_message_bytes = 4U << 20U;
  std::size_t max_queue_bytes = 1U << 20U;
};

struct web_socket_request {
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers;
};

class web_socket_client : public std::enable_shared_from_this<web_socket_client> {
 public:
  struct listeners {
    std::function<void()> opened;
    std::function<void(std::string_view text)> text;
    std::function<void(error why)> closed;
  };

  static std::shared_ptr<web_socket_client> start(boost::asio::io_context& io,
                                                  const web_socket_options& options,
                                                  web_socket_request request, listeners tell);
  /// Precondition: opened. What is beyond the bound ends the connection.
  void send(std::string frame);
  /// Says goodbye where it is open, and lets go of it.
  void close();

 private:
  using code = boost::system::error_code;
  using stream = boost::beast::websocket::stream<http::wire_stream>;

  web_socket_client(boost::asio::io_context& io, const web_socket_options& options,
                    web_socket_request request, listeners tell);
  void dial();
  void on_dialled(result<http::wire_stream> opened);
  void on_upgraded(code ec);
  void read();
  void write();
  void fail(error why);
  error broken(const code& ec) const;
  error declined() const;
  void cut();
  bool over() const noexcept { return tell_ == nullptr; }

  const web_socket_options options_;
  const web_socket_request request_;
  boost::asio::io_context& io_;
  std::shared_ptr<const listeners> tell_;  // null: it is over
  boost::asio::steady_timer deadline_;
  std::shared_ptr<dialer> dial_;
  std::unique_ptr<stream> ws_;
  boost::beast::websocket::response_type answer_;
  boost::beast::flat_buffer in_;
  std::deque<std::string> out_;
  std::size_t queued_ = 0;
  bool open_ = false, writing_ = false;
};

}  // namespace pitwall
