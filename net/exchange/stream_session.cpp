#include "net/exchange/stream_session.hpp"

#include <atomic>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <utility>

#include "net/server/deadline.hpp"

namespace pitwall::sim {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

class stream_session final : public http::session_base, public stream_peer {
 public:
  stream_session(http::engine& home, asio::ip::tcp::socket socket, http::wire_request asked,
                 const stream_events& events, const stream_bounds& bounds)
      : home_(home),
        gate_(home.gate()),
        events_(events),
        bounds_(bounds),
        presence_(std::in_place, home, *this),
        ws_(std::move(socket)),
        asked_(std::move(asked)),
        in_(bounds.max_frame_bytes),
        timer_(ws_.get_executor()),
        pulse_(ws_.get_executor()) {}

  void start(http::target to) {
    boost::system::error_code ignored;
    ws_.next_layer().set_option(asio::ip::tcp::no_delay(true), ignored);
    // What a client leaves unread shall wait here, where it is bounded, and not in the kernel.
    ws_.next_layer().set_option(asio::socket_base::send_buffer_size(send_buffer), ignored);
    arm(home_.options().request_timeout);
    if (!presence_->begin_stream()) return refuse(http::too_many_streams());
    events_.asked(self(), std::move(to));
  }

  // ---- stream_peer, any thread

  void admit(std::optional<http::reply> refused) override {
    gate_->post([self = self(), refused = std::move(refused)]() mutable {
      if (self->state_ != state::asking) return;
      if (refused) return self->refuse(std::move(*refused));
      self->accept();
    });
  }
  bool send(message m) override {
    if (queued_.fetch_add(m->size()) + m->size() > bounds_.max_queue_bytes) {
      gate_->post([self = self()] { self->give_up("a client of streams that did not read"); });
      return false;
    }
    gate_->post([self = self(), m = std::move(m)]() mutable { self->push(std::move(m)); });
    return true;
  }
  void end(std::string why) override {
    gate_->post([self = self(), why = std::move(why)] {
      self->finish({websocket::close_code::normal, why});
    });
  }
  void cut() override {
    gate_->post([self = self()] { self->close(); });
  }

  // ---- session_base

  void on_answer(std::uint64_t, http::reply) override {}
  void on_answer_after(std::uint64_t, milliseconds, std::function<http::reply()>) override {}
  void on_stream(std::uint64_t, std::string, std::shared_ptr<http::chunk_source>) override {}
  void on_wake() override {}
  void drain() override {
    if (state_ == state::asking) return close();
    out_.resize(std::min<std::size_t>(out_.size(), writing_ ? 1 : 0));
    finish({websocket::close_code::going_away, "the exchange stops"});
  }
  void abort() override { close(); }
  bool spare() const noexcept override { return false; }

 private:
  enum class state : std::uint8_t { asking, accepting, open, ending, closed };

  std::shared_ptr<stream_session> self() {
    return std::static_pointer_cast<stream_session>(shared_from_this());
  }

  static constexpr int send_buffer = 256 << 10;

  void arm(milliseconds patience) {
    timer_.arm(patience, [weak = std::weak_ptr(self())] {
      if (const auto alive = weak.lock()) alive->close();
    });
  }

  // ---- the handshake

  void refuse(http::reply r) {
    if (r.cut) return close();
    refusal_ = http::to_response(std::move(r), asked_.version(), false);
    beast::http::async_write(ws_.next_layer(), *refusal_,
                             [self = self()](auto, std::size_t) { self->close(); });
  }

  void accept() {
    state_ = state::accepting;
    ws_.auto_fragment(false);
    ws_.read_message_max(bounds_.max_frame_bytes);
    ws_.set_option(websocket::stream_base::decorator(
        [](websocket::response_type& r) { r.set(beast::http::field::server, "pitwall"); }));
    ws_.control_callback([this](websocket::frame_type kind, beast::string_view payload) {
      on_control(kind, payload);
    });
    ws_.async_accept(asked_, [self = self()](auto ec) {
      if (self->state_ != state::accepting) return;
      if (ec) return self->close();
      self->state_ = state::open;
      self->timer_.disarm();
      self->watch();
      self->read();
      self->write();
      if (self->goodbye_) self->finish(*self->goodbye_);
    });
  }

  bool is_early() const { return state_ == state::asking || state_ == state::accepting; }

  // ---- what it hears

  void read() {
    ws_.async_read(in_, [self = self()](auto ec, std::size_t) {
      if (ec) return self->close();
      self->on_frame();
      self->read();
    });
  }

