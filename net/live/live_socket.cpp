#include "net/live/live_socket.hpp"

#include <exception>
#include <utility>

#include "net/server/problem_reply.hpp"

namespace pitwall::live {

namespace {

journal_answer safely(const journal& history, const journal_order& order) {
  try {
    return look_into(history, order);
  } catch (const std::exception& failure) {
    journal_answer out;
    out.number = order.number;
    out.failure = error{errc::internal, failure.what(), {}, {}};
    return out;
  }
}

http::cut_reason reason_of(close_code code) {
  if (code == too_slow) return http::cut_reason::too_slow;
  if (code == too_many_requests) return http::cut_reason::too_many_requests;
  return http::cut_reason::refused;
}

/// 0 of an event: those wait for room.
std::size_t answer_size(const std::string& frame) {
  return is_event_frame(frame) ? 0 : frame.size();
}

}  // namespace

class live_socket final : public http::web_socket, private surroundings {
 public:
  live_socket(live_service& service, http::wire_stream stream, http::wire_request asked,
              http::caller from)
      : web_socket(service.home_, std::move(stream), std::move(asked), service.options_.socket),
        service_(service),
        from_(std::move(from)),
        pass_(first_pass(service, from_)),
        session_(*this, service.recent_, service.options_.session,
                 pass_ ? std::optional(pass_->may) : std::nullopt,
                 service.options_.connection_prefix + std::to_string(service.next_connection_++),
                 service.epoch_),
        beat_(service.home_.io().get_executor()),
        authentication_(service.home_.io().get_executor()) {
    ++service_.connections_;
    if (pass_) return;
    ++service_.strangers_;
    hear_at_most(max_first_frame_bytes);
  }
  ~live_socket() override {
    --service_.connections_;
    if (!pass_) --service_.strangers_;
    service_.settle();
  }

  void start() {
    if (!begin(pass_.has_value())) return;
    if (!pass_ && service_.strangers_ > service_.options_.max_strangers)
      return refuse(http::too_many_streams());
    accept();
  }
  void recheck() override {
    if (pass_ && !home().still_admits(*pass_, from_)) session_.expel(why_expelled());
  }

  void on_answer(std::uint64_t ticket, http::reply r) override {
    if (is_open()) session_.answered(ticket, r);
  }
  void on_wake() override {
    service_.settle();
    if (!is_open()) return;
    const together leaves(*this);
    session_.pump();
  }

 private:
  std::shared_ptr<live_socket> self() {
    return std::static_pointer_cast<live_socket>(shared_from_this());
  }

  /// Nothing where a token has to be shown.
  static std::optional<http::pass> first_pass(live_service& service, const http::caller& from) {
    if (from.by == http::door::open && service.gate_.asks_for_token()) return {};
    return http::pass{};
  }
  std::string why_expelled() const {
    return pass_->token.empty() ? "a token is needed now: connect again, and authenticate"
                                : "the token was revoked, or has expired";
  }

  // ---- of the socket

  void on_open() override {
    service_.settle();
    session_.begin(service_.options_.clock->now());
    beat_on();
    if (pass_) return;
    authentication_.arm(service_.options_.authenticate_within, [weak = std::weak_ptr(self())] {
      const auto alive = weak.lock();
      if (alive && alive->is_open()) alive->session_.expect_authenticated();
    });
  }
  void on_text(std::string text) override {
    // What is being written is no sign that the client does not read.
    std::size_t under_way = 0;
    for (std::size_t i = 0; i < frames_leaving(); ++i) under_way += answer_size(*frame(i).text);
    if (answer_bytes_ - under_way > service_.options_.queue_bytes) return session_.stall();
    service_.settle();  // What is asked for begins with all that is published, told or not.
    session_.hear(text, service_.options_.clock->now());
  }
  void on_written(const queued& done) override {
    queued_bytes_ -= done.text->size();
    answer_bytes_ -= answer_size(*done.text);
    if (done.mark) delivered_ = done.mark;
  }
  void on_write_ended() override {
    // Not after every write: a queue that is filled by the half is filled just as well.
    if (is_open() && queued_frames() <= service_.options_.queue_frames / 2 &&
        queued_bytes_ <= service_.options_.queue_bytes / 2) {
      session_.pump();
    }
  }
  void on_flood() override {
    end(too_many_requests,
        "more than " + std::to_string(service_.options_.socket.messages_a_second) +
            " frames in a second",
        home().options().linger);
  }
  void on_stall() override { session_.stall(); }
  void on_closed() override {
    beat_.disarm();
    authentication_.disarm();
  }
  std::string who() const override { return "a client of /ws"; }
  std::string farewell() const override { return "the host stops"; }

