#include "actors/risk/actor.hpp"

#include <algorithm>
#include <utility>

namespace pitwall {
namespace {

reserved_order reserved_of(const event_scope& scope, const order_request& o) {
  return {scope.bot_id, o.venue, o.symbol, o.side == order_side::buy, o.amount};
}

status take_event(risk_books& books, const event_scope& scope, const event& e) {
  if (const auto* i = std::get_if<order_intent>(&e.body)) {
    books.intent(i->client_order_id, reserved_of(scope, i->order), e.at);
  } else if (const auto* f = std::get_if<order_filled>(&e.body)) {
    return books.fill(
        f->client_order_id,
        {scope.bot_id, f->order.venue, f->order.symbol, f->order.side == order_side::buy,
         f->fill.price, f->fill.quantity, f->fill.fee, e.at, scope.strategy_id, f->fill.fee_asset},
        f->complete);
  } else if (const auto* r = std::get_if<order_rejected>(&e.body)) {
    books.closed(r->client_order_id);
  } else if (const auto* c = std::get_if<order_canceled>(&e.body)) {
    books.closed(c->client_order_id);
  }
  return pitwall::done{};
}

constexpr std::string_view snapshot_key = "risk/books";
constexpr std::string_view valued_key = "risk/valued";

/// Where it cannot be read, what waits for its price is valued anew.
std::vector<valuation> stored_valuations(const state_store& snapshots) {
  const auto bytes = snapshots.get(valued_key);
  if (!bytes.ok()) return {};
  std::string_view in = *bytes;
  const auto stored = decode_value(in);
  auto all =
      stored.ok() ? valuations_from(*stored) : result<std::vector<valuation>>(stored.error());
  return all.ok() ? std::move(*all) : std::vector<valuation>{};
}

/// Errors: as risk_books::from_snapshot.
result<books_as_of> stored_snapshot(const state_store& snapshots,
                                    const std::string& currency = {}) {
  PITWALL_TRY(bytes, snapshots.get(snapshot_key));
  std::string_view in = bytes;
  PITWALL_TRY(stored, decode_value(in));
  const auto* seq = stored.find("seq");
  const auto* books = stored.find("books");
  if (seq == nullptr || !seq->is_number() || books == nullptr)
    return error{errc::data_loss, "the stored account of risk does not make sense", {}, {}};
  PITWALL_TRY(read, risk_books::from_snapshot(*books, currency));
  PITWALL_TRY(up_to, seq->as_number().to_int());
  return books_as_of{std::move(read), static_cast<std::uint64_t>(up_to)};
}

std::string in_seconds(std::chrono::milliseconds t) {
  return t.count() % 1'000 == 0 ? std::to_string(t.count() / 1'000) + " s"
                                : std::to_string(t.count()) + " ms";
}

}  // namespace

result<books_as_of> risk::restore(const journal& from, const state_store& snapshots,
                                  const std::string& currency) {
  books_as_of now{risk_books(currency)};
  if (auto stored = stored_snapshot(snapshots, currency); stored.ok()) {
    now = std::move(*stored);
  } else if (stored.error().code == errc::failed_precondition) {
    return std::move(stored).error();
  } else if (stored.error().code != errc::not_found) {
    // Every fill since the first is as good; less is not.
    PITWALL_TRY(stats, from.stats());
    if (stats.first_seq > 1) return std::move(stored).error();
  }
  if (now.seq > from.head())
    return error{errc::data_loss, "the stored account of risk is newer than the journal's end",
                 "seq " + std::to_string(now.seq), "restore a backup of the data directory"};
  auto valued = stored_valuations(snapshots);
  const auto since = now.seq;
  std::size_t next = 0;
  const auto broke = [&](const status& s) {
    if (!s.ok() && !now.broken) now.broken = s.error();
  };
  event_query query;
  query.types = {"order_intent", "order_filled", "order_rejected", "order_canceled"};
  query.after = now.seq;
  for (bool at_end = false; !at_end;) {
    PITWALL_TRY(page, from.read(query));
    for (const auto& e : page.events) {
      broke(value_before(now.books, valued, next, since, e.seq));
      broke(take_event(now.books, *e.scope, e.what));
    }
    now.seq = query.after = page.next_after;
    at_end = page.at_end;
  }
  broke(value_before(now.books, valued, next, since, now.seq + 1));
  valued.resize(next);  // Later ones are of events that the journal has lost.
  std::erase_if(valued, [since](const valuation& v) { return v.after < since; });
  now.valued = std::move(valued);
  return now;
}

