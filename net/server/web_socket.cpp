#include "net/server/web_socket.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/write.hpp>
#include <utility>

#include "net/server/text_frame.hpp"

namespace pitwall::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

namespace {

constexpr int send_buffer = 256 << 10;
// Of one write: dozens of events. Larger ones would take more memory of clients that do not read.
constexpr std::size_t write_bytes = 32U << 10U;

}  // namespace

web_socket::web_socket(engine& home, wire_stream stream, wire_request asked,
                       const web_socket_bounds& bounds)
    : home_(home),
      bounds_(bounds),
      most_heard_(bounds.max_frame_bytes),
      presence_(std::in_place, home, *this),
      ws_(whole_writes<wire_stream>(std::move(stream))),
      asked_(std::move(asked)),
      in_(bounds.max_frame_bytes + 1),
      timer_(ws_.get_executor()),
      pulse_(ws_.get_executor()),
      writes_(ws_.get_executor()) {}

bool web_socket::begin(bool at_once) {
  boost::system::error_code ignored;  // A Unix socket does not know of it.
  auto& socket = beast::get_lowest_layer(ws_);
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  // What a client leaves unread shall wait here, where it is bounded, and not in the kernel.
  socket.set_option(asio::socket_base::send_buffer_size(send_buffer), ignored);
  arm(home_.options().request_timeout);
  if (!at_once || take_place()) return true;
  refuse(too_many_streams());
  return false;
}

void web_socket::arm(milliseconds patience) {
  timer_.arm(patience, [weak = std::weak_ptr(self())] {
    if (const auto alive = weak.lock()) alive->close();
  });
}

void web_socket::drain() {
  if (state_ == state::asking) return close();
  finish(websocket::close_code::going_away, farewell(), false, home_.options().linger);
}

// ---- the handshake

void web_socket::refuse(reply r) {
  if (state_ != state::asking) return;
  if (r.cut) return close();
  refusal_ = to_response(std::move(r), asked_.version(), false);
  beast::http::async_write(ws_.next_layer(), *refusal_,
                           [self = self()](auto, std::size_t) { self->close(); });
}

void web_socket::accept() {
  if (state_ != state::asking) return;
  state_ = state::accepting;
  ws_.auto_fragment(false);
  ws_.read_message_max(0);  // read() looks after it.
  ws_.set_option(websocket::stream_base::decorator(
      [](websocket::response_type& r) { r.set(beast::http::field::server, "pitwall"); }));
  ws_.control_callback([this](websocket::frame_type kind, beast::string_view payload) {
    on_control(kind, payload);
  });
  ws_.async_accept(asked_, [self = self()](auto ec) {
    if (self->state_ != state::accepting) return;
    if (ec) return self->close();
    self->on_accepted();
  });
}

void web_socket::on_accepted() {
  state_ = state::open;
  timer_.disarm();
  watch();
  if (bounds_.write_timeout.count() > 0) watch_writes();
  on_open();
  read();
  write();
  if (!goodbye_) return;
  const auto why = *std::exchange(goodbye_, {});
  finish(why.code, std::string(why.reason.data(), why.reason.size()), false, goodbye_patience_);
}

// ---- what it hears

void web_socket::read() {
  if (state_ == state::closed) return;
  // One byte more than there may be tells a frame that is too large.
  ws_.async_read_some(in_, most_heard_ + 1 - in_.size(), [self = self()](auto ec, std::size_t) {
    if (ec) return self->close();
    self->on_read();
    self->read();
  });
}

void web_socket::on_read() {
  // What still comes once the end was said is read so that the end arrives: a socket that is closed
  // over unread bytes takes back what it has sent.
  if (state_ != state::open) return in_.consume(in_.size());
  if (in_.size() > most_heard_) {
    in_.consume(in_.size());
    return finish(websocket::close_code::too_big,
                  "frames have at most " + std::to_string(most_heard_) + " bytes", true,
                  home_.options().linger);
  }
  if (!ws_.is_message_done()) return;
  std::string text = beast::buffers_to_string(in_.data());
  in_.consume(in_.size());
  if (!counts()) return;
  if (ws_.got_text() && breaks_off(text))
    return finish(websocket::close_code::bad_payload, "text frames are UTF-8", true,
                  home_.options().linger);
  if (ws_.got_text()) return on_text(std::move(text));
  finish(websocket::close_code::unknown_data, "send text frames", true, home_.options().linger);
}

void web_socket::on_control(websocket::frame_type kind, beast::string_view payload) {
  if (state_ != state::open) return;
  if (kind == websocket::frame_type::close) return on_goodbye();
  // An unasked pong is no sign of life.
  if (kind == websocket::frame_type::pong && payload == last_ping_) silent_ = 0;
  counts();
}

/// Beast answers it, after the write that is under way; behind that answer nothing may follow.
void web_socket::on_goodbye() {
  drop_queue();
  state_ = state::ending;
  writes_.disarm();
  arm(home_.options().linger);
}

