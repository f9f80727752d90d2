#include "runtime/matching/exchange.hpp"

#include <algorithm>

namespace pitwall::matching {

namespace {

constexpr std::size_t max_symbol_bytes = 64;
constexpr decimal max_balance{std::int64_t{1'000'000'000'000'000}};

}  // namespace

std::string_view to_string(refusal r) noexcept {
  switch (r) {
    case refusal::none:
      return "none";
    case refusal::unknown_symbol:
      return "unknown_symbol";
    case refusal::invalid_amount:
      return "invalid_amount";
    case refusal::invalid_price:
      return "invalid_price";
    case refusal::insufficient_balance:
      return "insufficient_balance";
    case refusal::too_many_open_orders:
      return "too_many_open_orders";
  }
  return "none";
}

market::market(std::string name, const exchange_options& options)
    : symbol(std::move(name)),
      assets(split_symbol(symbol)),
      process(options.prices, symbol),
      book(options.prevent_self_trade) {}

exchange::exchange(exchange_options options) : options_(std::move(options)) {
  const auto bounded = [](decimal amount) { return std::clamp(amount, decimal{}, max_balance); };
  decimal& step = options_.prices.quantity_step;
  step = std::max(step, decimal::from_raw(1));
  options_.fee_step = std::max(options_.fee_step, decimal::from_raw(1));
  options_.fee_rate = std::clamp(options_.fee_rate, decimal(-1), decimal(1));
  options_.base_balance = bounded(options_.base_balance);
  options_.quote_balance = bounded(options_.quote_balance);
  for (const auto& [asset, amount] : options_.balances) account_.open(asset, bounded(amount));
}

void exchange::advance(timestamp now, std::vector<settled_fill>& fills) {
  if (open_.empty()) return;
  const std::int64_t step = price_process::step_of(now);
  for (const auto& m : markets_) {
    if (m->book.size() != 0) move_to(*m, step, fills);
  }
}

const market* exchange::look(const std::string& symbol, timestamp now,
                             std::vector<settled_fill>& fills) {
  return find(symbol, now, fills);
}

market* exchange::find(const std::string& symbol, timestamp now, std::vector<settled_fill>& fills) {
  const std::int64_t step = price_process::step_of(now);
  if (const auto found = by_symbol_.find(symbol); found != by_symbol_.end()) {
    move_to(*found->second, step, fills);
    return found->second;
  }
  market* m = open(symbol);
  if (m != nullptr) requote(*m, step, fills);
  return m;
}

market* exchange::open(const std::string& symbol) {
  if (symbol.empty() || symbol.size() > max_symbol_bytes ||
      markets_.size() >= options_.max_symbols) {
    return nullptr;
  }
  auto opened = std::make_unique<market>(symbol, options_);
  opened->base = account_.open(opened->assets.base, options_.base_balance);
  opened->quote = account_.open(opened->assets.quote, options_.quote_balance);
  market* m = opened.get();
  by_symbol_.emplace(symbol, m);
  markets_.push_back(std::move(opened));
  return m;
}

status exchange::restore(const std::string& symbol, const new_order& rest, timestamp now) {
  const error damaged{errc::data_loss, "an order cannot have rested there", symbol, {}};
  const auto found = by_symbol_.find(symbol);
  market* m = found != by_symbol_.end() ? found->second : open(symbol);
  if (m == nullptr || rest.type != order_type::limit || check(*m, rest) != refusal::none) {
    return damaged;
  }
  m->now = m->process.at(price_process::step_of(now));
  fills_.clear();
  // The book has no quotes yet: it could only meet others that rested.
  const auto placed = m->book.place(rest, fills_);
  if (!placed.ok() || placed->end != outcome::resting || !fills_.empty()) return damaged;
  hold_rest(*m, rest, rest.quantity);
  return done{};
}

void exchange::move_to(market& m, std::int64_t step, std::vector<settled_fill>& fills) {
  if (m.now.step == step) return;
  // Only a step whose best prices reach a resting order needs its quotes.
  for (std::int64_t s = std::max(m.now.step + 1, step - max_steps_back);
       s < step && m.book.size() != 0; ++s) {
    const auto touch = m.process.touch_at(s);
    const auto bid = m.book.best(side::buy), ask = m.book.best(side::sell);
    if ((bid && *bid >= touch.ask) || (ask && *ask <= touch.bid)) requote(m, s, fills);
  }
  requote(m, step, fills);
}

void exchange::requote(market& m, std::int64_t step, std::vector<settled_fill>& fills) {
  m.now = m.process.at(step);
  fills_.clear();
  m.book.quote(m.now.bids, m.now.asks, fills_);
  settle(m, fills);
}

exchange::answer exchange::place(const std::string& symbol, const new_order& order, timestamp now,
                                 std::vector<settled_fill>& fills) {
  market* m = find(symbol, now, fills);
  if (m == nullptr) return {refusal::unknown_symbol, {}};
  if (const refusal r = check(*m, order); r != refusal::none) return {r, {}};
  fills_.clear();
  const auto placed = m->book.place(order, fills_);
  // check() has looked at all that a book refuses, but for the id, which the caller answers for.
  const placement p = placed.value();
  settle(*m, fills);
  if (p.end == outcome::resting) hold_rest(*m, order, p.left);
  return {refusal::none, p};
}

refusal exchange::check(const market& m, const new_order& order) const {
  if (order.quantity <= decimal{} || order.quantity > order_book::max_quantity ||
      order.quantity != order.quantity.round_down(options_.prices.quantity_step)) {
    return refusal::invalid_amount;
  }
  const bool priced = order.type != order_type::market;
  if (priced && (order.price <= decimal{} || order.price > order_book::max_price)) {
    return refusal::invalid_price;
  }
  if (order.type == order_type::limit && open_.size() >= options_.max_open_orders) {
    return refusal::too_many_open_orders;
  }
  if (order.way == side::sell) {
    return order.quantity > account_.free(m.base) ? refusal::insufficient_balance : refusal::none;
  }
  // A priced order costs at most its price; a market order what it meets now.
  decimal notional;
  if (priced) {
    const auto most = mul(order.price, order.quantity);
    if (!most.ok()) return refusal::invalid_amount;
    notional = *most;
  } else {
    const auto meets = m.book.preview(order);
    if (!meets.ok()) return refusal::invalid_amount;
    notional = meets->notional;
  }
  const auto cost = with_fee(notional);
  if (!cost.ok()) return refusal::invalid_amount;
  return *cost > account_.free(m.quote) ? refusal::insufficient_balance : refusal::none;
}

result<decimal> exchange::with_fee(decimal notional) const {
  PITWALL_TRY(fee, mul(notional, options_.fee_rate));
  return add(notional, fee);
}

void exchange::settle(market& m, std::vector<settled_fill>& out) {
  for (const fill& f : fills_) settle_one(m, f, out);
}

exchange::charge exchange::charge_of(const market& m, const fill& f, decimal notional) const {
  const auto rounded = [&](decimal fee) { return fee.round_down(options_.fee_step); };
  const decimal in_quote = mul(notional, options_.fee_rate).value();
  const charge quoted{rounded(in_quote), m.quote};
  if (options_.fee_asset.empty()) return quoted;
  if (options_.fee_asset == "received") {
    if (f.way == side::sell) return quoted;
    return {rounded(mul(f.quantity, options_.fee_rate).value()), m.base};
  }
  for (const auto& of : markets_) {
    if (of->assets.base != options_.fee_asset || of->assets.quote != m.assets.quote) continue;
    if (of->now.mid <= decimal{}) break;
    const auto worth = div(in_quote, of->now.mid);
    if (!worth.ok() || rounded(*worth) > account_.free(of->base)) break;
    return {rounded(*worth), of->base};
  }
  return quoted;
}

void exchange::settle_one(market& m, const fill& f, std::vector<settled_fill>& out) {
  // No product here overflows: a book bounds quantities and prices.
  const decimal notional = mul(f.price, f.quantity).value();
  if (f.maker) {
    open_order& open = open_.at(f.order);
    const decimal still =
        open.way == side::sell ? f.left : with_fee(mul(open.price, f.left).value()).value();
    const ledger::asset_id held = open.way == side::sell ? m.base : m.quote;
    account_.release(held, sub(open.hold, still).value());
    open.hold = still;
    if (f.left.is_zero()) open_.erase(f.order);
  }
  if (f.way == side::buy) {
    account_.book(m.quote, -notional);
    account_.book(m.base, f.quantity);
    m.position = add(m.position, f.quantity).value();
  } else {
    account_.book(m.base, -f.quantity);
    account_.book(m.quote, notional);
    m.position = sub(m.position, f.quantity).value();
  }
  const auto [fee, paid_in] = charge_of(m, f, notional);  // Of what is owned after it.
  account_.book(paid_in, -fee);
  const bool in_quote = paid_in == m.quote;
  out.push_back({f.order, f.price, f.quantity, fee, f.left, f.maker,
                 in_quote ? std::string() : account_.balances()[paid_in].asset});
}

void exchange::hold_rest(market& m, const new_order& order, decimal left) {
  const bool sells = order.way == side::sell;
  const ledger::asset_id asset = sells ? m.base : m.quote;
  decimal hold = sells ? left : with_fee(mul(order.price, left).value()).value();
  // Fills are rounded at 1e-18 one by one, so the rest may cost that much more than is free.
  hold = std::min(hold, account_.free(asset));
  account_.hold(asset, hold);
  open_.emplace(order.id, open_order{&m, order.way, order.price, hold});
}

bool exchange::cancel(order_id id) {
  const auto found = open_.find(id);
  if (found == open_.end()) return false;
  const open_order open = found->second;
  open_.erase(found);
  open.where->book.cancel(id);
  account_.release(open.way == side::sell ? open.where->base : open.where->quote, open.hold);
  return true;
}

}  // namespace pitwall::matching
