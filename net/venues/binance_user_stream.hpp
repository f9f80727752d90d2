// Job: the Binance adapter's user data stream: a listen key that is got, kept alive and renewed,
//      or a signed subscription by the WebSocket API, and the events that come by it.
// Threads: events and the link's calls run on the link's I/O thread; the socket has its own.
//      start() and stop() from any; stop() before either thread ends.
// Errors: a stream that cannot be had is tried again, later and later; orders are polled meanwhile.
// Durable: nothing. Tests: tests/net/binance_streams_test.cpp
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "net/client/io_thread.hpp"
#include "net/client/lasting_socket.hpp"
#include "net/venues/binance_execution.hpp"
#include "net/venues/binance_link.hpp"

namespace pitwall {

class binance_user_stream : public std::enable_shared_from_this<binance_user_stream> {
 public:
  struct listeners {
    std::function<void(bool open)> streamed;  ///< It is open from here on, or no more.
    std::function<void(const binance::execution&)> told;
  };

  static std::shared_ptr<binance_user_stream> start(std::shared_ptr<io_thread> home,
                                                    std::shared_ptr<binance_link> link,
                                                    const web_socket_options& socket,
                                                    const reconnect_limits& delays, bool by_api,
                                                    listeners tell);
  void stop();
  bool is_open() const noexcept { return open_; }
  std::uint64_t opened() const noexcept { return opened_; }
  /// Why it is not open, once that is known; empty while it is.
  std::string trouble() const;

 private:
  binance_user_stream(std::shared_ptr<io_thread> home, std::shared_ptr<binance_link> link,
                      bool by_api, listeners tell);
  void on_open();
  void prepare_api(const lasting_socket::prepared& then);
  void subscribe();
  void get_key(const lasting_socket::prepared& then);
  void keep_key();
  void arm();
  void on_text(std::string_view text);
  void on_state(bool open);
  void on_lost(const error& why);
  void renew(const error& why);

  const std::shared_ptr<io_thread> home_;
  const std::shared_ptr<binance_link> link_;
  const bool by_api_;
  const listeners tell_;
  std::atomic<bool> open_ = false, stopped_ = false;
  std::atomic<std::uint64_t> opened_ = 0;
  mutable std::mutex mutex_;
  std::string trouble_;  // under mutex_
  // On the socket's thread only.
  std::shared_ptr<lasting_socket> socket_;
  boost::asio::steady_timer timer_;
  std::string key_, warned_;
};

}  // namespace pitwall
