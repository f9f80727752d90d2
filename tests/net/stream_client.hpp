// Job: a WebSocket client for tests, by Boost.Beast, on TCP or a Unix socket; every wait has a
//      deadline.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include "runtime/workflow/json.hpp"

namespace pitwall::test {

struct stream_dialing {
  int receive_buffer = 0;  ///< 0: the system's.
  std::string host = "localhost", origin{};
};

class stream_client {
 public:
  using code = boost::system::error_code;
  static constexpr std::chrono::seconds patience{20};

  using dialing = stream_dialing;

  stream_client(std::uint16_t port, const std::string& target, const dialing& how = {}) : ws_(io_) {
    const boost::asio::ip::tcp::endpoint there(boost::asio::ip::address_v4::loopback(), port);
    connect(there, target, how);
  }
  stream_client(const std::filesystem::path& socket, const std::string& target) : ws_(io_) {
    connect(boost::asio::local::stream_protocol::endpoint(socket.native()), target, {});
  }

  bool connected() const { return !failure; }
  unsigned status() const { return answer_.result_int(); }
  const std::string& body() const { return answer_.body(); }

  code say(const std::string& text, bool as_text = true) {
    ws_.text(as_text);
    return wait([&](auto done) { ws_.async_write(boost::asio::buffer(text), done); });
  }
  code say_part(const std::string& text, bool last) {
    ws_.text(true);
    return wait([&](auto done) { ws_.async_write_some(last, boost::asio::buffer(text), done); });
  }
  /// The next text; nothing once the connection is closed, and why is in `failure`.
  std::optional<std::string> hear() {
    boost::beast::flat_buffer in;
    failure = wait([&](auto done) { ws_.async_read(in, done); });
    if (failure) return {};
    return boost::beast::buffers_to_string(in.data());
  }
  value hear_json() {
    const auto text = hear();
    if (!text) throw std::runtime_error("the stream has ended: " + failure.message());
    return parse_json(*text).value();
  }
  /// What the server gave as its reason for closing; 0: it gave none.
  unsigned close_code() const { return ws_.reason().code; }
  std::string close_reason() const {
    const auto& why = ws_.reason().reason;
    return {why.data(), why.size()};
  }
  /// Reads on until there is nothing more.
  void hear_out() {
    while (hear()) {
    }
  }
  code ping() {
    return wait([&](auto done) { ws_.async_ping({}, done); });
  }

  code failure;
  std::size_t pings = 0;

 private:
  template <class Endpoint>
  void connect(const Endpoint& there, const std::string& target, const dialing& how) {
    auto& socket = ws_.next_layer();
    socket.open(there.protocol());
    if (how.receive_buffer > 0) {
      socket.set_option(boost::asio::socket_base::receive_buffer_size(how.receive_buffer));
    }
    socket.connect(there);
    ws_.control_callback([this](boost::beast::websocket::frame_type kind, auto) {
      if (kind == boost::beast::websocket::frame_type::ping) ++pings;
    });
    if (!how.origin.empty()) {
      ws_.set_option(boost::beast::websocket::stream_base::decorator(
          [origin = how.origin](boost::beast::websocket::request_type& r) {
            r.set(boost::beast::http::field::origin, origin);
          }));
    }
    failure = wait([&](auto done) { ws_.async_handshake(answer_, how.host, target, done); });
  }

  template <class Start>
  code wait(Start start) {
    std::optional<code> out;
    start([&out](code ec, auto...) { out = ec; });
    io_.restart();
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!out && std::chrono::steady_clock::now() < end) io_.run_one_until(end);
    if (!out) throw std::runtime_error("nothing came within the deadline");
    return *out;
  }

  boost::asio::io_context io_;
  boost::beast::websocket::stream<boost::asio::generic::stream_protocol::socket> ws_;
  boost::beast::websocket::response_type answer_;
};

}  // namespace pitwall::test