result<std::uint64_t> risk::stands_for(const state_store& snapshots) {
  auto stored = stored_snapshot(snapshots);
  if (stored.ok()) return stored->seq;
  if (stored.error().code == errc::not_found) return std::uint64_t{0};
  return std::move(stored).error();
}

risk::risk(caf::actor_config& cfg, risk_options options)
    : resident(cfg, "risk"),
      options_(std::move(options)),
      books_(std::move(options_.restored.books)),
      seq_(options_.restored.seq),
      stored_at_(seq_),
      valued_(std::move(options_.restored.valued)),
      broken_(std::move(options_.restored.broken)) {}

risk::behavior_type risk::make_behavior() {
  look_again();
  if (broken_) cannot_see(broken_->to_string());
  return {
      [this](const ask_figures& question) {
        wait_for({current_sender(), question}, books_.bots().priced_places(question.bot_id), true);
      },
      [this](const price_marked& message) { marked(message); },
      [this](const publish& message) { take(*message.commit); },
      [this](reserve_order& message) { reserve(message); },
      [this](const withdraw_order& message) {
        auto& held = books_.orders();
        const auto& id = message.client_order_id;
        if (message.question_too) forget_question(id);
        const bool before = held.holds(id);
        held.withdraw(id);
        if (before && !held.holds(id)) lately_.forget(id);
      },
      [this](ask_risk) { return risk_answer{view()}; },
      [this](const change_limits& message) { return take_limits(message); },
      [this](look_at_prices) { look(); }};
}

void risk::on_exit() {
  if (seq_ > stored_at_ && !taking_) store_snapshot();
  // A late message may keep this actor's memory for a while, but must not keep what it used.
  waiting_.clear();
  options_ = {};
}

bool risk::is_young(const place& where, timestamp now) const {
  const auto at = marked_at_.find(where);
  // From before the clock was set back: nobody knows how old it is.
  return at != marked_at_.end() && at->second <= now &&
         now - at->second <= options_.settings.max_price_age;
}

bool risk::all_young(const places& of, timestamp now) const {
  return std::all_of(of.begin(), of.end(), [&](const place& at) { return is_young(at, now); });
}

risk::places risk::unseen_since_start(const std::string* bot_id) const {
  auto all =
      bot_id != nullptr ? books_.bots().priced_places(*bot_id) : books_.host().priced_places({});
  std::erase_if(all, [this](const place& where) { return marked_at_.contains(where); });
  return all;
}

void risk::wait_for(waiting who, const places& wanted, bool even_if_young) {
  const auto now = options_.clock->now();
  for (const auto& where : wanted)
    if (even_if_young || !is_young(where, now)) who.missing.insert(where);
  if (who.missing.empty()) return answer(who);
  const auto missing = who.missing;
  waiting_.emplace(++last_waiting_, std::move(who));
  for (const auto& where : missing) ask_price(where);
}

