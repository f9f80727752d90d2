// Job: one request to a web server, from the dial to the answer. The private side of web_client.
// Threads: the client's I/O thread.
// Errors: runtime/ports/web.hpp.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/client/dialer.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/web_url.hpp"
#include "runtime/ports/web.hpp"

namespace pitwall {

class web_call : public std::enable_shared_from_this<web_call> {
 public:
  web_call(boost::asio::io_context& io, web_url url, const web_request& asked,
           milliseconds patience, std::shared_ptr<const wall_clock> clock, web::completion then);

  void start(wire_place to);
  /// Nothing happens where it has ended.
  void end(result<web_reply> outcome);
  error failed(errc code, std::string message, std::string remedy) const;
  bool over() const noexcept { return !then_; }
  const web_url& url() const noexcept { return url_; }

 private:
  void on_connected(result<http::wire_stream> opened);
  void on_answer(boost::system::error_code ec);
  result<web_reply> reading();

  boost::asio::io_context& io_;
  const web_url url_;
  const milliseconds patience_;
  const std::shared_ptr<const wall_clock> clock_;
  web::completion then_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<dialer> dial_;
  std::optional<http::wire_stream> stream_;
  timestamp sent_at_{};
  boost::beast::flat_buffer buffer_;
  boost::beast::http::request<boost::beast::http::string_body> request_;
  boost::beast::http::response_parser<boost::beast::http::string_body> parser_;
};

}  // namespace pitwall
