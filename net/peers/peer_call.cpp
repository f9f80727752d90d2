#include "net/peers/peer_call.hpp"

#include <utility>

namespace pitwall::peers {

namespace beast_http = boost::beast::http;

namespace {

constexpr std::uint64_t max_answer_bytes = 1U << 20U;

boost::beast::string_view view(const std::string& text) { return {text.data(), text.size()}; }

}  // namespace

void peer_call::start(boost::asio::io_context& io, wire_place to, const peer_question& asked,
                      milliseconds patience, answered then) {
  std::shared_ptr<peer_call> made(
      new peer_call(io, std::move(to), asked, patience, std::move(then)));
  made->run();
}

peer_call::peer_call(boost::asio::io_context& io, wire_place to, const peer_question& asked,
                     milliseconds patience, answered then)
    : io_(io),
      to_(std::move(to)),
      patience_(patience),
      then_(std::move(then)),
      timer_(io, patience) {
  parser_.body_limit(max_answer_bytes);
  request_.method_string(view(asked.method));
  request_.target(view(asked.target));
  request_.version(11);
  request_.set(beast_http::field::host, view(asked.host));
  request_.set(beast_http::field::user_agent, "pitwall");
  request_.set(beast_http::field::accept, "application/json");
  if (!asked.token.empty())
    request_.set(beast_http::field::authorization, view("Bearer " + asked.token));
  if (!asked.body.empty()) request_.set(beast_http::field::content_type, "application/json");
  request_.keep_alive(false);
  request_.body() = asked.body;
  request_.prepare_payload();
}

void peer_call::run() {
  timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
    if (ec) return;
    const auto within = " within " + std::to_string(self->patience_.count()) + " ms";
    if (!self->stream_)
      return self->end(error{errc::unavailable, "no connection came about" + within,
                             self->to_.shown(),
                             "look whether it runs, and at the network in between"});
    self->end(error{errc::deadline_exceeded, "no answer came" + within, self->to_.shown(),
                    "look at that host's state"});
  });
  dial_ = dialer::start(io_, to_, [self = shared_from_this()](result<http::wire_stream> opened) {
    self->on_connected(std::move(opened));
  });
}

void peer_call::on_connected(result<http::wire_stream> opened) {
  if (!then_) return;
  if (!opened.ok()) return end(std::move(opened).error());
  stream_.emplace(std::move(*opened));
  // A refusal may come before all of a request was taken: what became of the write does not count.
  beast_http::async_write(*stream_, request_, [self = shared_from_this()](auto, std::size_t) {
    if (!self->then_) return;
    beast_http::async_read(
        *self->stream_, self->buffer_, self->parser_,
        [self](boost::system::error_code ec, std::size_t) { self->on_answer(ec); });
  });
}

void peer_call::on_answer(boost::system::error_code ec) {
  if (!then_) return;
  if (ec)
    return end(error{errc::io_error, "no whole answer came: " + ec.message(), to_.shown(),
                     "look at that host's state"});
  const auto& message = parser_.get();
  const auto type = message[beast_http::field::content_type];
  end(http_reply{message.result_int(), std::string(type.data(), type.size()), message.body()});
}

void peer_call::end(result<http_reply> outcome) {
  const auto then = std::exchange(then_, nullptr);
  if (!then) return;
  timer_.cancel();
  if (dial_) dial_->cancel();
  boost::system::error_code ignored;
  if (stream_) stream_->next_layer().close(ignored);
  then(std::move(outcome));
}

}  // namespace pitwall::peers
