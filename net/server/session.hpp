// Job: one HTTP/1.1 connection on any stream (a Unix or TCP socket, or TLS): reads a request,
//      has it answered, writes the answer or streams chunks, and reads the next (keep-alive,
//      pipelining).
// Threads: the engine's I/O thread only. Lifetime: kept alive by its pending operations.
// Bounds: one request and one answer or chunk at a time, of bounded size; a time-out for every
//      wait. Errors: what is no HTTP is answered with a problem and the connection closed. Tests:
//      tests/net/session_test.cpp
#pragma once

#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>

#include "net/server/deadline.hpp"
#include "net/server/incoming.hpp"
#include "net/server/stream_writer.hpp"
#include "net/server/upgrade.hpp"

namespace pitwall::http {

template <class Stream>
class session final : public session_base {
 public:
  session(engine& home, Stream stream, caller from)
      : home_(home),
        from_(std::move(from)),
        presence_(std::in_place, home, *this),
        stream_(std::move(stream)),
        timer_(stream_.get_executor()) {}

  void start() {
    watch_for_hangup();
    arm(home_.options().request_timeout);
    stream_.async_handshake([self = self()](boost::system::error_code ec) {
      if (self->state_ != state::idle) return;
      ec ? self->close() : self->read_next();
    });
  }

  void on_answer(std::uint64_t ticket, reply r) override {
    if (ticket == ticket_ && state_ == state::handling) write(std::move(r), keep_alive_);
  }

  void on_answer_after(std::uint64_t ticket, milliseconds patience,
                       std::function<reply()> late) override {
    if (ticket != ticket_ || state_ != state::handling) return;
    if (hung_up_) return close();
    late_ = std::move(late);
    arm(patience);
  }

  void on_stream(std::uint64_t ticket, std::string content_type,
                 std::shared_ptr<chunk_source> source) override {
    if (ticket != ticket_ || state_ != state::handling) return;
    if (hung_up_ || home_.draining()) return close();
    if (!presence_->begin_stream()) return write(too_many_streams(), keep_alive_);
    state_ = state::streaming;
    stream_out_.emplace(home_, stream_, timer_, weak_from_this(), std::move(source),
                        [this] { close(); });
    stream_out_->start(version_, content_type, head_);
  }

  void on_wake() override {
    if (state_ == state::streaming) stream_out_->wake();
  }

  void drain() override {
    keep_alive_ = false;
    if (state_ == state::idle) return close();
    if (state_ == state::streaming) stream_out_->drain();
  }

  void abort() override { close(); }
  standing stands() const noexcept override {
    const bool silent = state_ <= state::reading || state_ == state::parting;
    return standing_of(from_, pass_, state_ == state::idle && ticket_ > 0, silent);
  }
  void recheck() override {
    if (state_ == state::streaming && !home_.still_admits(pass_, from_)) close();
  }

 private:
  enum class state : std::uint8_t { idle, reading, handling, writing, streaming, parting, closed };

  std::shared_ptr<session> self() { return std::static_pointer_cast<session>(shared_from_this()); }

  void read_next() {
    if (home_.draining()) return close();
    head_ = false;
    incoming_.emplace(home_.options());
    if (buffer_.size() > 0) return read_request();
    state_ = state::idle;
    arm(home_.idle_timeout(ticket_ > 0));
    stream_.async_read_some(buffer_.prepare(first_read),
                            [self = self()](auto ec, std::size_t count) {
                              if (self->state_ != state::idle) return;
                              if (ec) return self->close();
                              self->buffer_.commit(count);
                              self->read_request();
                            });
  }

  void read_request() {
    state_ = state::reading;
    timed_out_ = false;
    arm(home_.options().request_timeout);
    beast::http::async_read_header(stream_, buffer_, incoming_->wire(),
                                   [self = self()](auto ec, std::size_t) { self->on_header(ec); });
  }

  void on_header(boost::system::error_code ec) {
    if (ec) return on_request(ec);
    if (auto wrong = incoming_->objection(from_.by)) return refuse(std::move(*wrong));
    auto admitted = home_.admit(incoming_->head(), from_);
    if (auto* refusal = std::get_if<reply>(&admitted)) return refuse(std::move(*refusal));
    pass_ = std::get<pass>(std::move(admitted));
    if (!expects_continue(incoming_->head())) return read_body();
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(go_on), [self = self()](auto failure, std::size_t) {
      if (failure) return self->close();
      self->read_body();
    });
  }

