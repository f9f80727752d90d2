// Job: one blocking HTTP conversation over a Unix socket, with a deadline for each step.
// Threads: one owner.
// Errors: as host_client.hpp says. The private side of host_client.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <filesystem>
#include <string_view>

#include "net/client/host_client.hpp"

namespace pitwall {

class connection {
 public:
  explicit connection(std::filesystem::path socket);

  status open();

  struct question {
    std::string_view method, target, body, accept;
  };
  /// Sends the request and reads the whole answer, all within `patience`.
  result<http_reply> ask(const question& q, milliseconds patience);
  /// Sends the request and reads the answer's header; the body follows by read_some().
  result<http_reply> ask_for_stream(const question& q, milliseconds patience);
  /// The next bytes of the body; empty: it has ended. Valid until the next call.
  result<std::string_view> read_some(milliseconds patience);

 private:
  using streamed_parser = boost::beast::http::response_parser<boost::beast::http::buffer_body>;
  using whole_parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  void prepare(const question& q);
  /// Runs what was started; past the deadline it is cut off.
  status run(milliseconds patience);
  error broken(const boost::system::error_code& ec) const;

  std::filesystem::path path_;
  boost::asio::io_context io_{1};
  boost::asio::local::stream_protocol::socket socket_{io_};
  boost::beast::flat_buffer buffer_;
  boost::beast::http::request<boost::beast::http::span_body<const char>> message_;
  streamed_parser streamed_;
  boost::system::error_code outcome_;
  std::array<char, 16U << 10U> bytes_{};
};

}  // namespace pitwall
