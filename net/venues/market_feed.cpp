#include "net/venues/market_feed.hpp"

#include <algorithm>
#include <deque>
#include <utility>

namespace pitwall {

namespace {

constexpr milliseconds beat{250};

template <class... F>
struct overloaded : F... {
  using F::operator()...;
};
template <class... F>
overloaded(F...) -> overloaded<F...>;

}  // namespace

/// One connection.
struct market_feed::line {
  line(const std::shared_ptr<const market_dialect>& d, const feed_limits& limits)
      : state(d, limits) {}

  feed_state state;
  // On the I/O thread only.
  std::shared_ptr<lasting_socket> socket = {};
  std::unique_ptr<stream_reader> reader = {};
  std::vector<std::string> first = {};  ///< Frames of the opening.
  std::deque<std::string> out = {};     ///< Waits for its turn.
  std::chrono::steady_clock::time_point sent = {}, pinged = {};
  // Under the mutex.
  std::uint64_t opened = 0;
  bool open = false;
  std::string last_error = {};
};

std::shared_ptr<market_feed> market_feed::open(std::shared_ptr<io_thread> home,
                                               std::shared_ptr<const market_dialect> dialect,
                                               market_feed_options options, getter get,
                                               std::shared_ptr<const wall_clock> clock) {
  const auto traits = dialect->stream();
  options.socket.max_message_bytes = traits.max_frame_bytes;
  options.limits.max_symbols = std::min(options.limits.max_symbols, traits.symbols_per_connection);
  std::shared_ptr<market_feed> made(new market_feed(
      std::move(home), std::move(dialect), std::move(options), std::move(get), std::move(clock)));
  made->home_->post([made] { made->tick(); });
  return made;
}

market_feed::market_feed(std::shared_ptr<io_thread> home,
                         std::shared_ptr<const market_dialect> dialect, market_feed_options options,
                         getter get, std::shared_ptr<const wall_clock> clock)
    : home_(std::move(home)),
      dialect_(std::move(dialect)),
      options_(std::move(options)),
      traits_(dialect_->stream()),
      get_(std::move(get)),
      clock_(std::move(clock)),
      timer_(home_->io()) {}

market_feed::~market_feed() = default;

feed_time market_feed::now() const { return {clock_->now(), std::chrono::steady_clock::now()}; }

// ---- any thread

result<market_data> market_feed::latest(const std::string& symbol, bool price, bool book) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return {errc::unavailable, "the feed is closing", options_.name, {}};
    const auto at = of_.find(symbol);
    if (at != of_.end() && at->second->state.has(symbol)) {
      const auto when = now();
      auto got = at->second->state.latest(symbol, price, book, when);
      if (!got.ok() && !at->second->open && !at->second->last_error.empty()) {
        error e = std::move(got).error();
        e.message += ": " + at->second->last_error;
        got = std::move(e);
      }
      if (at->second->state.phase(symbol, when) != feed_phase::refused) return got;
      if (!adding_.insert(symbol).second) return got;
      // It is asked for again once the refusal is old.
      home_->post([self = shared_from_this(), symbol] { self->add(symbol); });
      return got;
    }
    if (of_.size() + adding_.size() >= options_.max_symbols && !adding_.contains(symbol)) {
      return {errc::resource_exhausted,
              "the feed tells of " + std::to_string(options_.max_symbols) + " symbols already",
              options_.name + " " + symbol, "ask for fewer symbols on one host"};
    }
    if (!adding_.insert(symbol).second) {
      return {errc::unavailable, "the feed is being asked for it", symbol, {}};
    }
  }
  home_->post([self = shared_from_this(), symbol] { self->add(symbol); });
  return {errc::unavailable, "the feed is being asked for it", symbol, {}};
}

feed_health market_feed::health() const {
  const std::lock_guard lock(mutex_);
  feed_health out;
  const auto when = now();
  for (const auto& l : lines_) {
    ++out.connections;
    if (l->open) ++out.open;
    if (l->opened > 0) out.reconnects += l->opened - 1;
    out.gaps += l->state.gaps();
    if (!l->last_error.empty()) out.last_error = l->last_error;
    for (const auto& s : l->state.health(when)) {
      ++out.symbols;
      if (s.phase == feed_phase::live) ++out.live;
      if (s.age && (!out.last_news || *s.age < *out.last_news)) out.last_news = s.age;
    }
  }
  return out;
}

void market_feed::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
  }
  home_->post([self = shared_from_this()] {
    self->timer_.cancel();
    for (const auto& l : self->lines_) {
      if (l->socket) l->socket->stop();
    }
  });
}

// ---- symbols and connections

void market_feed::add(const std::string& symbol) {
  feed_state::actions todo;
  line_ptr l;
  bool fresh = false;
  {
    const std::lock_guard lock(mutex_);
    adding_.erase(symbol);
    if (stopped_) return;
    l = line_for(symbol);
    fresh = l->socket == nullptr;
    if (!l->state.want(symbol, now(), todo)) return;
    of_[symbol] = l;
    // A refused one may have made room.
    std::erase_if(of_, [](const auto& e) { return !e.second->state.has(e.first); });
  }
  if (fresh) start(l);
  perform(l, todo);
}

