// Job: a connection on which several may write: each hands over whole frames, which go out one
//      after the other, never mixed. So a WebSocket's owner can write many frames at once while
//      Beast answers pings when it wants to.
// Threads: the stream's. Lifetime: as the stream's, which whoever writes keeps alive.
// Bounds: none of its own: Beast has at most one control frame under way, its owner one write.
// Tests: tests/net/whole_writes_test.cpp, live_socket_test.cpp
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

namespace pitwall::http {

template <class Stream>
class whole_writes {
 public:
  using next_layer_type = Stream;
  using executor_type = typename Stream::executor_type;
  using error_code = boost::system::error_code;

  explicit whole_writes(Stream stream) : stream_(std::move(stream)) {}

  executor_type get_executor() noexcept { return stream_.get_executor(); }
  Stream& next_layer() noexcept { return stream_; }
  const Stream& next_layer() const noexcept { return stream_; }
  /// The write under way ends with an error, and so do, one after the other, those that wait: what
  /// Beast has begun must end, or what waits for that would never go.
  void close() {
    error_code ignored;
    boost::beast::get_lowest_layer(stream_).close(ignored);
  }
  /// Grows whenever the other side has taken something.
  std::uint64_t progress() const noexcept { return progress_; }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& into, Handler&& done) {
    stream_.async_read_some(into, std::forward<Handler>(done));
  }
  /// All of it, or an error.
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& what, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& buffers) { queue(std::move(handler), buffers); }, token,
        what);
  }

 private:
  template <class Handler, class Buffers>
  void queue(Handler handler, const Buffers& what) {
    if (!std::exchange(busy_, true)) return write(std::move(handler), what);
    waiting_.push_back([this, held = std::make_shared<Handler>(std::move(handler)), what] {
      write(std::move(*held), what);
    });
  }
  template <class Handler, class Buffers>
  void write(Handler handler, const Buffers& what) {
    auto where = boost::asio::get_associated_executor(handler, get_executor());
    boost::asio::async_write(
        stream_, what,
        [this](error_code ec, std::size_t) -> std::size_t {
          ++progress_;
          return ec ? 0 : most_at_once;
        },
        boost::asio::bind_executor(
            where, [this, handler = std::move(handler)](error_code ec, std::size_t count) mutable {
              next();
              handler(ec, count);
            }));
  }
  void next() {
    if (waiting_.empty()) {
      busy_ = false;
      return;
    }
    const auto first = std::move(waiting_.front());
    waiting_.pop_front();
    first();
  }

  static constexpr std::size_t most_at_once = 1U << 20U;

  Stream stream_;
  std::deque<std::function<void()>> waiting_;
  std::uint64_t progress_ = 0;
  bool busy_ = false;
};

/// How Beast ends such a connection.
template <class Stream, class Handler>
void async_teardown(boost::beast::role_type role, whole_writes<Stream>& s, Handler&& done) {
  using boost::beast::websocket::async_teardown;
  async_teardown(role, s.next_layer(), std::forward<Handler>(done));
}

}  // namespace pitwall::http
