// Job: one WebSocket connection of a server of ours, whatever is spoken on it: the handshake, one
//      write at a time, what was heard, signs of life, and the ways it may end.
// Source: RFC 6455, by Boost.Beast; on TCP and on Unix sockets, also under TLS. What is pushed is
//      framed here, so that many small frames leave with one system call; handshake, reading,
//      pings and the end are Beast's.
// Threads: the engine's I/O thread. Lifetime: kept alive by its pending operations.
// Bounds: web_socket_bounds. What is queued is for the owner to bound. A frame that is too large is
//      answered with 1009, one that is no UTF-8 with 1007.
// Tests: tests/net/exchange_session_test.cpp, live_socket_test.cpp
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "net/server/deadline.hpp"
#include "net/server/engine.hpp"
#include "net/server/web_socket_bounds.hpp"
#include "net/server/whole_writes.hpp"

namespace pitwall::http {

class web_socket : public session_base {
 public:
  using message = std::shared_ptr<const std::string>;

  void on_answer(std::uint64_t, reply) override {}
  void on_answer_after(std::uint64_t, milliseconds, std::function<reply()>) override {}
  void on_stream(std::uint64_t, std::string, std::shared_ptr<chunk_source>) override {}
  void on_wake() override {}
  void drain() override;
  void abort() override { close(); }
  standing stands() const noexcept override { return standing::busy; }

 protected:
  struct queued {
    message text;
    std::optional<std::uint64_t> mark;  ///< The owner's own.
  };

  web_socket(engine& home, wire_stream stream, wire_request asked, const web_socket_bounds& bounds);

  /// False: there are enough of them, and it was refused. Not `at_once`: take_place() comes later.
  bool begin(bool at_once = true);
  /// Among the streams; false: there are enough of them. Once, while it is not closed.
  bool take_place() noexcept { return presence_->begin_stream(); }
  /// Once, instead of accept().
  void refuse(reply r);
  void accept();
  /// From the next frame on; at most what web_socket_bounds says, which is where it begins.
  void hear_at_most(std::size_t frame_bytes) noexcept { most_heard_ = frame_bytes; }
  /// Written once the handshake is over.
  void push(message m, std::optional<std::uint64_t> mark = {});
  /// What is pushed while one lives leaves together.
  class together {
   public:
    explicit together(web_socket& s) : socket_(s) { ++s.held_; }
    ~together() {
      --socket_.held_;
      socket_.write();
    }
    together(const together&) = delete;
    together& operator=(const together&) = delete;

   private:
    web_socket& socket_;
  };
  /// After what is queued, or, `now`, after the frame that is being written.
  void finish(std::uint16_t code, const std::string& why, bool now, milliseconds patience);
  void give_up(const std::string& whom);
  void close();

  bool is_open() const noexcept { return state_ == state::open; }
  bool is_closed() const noexcept { return state_ == state::closed; }
  std::size_t queued_frames() const noexcept { return out_.size(); }
  /// What goes out whatever comes: so many from the front of the queue.
  std::size_t frames_leaving() const noexcept { return leaving_; }
  const queued& frame(std::size_t at) const { return out_[at]; }
  engine& home() noexcept { return home_; }
  const engine& home() const noexcept { return home_; }

  virtual void on_open() {}
  virtual void on_text(std::string text) = 0;
  virtual void on_written(const queued&) {}
  virtual void on_write_ended() {}  ///< Of some frames, each of which was on_written().
  virtual void on_flood() = 0;
  virtual void on_stall() {}
  virtual void on_closed() {}
  virtual std::string who() const = 0;  ///< "a client of streams"
  virtual std::string farewell() const = 0;

 private:
  enum class state : std::uint8_t { asking, accepting, open, ending, closed };

  std::shared_ptr<web_socket> self() {
    return std::static_pointer_cast<web_socket>(shared_from_this());
  }
  void arm(milliseconds patience);
  bool is_early() const { return state_ == state::asking || state_ == state::accepting; }
  void on_accepted();
  void read();
  void on_read();
  void on_control(boost::beast::websocket::frame_type kind, boost::beast::string_view payload);
  void on_goodbye();
  bool counts();
  void write();
  void frame_queued();
  void on_wrote();
  void say_goodbye();
  void watch();
  void on_pulse();
  void watch_writes();
  void drop_queue();

  engine& home_;
  const web_socket_bounds bounds_;
  std::size_t most_heard_;
  std::optional<presence> presence_;  ///< Until closed.
  boost::beast::websocket::stream<whole_writes<wire_stream>> ws_;
  const wire_request asked_;
  std::optional<wire_response> refusal_;
  boost::beast::flat_buffer in_;
  deadline timer_, pulse_, writes_;
  std::deque<queued> out_;
  std::size_t leaving_ = 0;  ///< Of out_, in the write that is under way.
  std::string framed_;       ///< What it writes, but for the payload of a large frame.
  std::size_t held_ = 0;     ///< By `together`.
  std::optional<boost::beast::websocket::close_reason> goodbye_;
  milliseconds goodbye_patience_{};
  std::deque<std::chrono::steady_clock::time_point> heard_;
  std::string last_ping_;
  std::size_t silent_ = 0;
  std::uint64_t seen_progress_ = 0;
  std::int64_t pulses_ = 0;
  state state_ = state::asking;
  bool writing_ = false, pinging_ = false;
};

}  // namespace pitwall::http
