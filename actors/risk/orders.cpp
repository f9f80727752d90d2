// Job: an order asks before its intent is journaled: within the limits, and no halt, it gets its
//      headroom and its permit.
#include <utility>

#include "actors/risk/actor.hpp"
#include "runtime/base/symbol.hpp"

namespace pitwall {

bool risk::take_limits(const change_limits& message) {
  auto host = risk_limits::none();
  std::map<std::string, risk_limits> bots;
  for (const auto& word : message.all) {
    auto& of = word.bot_id.empty()
                   ? host
                   : bots.try_emplace(word.bot_id, risk_limits::none()).first->second;
    if (!set_limit(of, word.name, word.text).ok()) return false;
  }
  options_.settings.limits = host;
  options_.settings.bots = std::move(bots);
  // What was past its limit when limits did not halt would not be told of again.
  if (!std::exchange(options_.settings.auto_halt, message.auto_halt) && message.auto_halt) {
    watches_.clear();
    blind_ = false;
  }
  options_.settings.max_price_age = std::chrono::milliseconds(message.max_price_age_ms);
  judge_all();
  return true;
}

const risk_limits& risk::limits_of(const std::string& bot_id) const {
  const auto own = options_.settings.bots.find(bot_id);
  return own != options_.settings.bots.end() ? own->second : options_.settings.limits;
}

namespace {

bool by_price(const risk_limits& l) { return l.max_order_notional || l.price_collar_percent; }
bool by_profit(const risk_limits& l) { return l.daily_loss_limit || l.max_drawdown_percent; }
/// It bounds an amount of money, and not a share of a price.
bool by_money(const risk_limits& l) { return by_profit(l) || l.max_order_notional; }

}  // namespace

std::optional<decimal> risk::rate_at(const place& where, timestamp now) const {
  const auto by =
      portfolio::rate_place(where.first, split_symbol(where.second).quote, books_.currency());
  if (!by) return decimal(1);
  return is_young(*by, now) ? books_.host().last_price(by->first, by->second) : std::nullopt;
}

void risk::reserve(reserve_order& message) {
  const auto& bot = message.scope.ref->bot_id;
  const auto &host = options_.settings.limits, &own = limits_of(bot);
  places wanted;
  if (by_profit(host)) wanted = books_.host().priced_places({});
  if (by_profit(own)) {
    const auto held = books_.bots().priced_places(bot);
    wanted.insert(wanted.end(), held.begin(), held.end());
  }
  if (by_price(host) || by_price(own))
    wanted.emplace_back(message.order.venue, message.order.symbol);
  if (by_money(host) || by_money(own)) {
    if (auto rate = portfolio::rate_place(
            message.order.venue, split_symbol(message.order.symbol).quote, books_.currency()))
      wanted.push_back(std::move(*rate));
  }
  // An attempt that was given up must not be answered after the one that follows it.
  forget_question(message.client_order_id);
  wait_for({current_sender(), std::move(message)}, wanted, false);
}

void risk::forget_question(const std::string& client_order_id) {
  std::erase_if(waiting_, [&](const auto& w) {
    const auto* asked = std::get_if<reserve_order>(&w.second.asked);
    return asked != nullptr && asked->client_order_id == client_order_id;
  });
}

namespace {

order_likeness likeness_of(const reserve_order& m) {
  const auto& o = m.order;
  const bool market = o.kind == order_kind::market;
  return {m.scope.ref->bot_id,
          o.venue,
          o.symbol,
          o.side == order_side::buy,
          static_cast<int>(o.kind),
          o.amount,
          market ? decimal() : o.price};
}

}  // namespace

void risk::judge(const caf::strong_actor_ptr& client, const reserve_order& message) {
  const auto now = options_.clock->now();
  const auto& scope = *message.scope.ref;
  reservation_answer out{message.node, message.attempt, false, {}, {}, {}};
  out.permit = options_.gate->read()->grant(message.order.venue, scope.bot_id, scope.strategy_id);
  if (out.permit.epoch == 0) {
    out.code = to_string(errc::halted);
    out.message = "trading is halted";
  } else if (auto refused = check(message, now)) {
    out.code = std::move(refused->code);
    out.message = std::move(refused->message);
  } else {
    watch_levels(message, now);
    out.granted = true;
    out.permit.term = options_.term;
    out.permit.client_order_id = message.client_order_id;
    books_.orders().reserve(message.client_order_id,
                            {scope.bot_id, message.order.venue, message.order.symbol,
                             message.order.side == order_side::buy, message.order.amount},
                            now);
    watch_levels(message, now);
    if (!message.again) lately_.note(likeness_of(message), message.client_order_id, now);
  }
  send(caf::actor_cast<reservation_client>(client), std::move(out));
}

std::optional<refusal> risk::check(const reserve_order& message, timestamp now) {
  if (!message.again && books_.orders().holds(message.client_order_id))
    return refusal{std::string(duplicate_order),
                   {},
                   {},
                   {},
                   "an order '" + message.client_order_id + "' is on its way already"};
  const auto& bot = message.scope.ref->bot_id;
  for (const auto* of : {static_cast<const std::string*>(nullptr), &bot}) {
    if (of != nullptr && of->empty()) continue;
    auto refused = check_scope(message, of, now);
    if (!refused) continue;
    exceeded(of, *refused, now);
    return refused;
  }
  return std::nullopt;
}

std::optional<refusal> risk::check_scope(const reserve_order& message, const std::string* bot_id,
                                         timestamp now) {
  const auto& limits = limits_of(bot_id);
  const std::string scope = bot_id != nullptr ? "bot '" + *bot_id + "'" : std::string("the host");
  const auto unknown = [&](const std::string& why) {
    return refusal{std::string(figures_unknown), {}, {}, {}, "figures of " + scope + ": " + why};
  };
  const auto& portfolio_of = bot_id != nullptr ? books_.bots() : books_.host();
  const std::string owner = bot_id != nullptr ? *bot_id : std::string();
  const auto& order = message.order;
  const place where{order.venue, order.symbol};
  if (broken_) return unknown(broken_->message);
  exposure e;
  if (by_profit(limits)) {
    for (const auto& held : portfolio_of.priced_places(owner))
      if (!is_young(held, now)) return unknown(no_young_price(held).message);
    const auto s = stand(bot_id, now);
    if (!s.ok()) return unknown(s.error().message);
    e.daily_pnl = s->today;
    e.equity = s->equity;
    e.peak_equity = s->peak;
  }
  const auto rate = rate_at(where, now);
  if (!rate && by_money(limits))
    return refusal{std::string(currency_unknown),
                   {},
                   {},
                   {},
                   "limits of " + scope + " are in " + books_.currency() + ", and no price of " +
                       split_symbol(order.symbol).quote + " in it is known at " + order.venue};
  auto& open = books_.orders();
  const auto amounts = bot_id != nullptr ? open.open_at(owner, where) : open.open_at(where);
  e.position = portfolio_of.position_of(owner, order.venue, order.symbol).quantity;
  e.open_buys = amounts.buys;
  e.open_sells = amounts.sells;
  e.open_orders = bot_id != nullptr ? open.open_orders(owner) : open.open_orders();
  e.orders_lately =
      bot_id != nullptr ? open.let_through_lately(owner, now) : open.let_through_lately(now);
  if (limits.duplicate_window_ms && !message.again)
    e.like_it_ago = lately_.age_of_like(likeness_of(message), message.client_order_id, now);
  if (const auto left = open.left_of(message.client_order_id)) {  // Of its own: not twice.
    auto& side = order.side == order_side::buy ? e.open_buys : e.open_sells;
    if (const auto others = sub(side, *left); others.ok()) side = *others;
    --e.open_orders;
  }
  order_facts facts{order.side == order_side::buy, order.amount, {}, {}, rate.value_or(1)};
  if (order.kind != order_kind::market) facts.price = order.price;
  if (is_young(where, now)) facts.last_price = books_.host().last_price(order.venue, order.symbol);
  return check_order(facts, e, limits, scope);
}

}  // namespace pitwall
