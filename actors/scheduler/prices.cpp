#include <utility>

#include "actors/scheduler/actor.hpp"

namespace pitwall {

void scheduler::poll(entry& e) {
  const auto now = options_.clock->now();
  const auto& rule = e.watch->rule();
  // A clock that was set back must not hold it up.
  if (!e.market || e.asking || (now < e.next_poll && e.next_poll - now <= rule.poll)) return;
  e.asking = true;
  e.next_poll = now + rule.poll;
  const market_request asked{rule.venue, rule.symbol, true, false, false, false};
  e.market->fetch_market(
      asked, [self = scheduler_actor(this), bot = e.bound.bot_id](result<market_data> answer) {
        caf::anon_send(self, price_seen{bot, std::move(answer)});
      });
}

void scheduler::priced(const price_seen& message) {
  const auto it = entries_.find(message.bot_id);
  if (it == entries_.end() || !it->second.watch) return;
  auto& e = it->second;
  e.asking = false;
  const auto& answer = message.answer;
  const bool failed = !answer.ok() || !answer->price_feed.is_number();
  if (failed && !e.price_failed)
    say(log_level::warning, e,
        "no price: " + (answer.ok() ? std::string("the venue told none") : answer.error().message));
  e.price_failed = failed;
  if (!failed) {
    const auto price = answer->price_feed.as_number();
    if (const auto before = e.watch->see(price)) {
      const auto now = options_.clock->now();
      const fire f{now, now, ++e.last_number};
      e.prices[f.number] = value::object{{"type", "market"},
                                         {"bot_id", e.bound.bot_id},
                                         {"venue", e.watch->rule().venue},
                                         {"symbol", e.watch->rule().symbol},
                                         {"price", price},
                                         {"previous_price", *before},
                                         {"fire_time", to_iso8601(now)}};
      fire_actions actions;
      offer(e, f, actions);
      act(e, actions);
    }
  }
  arm();
}

}  // namespace pitwall