void risk::ask_price(const place& where) {
  if (!asked_.insert(where).second) return;
  const auto& [venue_name, symbol] = where;
  auto told = [self = risk_actor(this), venue_name = venue_name,
               symbol = symbol](result<market_data> outcome) {
    price_marked m{venue_name, symbol, {}, {}, {}};
    if (!outcome.ok()) {
      m.failure = wire_error(outcome.error());
    } else if (outcome->price_feed.is_number()) {
      m.price = outcome->price_feed.as_number();
      m.observed_at = outcome->observed_at;
    } else {
      m.failure = wire_error({errc::unavailable, "the venue gave no price", symbol, {}});
    }
    caf::anon_send(self, std::move(m));
  };
  // Not the fallback: another venue's price would be no mark of this position.
  const auto it = options_.venues.all().find(venue_name);
  if (it == options_.venues.all().end()) {
    told(error{errc::not_found, "a position is held on a venue that is not configured", venue_name,
               "start the host with this venue"});
    return;
  }
  it->second.port->fetch_market({venue_name, symbol, true, false, false, false}, std::move(told));
}

void risk::marked(const price_marked& message) {
  const place where{message.venue, message.symbol};
  asked_.erase(where);
  auto failure = message.failure;
  if (!failure.failed() && !take_price(where, message.price, message.observed_at))
    failure = wire_error(no_young_price(where));
  const auto valued_before = valued_.size();
  value_at(where);
  if (valued_.size() != valued_before) store_valuations();
  std::vector<waiting> ready;
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    auto& who = at->second;
    if (who.missing.erase(where) > 0 && failure.failed()) who.failure = failure;
    if (!who.missing.empty()) {
      ++at;
      continue;
    }
    ready.push_back(std::move(who));
    at = waiting_.erase(at);
  }
  for (auto& who : ready) answer(who);
  if (auto late = std::exchange(unwatched_, {}); !late.empty()) watch(late);
  if (looking_.erase(where) > 0 && looking_.empty()) judge_prices();
}

void risk::value_at(const place& where) {
  if (!is_young(where, options_.clock->now())) return;
  const auto price = books_.host().last_price(where.first, where.second);
  if (!price) return;
  if (!books_.unvalued().contains(where)) return;
  if (auto valued = books_.value_at(where, *price); !valued.ok() && !broken_)
    broken_ = valued.error();
  if (options_.snapshots && !broken_) valued_.push_back({seq_, where, *price});
}

void risk::value_all() {
  const auto before = valued_.size();
  for (const auto& where : books_.unvalued()) {
    value_at(where);
    if (!is_young(where, options_.clock->now())) ask_price(where);
  }
  if (valued_.size() != before) store_valuations();
}

/// Before anybody is told of a figure. Durable with the next commit, at the latest: no later fill
/// is in the journal without it.
void risk::store_valuations() {
  if (valued_.size() > most_valuations) return store_snapshot();
  std::string bytes;
  encode(to_value(valued_), bytes);
  // Where it fails the journal does, too: they are in one database.
  (void)options_.snapshots->put(valued_key, bytes, durability::async).ok();
}

bool risk::take_price(const place& where, decimal price, timestamp observed_at) {
  const auto now = options_.clock->now();
  const auto known = marked_at_.find(where);
  // A fill, say, that came while the answer was under way.
  const bool is_news =
      known == marked_at_.end() || known->second > now || known->second <= observed_at;
  if (is_news) {
    books_.mark(where.first, where.second, price);
    marked_at_[where] = observed_at;
  }
  return is_young(where, now);
}

error risk::no_young_price(const place& where) const {
  return {errc::unavailable,
          "there is no price of " + where.second + " at " + where.first + " younger than " +
              in_seconds(options_.settings.max_price_age),
          {},
          {}};
}

void risk::answer(waiting& who) {
  if (auto* order = std::get_if<reserve_order>(&who.asked)) {
    judge(who.client, *order);
    return;
  }
  const auto& asked = std::get<ask_figures>(who.asked);
  figures_answer out{asked.token, {}, who.failure};
  if (!out.failure.failed()) {
    auto computed = compute(asked);
    if (computed.ok())
      out.current = std::move(*computed);
    else
      out.failure = wire_error(computed.error());
  }
  send(caf::actor_cast<figures_client>(who.client), std::move(out));
}

