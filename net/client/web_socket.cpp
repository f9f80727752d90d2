#include "net/client/web_socket.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <limits>

#include "runtime/base/retry_after.hpp"

namespace pitwall {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
namespace http_fields = boost::beast::http;

namespace {

boost::beast::string_view view(const std::string& text) { return {text.data(), text.size()}; }

}  // namespace

std::shared_ptr<web_socket_client> web_socket_client::start(asio::io_context& io,
                                                            const web_socket_options& options,
                                                            web_socket_request request,
                                                            listeners tell) {
  std::shared_ptr<web_socket_client> made(
      new web_socket_client(io, options, std::move(request), std::move(tell)));
  made->dial();
  return made;
}

web_socket_client::web_socket_client(asio::io_context& io, const web_socket_options& options,
                                     web_socket_request request, listeners tell)
    : options_(options),
      request_(std::move(request)),
      io_(io),
      tell_(std::make_shared<const listeners>(std::move(tell))),
      deadline_(io, options.connect_patience) {}

void web_socket_client::dial() {
  deadline_.async_wait([self = shared_from_this()](code ec) {
    if (ec || self->over() || self->open_) return;
    self->fail({errc::unavailable,
                "no connection came about within " +
                    std::to_string(self->options_.connect_patience.count()) + " ms",
                self->options_.at.shown(), "look whether it runs, and at the network in between"});
  });
  dial_ = dialer::start(io_, options_.at,
                        [self = shared_from_this()](result<http::wire_stream> opened) {
                          self->on_dialled(std::move(opened));
                        });
}

void web_socket_client::on_dialled(result<http::wire_stream> opened) {
  if (over()) return;
  if (!opened.ok()) return fail(std::move(opened).error());
  ws_ = std::make_unique<stream>(std::move(*opened));
  ws_->read_message_max(options_.max_message_bytes);
  websocket::stream_base::timeout times{options_.connect_patience, options_.silence, true};
  ws_->set_option(times);
  ws_->set_option(websocket::stream_base::decorator([this](websocket::request_type& r) {
    r.set(http_fields::field::user_agent, "pitwall");
    for (const auto& [name, text] : request_.headers) r.set(view(name), view(text));
  }));
  ws_->async_handshake(answer_, view(options_.host), view(request_.target),
                       [self = shared_from_this()](code ec) { self->on_upgraded(ec); });
}

void web_socket_client::on_upgraded(code ec) {
  if (over()) return;
  if (ec == websocket::error::upgrade_declined) return fail(declined());
  if (ec) return fail(broken(ec));
  open_ = true;
  deadline_.cancel();
  read();
  // A listener may close it, and must outlive its own call.
  const auto tell = tell_;
  tell->opened();
}

error web_socket_client::declined() const {
  constexpr unsigned too_many = 429, banned = 418;
  const unsigned status = answer_.result_int();
  error out{errc::unavailable, "the server answered " + std::to_string(status) + " to a WebSocket",
            options_.at.shown(), "look at the server, and try again"};
  out.status = status;
  if (status == too_many || status == banned) {
    out.code = errc::resource_exhausted;
    out.remedy = "connect less often";
  } else if (status / 100 == 4) {
    out.code = errc::invalid_argument;
    out.remedy = "look at the URL";
  }
  const auto after = answer_[http_fields::field::retry_after];
  const auto wait = parse_retry_after({after.data(), after.size()}, system_wall_clock().now());
  if (wait) {
    constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    out.retry_after_ms = static_cast<std::uint32_t>(
        std::min<std::int64_t>(std::chrono::ceil<milliseconds>(*wait).count(), most));
  }
  return out;
}

error web_socket_client::broken(const code& ec) const {
  std::string what = "the stream broke: " + ec.message();
  if (ec == websocket::error::closed) {
    const auto& why = ws_->reason();
    what = "the server closed the stream with " + std::to_string(why.code);
    if (!why.reason.empty()) what += ": " + std::string(why.reason.data(), why.reason.size());
  } else if (ec == boost::beast::error::timeout) {
    what = open_ ? "nothing was heard for " + std::to_string(options_.silence.count()) + " ms"
                 : "the server did not answer the upgrade in time";
  } else if (ec == websocket::error::message_too_big || ec == websocket::error::buffer_overflow) {
    what = "a message was larger than " + std::to_string(options_.max_message_bytes) + " bytes";
  }
  return {errc::unavailable, std::move(what), options_.at.shown(), "look at the server's state"};
}

void web_socket_client::read() {
  ws_->async_read(in_, [self = shared_from_this()](code ec, std::size_t) {
    if (self->over()) return;
    if (ec) return self->fail(self->broken(ec));
    const auto bytes = self->in_.cdata();
    if (self->ws_->got_text()) {
      const auto tell = self->tell_;
      tell->text({static_cast<const char*>(bytes.data()), bytes.size()});
    }
    if (self->over()) return;
    self->in_.consume(bytes.size());
    self->read();
  });
}

void web_socket_client::send(std::string frame) {
  if (over() || !open_) return;
  queued_ += frame.size();
  out_.push_back(std::move(frame));
  if (queued_ > options_.max_queue_bytes) {
    // The caller is not told from within its own call.
    asio::post(io_, [self = shared_from_this()] {
      self->fail({errc::unavailable, "the server does not read what is sent to it",
                  self->options_.at.shown(), "look at the server's state"});
    });
    return;
  }
  write();
}

void web_socket_client::write() {
  if (writing_ || out_.empty()) return;
  writing_ = true;
  ws_->text(true);
  ws_->async_write(asio::buffer(out_.front()), [self = shared_from_this()](code ec, std::size_t) {
    self->writing_ = false;
    // What broke is told by the read.
    if (self->over() || ec) return;
    self->queued_ -= self->out_.front().size();
    self->out_.pop_front();
    self->write();
  });
}

void web_socket_client::cut() {
  deadline_.cancel();
  if (dial_) dial_->cancel();
  code ignored;
  if (ws_) ws_->next_layer().next_layer().close(ignored);
}

void web_socket_client::fail(error why) {
  if (over()) return;
  const auto tell = std::exchange(tell_, nullptr);
  cut();
  tell->closed(std::move(why));
}

void web_socket_client::close() {
  if (over()) return;
  tell_ = nullptr;
  if (!open_) return cut();
  deadline_.expires_after(options_.close_patience);
  deadline_.async_wait([self = shared_from_this()](code ec) {
    if (!ec) self->cut();
  });
  ws_->async_close(websocket::close_code::normal,
                   [self = shared_from_this()](code) { self->cut(); });
}

}  // namespace pitwall
