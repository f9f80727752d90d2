// Job: the streaming part of a session: pulls a chunk, on a worker where it may have to wait,
//      writes it, pulls the next; waits for a wake where there is nothing, with signs of life in
//      between.
// Owns: one chunk at a time.
// Threads: the I/O thread; chunk_source::next() on a worker.
// Lifetime: a part of its session, which pending writes keep alive.
// Bounds: a chunk that is not read within write_timeout ends the stream; the viewer resumes from
//      the last event it saw.
// Tests: tests/net/event_stream_test.cpp
#pragma once

#include <boost/asio/write.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <memory>

#include "net/server/deadline.hpp"
#include "net/server/engine.hpp"
#include "net/server/wire.hpp"

namespace pitwall::http {

namespace asio = boost::asio;
namespace beast = boost::beast;

template <class Stream>
class stream_writer {
 public:
  /// `close` is called at the end, however it comes.
  stream_writer(engine& home, Stream& stream, deadline& timer, std::weak_ptr<session_base> owner,
                std::shared_ptr<chunk_source> source, std::function<void()> close)
      : home_(home),
        stream_(stream),
        timer_(timer),
        owner_(std::move(owner)),
        source_(std::move(source)),
        close_(std::move(close)) {}

  void start(unsigned version, const std::string& content_type, bool head_only) {
    chunked_ = version >= 11;
    head_ = stream_head(version, content_type);
    head_out_.emplace(head_);
    arm_write();
    beast::http::async_write_header(stream_, *head_out_,
                                    [this, keep = owner_.lock(), head_only](auto ec, std::size_t) {
                                      if (ec || head_only) return close_();
                                      pump();
                                    });
  }

  void wake() {
    if (state_ == state::waiting) pump();
  }
  void drain() {
    if (state_ == state::waiting) return end();
    if (state_ == state::busy) arm_write();
  }
  /// The session is closing: whatever is still pending does nothing more.
  void stop() {
    state_ = state::ended;
    source_.reset();
  }

 private:
  enum class state : std::uint8_t { busy, waiting, ended };

  void pump() {
    if (state_ == state::ended) return;
    if (home_.draining()) return end();
    if (!source_->ready()) {
      state_ = state::waiting;
      return timer_.arm(home_.options().keep_alive, [this, weak = owner_] {
        if (const auto keep = weak.lock()) write({source_->keep_alive(), false});
      });
    }
    state_ = state::busy;
    timer_.disarm();
    if (auto known = source_->at_once()) return take(std::move(*known));
    home_.gate()->work([this, source = source_, gate = home_.gate(), weak = owner_] {
      gate->post([this, weak, pulled = pull(*source)]() mutable {
        if (const auto keep = weak.lock()) take(std::move(pulled));
      });
    });
  }

  void take(chunk c) {
    if (state_ == state::ended) return;
    if (!c.text.empty()) return write(std::move(c));
    if (c.last) return end();
    pump();
  }

  void write(chunk c) {
    state_ = state::busy;
    out_ = std::move(c);
    arm_write();
    auto written = [this, keep = owner_.lock()](auto ec, std::size_t) {
      if (state_ == state::ended) return;
      if (ec) return close_();
      if (out_.last) return end();
      out_ = {};
      pump();
    };
    const auto bytes = asio::const_buffer(asio::buffer(out_.text));
    if (!chunked_) return asio::async_write(stream_, bytes, std::move(written));
    asio::async_write(stream_, beast::http::make_chunk(bytes), std::move(written));
  }

  void end() {
    state_ = state::ended;
    if (!chunked_) return close_();
    arm_write();
    asio::async_write(stream_, beast::http::make_chunk_last(),
                      [this, keep = owner_.lock()](auto, std::size_t) { close_(); });
  }

  void arm_write() {
    // A host that stops does not wait for a viewer that has stopped reading.
    const auto& options = home_.options();
    const auto patience = home_.draining() ? options.linger : options.write_timeout;
    timer_.arm(patience, [this, weak = owner_] {
      const auto keep = weak.lock();
      if (!keep) return;
      home_.log(log_level::info, "a viewer that did not read was cut off");
      home_.count_cut(cut_kind::sse, cut_reason::too_slow);
      close_();
    });
  }

  engine& home_;
  Stream& stream_;
  deadline& timer_;
  const std::weak_ptr<session_base> owner_;
  std::shared_ptr<chunk_source> source_;
  const std::function<void()> close_;
  wire_stream_head head_;
  std::optional<beast::http::response_serializer<beast::http::empty_body>> head_out_;
  chunk out_;
  state state_ = state::busy;
  bool chunked_ = true;
};

}  // namespace pitwall::http
