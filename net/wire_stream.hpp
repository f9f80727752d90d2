// Job: a connection as sessions and clients see it, in the clear or under TLS, on a TCP or a Unix
//      socket.
// Threads: its I/O thread. A moved-from one may only be destroyed.
// Tests: tests/net/tls_test.cpp, tests/net/dialer_test.cpp; in the clear every test of a server
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <iterator>
#include <memory>
#include <utility>

namespace pitwall::http {

/// A connected socket of either kind.
using stream_socket = boost::asio::generic::stream_protocol::socket;
using tls_context = boost::asio::ssl::context;
using tls_side = boost::asio::ssl::stream_base::handshake_type;

class wire_stream {
 public:
  using executor_type = stream_socket::executor_type;
  using next_layer_type = stream_socket;

  explicit wire_stream(stream_socket plain) : plain_(std::move(plain)) {}
  wire_stream(stream_socket plain, const std::shared_ptr<tls_context>& context,
              tls_side side = tls_side::server)
      : plain_(plain.get_executor()),
        context_(context),
        side_(side),
        secure_(std::make_unique<tls_stream>(std::move(plain), *context)) {}

  bool is_secure() const noexcept { return secure_ != nullptr; }
  /// OpenSSL's side of it; null in the clear.
  SSL* tls() noexcept { return secure_ ? secure_->native_handle() : nullptr; }
  stream_socket& next_layer() noexcept { return secure_ ? secure_->next_layer() : plain_; }
  const stream_socket& next_layer() const noexcept {
    return secure_ ? secure_->next_layer() : plain_;
  }
  executor_type get_executor() noexcept { return plain_.get_executor(); }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& done) {
    if (secure_) return void(secure_->async_read_some(buffers, std::forward<Handler>(done)));
    plain_.async_read_some(buffers, std::forward<Handler>(done));
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& done) {
    if (secure_) return write_secure(buffers, std::forward<Handler>(done));
    plain_.async_write_some(buffers, std::forward<Handler>(done));
  }
  /// Calls `done` with how it went; at once where there is nothing to agree on.
  template <class Handler>
  void async_handshake(Handler&& done) {
    if (!secure_) return done(boost::system::error_code());
    secure_->async_handshake(side_, std::forward<Handler>(done));
  }
  /// Says that nothing more comes, in each layer.
  template <class Handler>
  void async_finish(Handler done) {
    auto finish = [this, done = std::move(done)](boost::system::error_code = {}) mutable {
      boost::system::error_code ignored;
      next_layer().shutdown(boost::asio::socket_base::shutdown_send, ignored);
      done();
    };
    if (!secure_) return finish();
    secure_->async_shutdown(std::move(finish));
  }

  template <class Handler>
  friend void async_teardown(boost::beast::role_type role, wire_stream& s, Handler&& done) {
    using boost::beast::async_teardown;
    using boost::beast::websocket::async_teardown;
    if (s.secure_) return async_teardown(role, *s.secure_, std::forward<Handler>(done));
    async_teardown(role, s.plain_, std::forward<Handler>(done));
  }

 private:
  using tls_stream = boost::beast::ssl_stream<stream_socket>;

  /// Asio hands over what is left of several buffers with an empty one in front; of such, where a
  /// large one follows, Beast writes nothing, which Asio takes for the end.
  template <class Buffers, class Handler>
  void write_secure(const Buffers& buffers, Handler&& done) {
    using boost::asio::const_buffer;
    auto at = boost::asio::buffer_sequence_begin(buffers);
    const auto end = boost::asio::buffer_sequence_end(buffers);
    if (at == end || const_buffer(*at).size() > 0)
      return void(secure_->async_write_some(buffers, std::forward<Handler>(done)));
    while (std::next(at) != end && const_buffer(*at).size() == 0) ++at;
    secure_->async_write_some(const_buffer(*at), std::forward<Handler>(done));
  }

  stream_socket plain_;  ///< Not connected where there is a secure one.
  std::shared_ptr<tls_context> context_;
  tls_side side_ = tls_side::server;
  std::unique_ptr<tls_stream> secure_;
};

}  // namespace pitwall::http
