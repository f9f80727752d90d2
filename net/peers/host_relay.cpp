#include <algorithm>
#include <utility>

#include "net/peers/host_relay_parts.hpp"
#include "net/thread_turn.hpp"

namespace pitwall::peers {

host_relay::host_relay(std::unique_ptr<parts> p) : parts_(std::move(p)) {}

host_relay::~host_relay() { stop(); }

status host_relay::check(const peer_setup& one) {
  PITWALL_CHECK(place_at(one.url, static_cast<bool>(one.token), one.ca_file));
  return done{};
}

result<std::shared_ptr<host_relay>> host_relay::open(relay_options options) {
  auto p = std::make_unique<parts>();
  for (const auto& s : options.peers) {
    PITWALL_TRY(place, place_at(s.url, static_cast<bool>(s.token), s.ca_file));
    p->peers.emplace(s.name, std::make_unique<peer>(s, std::move(place), options.bounds));
  }
  p->options = std::move(options);
  std::shared_ptr<host_relay> made(new host_relay(std::move(p)));
  made->parts_->heard.post([self = made.get()] {
    yield_to_trading();
    for (auto& [name, one] : self->parts_->peers) self->dial(*one);
  });
  return made;
}

void host_relay::stop() {
  parts_->heard.post([this] {
    for (auto& [name, one] : parts_->peers)
      if (const auto link = std::exchange(one->link, nullptr)) link->stop();
  });
  parts_->heard.stop();
  for (auto& [name, one] : parts_->peers) one->urgent.stop();
}

host_relay::peer* host_relay::find(const std::string& name) const {
  const auto found = parts_->peers.find(name);
  return found == parts_->peers.end() ? nullptr : found->second.get();
}

// ---- what is heard

void host_relay::dial(peer& to) {
  web_socket_options o;
  o.at = to.place.at;
  o.host = to.place.name;
  o.silence = parts_->options.silence;
  const reconnect_limits waits{parts_->options.first_wait, parts_->options.longest_wait,
                               std::chrono::seconds(30), std::chrono::minutes(1)};
  to.link = lasting_socket::start(parts_->heard.io(), o, waits,
                                  {[&to](const lasting_socket::prepared& then) {
                                     // Before the lock is taken: a file may take its time.
                                     if (to.setup.token) to.shown = to.setup.token();
                                     then(web_socket_request{"/ws", {}});
                                   },
                                   [] {}, [this, &to](std::string_view text) { on_text(to, text); },
                                   [this, &to](const error& why) { on_lost(to, why); }});
}

void host_relay::on_text(peer& from, std::string_view text) {
  result<peer_feed::frames> said = peer_feed::frames{};
  peer_feed::token_source token;
  if (from.setup.token) token = [&from] { return from.shown; };
  bool connected = false;
  {
    const std::lock_guard lock(parts_->mutex);
    said = from.feed.hear(text, std::chrono::steady_clock::now(), token);
    connected = from.feed.condition().link == "connected";
  }
  if (!from.link) return;
  if (!said.ok()) return from.link->renew(said.error());
  for (auto& f : *said) from.link->send(std::move(f));
  if (connected && std::exchange(from.logged, "connected") != "connected")
    parts_->options.log->write(log_level::info, "peers", from.setup.name + ": connected");
  wake();
}

void host_relay::on_lost(peer& from, const error& why) {
  {
    const std::lock_guard lock(parts_->mutex);
    from.feed.lost(why);
  }
  // Each reason once, however often it is tried.
  if (std::exchange(from.logged, why.message) != why.message)
    parts_->options.log->write(log_level::warning, "peers",
                               from.setup.name + ": unreachable: " + why.to_string());
  wake();
}

void host_relay::refresh(const std::string& name) {
  peer& one = *find(name);
  peer_feed::frames said;
  {
    const std::lock_guard lock(parts_->mutex);
    said = one.viewers > 0 ? one.feed.want(one.first) : one.feed.unwant();
  }
  if (!one.link) return;
  for (auto& f : said) one.link->send(std::move(f));
}

// ---- viewers

std::vector<std::string> host_relay::names() const {
  std::vector<std::string> all;
  for (const auto& [name, one] : parts_->peers) all.push_back(name);
  return all;
}

std::shared_ptr<void> host_relay::join(const std::string& host,
                                       std::optional<std::uint64_t> after) {
  peer* one = find(host);
  if (one == nullptr) return nullptr;
  {
    const std::lock_guard lock(parts_->mutex);
    if (one->viewers++ == 0)
      one->first = after;
    else if (after)
      one->first = std::min(one->first.value_or(*after), *after);
    if (after) one->feed.rewind(*after);  // Also where the last one has left a moment ago.
  }
  parts_->heard.post([this, host] { refresh(host); });
  // Not null: that would say that there is no such host.
  return {one, [weak = weak_from_this(), host](void*) {
            const auto alive = weak.lock();
            if (!alive) return;
            {
              const std::lock_guard lock(alive->parts_->mutex);
              --alive->find(host)->viewers;
            }
            alive->parts_->heard.post([self = alive.get(), host] { self->refresh(host); });
          }};
}

live::relayed_page host_relay::read(const std::string& host, std::uint64_t after,
                                    std::size_t most) const {
  const peer* one = find(host);
  if (one == nullptr) return {};
  const std::lock_guard lock(parts_->mutex);
  return one->feed.read(after, most);
}

std::uint64_t host_relay::before_last(const std::string& host, const live::event_filter& wanted,
                                      std::size_t count) const {
  const peer* one = find(host);
  if (one == nullptr) return 0;
  const std::lock_guard lock(parts_->mutex);
  return one->feed.before_last(wanted, count);
}

std::shared_ptr<void> host_relay::on_told(std::function<void()> then) {
  const std::lock_guard lock(parts_->listening);
  const auto number = parts_->next_listener++;
  parts_->listeners.emplace(number, std::move(then));
  return {nullptr, [weak = weak_from_this(), number](void*) {
            const auto alive = weak.lock();
            if (!alive) return;
            const std::lock_guard gone(alive->parts_->listening);
            alive->parts_->listeners.erase(number);
          }};
}

void host_relay::wake() {
  const std::lock_guard lock(parts_->listening);
  for (const auto& [number, told] : parts_->listeners) told();
}

std::vector<peer_view> host_relay::all() const {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(parts_->mutex);
  std::vector<peer_view> out;
  for (const auto& [name, one] : parts_->peers) {
    peer_view v{name, one->setup.url, one->feed.condition(), {}};
    if (v.is.heard) v.heard_ago = std::chrono::duration_cast<milliseconds>(now - *v.is.heard);
    out.push_back(std::move(v));
  }
  return out;
}

}  // namespace pitwall::peers