/// False: there were too many.
bool web_socket::counts() {
  const auto now = std::chrono::steady_clock::now();
  while (!heard_.empty() && now - heard_.front() >= std::chrono::seconds(1)) heard_.pop_front();
  heard_.push_back(now);
  if (heard_.size() <= bounds_.messages_a_second) return true;
  on_flood();
  return false;
}

// ---- what it says

void web_socket::push(message m, std::optional<std::uint64_t> mark) {
  if (state_ != state::open && !is_early()) return;
  out_.push_back({std::move(m), mark});
  write();
}

void web_socket::write() {
  if (writing_ || held_ > 0 || is_early() || state_ == state::closed) return;
  // What broke the protocol Beast answers with a close of its own: nothing follows it.
  if (state_ == state::open && !ws_.is_open()) return on_goodbye();
  if (out_.empty()) return say_goodbye();
  writing_ = true;
  frame_queued();
  // The payload of a large frame is not copied.
  const auto& last = *out_[leaving_ - 1].text;
  const bool apart = leaving_ == 1 && last.size() >= write_bytes;
  const std::array<asio::const_buffer, 2> what{asio::buffer(framed_),
                                               apart ? asio::buffer(last) : asio::const_buffer()};
  ws_.next_layer().async_write_some(what, [self = self()](auto ec, std::size_t) {
    if (self->state_ == state::closed) return;
    if (ec) return self->close();
    self->on_wrote();
  });
}

void web_socket::frame_queued() {
  framed_.clear();
  leaving_ = 0;
  for (const auto& q : out_) {
    const auto size = q.text->size();
    if (leaving_ > 0 && framed_.size() + size > write_bytes) break;
    append_frame_head(size, framed_);
    ++leaving_;
    if (size >= write_bytes) break;
    framed_ += *q.text;
  }
}

void web_socket::on_wrote() {
  while (leaving_ > 0) {
    const queued done = std::move(out_.front());
    out_.pop_front();
    --leaving_;
    on_written(done);
    if (state_ == state::closed) return;
  }
  on_write_ended();
  if (state_ == state::closed) return;
  if (out_.empty()) framed_ = {};  // One that is idle takes little memory.
  writing_ = false;
  write();
}

void web_socket::drop_queue() { out_.resize(std::min(out_.size(), leaving_)); }

void web_socket::finish(std::uint16_t code, const std::string& why, bool now,
                        milliseconds patience) {
  if (state_ == state::asking) return close();
  if (state_ == state::ending || state_ == state::closed) return;
  if (now) drop_queue();
  goodbye_.emplace(static_cast<websocket::close_code>(code), why);
  goodbye_patience_ = patience;
  // The client hears it once the handshake is over.
  if (state_ == state::accepting) return;
  state_ = state::ending;
  writes_.disarm();
  arm(patience);
  write();
}

void web_socket::say_goodbye() {
  if (state_ != state::ending || !goodbye_) return;
  ws_.async_close(*goodbye_, [self = self()](auto) { self->close(); });
  // Once.
  writing_ = true;
}

// ---- signs of life

void web_socket::watch() {
  pulse_.arm(bounds_.ping_every, [weak = std::weak_ptr(self())] {
    if (const auto alive = weak.lock()) alive->on_pulse();
  });
}

void web_socket::on_pulse() {
  if (state_ != state::open) return;
  ++pulses_;
  if (silent_ >= bounds_.silent_pings) return give_up(who() + " that was silent");
  if (bounds_.longest.count() > 0 && bounds_.ping_every * pulses_ >= bounds_.longest) {
    return finish(websocket::close_code::going_away, "the connection is a day old", false,
                  home_.options().linger);
  }
  watch();
  ++silent_;
  // One that the client's full buffers hold back counts as unanswered, and is enough.
  if (std::exchange(pinging_, true)) return;
  last_ping_ = std::to_string(pulses_);
  ws_.async_ping(websocket::ping_data(last_ping_.c_str()), [self = self()](auto ec) {
    self->pinging_ = false;
    if (ec) self->close();
  });
}

void web_socket::watch_writes() {
  writes_.arm(bounds_.write_timeout, [weak = std::weak_ptr(self())] {
    const auto alive = weak.lock();
    if (!alive || alive->state_ != state::open) return;
    const auto progress = alive->ws_.next_layer().progress();
    const bool stands = alive->writing_ && progress == alive->seen_progress_;
    alive->seen_progress_ = progress;
    if (stands) return alive->on_stall();
    alive->watch_writes();
  });
}

void web_socket::give_up(const std::string& whom) {
  if (state_ != state::closed) {
    home_.log(log_level::info, whom + " was cut off");
    home_.count_cut(cut_kind::websocket, cut_reason::silent);
  }
  close();
}

void web_socket::close() {
  if (std::exchange(state_, state::closed) == state::closed) return;
  timer_.disarm();
  pulse_.disarm();
  writes_.disarm();
  presence_.reset();
  drop_queue();
  ws_.next_layer().close();
  on_closed();
}

}  // namespace pitwall::http
