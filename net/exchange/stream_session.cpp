#include "net/exchange/stream_session.hpp"

#include <atomic>
#include <utility>

namespace pitwall::sim {

namespace {

namespace websocket = boost::beast::websocket;

class stream_session final : public http::web_socket, public stream_peer {
 public:
  using message = stream_sink::message;

  stream_session(http::engine& home, http::wire_stream stream, http::wire_request asked,
                 const stream_events& events, const stream_bounds& bounds)
      : web_socket(home, std::move(stream), std::move(asked), bounds),
        gate_(home.gate()),
        events_(events),
        max_queue_bytes_(bounds.max_queue_bytes) {}

  void start(http::target to) {
    if (begin()) events_.asked(self(), std::move(to));
  }

  // ---- stream_peer, any thread

  void admit(std::optional<http::reply> refused) override {
    gate_->post([self = self(), refused = std::move(refused)]() mutable {
      if (refused) return self->refuse(std::move(*refused));
      self->accept();
    });
  }
  bool send(message m) override {
    if (queued_.fetch_add(m->size()) + m->size() > max_queue_bytes_) {
      gate_->post([self = self()] { self->give_up(self->who() + " that did not read"); });
      return false;
    }
    gate_->post([self = self(), m = std::move(m)]() mutable { self->push(std::move(m)); });
    return true;
  }
  void end(std::string why) override {
    gate_->post([self = self(), why = std::move(why)] {
      self->finish(websocket::close_code::normal, why, false, self->home().options().linger);
    });
  }
  void cut() override {
    gate_->post([self = self()] { self->close(); });
  }

 private:
  std::shared_ptr<stream_session> self() {
    return std::static_pointer_cast<stream_session>(shared_from_this());
  }

  void on_text(std::string text) override { events_.said(self(), std::move(text)); }
  void on_written(const queued& done) override { queued_ -= done.text->size(); }
  void on_flood() override {
    finish(websocket::close_code::policy_error, "Too many requests", true, home().options().linger);
  }
  void on_closed() override { events_.closed(self()); }
  std::string who() const override { return "a client of streams"; }
  std::string farewell() const override { return "the exchange stops"; }

  const std::shared_ptr<http::dispatch_gate> gate_;
  const stream_events& events_;
  const std::size_t max_queue_bytes_;
  std::atomic<std::size_t> queued_ = 0;  ///< Bytes on their way here, and in the queue.
};

}  // namespace

void open_stream_session(http::engine& home, http::wire_stream stream, http::wire_request asked,
                         http::target to, const stream_events& events,
                         const stream_bounds& bounds) {
  std::make_shared<stream_session>(home, std::move(stream), std::move(asked), events, bounds)
      ->start(std::move(to));
}

}  // namespace pitwall::sim
