#include "net/venues/feed_state.hpp"

#include <algorithm>
#include <utility>

namespace pitwall {

std::string_view to_string(feed_phase p) noexcept {
  switch (p) {
    case feed_phase::connecting:
      return "connecting";
    case feed_phase::syncing:
      return "syncing";
    case feed_phase::live:
      return "live";
    case feed_phase::stale:
      return "stale";
    case feed_phase::gap:
      return "gap";
    case feed_phase::refused:
      return "refused";
  }
  return "unknown";
}

feed_state::feed_state(std::shared_ptr<const market_dialect> dialect, const feed_limits& limits)
    : dialect_(std::move(dialect)), traits_(dialect_->stream()), limits_(limits) {}

// ---- what it tells of

bool feed_state::want(const std::string& symbol, const feed_time& now, actions& todo) {
  auto at = symbols_.find(symbol);
  if (at == symbols_.end()) {
    if (full()) {
      const auto refused = std::ranges::find_if(
          symbols_, [](const entry& e) { return e.second.phase == feed_phase::refused; });
      if (refused == symbols_.end()) return false;
      symbols_.erase(refused);
    }
    at = symbols_.try_emplace(symbol, traits_, limits_).first;
  } else {
    symbol_feed& s = at->second;
    if (s.phase != feed_phase::refused || now.steady - s.since < limits_.refused_for) return true;
  }
  begin_anew(at->second, now);
  subscribe_next(now, todo);
  return true;
}

std::vector<std::string> feed_state::opening() {
  named_.clear();
  for (const auto& [symbol, s] : symbols_) {
    if (s.phase != feed_phase::refused) named_.insert(symbol);
  }
  return {named_.begin(), named_.end()};
}

feed_state::actions feed_state::on_open(const feed_time& now) {
  judge_.forget_all();
  open_ = true;
  heard_at_ = now.steady;
  least_lag_.reset();
  late_ = milliseconds(0);
  actions todo;
  subscribe_next(now, todo);
  return todo;
}

void feed_state::on_lost(const feed_time& now) {
  open_ = false;
  asked_.clear();
  for (auto& [_, s] : symbols_) {
    if (s.phase == feed_phase::refused) continue;
    if (lasted(s, now)) s.failures = 0;
    s.phase = feed_phase::connecting;
    s.book.clear();
    s.quoted = false;
    s.channels.clear();
    s.held.clear();
    s.ask_at.reset();
    s.asked_anew = false;
    ++s.attempt;  // An answer that is still on its way belongs to the old connection.
  }
}

void feed_state::subscribe_next(const feed_time& now, actions& todo) {
  if (!open_ || !asked_.empty()) return;
  std::vector<std::string> batch, suspects;
  for (const auto& [symbol, s] : symbols_) {
    if (s.phase == feed_phase::connecting) (s.alone ? suspects : batch).push_back(symbol);
  }
  if (batch.empty() && !suspects.empty()) batch.push_back(suspects.front());
  if (batch.empty()) return;
  if (batch.size() > limits_.max_batch) batch.resize(limits_.max_batch);
  const auto frames = dialect_->subscribe(batch);
  const auto unnamed = [&](const std::string& symbol) { return !named_.contains(symbol); };
  if (frames.empty() && std::ranges::any_of(batch, unnamed)) {
    todo.emplace_back(reconnect{"a further symbol is wanted"});
    return;
  }
  for (const auto& f : frames) todo.emplace_back(send_frame{f});
  for (const auto& symbol : batch) {
    symbol_feed& s = symbols_.at(symbol);
    s.phase = feed_phase::syncing;
    s.since = now.steady;
  }
  if (traits_.confirms && !frames.empty()) {
    asked_ = std::move(batch);
    asked_at_ = now.steady;
    return;
  }
  for (const auto& symbol : batch) on_subscribed(symbol, now, todo);
  subscribe_next(now, todo);
}

void feed_state::on_subscribed(const std::string& symbol, const feed_time& now, actions& todo) {
  const auto at = symbols_.find(symbol);
  if (at == symbols_.end() || at->second.phase != feed_phase::syncing) return;
  at->second.alone = false;
  at->second.since = now.steady;
  if (traits_.snapshot_by_rest) ask(*at, now, todo);
}

void feed_state::on_refused(const std::string& symbol, const error& why, const feed_time& now,
                            actions& todo) {
  if (!symbol.empty() || asked_.size() == 1) {
    const std::string which = symbol.empty() ? asked_.front() : symbol;
    if (const auto at = symbols_.find(which); at != symbols_.end()) refuse(at->second, why, now);
    std::erase(asked_, which);
  } else {
    for (const auto& suspect : std::exchange(asked_, {})) {
      const auto at = symbols_.find(suspect);
      if (at == symbols_.end()) continue;
      at->second.alone = true;
      at->second.phase = feed_phase::connecting;
    }
  }
  subscribe_next(now, todo);
}

void feed_state::refuse(symbol_feed& s, error why, const feed_time& now) {
  begin_anew(s, now);
  s.phase = feed_phase::refused;
  s.refusal = std::move(why);
}

void feed_state::begin_anew(symbol_feed& s, const feed_time& now) const {
  const auto attempt = s.attempt + 1;
  s = symbol_feed(traits_, limits_);
  s.attempt = attempt;
  s.since = now.steady;
}

/// It was live for a while: what went wrong before is over.
bool feed_state::lasted(const symbol_feed& s, const feed_time& now) const {
  return s.phase == feed_phase::live && now.steady - s.since >= limits_.sync_patience;
}

// ---- what it is worth

feed_phase feed_state::phase_of(const symbol_feed& s, const feed_time& now) const {
  if (s.phase != feed_phase::live) return s.phase;
  return now.steady - s.news->steady >= limits_.stale_after ? feed_phase::stale : feed_phase::live;
}

std::string feed_state::doubt(const symbol_feed& s) {
  if (s.book.is_crossed()) return "is crossed";
  const auto bids = s.book.bids(1), asks = s.book.asks(1);
  const bool bid = s.best_bid && (bids.empty() || bids[0].price < *s.best_bid);
  const bool ask = s.best_ask && (asks.empty() || asks[0].price > *s.best_ask);
  if (!bid && !ask) return {};
  return "lacks the level of " + (bid ? *s.best_bid : *s.best_ask).to_string() +
         ", which the venue calls the best";
}

feed_phase feed_state::phase(const std::string& symbol, const feed_time& now) const {
  const auto at = symbols_.find(symbol);
  return at == symbols_.end() ? feed_phase::connecting : phase_of(at->second, now);
}

std::vector<feed_state::symbol_health> feed_state::health(const feed_time& now) const {
  std::vector<symbol_health> out;
  for (const auto& [symbol, s] : symbols_) {
    symbol_health h{symbol, phase_of(s, now), {}, s.gaps};
    if (s.news) h.age = std::chrono::duration_cast<milliseconds>(now.steady - s.news->steady);
    out.push_back(std::move(h));
  }
  return out;
}

error feed_state::not_live(const entry& e, const feed_time& now) const {
  const auto& [symbol, s] = e;
  if (s.refusal) return *s.refusal;
  error out{errc::unavailable, {}, symbol, "look at the venue's state"};
  switch (phase_of(s, now)) {
    case feed_phase::stale:
      out.message =
          "the feed has told nothing new for " +
          std::to_string(
              std::chrono::duration_cast<milliseconds>(now.steady - s.news->steady).count()) +
          " ms";
      break;
    case feed_phase::gap:
      out.message = "the feed waits for a new book: " + s.lost;
      break;
    case feed_phase::syncing:
      out.message = "the feed waits for its first book";
      break;
    default:
      out.message = open_ ? "the feed is not subscribed yet" : "the feed is not connected";
  }
  return out;
}

result<market_data> feed_state::latest(const std::string& symbol, bool price, bool book,
                                       const feed_time& now) const {
  const auto at = symbols_.find(symbol);
  if (at == symbols_.end()) {
    return {errc::unavailable, "the feed does not tell of this symbol yet", symbol, {}};
  }
  const symbol_feed& s = at->second;
  if (phase_of(s, now) != feed_phase::live) return not_live(*at, now);
  if (book && !traits_.books) {
    return {errc::unavailable, "the feed tells of no books", symbol, {}};
  }
  if (auto why = doubt(s); !why.empty()) {
    return {errc::unavailable, "the feed's book " + why, symbol, {}};
  }
  market_data out;
  out.observed_at = s.news->wall;
  if (price) {
    const auto mid = s.quoted ? s.quote : mid_of(s.book.bids(1), s.book.asks(1));
    if (!mid) {
      return {errc::unavailable, "the venue quotes no price on both sides", symbol, {}};
    }
    out.price_feed = value(*mid);
  }
  if (book) {
    out.orderbook =
        book_value(s.book.bids(limits_.depth), s.book.asks(limits_.depth), s.news->wall);
  }
  return out;
}

}  // namespace pitwall
