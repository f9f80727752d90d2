// Job: what the figures set off: warnings, limits exceeded, halts; the look at prices now and then;
//      and the view of it all.
#include <algorithm>
#include <utility>

#include "actors/risk/actor.hpp"
#include "runtime/risk/evidence.hpp"

namespace pitwall {
namespace {

std::string scope_of(const std::string* bot_id) {
  return bot_id != nullptr ? "bot:" + *bot_id : std::string("global");
}

const limit_description& limit_named(std::string_view name) {
  const auto& all = limit_table();
  return *std::find_if(all.begin(), all.end(), [&](const auto& l) { return l.name == name; });
}
const auto& daily_loss = limit_named("daily_loss_limit");
const auto& drawdown = limit_named("max_drawdown_percent");
const auto& position_size = limit_named("max_position_size");
const auto& open_orders = limit_named("max_open_orders");

}  // namespace

void risk::watch(const std::set<std::string>& bots) {
  const auto now = options_.clock->now();
  watch_scope(nullptr, now);
  for (const auto& bot : bots)
    if (!bot.empty()) watch_scope(&bot, now);
}

void risk::watch_scope(const std::string* bot_id, timestamp now) {
  // Asked for once: a venue that has none, or an old one, is asked again by the looks alone.
  ask_once(unseen_since_start(bot_id));
  const auto s = stand(bot_id, now);
  if (!s.ok() && !broken_ && s.error().code == errc::unavailable) {
    unwatched_.insert(bot_id != nullptr ? *bot_id : std::string());  // Until a price comes.
    return;
  }
  if (!s.ok()) return cannot_see(s.error().to_string());
  const auto& limits = limits_of(bot_id);
  const auto scope = scope_of(bot_id);
  auto& watch = watches_[scope];
  const auto look = [&](const limit_description& l, const result<decimal>& figure) {
    if (!figure.ok()) return;  // An order that needs it is refused.
    const auto alarm = watch.look(l, *figure, limits.*l.member);
    if (alarm.ok() && *alarm) raise(scope, **alarm, s.ok() ? std::optional(*s) : std::nullopt);
  };
  look(daily_loss, s->today);
  look(drawdown, drawdown_percent(s->equity, s->peak));
}

void risk::ask_once(const places& all) {
  for (const auto& where : all)
    if (!marked_at_.contains(where) && asked_once_.insert(where).second) ask_price(where);
}

void risk::judge_all() {
  const auto now = options_.clock->now();
  std::set<std::string> bots;
  books_.bots().each([&](const std::string& bot) { bots.insert(bot); });
  watch(bots);
  std::set<std::pair<std::string, place>> open;  // No bot: the host.
  for (const auto& where : books_.host().open_places({})) open.emplace(std::string(), where);
  for (const auto& bot : bots)
    for (const auto& where : books_.bots().open_places(bot)) open.emplace(bot, where);
  books_.orders().each([&](const std::string&, const reserved_order& o) {
    for (const auto& who : {std::string(), o.bot_id}) open.emplace(who, place{o.venue, o.symbol});
  });
  for (const auto& [who, where] : open) watch_levels(who.empty() ? nullptr : &who, where, now);
}

void risk::watch_levels(const reserve_order& message, timestamp now) {
  const place where{message.order.venue, message.order.symbol};
  const auto& bot = message.scope.ref->bot_id;
  watch_levels(nullptr, where, now);
  if (!bot.empty()) watch_levels(&bot, where, now);
}

void risk::watch_levels(const std::string* bot_id, const place& where, timestamp now) {
  const auto& limits = limits_of(bot_id);
  const auto scope = scope_of(bot_id);
  const auto look = [&](limit_watch& watch, const limit_description& l, const decimal& figure) {
    const auto alarm = watch.look(l, figure, limits.*l.member);
    if (!alarm.ok() || !*alarm) return;
    // What goes past a level was refused; what a lowered limit finds past it may still be reduced.
    auto warning = **alarm;
    warning.exceeded = false;
    const auto s = stand(bot_id, now);
    raise(scope, warning, s.ok() ? std::optional(*s) : std::nullopt);
  };
  const auto& open = books_.orders();
  if (limits.max_open_orders)
    look(watches_[scope], open_orders,
         bot_id != nullptr ? open.open_orders(*bot_id) : open.open_orders());
  if (!limits.max_position_size) return;
  const auto amounts = bot_id != nullptr ? open.open_at(*bot_id, where) : open.open_at(where);
  const auto held = bot_id != nullptr
                        ? books_.bots().position_of(*bot_id, where.first, where.second).quantity
                        : books_.host().position_of({}, where.first, where.second).quantity;
  const auto bought = add(held, amounts.buys), sold = sub(amounts.sells, held);
  if (bought.ok() && sold.ok())
    look(watches_[scope + '\n' + where.first + '\n' + where.second], position_size,
         std::max(*bought, *sold));
}

void risk::exceeded(const std::string* bot_id, const refusal& refused, timestamp now) {
  // A repeated order is refused, and is no figure beyond its limit.
  if (!options_.settings.auto_halt || refused.limit.empty() ||
      refused.limit == "duplicate_window_ms")
    return;
  const auto used = refused.limit == daily_loss.name
                        ? utilization_of_floor(refused.figure, refused.threshold)
                        : utilization_of_ceiling(refused.figure, refused.threshold);
  const auto s = stand(bot_id, now);
  raise(scope_of(bot_id),
        {refused.limit, true, refused.figure, refused.threshold, used.ok() ? *used : decimal(100)},
        s.ok() ? std::optional(*s) : std::nullopt);
}

void risk::raise(const std::string& scope, const limit_alarm& alarm,
                 const std::optional<standing>& s) {
  const bool halts = alarm.exceeded && options_.settings.auto_halt;
  const auto now = options_.clock->now();
  const auto figures = s ? std::optional(limit_figures{s->pnl, s->equity, s->peak}) : std::nullopt;
  // The halt first: it closes the order path before anything is written.
  if (halts && options_.halt) {
    const bool of_bot = scope.starts_with("bot:");
    auto held = position_inputs(of_bot ? books_.bots() : books_.host(),
                                of_bot ? scope.substr(4) : std::string());
    options_.halt({emergency_action::halt, scope,
                   alarm.limit + " is " + alarm.threshold.to_string() + ", and the figure " +
                       alarm.figure.to_string(),
                   "pitwall", alarm.limit, limit_evidence(alarm, figures, std::move(held), now),
                   now});
  }
  if (!options_.writer) return;
  auto whose = std::make_shared<event_scope>();
  if (scope.starts_with("bot:")) whose->bot_id = scope.substr(4);
  event_batch batch{std::move(whose), {}};
  if (alarm.exceeded)
    batch.events.push_back(
        {now, risk_limit_exceeded{scope, alarm.limit, alarm.figure, alarm.threshold, halts,
                                  figures ? limit_inputs(*figures) : value()}});
  else
    batch.events.push_back({now, risk_limit_warning{scope, alarm.limit, alarm.figure,
                                                    alarm.threshold, alarm.utilization}});
  send(options_.writer, append{std::move(batch), 0, false});
}

/// Profit and loss cannot be computed: where limits halt by themselves, that does too.
void risk::cannot_see(const std::string& why) {
  if (std::exchange(blind_, true)) return;
  if (options_.settings.auto_halt && options_.halt)
    options_.halt({emergency_action::halt, "global", "profit and loss cannot be computed: " + why,
                   "pitwall", std::string(figures_unknown)});
}

std::chrono::milliseconds risk::look_wait() const {
  return std::min(options_.settings.look_every, options_.settings.max_price_age / 2);
}

void risk::look_again() {
  if (options_.settings.look_every.count() > 0) delayed_send(this, look_wait(), look_at_prices{});
}

void risk::look() {
  look_again();
  const auto now = options_.clock->now();
  std::map<place, timestamp> wanted;
  for (auto& where : books_.priced_places()) {
    const auto known = wanted_since_.find(where);
    const bool goes_on = known != wanted_since_.end() && known->second <= now;
    wanted.emplace(std::move(where), goes_on ? known->second : now);
  }
  wanted_since_ = std::move(wanted);
  if (wanted_since_.empty()) {
    blind_ = false;
    looking_.clear();
    return;
  }
  if (!looking_.empty()) {
    looked_for_ += look_wait();
    if (looked_for_ <= options_.settings.max_price_age) return;
    looking_.clear();  // A venue that does not answer has no price either.
    return judge_prices();
  }
  looked_for_ = std::chrono::milliseconds(0);
  for (const auto& [where, since] : wanted_since_) looking_.insert(where);
  for (const auto& [where, since] : wanted_since_) ask_price(where);
}

void risk::judge_prices() {
  const auto now = options_.clock->now();
  std::string lost;
  bool sees_all = true;
  for (const auto& where : books_.priced_places()) {
    if (is_young(where, now)) continue;
    sees_all = false;
    const auto wanted = wanted_since_.find(where);
    auto known_until = wanted != wanted_since_.end() ? wanted->second : now;
    if (const auto at = marked_at_.find(where); at != marked_at_.end() && at->second <= now)
      known_until = std::max(known_until, at->second);
    if (now - known_until > options_.settings.max_price_age) lost = no_young_price(where).message;
  }
  if (!lost.empty()) cannot_see(lost);
  if (sees_all) blind_ = false;
  // One scope's missing price is not the others': they are watched.
  if (all_young(books_.host().priced_places({}), now)) watch_scope(nullptr, now);
  books_.bots().each([&](const std::string& bot) {
    const auto of = books_.bots().priced_places(bot);
    if (!bot.empty() && !of.empty() && all_young(of, now)) watch_scope(&bot, now);
  });
}

value risk::view() {
  const auto now = options_.clock->now();
  ask_once(books_.priced_places());
  value::list bots, positions;
  books_.bots().each([&](const std::string& bot) {
    bots.push_back(view_of(&bot, now));
    for (const auto& where : books_.bots().open_places(bot)) {
      const auto held = books_.bots().position_of(bot, where.first, where.second);
      const auto price = books_.bots().last_price(where.first, where.second);
      const auto at = marked_at_.find(where);
      value::object row{
          {"bot_id", bot.empty() ? value() : value(bot)},
          {"venue", where.first},
          {"symbol", where.second},
          {"quantity", held.quantity},
          {"average_entry", held.average_entry},
          {"last_price", price ? value(*price) : value()},
          {"unrealized", value()},
          {"price_at", at != marked_at_.end() ? value(to_iso8601(at->second)) : value()}};
      if (price && at != marked_at_.end()) {
        const auto gain = sub(*price, held.average_entry);
        const auto amount = gain.ok() ? mul(*gain, held.quantity) : gain;
        if (amount.ok()) row[6].second = *amount;
      }
      positions.emplace_back(std::move(row));
    }
  });
  return value::object{{"auto_halt", value(options_.settings.auto_halt)},
                       {"currency", books_.currency()},
                       {"host", view_of(nullptr, now)},
                       {"bots", std::move(bots)},
                       {"positions", std::move(positions)},
                       {"profit", profit_view(now)}};
}

value risk::view_of(const std::string* bot_id, timestamp now) {
  const auto& limits = limits_of(bot_id);
  const auto s = stand(bot_id, now);
  const auto& open = books_.orders();
  value::list rows;
  for (const auto& l : limit_table()) {
    const auto& threshold = limits.*l.member;
    if (!threshold) continue;
    value figure, used;
    const auto show = [&](const result<decimal>& f, const result<decimal>& u) {
      if (f.ok()) figure = *f;
      if (f.ok() && u.ok()) used = u->round(2);
    };
    if (&l == &daily_loss && s.ok()) {
      show(s->today, utilization_of_floor(s->today, *threshold));
    } else if (&l == &drawdown && s.ok()) {
      const auto fallen = drawdown_percent(s->equity, s->peak);
      show(fallen, fallen.ok() ? utilization_of_ceiling(*fallen, *threshold) : fallen);
    } else if (l.name == "max_open_orders") {
      const decimal n(bot_id != nullptr ? open.open_orders(*bot_id) : open.open_orders());
      show(n, utilization_of_ceiling(n, *threshold));
    }
    rows.push_back(value::object{{"limit", l.name},
                                 {"value", figure},
                                 {"threshold", *threshold},
                                 {"utilization_percent", used}});
  }
  const auto figures = s.ok() ? limit_inputs({s->pnl, s->equity, s->peak}) : value();
  const bool named = bot_id != nullptr && !bot_id->empty();
  return value::object{
      {"bot_id", named ? value(*bot_id) : value()},
      {"open_orders", decimal(bot_id != nullptr ? open.open_orders(*bot_id) : open.open_orders())},
      {"daily_pnl", s.ok() ? value(s->today) : value()},
      {"figures", figures},
      {"error", s.ok() ? value() : value(s.error().to_string())},
      {"limits", std::move(rows)}};
}

}  // namespace pitwall
