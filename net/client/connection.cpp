#include "net/client/connection.hpp"

#include <boost/beast/http/error.hpp>
#include <chrono>
#include <utility>

namespace pitwall {

namespace beast_http = boost::beast::http;

namespace {

constexpr std::uint64_t max_answer_bytes = 64U << 20U;
constexpr std::chrono::seconds connect_patience{10};

http_reply head_of(const beast_http::response_header<>& head) {
  const auto type = head[beast_http::field::content_type];
  return {head.result_int(), std::string(type.data(), type.size()), {}};
}

}  // namespace

connection::connection(std::shared_ptr<const host_address> to) : to_(std::move(to)) {}

error connection::broken(const boost::system::error_code& ec) const {
  if (ec == beast_http::error::body_limit) {
    return {errc::resource_exhausted, "the host's answer is larger than 64 MiB", to_->at.shown(),
            "ask for fewer with `limit`"};
  }
  if (to_->at.socket.empty() &&
      (ec == beast_http::error::bad_version || ec == beast_http::error::end_of_stream)) {
    return {errc::unavailable, "what answers does not speak HTTP: " + ec.message(), to_->at.shown(),
            to_->at.trust ? "look at the port" : "look at the port; a host under TLS is https://"};
  }
  return {errc::io_error, "the connection to the host broke: " + ec.message(), to_->at.shown(),
          "look at the host's state before the command is repeated"};
}

status connection::open() {
  std::optional<status> outcome;
  dial_ = dialer::start(io_, to_->at, [&](result<http::wire_stream> opened) {
    outcome = opened.ok() ? status(done{}) : status(opened.error());
    if (opened.ok()) stream_.emplace(std::move(*opened));
  });
  if (!run(connect_patience).ok() && !outcome) {
    return {errc::unavailable, "no connection came about in time", to_->at.shown(),
            "look whether the host runs, and at the network in between"};
  }
  return *outcome;
}

status connection::run(milliseconds patience) {
  io_.restart();
  io_.run_for(patience);
  if (io_.stopped()) return done{};
  boost::system::error_code ignored;
  dial_->cancel();
  if (stream_) stream_->next_layer().close(ignored);
  io_.run();
  return error{errc::deadline_exceeded, "the host did not answer in time", to_->at.shown(),
               "look at the host's state before the command is repeated"};
}

void connection::prepare(const question& q) {
  message_.method_string({q.method.data(), q.method.size()});
  message_.target({q.target.data(), q.target.size()});
  message_.version(11);
  message_.set(beast_http::field::host, to_->name);
  message_.set(beast_http::field::user_agent, "pitwall");
  message_.set(beast_http::field::accept,
               boost::beast::string_view(q.accept.data(), q.accept.size()));
  if (!to_->token.empty()) message_.set(beast_http::field::authorization, "Bearer " + to_->token);
  if (!q.body.empty()) message_.set(beast_http::field::content_type, "application/json");
  message_.keep_alive(false);
  message_.body() = {q.body.data(), q.body.size()};
  message_.prepare_payload();
}

// The outcome of a write does not count: a refusal may have been sent before all of a request was.

result<http_reply> connection::ask(const question& q, milliseconds patience) {
  prepare(q);
  whole_parser whole;
  whole.body_limit(max_answer_bytes);
  whole.skip(q.method == "HEAD");
  beast_http::async_write(*stream_, message_, [this, &whole](auto, std::size_t) {
    beast_http::async_read(*stream_, buffer_, whole,
                           [this](auto ec, std::size_t) { outcome_ = ec; });
  });
  PITWALL_CHECK(run(patience));
  if (outcome_) return broken(outcome_);
  http_reply reply = head_of(whole.get());
  reply.body = std::move(whole.get().body());
  return reply;
}

result<http_reply> connection::ask_for_stream(const question& q, milliseconds patience) {
  prepare(q);
  streamed_.body_limit(boost::none);
  beast_http::async_write(*stream_, message_, [this](auto, std::size_t) {
    beast_http::async_read_header(*stream_, buffer_, streamed_,
                                  [this](auto ec, std::size_t) { outcome_ = ec; });
  });
  PITWALL_CHECK(run(patience));
  if (outcome_) return broken(outcome_);
  return head_of(streamed_.get());
}

result<std::string_view> connection::read_some(milliseconds patience) {
  // A read may bring framing alone: only a finished parser means the end.
  while (!streamed_.is_done()) {
    auto& body = streamed_.get().body();
    body.data = bytes_.data();
    body.size = bytes_.size();
    beast_http::async_read_some(*stream_, buffer_, streamed_,
                                [this](auto ec, std::size_t) { outcome_ = ec; });
    PITWALL_CHECK(run(patience));
    if (outcome_ && outcome_ != beast_http::error::need_buffer) return broken(outcome_);
    const std::size_t filled = bytes_.size() - body.size;
    if (filled > 0) return std::string_view(bytes_.data(), filled);
  }
  return std::string_view();
}

}  // namespace pitwall
