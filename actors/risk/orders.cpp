// Job: an order asks before its intent is journaled: within the limits, and no halt, it gets its
//      headroom and its permit.
#include <utility>

#include "actors/risk/actor.hpp"

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
  options_.settings.auto_halt = message.auto_halt;
  return true;
}

const risk_limits& risk::limits_of(const std::string& bot_id) const {
  const auto own = options_.settings.bots.find(bot_id);
  return own != options_.settings.bots.end() ? own->second : options_.settings.limits;
}

void risk::reserve(reserve_order& message) {
  const auto& bot = message.scope.ref->bot_id;
  const auto by_price = [](const risk_limits& l) {
    return l.max_order_notional || l.price_collar_percent;
  };
  const auto by_profit = [](const risk_limits& l) {
    return l.daily_loss_limit || l.max_drawdown_percent;
  };
  const auto &host = options_.settings.limits, &own = limits_of(bot);
  places wanted;
  if (by_profit(host)) wanted = books_.host().open_places({});
  if (by_profit(own)) {
    const auto held = books_.bots().open_places(bot);
    wanted.insert(wanted.end(), held.begin(), held.end());
  }
  if (by_price(host) || by_price(own))
    wanted.emplace_back(message.order.venue, message.order.symbol);
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
    out.granted = true;
    out.permit.client_order_id = message.client_order_id;
    books_.orders().reserve(message.client_order_id,
                            {scope.bot_id, message.order.venue, message.order.symbol,
                             message.order.side == order_side::buy, message.order.amount},
                            now);
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
  if (auto refused = check_scope(message, nullptr, now)) return refused;
  const auto& bot = message.scope.ref->bot_id;
  return bot.empty() ? std::nullopt : check_scope(message, &bot, now);
}

std::optional<refusal> risk::check_scope(const reserve_order& message, const std::string* bot_id,
                                         timestamp now) {
  const auto& limits = bot_id != nullptr ? limits_of(*bot_id) : options_.settings.limits;
  const std::string scope = bot_id != nullptr ? "bot '" + *bot_id + "'" : std::string("the host");
  const auto unknown = [&](const std::string& why) {
    return refusal{std::string(figures_unknown), {}, {}, {}, "figures of " + scope + ": " + why};
  };
  const auto& portfolio_of = bot_id != nullptr ? books_.bots() : books_.host();
  const std::string owner = bot_id != nullptr ? *bot_id : std::string();
  const auto& order = message.order;
  const place where{order.venue, order.symbol};
  if (limits.daily_loss_limit || limits.max_drawdown_percent) {
    for (const auto& held : portfolio_of.open_places(owner))
      if (!is_young(held, now)) return unknown(no_young_price(held).message);
  }
  const auto s = stand(bot_id, now);
  if (!s.ok()) return unknown(s.error().message);
  auto& open = books_.orders();
  const auto amounts = bot_id != nullptr ? open.open_at(owner, where) : open.open_at(where);
  exposure e;
  e.position = portfolio_of.position_of(owner, order.venue, order.symbol).quantity;
  e.open_buys = amounts.buys;
  e.open_sells = amounts.sells;
  e.open_orders = bot_id != nullptr ? open.open_orders(owner) : open.open_orders();
  e.orders_lately =
      bot_id != nullptr ? open.let_through_lately(owner, now) : open.let_through_lately(now);
  e.daily_pnl = s->today;
  e.equity = s->equity;
  e.peak_equity = s->peak;
  if (limits.duplicate_window_ms && !message.again)
    e.like_it_ago = lately_.age_of_like(likeness_of(message), message.client_order_id, now);
  if (const auto left = open.left_of(message.client_order_id)) {  // Of its own: not twice.
    auto& side = order.side == order_side::buy ? e.open_buys : e.open_sells;
    if (const auto others = sub(side, *left); others.ok()) side = *others;
    --e.open_orders;
  }
  order_facts facts{order.side == order_side::buy, order.amount, {}, {}};
  if (order.kind != order_kind::market) facts.price = order.price;
  if (is_young(where, now)) facts.last_price = books_.host().last_price(order.venue, order.symbol);
  return check_order(facts, e, limits, scope);
}

}  // namespace pitwall