  void on_frame() {
    std::string text = beast::buffers_to_string(in_.data());
    in_.consume(in_.size());
    if (state_ == state::open && counts()) events_.said(self(), std::move(text));
  }

  void on_control(websocket::frame_type kind, beast::string_view payload) {
    if (state_ != state::open || kind == websocket::frame_type::close) return;
    // An unasked pong is no sign of life.
    if (kind == websocket::frame_type::pong && payload == last_ping_) silent_ = 0;
    counts();
  }

  /// False: there were too many.
  bool counts() {
    const auto now = events_.now();
    // A clock that was set back counts from there.
    if (!heard_.empty() && now < heard_.back()) heard_.clear();
    while (!heard_.empty() && now - heard_.front() >= std::chrono::seconds(1)) heard_.pop_front();
    heard_.push_back(now);
    if (heard_.size() <= bounds_.messages_a_second) return true;
    out_.resize(std::min<std::size_t>(out_.size(), writing_ ? 1 : 0));
    finish({websocket::close_code::policy_error, "Too many requests"});
    return false;
  }

  // ---- what it says

  void push(message m) {
    if (state_ != state::open && !is_early()) return;
    out_.push_back(std::move(m));
    write();
  }

  void write() {
    if (writing_ || is_early() || state_ == state::closed) return;
    if (out_.empty()) return say_goodbye();
    writing_ = true;
    ws_.text(true);
    ws_.async_write(asio::buffer(*out_.front()), [self = self()](auto ec, std::size_t) {
      self->writing_ = false;
      if (self->state_ == state::closed) return;
      if (ec) return self->close();
      self->queued_ -= self->out_.front()->size();
      self->out_.pop_front();
      self->write();
    });
  }

  /// Once what is queued was written; nothing is queued any more.
  void finish(websocket::close_reason why) {
    if (state_ == state::asking) return close();
    if (state_ == state::ending || state_ == state::closed) return;
    goodbye_ = why;
    // The client hears it once the handshake is over.
    if (state_ == state::accepting) return;
    state_ = state::ending;
    arm(home_.options().linger);
    write();
  }

  void say_goodbye() {
    if (state_ != state::ending) return;
    ws_.async_close(*goodbye_, [self = self()](auto) { self->close(); });
    // Once.
    writing_ = true;
  }

  // ---- signs of life

  void watch() {
    pulse_.arm(bounds_.ping_every, [weak = std::weak_ptr(self())] {
      if (const auto alive = weak.lock()) alive->on_pulse();
    });
  }

  void on_pulse() {
    if (state_ != state::open) return;
    ++pulses_;
    if (silent_ >= bounds_.silent_pings) return give_up("a client of streams that was silent");
    if (bounds_.ping_every * pulses_ >= bounds_.longest) {
      return finish({websocket::close_code::going_away, "the connection is a day old"});
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

  void give_up(const std::string& whom) {
    if (state_ != state::closed) home_.log(log_level::info, whom + " was cut off");
    close();
  }

  void close() {
    if (std::exchange(state_, state::closed) == state::closed) return;
    timer_.disarm();
    pulse_.disarm();
    presence_.reset();
    boost::system::error_code ignored;
    ws_.next_layer().close(ignored);
    events_.closed(self());
  }

  http::engine& home_;
  const std::shared_ptr<http::dispatch_gate> gate_;
  const stream_events& events_;
  const stream_bounds& bounds_;
  std::optional<http::presence> presence_;  ///< Until closed.
  websocket::stream<asio::ip::tcp::socket> ws_;
  const http::wire_request asked_;
  std::optional<http::wire_response> refusal_;
  beast::flat_buffer in_;
  http::deadline timer_, pulse_;
  std::deque<message> out_;
  std::atomic<std::size_t> queued_ = 0;  ///< Bytes on their way here, and in out_.
  std::optional<websocket::close_reason> goodbye_;
  std::deque<timestamp> heard_;
  std::string last_ping_;
  std::size_t silent_ = 0;
  std::int64_t pulses_ = 0;
  state state_ = state::asking;
  bool writing_ = false, pinging_ = false;
};

}  // namespace

void open_stream_session(http::engine& home, asio::ip::tcp::socket socket, http::wire_request asked,
                         http::target to, const stream_events& events,
                         const stream_bounds& bounds) {
  std::make_shared<stream_session>(home, std::move(socket), std::move(asked), events, bounds)
      ->start(std::move(to));
}

}  // namespace pitwall::sim
