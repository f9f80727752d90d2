// Job: one request to a peer's HTTP API, from the dial to the answer.
// Threads: the I/O thread of its io_context, which also calls `then`, once.
// Time: all of it within `patience`.
// Errors: unavailable: no connection came about, nothing was asked; deadline_exceeded, io_error: it
//      may have happened. Any answer is a reply, also a problem.
// Bounds: an answer of 1 MiB. Tests: tests/net/host_relay_test.cpp
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/client/dialer.hpp"
#include "net/client/host_client.hpp"

namespace pitwall::peers {

struct peer_question {
  std::string method, target, body;
  std::string host;   ///< In the Host header.
  std::string token;  ///< Empty: none is shown.
};

class peer_call : public std::enable_shared_from_this<peer_call> {
 public:
  using answered = std::function<void(result<http_reply>)>;
  static void start(boost::asio::io_context& io, wire_place to, const peer_question& asked,
                    milliseconds patience, answered then);

 private:
  peer_call(boost::asio::io_context& io, wire_place to, const peer_question& asked,
            milliseconds patience, answered then);
  void run();
  void on_connected(result<http::wire_stream> opened);
  void on_answer(boost::system::error_code ec);
  void end(result<http_reply> outcome);

  boost::asio::io_context& io_;
  const wire_place to_;
  const milliseconds patience_;
  answered then_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<dialer> dial_;
  std::optional<http::wire_stream> stream_;
  boost::beast::flat_buffer buffer_;
  boost::beast::http::request<boost::beast::http::string_body> request_;
  boost::beast::http::response_parser<boost::beast::http::string_body> parser_;
};

}  // namespace pitwall::peers