  void beat_on() {
    beat_.arm(service_.options_.heartbeat, [weak = std::weak_ptr(self())] {
      const auto alive = weak.lock();
      if (!alive || !alive->is_open()) return;
      alive->session_.beat(alive->service_.options_.clock->now());
      alive->beat_on();
    });
  }

  // ---- surroundings

  void send(live::message text, std::optional<std::uint64_t> position) override {
    queued_bytes_ += text->size();
    answer_bytes_ += answer_size(*text);
    push(std::move(text), position);
  }
  bool has_room() const override {
    return queued_bytes_ < service_.options_.queue_bytes &&
           queued_frames() < service_.options_.queue_frames;
  }
  bool wants_more() const override {
    return queued_bytes_ < service_.options_.ready_bytes && has_room();
  }
  std::optional<std::uint64_t> delivered() const override {
    for (std::size_t i = frames_leaving(); i > 0; --i)
      if (frame(i - 1).mark) return frame(i - 1).mark;
    return delivered_;
  }
  std::uint64_t published_head() const override { return service_.host_.published_head(); }
  value::object figures() const override {
    const auto number = [](std::size_t n) { return value(decimal(static_cast<std::int64_t>(n))); };
    return {{"queued_frames", number(queued_frames())},
            {"queued_bytes", number(queued_bytes_)},
            {"connections", number(service_.connections_)}};
  }
  void look(journal_order order) override {
    home().gate()->work([&host = service_.host_, gate = home().gate(), order = std::move(order),
                         weak = std::weak_ptr(self())] {
      gate->post([weak, answer = safely(host.history(), order)]() mutable {
        const auto alive = weak.lock();
        if (!alive || !alive->is_open()) return;
        const together leaves(*alive);
        alive->session_.looked(std::move(answer));
      });
    });
  }
  void ask(std::uint64_t ticket, http::request what) override {
    dispatch(home(), self(), ticket, std::move(what));
  }
  result<access::scopes> recognize(const std::string& token) override {
    PITWALL_TRY(known, service_.gate_.recognize(token, from_));
    if (!pass_) {
      if (!take_place())
        return {errc::resource_exhausted, "too many event streams are open", {}, "close one"};
      --service_.strangers_;
      hear_at_most(service_.options_.socket.max_frame_bytes);
    }
    pass_ = std::move(known);
    return pass_->may;
  }
  relayed_hosts* others() override { return service_.options_.others.get(); }
  void close(close_code code, std::string reason) override {
    end(code, reason, code == too_slow ? service_.options_.slow_goodbye : home().options().linger);
  }
  void end(close_code code, const std::string& reason, milliseconds patience) {
    // Not of strangers: a line for each would let anybody fill the log, and wait for it.
    if (pass_)
      home().log(log_level::info, who() + " was cut off: " + std::to_string(code) + " " + reason);
    home().count_cut(http::cut_kind::websocket, reason_of(code));
    finish(code, reason, true, patience);
  }

  live_service& service_;
  const http::caller from_;
  std::optional<http::pass> pass_;  ///< Nothing: not authenticated yet.
  live_session session_;
  http::deadline beat_, authentication_;
  std::size_t queued_bytes_ = 0, answer_bytes_ = 0;
  std::optional<std::uint64_t> delivered_;
};

live_service::live_service(http::engine& home, access::gate& gate, control& host,
                           live_options options)
    : home_(home),
      gate_(gate),
      host_(host),
      options_(std::move(options)),
      epoch_(host.epoch()),
      recent_(options_.recent) {}

std::function<void(http::wire_stream, http::wire_request)> live_service::taker_of(
    const http::wire_request& asked, const http::caller& from) {
  const auto to = http::parse_target(asked.target());
  if (options_.clock == nullptr || !to.ok() || to->segments != std::vector<std::string>{"ws"})
    return {};
  return [this, from](http::wire_stream stream, http::wire_request request) {
    std::make_shared<live_socket>(*this, std::move(stream), std::move(request), from)->start();
  };
}

std::shared_ptr<void> live_service::join() {
  ++*joined_;
  settle();
  // It may end on a worker, and after this.
  return {nullptr, [joined = joined_](void*) { --*joined; }};
}

http::recent_texts::one live_service::at(std::uint64_t seq) const {
  const auto& e = recent_.at(seq);
  return {*e.scope, e.type};
}

std::string_view live_service::json(std::uint64_t seq) { return event_json(*recent_.frame(seq)); }

void add_live_route(http::router& to) {
  // Who comes is asked on the WebSocket itself.
  to.add("GET", "/ws", access::scope::none, [](const http::exchange_ref& ex, const auto&) {
    auto r = http::problem_reply(
        error{errc::failed_precondition, "events are told here to WebSocket clients", "/ws",
              "open it as a WebSocket, or read /api/v1/events/stream"},
        426);
    r.headers.emplace_back("Upgrade", "websocket");
    ex->answer(std::move(r));
  });
}

}  // namespace pitwall::live
