#include "net/client/connection.hpp"

#include <boost/asio/error.hpp>
#include <exception>

namespace pitwall {

namespace beast_http = boost::beast::http;

namespace {

constexpr std::uint64_t max_answer_bytes = 64U << 20U;

http_reply head_of(const beast_http::response_header<>& head) {
  const auto type = head[beast_http::field::content_type];
  return {head.result_int(), std::string(type.data(), type.size()), {}};
}

}  // namespace

connection::connection(std::filesystem::path socket) : path_(std::move(socket)) {}

error connection::broken(const boost::system::error_code& ec) const {
  if (ec == beast_http::error::body_limit) {
    return {errc::resource_exhausted, "the host's answer is larger than 64 MiB", path_.string(),
            "ask for fewer with `limit`"};
  }
  return {errc::io_error, "the connection to the host broke: " + ec.message(), path_.string(),
          "look at the host's state before the command is repeated"};
}

status connection::open() {
  const std::string directory = path_.parent_path().string();
  boost::system::error_code ec;
  try {
    socket_.connect(boost::asio::local::stream_protocol::endpoint(path_.native()), ec);
  } catch (const std::exception& too_long) {
    return {errc::invalid_argument,
            std::string("this cannot be a socket's path: ") + too_long.what(), path_.string(),
            "use a data directory with a shorter path"};
  }
  if (!ec) return done{};
  if (ec == boost::asio::error::access_denied) {
    return {errc::unavailable, "the host on " + directory + " belongs to another user",
            path_.string(), "run this as the user that runs the host"};
  }
  return {errc::unavailable, "no host is running on " + directory, path_.string(),
          "start one with `pitwall serve`, or name its data directory"};
}

status connection::run(milliseconds patience) {
  io_.restart();
  io_.run_for(patience);
  if (io_.stopped()) return done{};
  boost::system::error_code ignored;
  socket_.close(ignored);
  io_.run();
  return error{errc::deadline_exceeded, "the host did not answer in time", path_.string(),
               "look at the host's state before the command is repeated"};
}

void connection::prepare(const question& q) {
  message_.method_string({q.method.data(), q.method.size()});
  message_.target({q.target.data(), q.target.size()});
  message_.version(11);
  message_.set(beast_http::field::host, "localhost");
  message_.set(beast_http::field::user_agent, "pitwall");
  message_.set(beast_http::field::accept,
               boost::beast::string_view(q.accept.data(), q.accept.size()));
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
  beast_http::async_write(socket_, message_, [this, &whole](auto, std::size_t) {
    beast_http::async_read(socket_, buffer_, whole,
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
  beast_http::async_write(socket_, message_, [this](auto, std::size_t) {
    beast_http::async_read_header(socket_, buffer_, streamed_,
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
    beast_http::async_read_some(socket_, buffer_, streamed_,
                                [this](auto ec, std::size_t) { outcome_ = ec; });
    PITWALL_CHECK(run(patience));
    if (outcome_ && outcome_ != beast_http::error::need_buffer) return broken(outcome_);
    const std::size_t filled = bytes_.size() - body.size;
    if (filled > 0) return std::string_view(bytes_.data(), filled);
  }
  return std::string_view();
}

}  // namespace pitwall
