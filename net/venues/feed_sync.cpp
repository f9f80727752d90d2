// Job: feed_state's frames and snapshots: what is taken in, what shows a loss, and how a book comes
//      back.
#include <algorithm>
#include <utility>

#include "net/venues/feed_state.hpp"

namespace pitwall {

namespace {

constexpr milliseconds longest_retry{30'000}, doubted_for{5'000};
constexpr unsigned most_failures = 3;

bool same_step(const sequence_facts& a, const sequence_facts& b) {
  return a.rule == b.rule && a.first == b.first && a.last == b.last && a.channel == b.channel;
}

bool sums(const feed_update& u) {
  const auto* d = std::get_if<book_delta>(&u.says);
  return d != nullptr && d->relative;
}

template <class T>
bool asks_for(const feed_state::actions& todo) {
  return std::ranges::any_of(todo, [](const auto& a) { return std::holds_alternative<T>(a); });
}

}  // namespace

// ---- frames

feed_state::actions feed_state::on_frame(const std::vector<feed_update>& updates,
                                         const feed_time& now) {
  actions todo;
  if (!open_) return todo;
  heard_at_ = now.steady;
  std::vector<std::pair<const sequence_facts*, sequence_verdict>> judged;
  for (const auto& u : updates) {
    if (holds(u)) continue;
    const auto seen = std::ranges::find_if(
        judged, [&](const auto& j) { return same_step(*j.first, u.sequence); });
    const bool first = seen == judged.end();
    const auto verdict = first ? judge_.judge(facts_of(u), sums(u)) : seen->second;
    if (first && u.sequence.rule != sequence_rule::none) judged.emplace_back(&u.sequence, verdict);
    if (verdict == sequence_verdict::old || comes_late(u, verdict)) continue;
    if (const auto at = symbols_.find(u.symbol);
        at != symbols_.end() && u.sequence.rule != sequence_rule::none) {
      at->second.channels.insert(u.sequence.channel);
    }
    if (verdict == sequence_verdict::gap && first) spoil(u, now, todo);
    take(u, verdict, now, todo);
    if (asks_for<reconnect>(todo)) break;
  }
  return todo;
}

bool feed_state::comes_late(const feed_update& u, sequence_verdict v) const {
  return u.sequence.rule == sequence_rule::timed && v == sequence_verdict::gap &&
         std::holds_alternative<book_snapshot>(u.says) && symbols_.contains(u.symbol);
}

/// A book that was asked for more than once is what the venue has: its clock begins anew with it.
sequence_facts feed_state::facts_of(const feed_update& u) const {
  auto facts = u.sequence;
  const auto at = symbols_.find(u.symbol);
  const bool asked_for = facts.rule == sequence_rule::timed && at != symbols_.end() &&
                         std::holds_alternative<book_snapshot>(u.says);
  if (asked_for && at->second.phase != feed_phase::live && at->second.asked_anew)
    facts.begins = true;
  return facts;
}

/// Changes that come before their book are kept, and judged when it is there.
bool feed_state::holds(const feed_update& u) {
  if (!traits_.snapshot_by_rest || !std::holds_alternative<book_delta>(u.says)) return false;
  const auto at = symbols_.find(u.symbol);
  if (at == symbols_.end()) return false;
  symbol_feed& s = at->second;
  if (s.phase != feed_phase::syncing && s.phase != feed_phase::gap) return false;
  if (s.held.size() >= limits_.max_held) s.held.pop_front();
  s.held.push_back(u);
  return true;
}

void feed_state::take(const feed_update& u, sequence_verdict v, const feed_time& now,
                      actions& todo) {
  const auto at = symbols_.find(u.symbol);
  const bool told = at != symbols_.end() && at->second.phase != feed_phase::connecting &&
                    at->second.phase != feed_phase::refused;
  if (const auto* b = std::get_if<book_snapshot>(&u.says)) {
    if (told && !traits_.snapshot_by_rest) {
      take_snapshot(*at, *b, u.sequence.last, seen_at(u, now), todo);
    }
  } else if (std::holds_alternative<book_delta>(u.says)) {
    if (!told || holds(u)) return;
    if (v == sequence_verdict::next && at->second.phase == feed_phase::live) {
      apply_delta(*at, u, now, todo);
    }
  } else if (const auto* p = std::get_if<price_news>(&u.says)) {
    if (told) take_price(at->second, *p, seen_at(u, now));
  } else {
    take_service(u, now, todo);
  }
}

void feed_state::take_service(const feed_update& u, const feed_time& now, actions& todo) {
  if (std::holds_alternative<heartbeat>(u.says)) {
    take_heartbeat(u.symbol, seen_at(u, now));
  } else if (const auto* no = std::get_if<subscription_refused>(&u.says)) {
    on_refused(u.symbol, no->why, now, todo);
  } else if (const auto* r = std::get_if<feed_reply>(&u.says)) {
    todo.emplace_back(send_frame{r->frame});
  } else if (traits_.confirms) {
    const auto all = u.symbol.empty() ? std::exchange(asked_, {}) : std::vector{u.symbol};
    for (const auto& symbol : all) {
      std::erase(asked_, symbol);
      on_subscribed(symbol, now, todo);
    }
    subscribe_next(now, todo);
  }
}

feed_time feed_state::seen_at(const feed_update& u, const feed_time& now) {
  // A whole book of a connection that tells times comes no sooner than the changes about it.
  const bool as_late = !u.at && u.sequence.rule == sequence_rule::timed && late_ > limits_.max_lag;
  if (as_late) return {now.wall - late_, now.steady - late_};
  if (!u.at) return now;
  using std::chrono::duration_cast;
  // By the steady clock: that this one's wall clock is set is no delay.
  const auto lag = duration_cast<milliseconds>(now.steady.time_since_epoch()) -
                   duration_cast<milliseconds>(u.at->time_since_epoch());
  least_lag_ = std::min(least_lag_.value_or(lag), lag);
  const auto late = std::min<milliseconds>(lag - *least_lag_, std::chrono::hours(24));
  late_ = late;
  return late <= limits_.max_lag ? now : feed_time{now.wall - late, now.steady - late};
}

void feed_state::take_snapshot(entry& e, const book_snapshot& b, std::uint64_t number,
                               const feed_time& now, actions& todo) {
  symbol_feed& s = e.second;
  s.book.set(b);
  s.book_number = number;
  s.quoted = false;
  s.best_bid = s.best_ask = std::nullopt;
  if (!fits(s, b.checksum)) return lose(e, "a book did not fit its checksum", now, todo);
  s.enough = s.book.is_thin(limits_.depth) ? 1 : limits_.depth;
  enliven(s, now);
}

void feed_state::apply_delta(entry& e, const feed_update& u, const feed_time& now, actions& todo) {
  symbol_feed& s = e.second;
  const auto& d = std::get<book_delta>(u.says);
  const auto taken = s.book.apply(d);
  std::string why;
  if (!taken.ok()) {
    why = taken.error().message;
  } else if (!fits(s, d.checksum)) {
    why = "a book did not fit its checksum";
  } else if (s.book.is_thin(s.enough)) {
    why = "too little of the book is known";
    s.deep = true;
  }
  if (!why.empty()) return lose(e, why, now, todo);
  if (d.best_bid || d.best_ask) {
    s.best_bid = d.best_bid;
    s.best_ask = d.best_ask;
  }
  s.book_number = u.sequence.last;
  if (s.quote_number.value_or(0) <= s.book_number) s.quoted = false;
  if (const auto seen = seen_at(u, now); seen.steady >= s.news->steady) s.news = seen;
  s.own_news = s.news->steady;
}

bool feed_state::fits(const symbol_feed& s, const std::optional<std::uint32_t>& checksum) const {
  if (!checksum) return true;
  const std::size_t most = traits_.window > 0 ? traits_.window : limits_.max_levels;
  return dialect_->checksum(s.book.bids(most), s.book.asks(most)) == *checksum;
}

void feed_state::take_price(symbol_feed& s, const price_news& p, const feed_time& now) {
  const bool quotes = p.bid || p.ask;
  if (!traits_.books) {
    s.quote = price_of(p);
    s.quoted = true;
    return enliven(s, now);
  }
  if (!quotes || s.phase != feed_phase::live) return;
  if (p.book_number && *p.book_number < s.book_number) return;
  s.quote = p.bid && p.ask ? price_of(p) : std::nullopt;
  s.quote_number = p.book_number;
  s.quoted = true;
}

void feed_state::take_heartbeat(const std::string& symbol, const feed_time& now) {
  for (auto& [name, s] : symbols_) {
    if (s.phase != feed_phase::live || (!symbol.empty() && symbol != name)) continue;
    const bool vouches = now.steady - s.own_news < limits_.vouched_for;
    if (vouches && now.steady > s.news->steady) s.news = now;
  }
}

void feed_state::enliven(symbol_feed& s, const feed_time& now) {
  if (s.phase != feed_phase::live) s.since = now.steady;
  s.phase = feed_phase::live;
  s.asked_anew = false;
  s.news = now;
  s.own_news = now.steady;
  s.held.clear();
  s.ask_at.reset();
  s.doubted.reset();
}

// ---- losses

void feed_state::spoil(const feed_update& u, const feed_time& now, actions& todo) {
  const auto& facts = u.sequence;
  std::string why = facts.rule == sequence_rule::timed
                        ? "its times go back"
                        : "numbers before " + std::to_string(facts.first) + " are missing";
  if (!facts.channel.empty()) why += " (" + facts.channel.substr(0, 60) + ")";
  ++gaps_;
  for (auto& e : symbols_) {
    const bool brings_its_own =
        e.first == u.symbol && std::holds_alternative<book_snapshot>(u.says);
    const bool waits =
        e.second.phase == feed_phase::connecting || e.second.phase == feed_phase::refused;
    if (waits || brings_its_own || !e.second.channels.contains(facts.channel)) continue;
    resync(e, why, false, now, todo);
    if (asks_for<reconnect>(todo)) return;
  }
}

void feed_state::lose(entry& e, const std::string& why, const feed_time& now, actions& todo) {
  ++gaps_;
  resync(e, why, true, now, todo);
}

bool feed_state::others_live(const entry& e, const feed_time& now) const {
  return std::ranges::any_of(symbols_, [&](const entry& other) {
    return &other != &e && phase_of(other.second, now) == feed_phase::live;
  });
}

void feed_state::resync(entry& e, const std::string& why, bool alone, const feed_time& now,
                        actions& todo) {
  symbol_feed& s = e.second;
  ++s.gaps;
  if (lasted(s, now)) s.failures = 0;
  ++s.failures;
  s.phase = feed_phase::gap;
  s.asked_anew = false;
  s.since = now.steady;
  s.lost = why;
  s.book.clear();
  s.quoted = false;
  s.held.clear();
  if (traits_.snapshot_by_rest) return ask(e, now, todo);
  const auto frames = dialect_->resync(e.first);
  if (!frames.empty() && s.failures <= most_failures) {
    for (const auto& f : frames) todo.emplace_back(send_frame{f});
    return;
  }
  if (alone && others_live(e, now)) {
    return refuse(s, {errc::unavailable, why, e.first, {}}, now);
  }
  todo.emplace_back(reconnect{e.first + ": " + why});
}

void feed_state::ask(entry& e, const feed_time& now, actions& todo) {
  symbol_feed& s = e.second;
  ++s.attempt;
  s.ask_at.reset();
  if (s.failures > 1) {
    const auto wait = limits_.retry_after * (1U << std::min(s.failures - 2, 5U));
    s.ask_at = now.steady + std::min(wait, longest_retry);
    return;
  }
  todo.emplace_back(ask_snapshot{e.first, s.attempt, s.deep});
}

feed_state::actions feed_state::on_snapshot(const std::string& symbol, std::uint64_t attempt,
                                            result<feed_update> got, const feed_time& now) {
  actions todo;
  const auto at = symbols_.find(symbol);
  if (!open_ || at == symbols_.end() || at->second.attempt != attempt) return todo;
  symbol_feed& s = at->second;
  if (s.phase != feed_phase::syncing && s.phase != feed_phase::gap) return todo;
  const auto* book = got.ok() ? std::get_if<book_snapshot>(&got->says) : nullptr;
  if (book == nullptr) {
    if (!got.ok() && got.error().code == errc::invalid_argument) {
      refuse(s, got.error(), now);
      return todo;
    }
    s.failures = std::max(s.failures + 1, 2U);
    ask(*at, now, todo);
    if (!got.ok() && s.ask_at) {
      s.ask_at = std::max(*s.ask_at, now.steady + milliseconds(got.error().retry_after_ms));
    }
    return todo;
  }
  const auto held = std::exchange(s.held, {});
  judge_.judge(got->sequence);
  s.channels.insert(got->sequence.channel);
  take_snapshot(*at, *book, got->sequence.last, now, todo);
  for (const auto& u : held) {
    if (s.phase != feed_phase::live) {
      // What was held beyond a loss may still be joined by the next snapshot.
      holds(u);
      continue;
    }
    const auto verdict = judge_.judge(u.sequence, sums(u));
    if (verdict == sequence_verdict::old) continue;
    if (verdict == sequence_verdict::next) {
      apply_delta(*at, u, now, todo);
    } else {
      spoil(u, now, todo);
      holds(u);
    }
  }
  return todo;
}

// ---- time

feed_state::actions feed_state::tick(const feed_time& now) {
  actions todo;
  if (!open_) return todo;
  if (!asked_.empty() && now.steady - asked_at_ >= limits_.sync_patience) {
    todo.emplace_back(reconnect{"a subscription was not answered"});
  } else if (!symbols_.empty() && now.steady - heard_at_ >= limits_.silence) {
    todo.emplace_back(reconnect{"the venue tells nothing any more"});
  }
  for (auto& e : symbols_) {
    if (asks_for<reconnect>(todo)) break;
    look_at(e, now, todo);
  }
  return todo;
}

void feed_state::look_at(entry& e, const feed_time& now, actions& todo) {
  symbol_feed& s = e.second;
  if (s.phase == feed_phase::live) {
    const auto why = doubt(s);
    if (why.empty()) return s.doubted.reset();
    if (!s.doubted) s.doubted = now.steady;
    const bool cheap = traits_.snapshot_by_rest || !dialect_->resync(e.first).empty();
    if (cheap && now.steady - *s.doubted >= doubted_for) {
      lose(e, "for long its book " + why, now, todo);
    }
  } else if (s.ask_at && now.steady >= *s.ask_at) {
    s.ask_at.reset();
    todo.emplace_back(ask_snapshot{e.first, s.attempt, s.deep});
  } else if (s.phase == feed_phase::syncing || s.phase == feed_phase::gap) {
    wait_for_book(e, now, todo);
  }
}

void feed_state::wait_for_book(entry& e, const feed_time& now, actions& todo) {
  symbol_feed& s = e.second;
  const bool asked = std::ranges::find(asked_, e.first) != asked_.end();
  if (traits_.snapshot_by_rest || asked || now.steady - s.since < limits_.sync_patience) return;
  s.since = now.steady;
  s.asked_anew = true;
  if (!s.news && ++s.unheard > most_failures) {
    return refuse(s, {errc::unavailable, "the venue's feed tells nothing of it", e.first, {}}, now);
  }
  const auto frames = dialect_->resync(e.first);
  for (const auto& f : frames) todo.emplace_back(send_frame{f});
  if (!frames.empty()) return;
  if (others_live(e, now)) {
    return refuse(s, {errc::unavailable, "no book of it came", e.first, {}}, now);
  }
  todo.emplace_back(reconnect{e.first + ": no book came"});
}

}  // namespace pitwall
