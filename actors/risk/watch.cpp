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

}  // namespace

void risk::watch(const std::set<std::string>& bots) {
  const auto now = options_.clock->now();
  watch_scope(nullptr, now);
  for (const auto& bot : bots)
    if (!bot.empty()) watch_scope(&bot, now);
}

void risk::watch_scope(const std::string* bot_id, timestamp now) {
  const auto s = stand(bot_id, now);
  if (!s.ok()) return cannot_see(s.error().to_string());
  const auto& limits = bot_id != nullptr ? limits_of(*bot_id) : options_.settings.limits;
  const auto scope = scope_of(bot_id);
  auto& watch = watches_[scope];
  const auto look = [&](const limit_description& l, const result<decimal>& figure) {
    if (!figure.ok()) return;  // An order that needs it is refused.
    const auto alarm = watch.look(l, *figure, limits.*l.member);
    if (alarm.ok() && *alarm) raise(scope, **alarm, *s);
  };
  look(daily_loss, s->today);
  look(drawdown, drawdown_percent(s->equity, s->peak));
}

void risk::raise(const std::string& scope, const limit_alarm& alarm, const standing& s) {
  const bool halts = alarm.exceeded && options_.settings.auto_halt;
  const auto now = options_.clock->now();
  // The halt first: it closes the order path before anything is written.
  if (halts && options_.halt) {
    const bool of_bot = scope.starts_with("bot:");
    auto held = position_inputs(of_bot ? books_.bots() : books_.host(),
                                of_bot ? scope.substr(4) : std::string());
    options_.halt({emergency_action::halt, scope,
                   alarm.limit + " is " + alarm.threshold.to_string() + ", and the figure " +
                       alarm.figure.to_string(),
                   "pitwall", alarm.limit,
                   limit_evidence(alarm, {s.pnl, s.equity, s.peak}, std::move(held), now), now});
  }
  if (!options_.writer) return;
  auto whose = std::make_shared<event_scope>();
  if (scope.starts_with("bot:")) whose->bot_id = scope.substr(4);
  event_batch batch{std::move(whose), {}};
  if (alarm.exceeded)
    batch.events.push_back(
        {now, risk_limit_exceeded{scope, alarm.limit, alarm.figure, alarm.threshold, halts,
                                  limit_inputs({s.pnl, s.equity, s.peak})}});
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

void risk::look_again() {
  if (options_.settings.look_every.count() > 0)
    delayed_send(this, options_.settings.look_every, look_at_prices{});
}

bool risk::is_lost(const place& where, timestamp now) {
  if (is_young(where, now)) return false;
  if (marked_at_.contains(where)) return true;
  // Held before this life of the risk actor, in which nobody has told its price yet.
  const auto since = first_looked_at_.try_emplace(where, now).first->second;
  return now < since || now - since > max_price_age;
}

void risk::look() {
  look_again();
  const auto now = options_.clock->now();
  const auto held = books_.host().open_places({});
  std::string lost;
  bool all_young = true;
  for (const auto& where : held) {
    all_young = all_young && is_young(where, now);
    if (is_lost(where, now)) lost = no_young_price(where).message;
  }
  if (!lost.empty())
    cannot_see(lost);
  else if (all_young)
    blind_ = false;
  std::set<std::string> bots;
  books_.bots().each([&](const std::string& bot) {
    if (!books_.bots().open_places(bot).empty()) bots.insert(bot);
  });
  if (!held.empty() && all_young) watch(bots);
  for (const auto& where : held) ask_price(where);
}

value risk::view() {
  const auto now = options_.clock->now();
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
      if (price) {
        const auto gain = sub(*price, held.average_entry);
        const auto amount = gain.ok() ? mul(*gain, held.quantity) : gain;
        if (amount.ok()) row[6].second = *amount;
      }
      positions.emplace_back(std::move(row));
    }
  });
  return value::object{{"auto_halt", value(options_.settings.auto_halt)},
                       {"host", view_of(nullptr, now)},
                       {"bots", std::move(bots)},
                       {"positions", std::move(positions)},
                       {"profit", profit_view(now)}};
}

value risk::view_of(const std::string* bot_id, timestamp now) {
  const auto& limits = bot_id != nullptr ? limits_of(*bot_id) : options_.settings.limits;
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
