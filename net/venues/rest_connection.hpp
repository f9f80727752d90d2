// Job: one keep-alive connection that carries one request at a time, and knows whether its bytes
//      have left. The private side of rest_client.
// Threads: the client's I/O thread.
// Effects: a request is written at most once. A connection that the server has closed while it was
//      idle is found out before the write, and replaced. Under TLS a request that fits a record (16
//      KiB) arrives as a whole or not at all: what was not taken was not read by anybody.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/venues/rest_client.hpp"

namespace pitwall {

class rest_connection : public std::enable_shared_from_this<rest_connection> {
 public:
  rest_connection(boost::asio::io_context& io, const rest_options& options);

  bool busy() const noexcept { return job_ != nullptr; }
  const rest_job* job() const noexcept { return job_.get(); }
  /// Precondition: not busy. `done` is called once, possibly before this returns.
  void run(std::shared_ptr<rest_job> job, std::function<void(rest_answer)> done);
  /// Ends what is under way now: not_sent or lost, as it stands.
  void cut(const std::string& reason);

 private:
  using parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  void connect();
  void on_connected(std::uint64_t epoch, result<http::wire_stream> opened);
  void write();
  void on_written(std::uint64_t epoch, boost::system::error_code ec, std::size_t bytes);
  void on_read(std::uint64_t epoch, boost::system::error_code ec);
  void fail(const std::string& reason);
  void finish(rest_answer answer);
  void close();
  /// A handler that belongs to an earlier request is dropped.
  bool stale(std::uint64_t epoch) const noexcept { return epoch != epoch_ || job_ == nullptr; }

  const rest_options& options_;
  boost::asio::io_context& io_;
  std::shared_ptr<dialer> dial_;             // while it connects
  std::optional<http::wire_stream> stream_;  // connected
  boost::beast::flat_buffer buffer_;
  std::optional<parser> parser_;
  std::string text_;  // the request as it is written
  std::shared_ptr<rest_job> job_;
  std::function<void(rest_answer)> done_;
  std::uint64_t epoch_ = 0;
  bool leaving_ = false;  // the write has begun
};

}  // namespace pitwall
