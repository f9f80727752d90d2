#include "net/workers/relay.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <boost/asio/write.hpp>

namespace pitwall::remote {

namespace asio = boost::asio;
using code = boost::system::error_code;

namespace {

error lost(const code& ec) {
  if (ec == asio::error::eof || ec == asio::ssl::error::stream_truncated)
    return {errc::unavailable, "the other side closed the connection", {}, {}};
  return {errc::unavailable, "the connection was lost: " + ec.message(), {}, {}};
}

error let_go() { return {errc::cancelled, "this side closed the connection", {}, {}}; }

}  // namespace

void watch_silence(http::stream_socket& socket, milliseconds silence) {
  const int fd = socket.native_handle(), on = 1;
  const int seconds = std::max(1, static_cast<int>(silence.count() / 3'000)), probes = 3;
  const auto most = static_cast<unsigned>(silence.count());
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof seconds);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &most, sizeof most);
}

relay::relay(http::wire_stream connection, link_socket link, relay_options options)
    : connection_(std::move(connection)),
      link_(std::move(link)),
      options_(std::move(options)),
      guard_(options_.who, options_.max_message),
      patience_(link_.get_executor()) {}

void relay::start(std::string_view begun) {
  watch_silence(connection_.next_layer(), options_.silence);
  patience_.expires_after(options_.greeting);
  patience_.async_wait([self = shared_from_this()](code cancelled) {
    if (!cancelled && !self->guard_.greeted())
      self->end({errc::deadline_exceeded, "it said nothing after its handshake", {}, {}});
  });
  read_link();
  if (begun.empty()) return read_peer();
  std::copy(begun.begin(), begun.end(), from_peer_.begin());
  on_peer(begun.size());
}

void relay::end(error why) {
  if (std::exchange(over_, true)) return;
  patience_.cancel();
  code ignored;
  connection_.next_layer().shutdown(asio::socket_base::shutdown_send, ignored);
  connection_.next_layer().close(ignored);
  link_.close(ignored);
  const auto ended = std::exchange(options_.ended, nullptr);
  options_.greeted = nullptr;
  if (ended) ended(why);
}

void relay::set_silence(milliseconds silence) {
  if (!over_) watch_silence(connection_.next_layer(), silence);
}

void relay::read_peer() {
  connection_.async_read_some(asio::buffer(from_peer_),
                              [self = shared_from_this()](code ec, std::size_t n) {
                                if (self->over_) return;
                                if (ec) return self->end(lost(ec));
                                self->on_peer(n);
                              });
}

void relay::on_peer(std::size_t n) {
  if (auto good = guard_.take({from_peer_.data(), n}); !good.ok()) return end(good.error());
  if (!guard_.greeted() || std::exchange(told_, true)) return pass_on(n);
  patience_.cancel();
  const auto hold = options_.greeted ? options_.greeted(guard_.greeting()) : milliseconds(0);
  if (over_) return;
  if (hold.count() < 0) return end(let_go());
  if (hold.count() == 0) return pass_on(n);
  patience_.expires_after(hold);
  patience_.async_wait([self = shared_from_this(), n](code cancelled) {
    if (!cancelled && !self->over_) self->pass_on(n);
  });
}

void relay::pass_on(std::size_t n) {
  asio::async_write(link_, asio::buffer(from_peer_.data(), n),
                    [self = shared_from_this()](code ec, std::size_t) {
                      if (self->over_) return;
                      if (ec) return self->end(let_go());
                      self->read_peer();
                    });
}

void relay::read_link() {
  link_.async_read_some(
      asio::buffer(from_link_), [self = shared_from_this()](code ec, std::size_t n) {
        if (self->over_) return;
        if (ec) return self->end(let_go());
        asio::async_write(self->connection_, asio::buffer(self->from_link_.data(), n),
                          [self](code failed, std::size_t) {
                            if (self->over_) return;
                            if (failed) return self->end(lost(failed));
                            self->read_link();
                          });
      });
}

}  // namespace pitwall::remote
