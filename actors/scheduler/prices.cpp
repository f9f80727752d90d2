// What market triggers wait for: a venue is asked, through its circuit breaker like by a block, and
// what it says goes to the watch.
#include <utility>

#include "actors/scheduler/actor.hpp"

namespace pitwall {
namespace {

call_outcome outcome_of(const result<market_data>& answer) {
  if (answer.ok()) return call_outcome::success;
  switch (answer.error().code) {
    case errc::unavailable:
    case errc::resource_exhausted:
    case errc::io_error:
      return call_outcome::failure;
    case errc::deadline_exceeded:
      return call_outcome::timeout;
    default:
      return call_outcome::ignored;
  }
}

}  // namespace

void scheduler::poll(entry& e) {
  const auto now = options_.clock->now();
  const auto& rule = e.watch->rule();
  if (!e.market) return;
  // A clock that was set back must not hold it up.
  const auto waits = [&](timestamp until, microseconds most) {
    return now < until && until - now <= most;
  };
  if (e.call != 0) {
    // The breaker died with it in its line, or an answer was lost.
    if (waits(e.call_ends, call_patience)) return;
    end_call(e, call_outcome::timeout);
  } else if (waits(e.next_poll, rule.poll)) {
    return;
  }
  e.call = ++last_call_;
  e.call_ends = now + call_patience;
  e.next_poll = now + rule.poll;
  if (!options_.breakers) return ask_price(e);
  request(options_.breakers, caf::infinite, find_breaker{e.market->name() + "/data"})
      .then(
          [this, token = e.call](const breaker_actor& guard) {
            auto* waiting = calling(token);
            if (waiting == nullptr) return;
            waiting->guard = guard;
            send(guard, ask_call{token, false, waiting->call_ends});
          },
          [this, token = e.call](caf::error& why) {
            if (auto* waiting = calling(token)) {
              waiting->call = 0;
              no_price(*waiting, home_system().render(why));
            }
          });
}

scheduler::entry* scheduler::calling(std::uint64_t token) {
  for (auto& [bot, e] : entries_)
    if (e.call == token) return &e;
  return nullptr;
}

void scheduler::granted(const call_granted& message) {
  // Ended before it was granted: the breaker has been told.
  if (auto* e = calling(message.token)) ask_price(*e);
}

void scheduler::refused(const call_refused& message) {
  auto* e = calling(message.token);
  if (e == nullptr) return;
  e->call = 0;
  e->guard = nullptr;
  no_price(*e, message.message);
  arm();
}

void scheduler::ask_price(entry& e) {
  const auto& rule = e.watch->rule();
  market_request asked{rule.venue, rule.symbol, rule.crosses || rule.change_percent,
                       false,      false,       false};
  asked.volume = rule.volume.has_value();
  e.market->fetch_market(asked, [self = scheduler_actor(this), bot = e.bound.bot_id,
                                 n = e.number](result<market_data> answer) {
    caf::anon_send(self, price_seen{bot, n, std::move(answer)});
  });
}

void scheduler::end_call(entry& e, call_outcome outcome) {
  if (e.call == 0) return;
  if (e.guard) send(e.guard, pitwall::end_call{e.call, outcome});
  e.call = 0;
  e.guard = nullptr;
}

/// Said once, until there is one again.
void scheduler::no_price(entry& e, const std::string& why) {
  if (!std::exchange(e.price_failed, true)) say(log_level::warning, e, "no price: " + why);
}

void scheduler::priced(const price_seen& message) {
  const auto it = entries_.find(message.bot_id);
  if (it == entries_.end() || it->second.number != message.trigger || !it->second.watch) return;
  auto& e = it->second;
  end_call(e, outcome_of(message.answer));
  const auto& rule = e.watch->rule();
  const auto missing = [&](bool wanted, const value market_data::*part) {
    return wanted && message.answer.ok() && !((*message.answer).*part).is_number();
  };
  if (!message.answer.ok())
    no_price(e, message.answer.error().message);
  else if (options_.clock->now() - message.answer->observed_at > limits::max_input_age)
    no_price(e, "the venue's is from " + to_iso8601(message.answer->observed_at));
  else if (missing(rule.crosses || rule.change_percent, &market_data::price_feed))
    no_price(e, "the venue told none");
  else if (missing(rule.volume.has_value(), &market_data::volume))
    no_price(e, "the venue tells no volume");
  else
    watched(e, *message.answer);
  arm();
}

void scheduler::watched(entry& e, const market_data& data) {
  e.price_failed = false;
  const auto& rule = e.watch->rule();
  const auto now = options_.clock->now();
  value::object seen{{"type", "market"},
                     {"bot_id", e.bound.bot_id},
                     {"venue", rule.venue},
                     {"symbol", rule.symbol}};
  bool fires = false;
  if (data.price_feed.is_number()) {
    const auto before = e.watch->see(data.price_feed.as_number());
    fires |= before.has_value();
    if (before || rule.volume) seen.emplace_back("price", data.price_feed);
    if (before) seen.emplace_back("previous_price", *before);
  }
  if (rule.volume) {
    const auto before = e.watch->see_volume(data.volume.as_number());
    fires |= before.has_value();
    seen.emplace_back("volume", data.volume);
    if (before) seen.emplace_back("previous_volume", *before);
  }
  if (!fires) return;
  const fire f{now, now, ++e.last_number};
  seen.emplace_back("fire_time", to_iso8601(now));
  e.prices[f.number] = std::move(seen);
  fire_actions actions;
  offer(e, f, actions);
  act(e, actions);
}

}  // namespace pitwall