result<risk::standing> risk::stand(const std::string* bot_id, timestamp now) const {
  if (broken_) return *broken_;
  if (const auto unseen = unseen_since_start(bot_id); !unseen.empty())
    return no_young_price(unseen.front());
  const auto& capital = options_.settings.capital;
  PITWALL_TRY(
      pnl, bot_id != nullptr ? books_.bots().profit(*bot_id, now) : books_.host().profit({}, now));
  PITWALL_TRY(today, add(pnl.realized_today, pnl.unrealized));
  PITWALL_TRY(total, add(pnl.realized_total, pnl.unrealized));
  PITWALL_TRY(equity, add(capital, total));
  // What a price alone once made of it is forgotten with the process; fills are in the journal.
  PITWALL_TRY(peak_after_fills, add(capital, pnl.peak_total));
  const auto peak = std::max({capital, peak_after_fills, equity});
  return standing{pnl, today, equity, peak};
}

risk::place risk::place_of(const ask_figures& asked) const {
  places fitting;
  for (const auto& where : books_.bots().open_places(asked.bot_id)) {
    if (asked.symbol.empty() || where.second == asked.symbol) fitting.push_back(where);
  }
  if (asked.venue.empty() && fitting.size() == 1) return fitting.front();
  const auto* v = options_.venues.find(asked.venue);
  place where{v != nullptr ? v->port->name() : asked.venue, asked.symbol};
  if (asked.symbol.empty() && fitting.size() == 1) where = fitting.front();
  return where;
}

result<figures> risk::compute(const ask_figures& asked) {
  const auto now = options_.clock->now();
  PITWALL_TRY(s, stand(&asked.bot_id, now));
  const auto& limits = limits_of(asked.bot_id);
  const auto where = place_of(asked);
  const auto held = books_.bots().position_of(asked.bot_id, where.first, where.second);
  // What no limit bounds: a number that no figure passes.
  const decimal unbounded =
      decimal::from_raw(int128{100'000'000'000} * decimal::one_raw * int128{1'000'000'000});
  figures f;
  f.position = held.quantity;
  f.average_entry = held.average_entry;
  f.trades_today = books_.bots().orders_today(asked.bot_id, now);
  f.daily_pnl = s.today;
  f.equity = s.equity;
  f.peak_equity = s.peak;
  f.daily_loss_limit = limits.daily_loss_limit.value_or(-unbounded);
  f.max_drawdown_percent = limits.max_drawdown_percent.value_or(unbounded);
  f.max_position_size = limits.max_position_size.value_or(unbounded);
  f.as_of = now;
  for (const auto& place : books_.bots().priced_places(asked.bot_id)) {
    if (!is_young(place, now)) return no_young_price(place);
    f.as_of = std::min(f.as_of, marked_at_.at(place));
  }
  return f;
}

void risk::take(const committed& commit) {
  taking_ = true;
  auto seq = commit.first_seq;
  std::set<std::string> filled;
  for (const auto& batch : commit.batches)
    for (const auto& e : batch.events) {
      if (seq++ <= seq_) continue;  // Was restored.
      if (auto taken = take_event(books_, *batch.scope, e); !taken.ok() && !broken_)
        broken_ = taken.error();
      if (const auto* f = std::get_if<order_filled>(&e.body)) {
        marked_at_[{f->order.venue, f->order.symbol}] = e.at;
        filled.insert(batch.scope->bot_id);
      }
    }
  seq_ = std::max(seq_, commit.last_seq);
  taking_ = false;
  if (!filled.empty()) {
    value_all();
    watch(filled);
  }
  if (seq_ - stored_at_ >= snapshot_events) store_snapshot();
}

void risk::store_snapshot() {
  if (!options_.snapshots || broken_) return;
  std::string bytes;
  encode(value(value::object{{"seq", decimal(static_cast<std::int64_t>(seq_))},
                             {"books", books_.snapshot()}}),
         bytes);
  // Need not be durable at once: an older one serves as well, with more to replay.
  if (!options_.snapshots->put(snapshot_key, bytes, durability::async).ok()) return;
  stored_at_ = seq_;
  valued_.clear();
}

}  // namespace pitwall