  void read_body() {
    beast::http::async_read(stream_, buffer_, incoming_->wire(),
                            [self = self()](auto ec, std::size_t) { self->on_request(ec); });
  }

  void on_request(boost::system::error_code ec) {
    if (state_ != state::reading) return;
    timer_.disarm();
    if (ec) {
      auto refusal = refusal_of(ec, timed_out_, home_.options());
      return refusal ? refuse(std::move(*refusal)) : close();
    }
    auto message = incoming_->release();
    // A client that does not wait for our word gets none: its frames would be lost.
    if (buffer_.size() == 0 && hand_over(home_, stream_, message, from_)) return close();
    version_ = message.version();
    keep_alive_ = message.keep_alive() && !home_.draining();
    head_ = message.method() == beast::http::verb::head;
    auto asked = to_request(message);
    ++ticket_;
    state_ = state::handling;
    if (!asked.ok()) return write(bad_request(asked.error()), keep_alive_);
    dispatch(home_, self(), ticket_, std::move(*asked));
  }

  void refuse(reply r) {
    if (state_ != state::reading) return;
    head_ = incoming_->head().method() == beast::http::verb::head;
    refused_ = true;
    write(std::move(r), false);
  }

  void write(reply r, bool keep) {
    if (r.cut) return close();
    state_ = state::writing;
    late_ = nullptr;
    reply_ = to_response(std::move(r), version_, keep && !home_.draining());
    writer_.emplace(*reply_);
    arm(home_.options().write_timeout);
    auto written = [self = self()](auto ec, std::size_t) { self->on_written(ec); };
    if (head_) return beast::http::async_write_header(stream_, *writer_, std::move(written));
    beast::http::async_write(stream_, *writer_, std::move(written));
  }

  void on_written(boost::system::error_code ec) {
    if (state_ != state::writing) return;
    const bool go_on = !ec && reply_->keep_alive();
    writer_.reset();
    reply_.reset();
    if (go_on) return read_next();
    if (!ec && (refused_ || stream_.is_secure())) return linger();
    close();
  }

  void linger() {
    state_ = state::parting;
    arm(home_.options().linger);
    stream_.async_finish([self = self()] {
      discard(self->stream_.next_layer(), self->buffer_, most_discarded, [self] { self->close(); });
    });
  }

  void arm(milliseconds patience) {
    timer_.arm(patience, [weak = std::weak_ptr(self())] {
      if (const auto alive = weak.lock()) alive->on_timer();
    });
  }

  void on_timer() {
    if (state_ == state::reading) {
      // A second time: what was under way had just ended, and could not be cancelled.
      if (std::exchange(timed_out_, true)) return close();
      arm(home_.options().linger);
      return stream_.next_layer().cancel();
    }
    if (state_ == state::handling) {
      if (late_) write(std::exchange(late_, nullptr)(), keep_alive_);
      return;
    }
    close();
  }

  /// Keeps the session alive while nothing else is pending. Fires when the other side is gone
  /// altogether, not when it has merely finished sending. While a request is still read it only
  /// takes note: a command is carried out though nobody hears the answer.
  void watch_for_hangup() {
    auto& socket = stream_.next_layer();
    socket.async_wait(asio::socket_base::wait_error, [self = self()](auto ec) {
      if (ec || self->state_ == state::closed) return;
      if (!is_gone(self->stream_.next_layer().native_handle())) return self->watch_for_hangup();
      self->hung_up_ = true;
      if (self->late_ || self->state_ == state::streaming) self->close();
    });
  }

  void close() {
    if (state_ == state::closed) return;
    state_ = state::closed;
    timer_.disarm();
    if (stream_out_) stream_out_->stop();
    late_ = nullptr;
    presence_.reset();
    beast::error_code ignored;
    stream_.next_layer().close(ignored);
  }

  engine& home_;
  const caller from_;
  pass pass_{{}, {}};
  std::optional<presence> presence_;  ///< Until closed.
  Stream stream_;
  deadline timer_;
  beast::flat_buffer buffer_{64U << 10U};
  std::optional<incoming_request> incoming_;
  std::optional<wire_response> reply_;
  std::optional<beast::http::response_serializer<beast::http::string_body>> writer_;
  std::optional<stream_writer<Stream>> stream_out_;
  std::function<reply()> late_;
  std::uint64_t ticket_ = 0;
  unsigned version_ = 11;
  state state_ = state::idle;
  bool keep_alive_ = true, head_ = false, timed_out_ = false, refused_ = false, hung_up_ = false;
};

}  // namespace pitwall::http