market_feed::line_ptr market_feed::line_for(const std::string& symbol) {
  if (const auto at = of_.find(symbol); at != of_.end()) return at->second;
  const auto roomy = std::ranges::find_if(lines_, [](const auto& l) { return !l->state.full(); });
  if (roomy != lines_.end()) return *roomy;
  lines_.push_back(std::make_shared<line>(dialect_, options_.limits));
  return lines_.back();
}

void market_feed::start(const line_ptr& l) {
  const auto weak = weak_from_this();
  const std::weak_ptr<line> to = l;
  const auto with = [weak, to](auto then) {
    const auto self = weak.lock();
    const auto its = to.lock();
    if (self && its) then(*self, its);
  };
  l->socket = lasting_socket::start(
      home_->io(), options_.socket, options_.delays,
      {[with](const lasting_socket::prepared& then) {
         with([&](market_feed& f, const line_ptr& its) { f.prepare(its, then); });
       },
       [with] { with([](market_feed& f, const line_ptr& its) { f.on_open(its); }); },
       [with](std::string_view text) {
         with([&](market_feed& f, const line_ptr& its) { f.on_text(its, text); });
       },
       [with](const error& why) {
         with([&](market_feed& f, const line_ptr& its) { f.on_lost(its, why); });
       }});
}

void market_feed::tick() {
  std::vector<std::pair<line_ptr, feed_state::actions>> all;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    for (const auto& l : lines_)
      if (l->socket) all.emplace_back(l, l->state.tick(now()));
  }
  const auto when = std::chrono::steady_clock::now();
  for (const auto& [l, todo] : all) {
    perform(l, todo);
    if (!traits_.ping.empty() && l->socket->is_open() && when - l->pinged >= traits_.ping_every) {
      l->pinged = when;
      say(l, traits_.ping);
    }
    send_next(l);
  }
  fetch_next();
  timer_.expires_after(beat);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
    if (const auto self = weak.lock(); self && !ec) self->tick();
  });
}

// ---- one connection

void market_feed::prepare(const line_ptr& l, const lasting_socket::prepared& then) {
  std::vector<std::string> symbols;
  {
    const std::lock_guard lock(mutex_);
    symbols = l->state.opening();
  }
  auto opening = dialect_->open(symbols, clock_->now());
  if (!opening.ok()) return then(opening.error());
  l->first = std::move(opening->frames);
  then(web_socket_request{std::move(opening->target), std::move(opening->headers)});
}

void market_feed::on_open(const line_ptr& l) {
  l->reader = dialect_->reader();
  l->pinged = std::chrono::steady_clock::now();
  l->out.clear();
  for (auto& frame : std::exchange(l->first, {})) say(l, std::move(frame));
  feed_state::actions todo;
  {
    const std::lock_guard lock(mutex_);
    l->open = true;
    ++l->opened;
    todo = l->state.on_open(now());
  }
  perform(l, todo);
}

void market_feed::on_text(const line_ptr& l, std::string_view text) {
  const auto updates = l->reader->read(text);
  if (!updates.ok()) return l->socket->renew(updates.error());
  if (updates->empty()) return;
  feed_state::actions todo;
  {
    const std::lock_guard lock(mutex_);
    todo = l->state.on_frame(*updates, now());
  }
  perform(l, todo);
}

void market_feed::on_lost(const line_ptr& l, const error& why) {
  l->out.clear();
  snapshots_.forget(l);
  const std::lock_guard lock(mutex_);
  l->open = false;
  l->last_error = why.message;
  l->state.on_lost(now());
}

void market_feed::perform(const line_ptr& l, const feed_state::actions& todo) {
  for (const auto& a : todo) {
    std::visit(overloaded{[&](const feed_state::send_frame& f) { say(l, f.text); },
                          [&](const feed_state::ask_snapshot& s) { snapshots_.push(l, s); },
                          [&](const feed_state::reconnect& r) {
                            l->socket->renew({errc::unavailable, r.why, options_.name, {}});
                          }},
               a);
  }
  fetch_next();
}

void market_feed::fetch_next() {
  while (const auto next = snapshots_.next(std::chrono::steady_clock::now())) {
    fetch(next->first, next->second);
  }
}

void market_feed::fetch(const line_ptr& l, const feed_state::ask_snapshot& asked) {
  get_(dialect_->snapshot_target(asked.symbol, asked.deep),
       [weak = weak_from_this(), l, asked](result<std::string> body) {
         const auto self = weak.lock();
         if (!self) return;
         self->home_->post([self, l, asked, body = std::move(body)] {
           if (!body.ok()) {
             self->snapshots_.hold(std::chrono::steady_clock::now(),
                                   milliseconds(body.error().retry_after_ms));
           }
           auto read = body.ok() ? self->dialect_->read_snapshot(asked.symbol, *body)
                                 : result<feed_update>(body.error());
           feed_state::actions todo;
           {
             const std::lock_guard lock(self->mutex_);
             if (self->stopped_) return;
             todo = l->state.on_snapshot(asked.symbol, asked.attempt, std::move(read), self->now());
           }
           self->perform(l, todo);
         });
       });
}

void market_feed::say(const line_ptr& l, std::string frame) {
  l->out.push_back(std::move(frame));
  send_next(l);
}

// Venues cut off who talks too much.
void market_feed::send_next(const line_ptr& l) {
  const auto when = std::chrono::steady_clock::now();
  if (l->out.empty() || when - l->sent < beat || !l->socket->is_open()) return;
  l->sent = when;
  l->socket->send(std::move(l->out.front()));
  l->out.pop_front();
}

}  // namespace pitwall
