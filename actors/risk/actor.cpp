#include "actors/risk/actor.hpp"

#include <algorithm>
#include <utility>

namespace pitwall {
namespace {

status take_event(portfolio& p, const event_scope& scope, const event& e) {
  if (std::holds_alternative<order_intent>(e.body)) {
    p.count_order(scope.bot_id, e.at);
  } else if (const auto* f = std::get_if<order_filled>(&e.body)) {
    return p.apply({scope.bot_id, f->order.venue, f->order.symbol, f->order.side == order_side::buy,
                    f->fill.price, f->fill.quantity, f->fill.fee, e.at});
  }
  return pitwall::done{};
}

constexpr std::string_view snapshot_key = "risk/portfolio";

result<portfolio_as_of> stored_snapshot(const state_store& snapshots) {
  PITWALL_TRY(bytes, snapshots.get(snapshot_key));
  std::string_view in = bytes;
  PITWALL_TRY(stored, decode_value(in));
  const auto* seq = stored.find("seq");
  const auto* books = stored.find("portfolio");
  if (seq == nullptr || !seq->is_number() || books == nullptr)
    return error{errc::data_loss, "the stored portfolio does not make sense", {}, {}};
  PITWALL_TRY(read, portfolio::from_snapshot(*books));
  PITWALL_TRY(up_to, seq->as_number().to_int());
  return portfolio_as_of{std::move(read), static_cast<std::uint64_t>(up_to)};
}

}  // namespace

result<portfolio_as_of> risk::restore(const journal& from, const state_store& snapshots) {
  portfolio_as_of now;
  if (auto stored = stored_snapshot(snapshots); stored.ok()) {
    now = std::move(*stored);
  } else if (stored.error().code != errc::not_found) {
    // Every fill since the first is as good; less is not.
    PITWALL_TRY(stats, from.stats());
    if (stats.first_seq > 1) return std::move(stored).error();
  }
  if (now.seq > from.head())
    return error{errc::data_loss, "the stored portfolio is newer than the journal's last event",
                 "seq " + std::to_string(now.seq), "restore a backup of the data directory"};
  event_query query;
  query.types = {"order_intent", "order_filled"};
  query.after = now.seq;
  for (;;) {
    PITWALL_TRY(page, from.read(query));
    for (const auto& e : page.events) PITWALL_CHECK(take_event(now.books, *e.scope, e.what));
    now.seq = query.after = page.next_after;
    if (page.at_end) return now;
  }
}

result<std::uint64_t> risk::stands_for(const state_store& snapshots) {
  auto stored = stored_snapshot(snapshots);
  if (stored.ok()) return stored->seq;
  if (stored.error().code == errc::not_found) return std::uint64_t{0};
  return std::move(stored).error();
}

risk::risk(caf::actor_config& cfg, risk_options options)
    : resident(cfg),
      options_(std::move(options)),
      portfolio_(std::move(options_.restored.books)),
      seq_(options_.restored.seq),
      stored_at_(seq_) {}

risk::behavior_type risk::make_behavior() {
  return {[this](const ask_figures& question) { ask(question); },
          [this](const price_marked& message) { marked(message); },
          [this](const publish& message) { take(*message.commit); }};
}

void risk::on_exit() {
  if (seq_ > stored_at_ && !taking_) store_snapshot();
  // A late message may keep this actor's memory for a while, but must not keep what it used.
  questions_.clear();
  options_ = {};
}

void risk::ask(const ask_figures& question) {
  open_question q{current_sender(), question, 0, {}};
  const auto places = portfolio_.open_places(question.bot_id);
  if (places.empty()) {
    answer(q);
    return;
  }
  const auto number = ++last_question_;
  q.marks_missing = places.size();
  questions_.emplace(number, std::move(q));
  for (const auto& where : places) ask_price(number, where);
}

void risk::ask_price(std::uint64_t question, const portfolio::place& where) {
  const auto& [venue_name, symbol] = where;
  auto told = [self = risk_actor(this), question, venue_name = venue_name,
               symbol = symbol](result<market_data> outcome) {
    price_marked m{question, venue_name, symbol, {}, {}};
    if (!outcome.ok())
      m.failure = wire_error(outcome.error());
    else if (outcome->price_feed.is_number())
      m.price = outcome->price_feed.as_number();
    else
      m.failure = wire_error({errc::unavailable, "the venue gave no price", symbol, {}});
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

portfolio::place risk::place_of(const ask_figures& asked) const {
  std::vector<portfolio::place> fitting;
  for (const auto& place : portfolio_.open_places(asked.bot_id)) {
    if (asked.symbol.empty() || place.second == asked.symbol) fitting.push_back(place);
  }
  if (asked.venue.empty() && fitting.size() == 1) return fitting.front();
  const auto* v = options_.venues.find(asked.venue);
  portfolio::place where{v != nullptr ? v->port->name() : asked.venue, asked.symbol};
  if (asked.symbol.empty() && fitting.size() == 1) where = fitting.front();
  return where;
}

void risk::marked(const price_marked& message) {
  const auto it = questions_.find(message.question);
  if (it == questions_.end()) return;
  if (message.failure.failed())
    it->second.failure = message.failure;
  else
    portfolio_.mark(message.venue, message.symbol, message.price);
  if (--it->second.marks_missing > 0) return;
  answer(it->second);
  questions_.erase(it);
}

void risk::answer(const open_question& q) {
  figures_answer out{q.asked.token, {}, q.failure};
  if (!out.failure.failed()) {
    auto computed = compute(q.asked);
    if (computed.ok())
      out.current = std::move(*computed);
    else
      out.failure = wire_error(computed.error());
  }
  send(caf::actor_cast<figures_client>(q.client), std::move(out));
}

result<figures> risk::compute(const ask_figures& asked) {
  if (broken_) return *broken_;
  const auto now = options_.clock->now();
  const auto& limits = options_.limits;
  PITWALL_TRY(pnl, portfolio_.profit(asked.bot_id, now));
  PITWALL_TRY(today, add(pnl.realized_today, pnl.unrealized));
  PITWALL_TRY(total, add(pnl.realized_total, pnl.unrealized));
  PITWALL_TRY(equity, add(limits.capital, total));
  PITWALL_TRY(peak_after_fills, add(limits.capital, pnl.peak_total));
  auto& peak = peaks_.try_emplace(asked.bot_id, limits.capital).first->second;
  peak = std::max({peak, peak_after_fills, equity});
  const auto where = place_of(asked);
  const auto held = portfolio_.position_of(asked.bot_id, where.first, where.second);
  figures f;
  f.position = held.quantity;
  f.average_entry = held.average_entry;
  f.trades_today = portfolio_.orders_today(asked.bot_id, now);
  f.daily_pnl = today;
  f.equity = equity;
  f.peak_equity = peak;
  f.daily_loss_limit = limits.daily_loss_limit;
  f.max_drawdown_percent = limits.max_drawdown_percent;
  f.max_position_size = limits.max_position_size;
  f.as_of = now;
  return f;
}

void risk::take(const committed& commit) {
  taking_ = true;
  auto seq = commit.first_seq;
  for (const auto& batch : commit.batches)
    for (const auto& e : batch.events) {
      if (seq++ <= seq_) continue;  // Was restored.
      if (auto taken = take_event(portfolio_, *batch.scope, e); !taken.ok() && !broken_)
        broken_ = taken.error();
    }
  seq_ = std::max(seq_, commit.last_seq);
  taking_ = false;
  if (seq_ - stored_at_ >= snapshot_events) store_snapshot();
}

void risk::store_snapshot() {
  if (!options_.snapshots || broken_) return;
  std::string bytes;
  encode(value(value::object{{"seq", decimal(static_cast<std::int64_t>(seq_))},
                             {"portfolio", portfolio_.snapshot()}}),
         bytes);
  // Need not be durable at once: an older one serves as well, with more to replay.
  if (options_.snapshots->put(snapshot_key, bytes, durability::async).ok()) stored_at_ = seq_;
}

}  // namespace pitwall
