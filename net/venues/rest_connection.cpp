#include "net/venues/rest_connection.hpp"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <cerrno>
#include <utility>

namespace pitwall {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;

namespace {

/// Nothing may be readable while no request is under way: it is the server's end, an error, or
/// bytes that belong to nothing.
bool is_quiet(http::wire_stream& stream) noexcept {
  if (stream.is_secure() && SSL_pending(stream.tls()) > 0) return false;
  char byte = 0;
  const auto n = ::recv(stream.next_layer().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace

rest_connection::rest_connection(asio::io_context& io, const rest_options& options)
    : options_(options), io_(io) {}

void rest_connection::run(std::shared_ptr<rest_job> job, std::function<void(rest_answer)> done) {
  job_ = std::move(job);
  done_ = std::move(done);
  leaving_ = false;
  ++epoch_;
  if (stream_ && is_quiet(*stream_)) {
    write();
    return;
  }
  close();
  connect();
}

void rest_connection::cut(const std::string& reason) {
  if (!busy()) {
    close();
    return;
  }
  fail(reason);
}

void rest_connection::connect() {
  dial_ = dialer::start(io_, options_.at,
                        [self = shared_from_this(), e = epoch_](result<http::wire_stream> opened) {
                          self->on_connected(e, std::move(opened));
                        });
}

void rest_connection::on_connected(std::uint64_t epoch, result<http::wire_stream> opened) {
  if (stale(epoch)) return;
  dial_.reset();
  if (!opened.ok()) {
    fail(opened.error().message);
    return;
  }
  stream_.emplace(std::move(*opened));
  write();
}

void rest_connection::write() {
  if (job_->unwanted) {
    finish({rest_fate::not_sent, 0, {}, {}, "nobody waits for the answer any more"});
    return;
  }
  const auto target = job_->asked.target();
  if (!target) {
    finish({rest_fate::withheld, 0, {}, {}, "the request was withheld; nothing was sent"});
    return;
  }
  const bool bodied = job_->asked.method == "POST";
  text_ = job_->asked.method + " " + *target + " HTTP/1.1\r\nHost: " + options_.name +
          "\r\nUser-Agent: pitwall\r\nAccept: application/json\r\n" + options_.headers +
          (bodied ? "Content-Length: 0\r\n" : "") + "\r\n";
  leaving_ = true;
  asio::async_write(*stream_, asio::buffer(text_),
                    [self = shared_from_this(), e = epoch_](auto ec, std::size_t n) {
                      self->on_written(e, ec, n);
                    });
}

void rest_connection::on_written(std::uint64_t epoch, boost::system::error_code ec,
                                 std::size_t bytes) {
  if (stale(epoch)) return;
  if (ec) {
    // The system has taken nothing: nothing can have arrived.
    leaving_ = bytes > 0;
    fail("the connection broke while the request was written: " + ec.message());
    return;
  }
  parser_.emplace();
  parser_->body_limit(options_.max_body_bytes);
  beast_http::async_read(*stream_, buffer_, *parser_,
                         [self = shared_from_this(), epoch](auto failed, std::size_t) {
                           self->on_read(epoch, failed);
                         });
}

void rest_connection::on_read(std::uint64_t epoch, boost::system::error_code ec) {
  if (stale(epoch)) return;
  if (ec) {
    fail("no whole answer came: " + ec.message());
    return;
  }
  auto& message = parser_->get();
  const auto header = [&message](beast_http::field name) {
    const auto text = message[name];
    return std::string(text.data(), text.size());
  };
  rest_answer answer{rest_fate::answered,
                     message.result_int(),
                     std::move(message.body()),
                     header(beast_http::field::retry_after),
                     {}};
  answer.age = header(beast_http::field::age);
  answer.date = header(beast_http::field::date);
  for (const auto& name : options_.wanted) {
    const auto text = message[name];
    answer.wanted.emplace_back(text.data(), text.size());
  }
  // Bytes behind an answer belong to no request: such a connection is not to be trusted.
  if (!message.keep_alive() || buffer_.size() > 0) close();
  finish(std::move(answer));
}

void rest_connection::fail(const std::string& reason) {
  close();
  finish({leaving_ ? rest_fate::lost : rest_fate::not_sent, 0, {}, {}, reason});
}

void rest_connection::finish(rest_answer answer) {
  ++epoch_;
  job_.reset();
  const auto done = std::exchange(done_, nullptr);
  done(std::move(answer));
}

void rest_connection::close() {
  boost::system::error_code ignored;
  if (dial_) std::exchange(dial_, nullptr)->cancel();
  // Not destroyed: what was under way on it still has to end.
  if (stream_) stream_->next_layer().close(ignored);
  buffer_.clear();
}

}  // namespace pitwall
