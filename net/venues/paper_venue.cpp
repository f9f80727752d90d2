#include "net/venues/paper_venue.hpp"

#include <algorithm>

#include "net/venues/paper_fetch.hpp"
#include "net/venues/paper_reports.hpp"

namespace pitwall {

namespace {

using matching::price_process;
constexpr std::size_t max_order_id_bytes = 128;

matching::exchange_options to_exchange(const paper_options& options) {
  matching::exchange_options out;
  out.prices.seed = options.seed;
  out.prices.tick = options.price_tick;
  out.prices.quantity_step = options.quantity_step;
  out.prices.spread_bps = options.spread_bps;
  out.prices.volatility_ppb = options.volatility_ppb;
  out.prices.levels = options.levels;
  out.prices.level_notional = options.level_notional;
  out.prices.base_prices = options.base_prices;
  out.fee_rate = options.fee_rate;
  out.balances = options.balances;
  out.quote_balance = options.quote_balance;
  out.base_balance = options.base_balance;
  out.prevent_self_trade = options.prevent_self_trade;
  out.max_symbols = options.max_symbols;
  out.max_open_orders = options.max_open_orders;
  return out;
}

matching::owner_id owner_of(const std::string& bot) {
  return bot.empty() ? 0 : std::max<std::size_t>(std::hash<std::string>{}(bot), 1);
}

value levels_value(const std::vector<matching::level>& levels) {
  value::list out;
  out.reserve(levels.size());
  for (const auto& l : levels) out.emplace_back(value::list{l.price, l.quantity});
  return out;
}

}  // namespace

paper_venue::paper_venue(paper_options options, std::shared_ptr<const order_gate> gate,
                         std::shared_ptr<const wall_clock> clock)
    : name_(std::move(options.name)),
      gate_(std::move(gate)),
      clock_(std::move(clock)),
      exchange_(to_exchange(options)),
      orders_(options.remembered_orders) {}

// ---- market

void paper_venue::advance(timestamp now) {
  const std::int64_t step = price_process::step_of(now);
  if (step == advanced_to_) return;
  advanced_to_ = step;
  fills_.clear();
  exchange_.advance(now, fills_);
  absorb_fills(now);
}

paper_venue::quoted* paper_venue::quote(const std::string& symbol, timestamp now) {
  const std::int64_t step = price_process::step_of(now);
  const auto known = quoted_.find(symbol);
  if (known != quoted_.end() && (known->second.step == step || faults_.stale_prices)) {
    return &known->second;
  }
  fills_.clear();
  const matching::market* m = exchange_.look(symbol, now, fills_);
  absorb_fills(now);
  if (m == nullptr) return nullptr;
  quoted& q = known != quoted_.end() ? known->second : quoted_[symbol];
  q = {step, m, m->now.mid, {}};
  return &q;
}

void paper_venue::refresh_account() {
  const auto& account = exchange_.account();
  const auto& markets = exchange_.markets();
  if (account.version() == account_version_ && markets.size() == account_markets_) return;
  account_version_ = account.version();
  account_markets_ = markets.size();
  value::object balance, positions;
  balance.reserve(account.balances().size());
  for (const auto& b : account.balances()) balance.emplace_back(b.asset, b.free);
  positions.reserve(markets.size());
  for (const auto& m : markets) positions.emplace_back(m->symbol, m->position);
  balance_ = std::move(balance);
  positions_ = std::move(positions);
}

result<market_data> paper_venue::market(const market_request& request) {
  if (faults_.fail_fetches) {
    return error{errc::unavailable, "market data fails on demand", name_, {}};
  }
  const timestamp now = clock_->now();
  advance(now);
  quoted* q = quote(request.symbol, now);
  if (q == nullptr) {
    return error{errc::invalid_argument,
                 "the symbol '" + request.symbol.substr(0, 64) + "' is not available", name_,
                 "give a symbol of 1 to 64 characters, or raise max_symbols"};
  }
  market_data out;
  out.observed_at = faults_.stale_prices ? frozen_at_ : now;
  if (request.price) out.price_feed = q->price;
  if (request.book) {
    if (q->book.is_null()) {
      // A clock that was set back may have moved the market away from the step of this quote.
      const matching::market_step& now_at = q->market->now;
      const auto at = now_at.step == q->step ? now_at : q->market->process.at(q->step);
      q->book = value::object{{"bids", levels_value(at.bids)},
                              {"asks", levels_value(at.asks)},
                              {"time", to_iso8601(price_process::start_of(at.step))}};
    }
    out.orderbook = q->book;
  }
  if (request.balance || request.positions) refresh_account();
  if (request.balance) out.balance = balance_;
  if (request.positions) out.positions = positions_;
  return out;
}

cancel_call paper_venue::fetch_market(const market_request& request, completion<market_data> then) {
  std::unique_lock lock(mutex_);
  auto data = market(request);
  news told = take_news();
  if (!deferred_) {
    answer(std::move(lock), std::move(told), {false, nullptr},
           [then = std::move(then), data = std::move(data)]() mutable { then(std::move(data)); });
    return {};
  }
  const auto held = std::make_shared<paper_fetch>(std::move(then), std::move(data));
  answer(std::move(lock), std::move(told), {true, nullptr, {held, &held->ended()}},
         [held] { held->end(); });
  return [name = name_, call = std::weak_ptr(held)] {
    if (const auto waiting = call.lock()) waiting->cancel(name);
  };
}

// ---- orders

// Fills of orders that rest (or of the one being placed, which record() has entered).
void paper_venue::absorb_fills(timestamp now) {
  for (const auto& f : fills_) {
    entry* e = orders_.find_open(f.order);
    if (e == nullptr) continue;
    e->report.fills.push_back({f.price, f.quantity, f.fee, e->fee_asset});
    e->report.at = now;
    e->report.state = f.left.is_zero() ? order_state::filled : order_state::partially_filled;
    if (!e->changed) changed_.push_back(e);
    e->changed = true;
  }
  fills_.clear();
}

void paper_venue::limit_fills(entry& e) {
  if (e.report.fills.size() < max_fills || !is_open(e.report.state)) return;
  exchange_.cancel(e.id);
  cancel_rest(e.report, "too_many_fills", "the order collected as many fills as one may have");
}

paper_venue::news paper_venue::take_news() {
  news out{listener_, {}};
  if (changed_.empty()) return out;
  for (entry* e : changed_) {
    limit_fills(*e);
    e->changed = false;
    if (listener_) out.reports.push_back(e->report);
    if (!is_open(e->report.state)) orders_.end(*e);
  }
  changed_.clear();
  return out;
}

order_report paper_venue::execute(const std::string& client_order_id, const order_request& order,
                                  const order_permit& permit, timestamp now) {
  if (client_order_id.empty() || client_order_id.size() > max_order_id_bytes) {
    return rejection(client_order_id, "invalid_order_id",
                     "a client order id has 1 to 128 characters", now);
  }
  if (orders_.find(client_order_id) != nullptr) {
    return rejection(client_order_id, "duplicate_order",
                     "an order with this client order id was sent before: query it", now);
  }
  matching::new_order placing = to_matching(order, last_id_ + 1);
  if (exchange_.options().prevent_self_trade) placing.owner = owner_of(permit.bot_id);
  const auto held =
      gate_ ? gate_->refusal_of(permit) : permit_refusal{"halted", "there is no gate"};
  if (held) return rejection(client_order_id, held->code, held->reason, now);
  if (faults_.reject_all) {
    return rejection(client_order_id, "rejected_on_demand", "the venue rejects on demand", now);
  }
  fills_.clear();
  const auto [refused, placed] = exchange_.place(order.symbol, placing, now, fills_);
  if (refused != matching::refusal::none) {
    absorb_fills(now);
    return rejection(client_order_id, std::string(to_string(refused)), explain(refused, order),
                     now);
  }
  last_id_ = placing.id;
  return record(client_order_id, order, placing.id, placed, now);
}

order_report paper_venue::record(const std::string& client_order_id, const order_request& order,
                                 matching::order_id id, const matching::placement& placed,
                                 timestamp now) {
  entry& e = orders_.add(id, client_order_id);
  e.symbol = order.symbol;
  e.fee_asset = matching::split_symbol(order.symbol).quote;
  e.report.venue_order_id = "paper-" + std::to_string(id);
  e.report.at = now;
  e.changed = true;  // told by the answer, not by a report
  absorb_fills(now);
  e.changed = false;
  switch (placed.end) {
    case matching::outcome::filled:
      break;
    case matching::outcome::resting:
      limit_fills(e);
      break;
    case matching::outcome::exhausted:
      cancel_rest(e.report, "no_liquidity", "nothing more was there within the order's price");
      break;
    case matching::outcome::killed:
      cancel_rest(e.report, "not_fillable", "not all of it was there within the order's price");
      break;
    case matching::outcome::self_trade:
      cancel_rest(e.report, "self_trade", "the rest would have met an order of the same bot");
      break;
  }
  order_report out = e.report;
  if (!is_open(e.report.state)) orders_.end(e);
  if (faults_.drop_answers_after_accept) {
    out =
        rejection(client_order_id, "no_answer", "the answer was dropped on demand: query it", now);
    out.state = order_state::in_doubt;
  }
  return out;
}

void paper_venue::submit(const std::string& client_order_id, const order_request& order,
                         const order_permit& permit, std::function<void(order_report)> then) {
  std::unique_lock lock(mutex_);
  const timestamp now = clock_->now();
  advance(now);
  order_report report = execute(client_order_id, order, permit, now);
  news told = take_news();
  const bool left = report.state != order_state::rejected;
  const bool hold = deferred_ || deferred_submits_;
  answer(
      std::move(lock), std::move(told), {hold, left ? &client_order_id : nullptr},
      [then = std::move(then), report = std::move(report)]() mutable { then(std::move(report)); });
}

void paper_venue::query(const std::string& client_order_id, const order_request&,
                        completion<order_report> then) {
  std::unique_lock lock(mutex_);
  advance(clock_->now());
  news told = take_news();
  const entry* e = orders_.find(client_order_id);
  auto found = e != nullptr
                   ? result<order_report>(e->report)
                   : result<order_report>(errc::not_found, "no order has this client order id",
                                          name_ + " " + client_order_id.substr(0, 128));
  answer(std::move(lock), std::move(told), {deferred_, nullptr},
         [then = std::move(then), found = std::move(found)]() mutable { then(std::move(found)); });
}

void paper_venue::cancel(const cancel_request& request,
                         const std::vector<std::string>& client_order_ids,
                         completion<cancel_report> then) {
  std::unique_lock lock(mutex_);
  const timestamp now = clock_->now();
  advance(now);
  news told = take_news();
  std::vector<entry*> meant;
  if (client_order_ids.empty()) meant = orders_.open();
  for (const std::string& id : client_order_ids) {
    if (entry* e = orders_.find(id); e != nullptr) meant.push_back(e);
  }
  cancel_report report;
  for (entry* e : meant) {
    if (!is_open(e->report.state)) continue;
    if (!request.symbol.empty() && request.symbol != e->symbol) continue;
    exchange_.cancel(e->id);
    cancel_rest(e->report, "canceled", "cancelled on request");
    e->report.at = now;
    if (told.to != nullptr) told.reports.push_back(e->report);
    report.canceled.push_back(e->report.client_order_id);
  }
  // Ending an order may forget an older one that is meant too: only after all were looked at.
  for (const std::string& id : report.canceled) {
    if (entry* e = orders_.find(id); e != nullptr) orders_.end(*e);
  }
  answer(
      std::move(lock), std::move(told), {deferred_, nullptr},
      [then = std::move(then), report = std::move(report)]() mutable { then(std::move(report)); });
}

void paper_venue::open_orders(completion<std::vector<std::string>> then) {
  std::vector<std::string> ids;
  std::unique_lock lock(mutex_);
  advance(clock_->now());
  for (const entry* e : orders_.open()) ids.push_back(e->report.client_order_id);
  answer(std::move(lock), take_news(), {deferred_, nullptr},
         [then = std::move(then), ids = std::move(ids)]() mutable { then(std::move(ids)); });
}

std::vector<std::string> paper_venue::unanswered() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (const std::string* id : being_answered_) out.push_back(*id);
  for (const queued& q : queue_)
    if (!q.client_order_id.empty()) out.push_back(q.client_order_id);
  return out;
}

