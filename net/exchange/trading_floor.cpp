#include "net/exchange/trading_floor.hpp"

#include <algorithm>

namespace pitwall::sim {

namespace {

constexpr matching::owner_id the_account = 1;
constexpr std::size_t max_depth = 5'000;

std::int64_t to_ms(timestamp t) {
  return std::chrono::floor<milliseconds>(t).time_since_epoch().count();
}

refusal worded(matching::refusal r) {
  switch (r) {
    case matching::refusal::insufficient_balance:
      return order_rejected("Account has insufficient balance for requested action.");
    case matching::refusal::too_many_open_orders:
      return filter_failure("EXCHANGE_MAX_NUM_ORDERS");
    case matching::refusal::invalid_amount:
      return filter_failure("LOT_SIZE");
    case matching::refusal::invalid_price:
      return filter_failure("PRICE_FILTER");
    default:
      return unknown_symbol();
  }
}

/// Adds what rests to what is quoted, level by level; but for orders that are larger than what is
/// quoted within their price, and thus are filled step by step: they would show a crossed book.
void merge(std::vector<matching::level>& into,
           const std::vector<matching::order_book::resting_order>& resting,
           const std::vector<matching::level>& against, bool descending) {
  for (const auto& o : resting) {
    if (!against.empty() &&
        (descending ? o.price >= against.front().price : o.price <= against.front().price)) {
      continue;
    }
    const auto at = std::lower_bound(into.begin(), into.end(), o.price,
                                     [descending](const matching::level& l, decimal price) {
                                       return descending ? l.price > price : l.price < price;
                                     });
    if (at != into.end() && at->price == o.price) {
      at->quantity = add(at->quantity, o.left).value_or(at->quantity);
    } else {
      into.insert(at, {o.price, o.left});
    }
  }
}

}  // namespace

trading_floor::trading_floor(floor_options options) : options_(std::move(options)) {
  if (options_.symbols.empty()) return;
  // Those of cheap markets are finer, and follow from it.
  options_.prices.tick =
      std::max_element(options_.symbols.begin(), options_.symbols.end(),
                       [](const auto& a, const auto& b) { return a.tick < b.tick; })
          ->tick;
  options_.prices.quantity_step = options_.symbols.front().step;
}

void trading_floor::draft(book_event e) {
  // What is decided here fits the records: the matching has checked it.
  if (const auto applied = records_.apply(e); !applied.ok()) {
    detail::bad_result_access("a change that the records take");
  }
  if (seen_) seen_(e);
  drafted_.push_back(std::move(e));
}

void trading_floor::open_assets() {
  for (const symbol_rules& r : options_.symbols) {
    for (const bool base : {true, false}) {
      const std::string& asset = base ? r.base : r.quote;
      if (records_.balances().contains(asset)) continue;
      decimal amount = base ? options_.base_balance : options_.quote_balance;
      for (const auto& [name, given] : options_.balances) {
        if (name == asset) amount = given;
      }
      draft(asset_opened{asset, amount});
    }
  }
}

status trading_floor::restore(std::span<const book_event> earlier, timestamp now) {
  for (const auto& e : earlier) PITWALL_CHECK(records_.apply(e));
  // Never earlier than what was recorded, whatever the clock says today.
  now_ = std::max(now, timestamp(milliseconds(records_.last_time_ms())));
  open_assets();
  matching::exchange_options o;
  o.prices = options_.prices;
  o.fee_step = decimal::from_raw(decimal::one_raw / 100'000'000);
  o.fee_asset = options_.fee_asset;
  o.prevent_self_trade = true;
  for (const auto& [asset, amount] : records_.balances()) o.balances.emplace_back(asset, amount);
  exchange_ = std::make_unique<matching::exchange>(std::move(o));
  for (const order_record* open : records_.open_orders({})) {
    if (rules(open->as.symbol) == nullptr) {
      return error{errc::failed_precondition, "an open order is of a symbol that is not traded",
                   open->as.symbol, "name it with --symbol"};
    }
    PITWALL_TRY(left, sub(open->as.quantity, open->executed));
    auto rest = to_matching(open->as, left);
    PITWALL_CHECK(exchange_->restore(open->as.symbol, rest, now_));
  }
  for (const symbol_rules& r : options_.symbols) {
    fills_.clear();
    const matching::market* m = exchange_->look(r.symbol, now_, fills_);
    absorb(now_);
    if (m == nullptr) {
      return error{errc::invalid_argument, "this is no symbol", r.symbol, "write it like BTCUSDT"};
    }
    markets_.push_back(m);
  }
  return done{};
}

matching::new_order trading_floor::to_matching(const order_accepted& o, decimal quantity) {
  using type = matching::order_type;
  const type t = o.kind == order_kind::market ? type::market
                 : o.lasts == lifetime::ioc   ? type::ioc
                 : o.lasts == lifetime::fok   ? type::fok
                                              : type::limit;
  return {o.id, the_account, o.way, t, quantity, o.price, o.meets_own};
}

void trading_floor::advance(timestamp now) {
  now_ = std::max(now_, now);
  // Quiet symbols are moved, too: what is asked of them later must be of the same time.
  for (const symbol_rules& r : options_.symbols) {
    fills_.clear();
    exchange_->look(r.symbol, now_, fills_);
    absorb(now_);
  }
}

void trading_floor::absorb(timestamp now) {
  trade_id trade = records_.last_trade();
  bool met_by_taker = false;
  for (std::size_t i = 0; i < fills_.size(); ++i) {
    const auto& f = fills_[i];
    // Of two orders that meet, the maker's fill comes first, and right behind it the taker's.
    if (!met_by_taker || f.maker) ++trade;
    met_by_taker = f.maker;
    draft(
        order_traded{f.order, trade, f.price, f.quantity, f.fee, f.maker, to_ms(now), f.fee_asset});
  }
  for (const auto& f : fills_) {
    const order_record* o = records_.find(f.order);
    if (o == nullptr || !is_open(o->status) || o->trades.size() < options_.max_trades) continue;
    exchange_->cancel(f.order);
    draft(order_ended{f.order, order_status::expired, to_ms(now)});
  }
  fills_.clear();
}

const symbol_rules* trading_floor::rules(std::string_view symbol) const noexcept {
  for (const symbol_rules& r : options_.symbols) {
    if (r.symbol == symbol) return &r;
  }
  return nullptr;
}

const matching::market& trading_floor::market_of(const std::string& symbol) const {
  const auto at = static_cast<std::size_t>(rules(symbol) - options_.symbols.data());
  return *markets_[at];
}

std::string trading_floor::name_for(order_id id) const {
  const std::string first = "sim-" + std::to_string(id);
  std::string name = first;
  // Clients may have chosen it; of ended orders, too, none is to be hidden by this one.
  for (std::size_t i = 2; records_.find(name) != nullptr; ++i)
    name = first + "-" + std::to_string(i);
  return name;
}

verdict trading_floor::check(const order_ticket& t, const std::string& name) const {
  const symbol_rules& r = *rules(t.symbol);
  const matching::market& m = market_of(t.symbol);
  const auto& side = t.way == matching::side::buy ? m.now.asks : m.now.bids;
  if (auto refused = check_filters(t, r, side.empty() ? m.now.mid : side.front().price)) {
    return refused;
  }
  if (const auto* same = records_.find(name); same != nullptr && is_open(same->status)) {
    return order_rejected("Duplicate order sent.");
  }
  const bool may_rest = t.kind != order_kind::market && t.lasts == lifetime::gtc;
  if (may_rest && records_.open_count(t.symbol) >= r.max_orders) {
    return filter_failure("MAX_NUM_ORDERS");
  }
  if (t.kind != order_kind::limit_maker) return {};
  const auto meets = m.book.preview(
      {0, the_account, t.way, matching::order_type::limit, t.quantity, t.price, true});
  if (!meets.ok() || !meets->quantity.is_zero()) {
    return order_rejected("Order would immediately match and take.");
  }
  return {};
}

verdict trading_floor::place(const order_ticket& t, timestamp now, const order_record*& out) {
  advance(now);
  if (rules(t.symbol) == nullptr) return unknown_symbol();
  const order_id id = records_.last_order() + 1;
  const std::string name = t.client_id.empty() ? name_for(id) : t.client_id;
  if (auto refused = check(t, name)) return refused;
  const order_accepted accepted{id,      name,        t.symbol,   t.way,   t.kind,
                                t.lasts, t.meets_own, t.quantity, t.price, to_ms(now_)};
  fills_.clear();
  const auto [refused, placed] =
      exchange_->place(t.symbol, to_matching(accepted, t.quantity), now_, fills_);
  if (refused != matching::refusal::none) {
    absorb(now_);
    return worded(refused);
  }
  draft(accepted);
  absorb(now_);
  out = records_.find(id);
  if (!is_open(out->status)) return {};
  switch (placed.end) {
    case matching::outcome::filled:
    case matching::outcome::resting:
      break;
    case matching::outcome::exhausted:
    case matching::outcome::killed:
      draft(order_ended{id, order_status::expired, to_ms(now_)});
      break;
    case matching::outcome::self_trade:
      draft(order_ended{id, order_status::expired_in_match, to_ms(now_)});
      break;
  }
  return {};
}

const order_record* trading_floor::cancel(order_id id, std::string name, timestamp now) {
  advance(now);
  if (!exchange_->cancel(id)) return nullptr;
  draft(order_ended{id, order_status::canceled, to_ms(now_), std::move(name)});
  return records_.find(id);
}

trading_floor::depth trading_floor::look(const symbol_rules& r) const {
  const matching::market& m = market_of(r.symbol);
  depth out{m.now.bids, m.now.asks};
  merge(out.bids, m.book.orders(matching::side::buy), m.now.asks, true);
  merge(out.asks, m.book.orders(matching::side::sell), m.now.bids, false);
  if (out.bids.size() > max_depth) out.bids.resize(max_depth);
  if (out.asks.size() > max_depth) out.asks.resize(max_depth);
  return out;
}

}  // namespace pitwall::sim
