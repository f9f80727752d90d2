#include "net/client/web_call.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "runtime/base/limits.hpp"
#include "runtime/base/retry_after.hpp"

namespace pitwall {

namespace beast_http = boost::beast::http;

namespace {

constexpr std::uint32_t max_header_bytes = 16U << 10U;

boost::beast::string_view view(const std::string& text) { return {text.data(), text.size()}; }

// Rounded up: whoever waits so long does not come too early.
std::uint32_t wait_ms(boost::beast::string_view retry_after, timestamp now) {
  const auto wait = parse_retry_after({retry_after.data(), retry_after.size()}, now);
  if (!wait) return 0;
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(
      std::min<std::int64_t>(std::chrono::ceil<milliseconds>(*wait).count(), most));
}

/// How long a cache had it, in whole seconds; what is no such number says nothing.
std::chrono::seconds age_of(boost::beast::string_view text) {
  constexpr std::int64_t most = std::int64_t{1} << 31;  // RFC 9111: more is no more.
  std::int64_t age = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return {};
    age = std::min(age * 10 + (c - '0'), most);
  }
  return std::chrono::seconds(age);
}

}  // namespace

web_call::web_call(boost::asio::io_context& io, web_url url, const web_request& asked,
                   milliseconds patience, std::shared_ptr<const wall_clock> clock,
                   web::completion then)
    : io_(io),
      url_(std::move(url)),
      patience_(patience),
      clock_(std::move(clock)),
      then_(std::move(then)),
      timer_(io, patience) {
  parser_.body_limit(limits::max_web_body_bytes);
  parser_.header_limit(max_header_bytes);
  request_.method(asked.body ? beast_http::verb::post : beast_http::verb::get);
  request_.target(view(url_.target));
  request_.version(11);
  request_.set(beast_http::field::user_agent, "pitwall");
  request_.set(beast_http::field::accept, "application/json, */*;q=0.5");
  if (asked.body) request_.set(beast_http::field::content_type, "application/json");
  for (const auto& [name, text] : asked.headers) request_.set(view(name), view(text));
  request_.set(beast_http::field::host, view(url_.authority()));
  request_.keep_alive(false);
  if (asked.body) request_.body() = *asked.body;
  request_.prepare_payload();
}

error web_call::failed(errc code, std::string message, std::string remedy) const {
  return {code, std::move(message), url_.origin(), std::move(remedy)};
}

void web_call::start(wire_place to) {
  timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
    if (ec) return;
    self->end(
        self->failed(errc::deadline_exceeded,
                     "no whole answer within " + std::to_string(self->patience_.count()) + " ms",
                     "look at the server, or give the block a longer timeout"));
  });
  dial_ = dialer::start(io_, std::move(to),
                        [self = shared_from_this()](result<http::wire_stream> opened) {
                          self->on_connected(std::move(opened));
                        });
}

void web_call::end(result<web_reply> outcome) {
  if (!then_) return;
  timer_.cancel();
  if (dial_) dial_->cancel();
  boost::system::error_code ignored;
  if (stream_) stream_->next_layer().close(ignored);
  std::exchange(then_, nullptr)(std::move(outcome));
}

void web_call::on_connected(result<http::wire_stream> opened) {
  if (!then_) return;
  if (!opened.ok()) return end(std::move(opened).error());
  stream_.emplace(std::move(*opened));
  sent_at_ = clock_->now();
  // An answer may come before all of a request was taken; what became of the write does not count.
  beast_http::async_write(*stream_, request_, [self = shared_from_this()](auto, std::size_t) {
    if (!self->then_) return;
    beast_http::async_read(
        *self->stream_, self->buffer_, self->parser_,
        [self](boost::system::error_code ec, std::size_t) { self->on_answer(ec); });
  });
}

void web_call::on_answer(boost::system::error_code ec) {
  if (!then_) return;
  if (ec == beast_http::error::body_limit || ec == beast_http::error::header_limit ||
      ec == beast_http::error::buffer_overflow) {
    return end(
        failed(errc::invalid_argument,
               "the answer is larger than " + std::to_string(limits::max_web_body_bytes) + " bytes",
               "ask the server for less"));
  }
  if (ec) {
    return end(
        failed(errc::unavailable, "no whole answer came: " + ec.message(), "look at the server"));
  }
  end(reading());
}

result<web_reply> web_call::reading() {
  auto& message = parser_.get();
  const auto now = clock_->now();
  const unsigned status = message.result_int();
  if (status / 100 == 2) {
    // The server looked at some time after it was asked: no later time is safe to say.
    const auto observed = std::min(sent_at_, now) - age_of(message[beast_http::field::age]);
    return web_reply{status, std::move(message.body()), observed};
  }
  constexpr unsigned too_many = 429, late = 408;
  error out = failed(errc::invalid_argument, "the server answered " + std::to_string(status),
                     "look at the URL and the headers");
  out.status = status;
  if (status / 100 == 3) {
    const auto to = message[beast_http::field::location];
    const auto there = parse_web_url({to.data(), to.size()});
    if (there.ok()) out.message += ", which points to " + there->origin();
    out.message += "; redirects are not followed";
    out.remedy = "write the new address where the old one is";
  } else if (status == too_many) {
    out.code = errc::resource_exhausted;
    out.remedy = "ask less often";
  } else if (status / 100 == 5 || status == late) {
    out.code = errc::unavailable;
    out.remedy = "look at the server, and ask again";
  }
  out.retry_after_ms = wait_ms(message[beast_http::field::retry_after], now);
  return out;
}

}  // namespace pitwall
