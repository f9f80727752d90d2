// Job: opens one outgoing connection: a Unix socket, TCP, or TCP with TLS whose server has proven
//      that it is the one that was asked for.
// Threads: the I/O thread of its io_context, which also calls `then`, once, and never before
//      start() has returned; not after cancel().
// Time: none; whoever waits cancels it.
// Errors: unavailable, with what failed and what helps: the name, the connection, the handshake;
//      of a certificate whether it is unknown, expired or another's. What `admits` says.
// Security: with TLS the certificate must lead to one that is trusted, be valid now, and be the
//      host's; the name is sent (SNI). Every address that a name leads to is shown to `admits`, and
//      the connection goes to the one that was shown: a name cannot change its meaning in between.
//      "localhost", and what is under it, is this machine and is asked of no resolver.
// Tests: tests/net/dialer_test.cpp
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/wire_stream.hpp"
#include "runtime/base/result.hpp"
#include "runtime/base/web_url.hpp"

namespace pitwall {

/// Where to.
struct wire_place {
  std::filesystem::path socket{};  ///< A Unix socket; then the rest counts for nothing.
  std::string host{};              ///< A name, or a numeric address without brackets.
  std::uint16_t port = 0;
  std::shared_ptr<http::tls_context> trust{};  ///< Null: in the clear (open_trust()).
  /// Whether a connection may go to this address; empty: to every one.
  std::function<status(const boost::asio::ip::address&)> admits{};

  /// "example.com:443", "[::1]:80", or the socket's path.
  std::string shown() const;
};

class dialer : public std::enable_shared_from_this<dialer> {
 public:
  using dialled = std::function<void(result<http::wire_stream>)>;

  static std::shared_ptr<dialer> start(boost::asio::io_context& io, wire_place to, dialled then);
  void cancel();

 private:
  using tcp = boost::asio::ip::tcp;
  using local = boost::asio::local::stream_protocol;
  using code = boost::system::error_code;

  dialer(boost::asio::io_context& io, wire_place to, dialled then);
  void dial();
  void dial_socket();
  void on_resolved(const tcp::resolver::results_type& found);
  void connect(const std::vector<tcp::endpoint>& to);
  void on_connected();
  void on_handshake(code ec);
  void finish(result<http::wire_stream> outcome);
  bool over() const noexcept { return !then_; }

  const wire_place to_;
  dialled then_;
  boost::asio::io_context& io_;
  tcp::resolver resolver_;
  tcp::socket tcp_;
  local::socket local_;
  std::optional<http::wire_stream> stream_;  // in its handshake
};

}  // namespace pitwall