// Without the mutex: options never change.
decimal paper_venue::quantity_step(const std::string&) const {
  return exchange_.options().prices.quantity_step;
}

// ---- answers

template <class Call>
void paper_venue::answer(std::unique_lock<std::mutex> lock, news told, answering how, Call call) {
  const bool hold_reports = deferred_ || deferred_submits_;
  if (hold_reports) {
    for (order_report& r : told.reports) {
      queue_.push_back({{}, [to = told.to, r = std::move(r)] { (*to)(r); }, {}});
    }
  }
  if (how.hold) {
    queue_.push_back({how.submission != nullptr ? *how.submission : std::string{},
                      std::function<void()>(std::move(call)), std::move(how.ended)});
  } else if (how.submission != nullptr) {
    // A halt that closes the gate from here on lists the order until its answer was handed on.
    being_answered_.push_back(how.submission);
  }
  lock.unlock();
  if (!hold_reports) {
    for (order_report& r : told.reports) (*told.to)(std::move(r));
  }
  if (how.hold) return;
  call();
  if (how.submission == nullptr) return;
  lock.lock();
  being_answered_.erase(std::find(being_answered_.begin(), being_answered_.end(), how.submission));
}

void paper_venue::on_report(std::function<void(order_report)> told) {
  const std::lock_guard lock(mutex_);
  listener_ = told ? std::make_shared<const listener>(std::move(told)) : nullptr;
}

void paper_venue::set_faults(paper_faults faults) {
  const std::lock_guard lock(mutex_);
  if (faults.stale_prices && !faults_.stale_prices) frozen_at_ = clock_->now();
  faults_ = faults;
}

void paper_venue::set_deferred(bool on) {
  const std::lock_guard lock(mutex_);
  deferred_ = on;
}

void paper_venue::set_deferred_submits(bool on) {
  const std::lock_guard lock(mutex_);
  deferred_submits_ = on;
}

std::size_t paper_venue::flush() {
  std::unique_lock lock(mutex_);
  std::size_t called = 0;
  for (std::size_t left = queue_.size(); left > 0 && !queue_.empty(); --left) {
    const queued next = std::move(queue_.front());
    queue_.pop_front();
    if (next.ended && *next.ended) continue;
    ++called;
    const bool submission = !next.client_order_id.empty();
    if (submission) being_answered_.push_back(&next.client_order_id);
    lock.unlock();
    next.call();
    lock.lock();
    if (submission) {
      being_answered_.erase(
          std::find(being_answered_.begin(), being_answered_.end(), &next.client_order_id));
    }
  }
  return called;
}

}  // namespace pitwall
