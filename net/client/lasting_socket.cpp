#include "net/client/lasting_socket.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace pitwall {

std::shared_ptr<lasting_socket> lasting_socket::start(boost::asio::io_context& io,
                                                      const web_socket_options& options,
                                                      const reconnect_limits& limits,
                                                      listeners tell) {
  std::shared_ptr<lasting_socket> made(new lasting_socket(io, options, limits, std::move(tell)));
  boost::asio::post(io, [made] { made->prepare(); });
  return made;
}

lasting_socket::lasting_socket(boost::asio::io_context& io, const web_socket_options& options,
                               const reconnect_limits& limits, listeners tell)
    : io_(io),
      options_(options),
      tell_(std::make_shared<const listeners>(std::move(tell))),
      delays_(limits),
      timer_(io) {}

void lasting_socket::prepare() {
  if (!tell_) return;
  const auto tell = tell_;
  tell->prepare([weak = weak_from_this(), mine = ++attempt_](result<web_socket_request> ready) {
    const auto self = weak.lock();
    if (!self || !self->tell_ || self->attempt_ != mine) return;
    if (!ready.ok()) return self->on_lost(ready.error());
    self->connect(std::move(*ready));
  });
}

void lasting_socket::connect(web_socket_request request) {
  const auto weak = weak_from_this();
  socket_ = web_socket_client::start(io_, options_, std::move(request),
                                     {[weak] {
                                        const auto self = weak.lock();
                                        if (!self || !self->tell_) return;
                                        self->open_ = true;
                                        self->delays_.on_open(std::chrono::steady_clock::now());
                                        const auto tell = self->tell_;
                                        tell->opened();
                                      },
                                      [weak](std::string_view text) {
                                        const auto self = weak.lock();
                                        if (!self || !self->tell_) return;
                                        const auto tell = self->tell_;
                                        tell->text(text);
                                      },
                                      [weak](const error& why) {
                                        if (const auto self = weak.lock()) self->on_lost(why);
                                      }});
}

void lasting_socket::on_lost(const error& why) {
  if (!tell_) return;
  ++attempt_;
  open_ = false;
  if (const auto gone = std::exchange(socket_, nullptr)) gone->close();
  const auto wait = delays_.on_lost(std::chrono::steady_clock::now(), random_(),
                                    milliseconds(why.retry_after_ms));
  timer_.expires_after(wait);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
    if (const auto self = weak.lock(); self && !ec) self->prepare();
  });
  const auto tell = tell_;
  tell->lost(why);
}

void lasting_socket::send(std::string frame) {
  if (open_ && socket_) socket_->send(std::move(frame));
}

void lasting_socket::renew(const error& why) {
  if (socket_) on_lost(why);
}

void lasting_socket::stop() {
  tell_ = nullptr;
  timer_.cancel();
  if (const auto gone = std::exchange(socket_, nullptr)) gone->close();
}

}  // namespace pitwall
