// Job: a WebSocket that is opened again whenever it is lost, later and later (reconnect.hpp).
// Threads: the I/O thread of its io_context, which also calls the listeners.
// Time: `prepare` is asked before each connection, and may answer later; a failed preparation
//      counts as a failed connection. A wait that the server asked for is kept, up to an hour.
// Tests: tests/net/web_socket_test.cpp
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "net/client/reconnect.hpp"
#include "net/client/web_socket.hpp"

namespace pitwall {

class lasting_socket : public std::enable_shared_from_this<lasting_socket> {
 public:
  using prepared = std::function<void(result<web_socket_request>)>;
  struct listeners {
    std::function<void(prepared)> prepare;
    std::function<void()> opened;
    std::function<void(std::string_view text)> text;
    /// A connection that was open, or one that did not come about.
    std::function<void(const error& why)> lost;
  };

  static std::shared_ptr<lasting_socket> start(boost::asio::io_context& io,
                                               const web_socket_options& options,
                                               const reconnect_limits& limits, listeners tell);
  /// Not sent where it is not open.
  void send(std::string frame);
  /// Closes what is open, as if it were lost.
  void renew(const error& why);
  /// For good. The listeners are let go.
  void stop();
  bool is_open() const noexcept { return open_; }

 private:
  lasting_socket(boost::asio::io_context& io, const web_socket_options& options,
                 const reconnect_limits& limits, listeners tell);
  void prepare();
  void connect(web_socket_request request);
  void on_lost(const error& why);

  boost::asio::io_context& io_;
  const web_socket_options options_;
  std::shared_ptr<const listeners> tell_;  // null: stopped
  reconnect delays_;
  boost::asio::steady_timer timer_;
  std::mt19937_64 random_{std::random_device{}()};
  std::shared_ptr<web_socket_client> socket_;
  std::uint64_t attempt_ = 0;
  bool open_ = false;
};

}  // namespace pitwall
