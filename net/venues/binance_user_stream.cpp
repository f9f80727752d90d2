#include "net/venues/binance_user_stream.hpp"
#include "net/venues/weight_budget.hpp"

#include <utility>

#include "runtime/workflow/json.hpp"

namespace pitwall {

namespace {

constexpr const char* path = "/api/v3/userDataStream";

result<std::string> key_in(const std::string& body) {
  const auto whole = parse_json(body);
  const value* key = whole.ok() ? whole->find("listenKey") : nullptr;
  const bool plain = key != nullptr && key->is_text() && !key->as_text().empty() &&
                     key->as_text().find_first_of("/?# \r\n") == std::string::npos;
  if (!plain) {
    return {errc::unavailable, "the venue's answer has no listen key", {}, "look at its state"};
  }
  return key->as_text();
}

}  // namespace

std::shared_ptr<binance_user_stream> binance_user_stream::start(std::shared_ptr<io_thread> home,
                                                                std::shared_ptr<binance_link> link,
                                                                const web_socket_options& socket,
                                                                const reconnect_limits& delays,
                                                                bool by_api, listeners tell) {
  std::shared_ptr<binance_user_stream> made(
      new binance_user_stream(std::move(home), std::move(link), by_api, std::move(tell)));
  made->home_->post([made, socket, delays] {
    if (made->stopped_) return;
    const auto weak = made->weak_from_this();
    const auto with = [weak](auto then) {
      if (const auto self = weak.lock(); self && !self->stopped_) then(*self);
    };
    made->socket_ = lasting_socket::start(
        made->home_->io(), socket, delays,
        {[with](const lasting_socket::prepared& then) {
           with([&](binance_user_stream& s) { s.by_api_ ? s.prepare_api(then) : s.get_key(then); });
         },
         [with] { with([](binance_user_stream& s) { s.on_open(); }); },
         [with](std::string_view text) { with([&](binance_user_stream& s) { s.on_text(text); }); },
         [with](const error& why) { with([&](binance_user_stream& s) { s.on_lost(why); }); }});
  });
  return made;
}

binance_user_stream::binance_user_stream(std::shared_ptr<io_thread> home,
                                         std::shared_ptr<binance_link> link, bool by_api,
                                         listeners tell)
    : home_(std::move(home)),
      link_(std::move(link)),
      by_api_(by_api),
      tell_(std::move(tell)),
      timer_(home_->io()) {}

void binance_user_stream::stop() {
  if (stopped_.exchange(true)) return;
  home_->post([self = shared_from_this()] {
    self->timer_.cancel();
    if (self->socket_) self->socket_->stop();
  });
}

void binance_user_stream::get_key(const lasting_socket::prepared& then) {
  link_->send(
      {"POST", [] { return std::optional<std::string>(path); }, link_->options().timeout,
       rest_rank::normal},
      [weak = weak_from_this(), then](const binance_reply& reply) {
        const auto self = weak.lock();
        if (!self) return;
        auto key = reply.ok() ? key_in(reply.raw.body)
                              : result<std::string>(reply.to_error(self->link_->options().name));
        self->home_->post([self, then, key = std::move(key)] {
          if (!key.ok()) return then(key.error());
          self->key_ = *key;
          then(web_socket_request{"/ws/" + *key, {}});
        });
      },
      request_use::other, weight_of(path, {}));
}

// A signature needs the venue's time.
void binance_user_stream::prepare_api(const lasting_socket::prepared& then) {
  link_->client().post([weak = weak_from_this(), then] {
    const auto self = weak.lock();
    if (!self) return;
    if (const auto held = self->link_->keeps_back()) {
      return self->home_->post(
          [then, why = held->to_error(self->link_->options().name)] { then(why); });
    }
    self->link_->with_time([weak, then](const status& known) {
      const auto still = weak.lock();
      if (!still) return;
      still->home_->post([then, known] {
        then(known.ok() ? result<web_socket_request>(web_socket_request{"/ws-api/v3", {}})
                        : result<web_socket_request>(known.error()));
      });
    });
  });
}

void binance_user_stream::on_open() {
  if (!by_api_) return on_state(true);
  subscribe();
  timer_.expires_after(link_->options().timeout);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
    const auto self = weak.lock();
    if (!self || ec || self->open_) return;
    self->renew({errc::unavailable,
                 "the subscription to orders was not answered",
                 self->link_->options().name,
                 {}});
  });
}

void binance_user_stream::subscribe() {
  link_->client().post([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    const auto& o = self->link_->options();
    auto frame = binance::subscribe_frame(*o.key, o.recv_window, self->link_->venue_now());
    self->home_->post([self, frame = std::move(frame)] {
      if (!self->stopped_ && self->socket_) self->socket_->send(frame);
    });
  });
}

void binance_user_stream::arm() {
  timer_.expires_after(link_->options().keep_listen_key);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
    if (const auto self = weak.lock(); self && !ec && !self->stopped_) self->keep_key();
  });
}

void binance_user_stream::keep_key() {
  const std::string target = std::string(path) + "?listenKey=" + key_;
  link_->send(
      {"PUT", [target] { return std::optional(target); }, link_->options().timeout,
       rest_rank::normal},
      [weak = weak_from_this()](const binance_reply& reply) {
        const auto self = weak.lock();
        // What did not answer is asked again in time; a key that is refused is over.
        if (!self || reply.ok() || !reply.refused) return;
        self->home_->post(
            [self, why = reply.to_error(self->link_->options().name)] { self->renew(why); });
      },
      request_use::other, weight_of(path, {}));
  arm();
}

void binance_user_stream::renew(const error& why) {
  if (!stopped_ && socket_) socket_->renew(why);
}

std::string binance_user_stream::trouble() const {
  const std::lock_guard lock(mutex_);
  return open_ ? std::string{} : trouble_;
}

void binance_user_stream::on_lost(const error& why) {
  const std::string text = why.to_string();
  {
    const std::lock_guard lock(mutex_);
    trouble_ = text;
  }
  on_state(false);
  const auto& warn = link_->options().warn;
  if (std::exchange(warned_, text) != text && warn) warn(text);
}

void binance_user_stream::on_state(bool open) {
  if (open) {
    ++opened_;
    timer_.cancel();
    if (!by_api_) arm();
  } else {
    timer_.cancel();
  }
  if (open_.exchange(open) == open) return;
  link_->client().post([tell = tell_.streamed, open] { tell(open); });
}

void binance_user_stream::on_text(std::string_view text) {
  auto event = binance::parse_user_event(text);
  if (!event.ok()) return renew(event.error());
  if (event->ends) {
    return renew({errc::unavailable,
                  "the venue has ended its telling of orders",
                  link_->options().name,
                  {}});
  }
  if (event->refused) return renew(*event->refused);
  if (event->subscribed) return on_state(true);
  if (!event->order) return;
  link_->client().post([tell = tell_.told, e = std::move(*event->order)] { tell(e); });
}

}  // namespace pitwall
