// Job: one blocking HTTP conversation with a host, with a deadline for each step.
// Threads: one owner.
// Errors: as host_client.hpp says. The private side of host_client.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/client/dialer.hpp"
#include "net/client/host_client.hpp"

namespace pitwall {

/// A host as the client reaches it.
struct host_address {
  wire_place at;
  std::string name = "localhost";  ///< In the Host header.
  std::string token{};             ///< Empty: none is shown.
};

/// `url`: http[s]://HOST[:PORT]; nobody is called yet. invalid_argument: the URL, a CA file for a
/// host in the clear, or a token that would leave this machine in the clear; open_trust().
result<host_address> place_at(const std::string& url, bool shows_token,
                              const std::filesystem::path& ca_file);

class connection {
 public:
  explicit connection(std::shared_ptr<const host_address> to);

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

  std::shared_ptr<const host_address> to_;
  boost::asio::io_context io_{1};
  std::shared_ptr<dialer> dial_;
  std::optional<http::wire_stream> stream_;
  boost::beast::flat_buffer buffer_;
  boost::beast::http::request<boost::beast::http::span_body<const char>> message_;
  streamed_parser streamed_;
  boost::system::error_code outcome_;
  std::array<char, 16U << 10U> bytes_{};
};

}  // namespace pitwall
