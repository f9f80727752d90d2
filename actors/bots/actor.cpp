#include "actors/bots/actor.hpp"

#include <utility>

namespace pitwall {

bots::bots(caf::actor_config& cfg, bots_options options)
    : resident(cfg, "bots"), options_(std::move(options)) {
  for (const auto& [id, now] : options_.board->all())
    decided_[id] = {now.state, 0, now.operator_name};
}

bots::behavior_type bots::make_behavior() {
  return {[this](const steer_bot& m) { return steer(m); },
          [this](const durable& m) { on_durable(m); }};
}

void bots::on_exit() {
  waiting_.clear();  // A promise holds its own actor.
  options_ = {};
}

caf::result<bot_outcome> bots::steer(const steer_bot& message) {
  const auto known = decided_.find(message.bot_id);
  const auto before = known == decided_.end() ? bot_state::running : known->second.state;
  bot_outcome outcome;
  outcome.previous_state = to_string(before);
  const auto next = decide(before, message.action);
  if (!next.ok()) {
    outcome.failure = wire_error(next.error());
    return outcome;
  }
  outcome.state = to_string(*next);
  const auto now = options_.clock->now();
  const auto ticket = ++last_ticket_;
  auto& bot = decided_[message.bot_id];
  // Who stops a bot that another has stopped already keeps it so, whatever the other says next.
  const bool joins =
      *next == before && !takes_starts(before) && bot.operator_name != message.operator_name;
  bot_condition after{*next, now, message.reason, message.operator_name};
  event_batch batch;  // Empty: what made it so may still be on its way, and is waited for.
  if (*next != before || joins) {
    bot = {*next, bot.generation + 1, message.operator_name};
    batch.scope = std::make_shared<const event_scope>(event_scope{{}, {}, message.bot_id, {}});
    batch.events.push_back(
        {now, bot_state_changed{outcome.previous_state, outcome.state, message.reason,
                                message.operator_name, message.trigger}});
    if (!takes_starts(*next)) options_.board->set(message.bot_id, after);
  }
  auto promise = make_response_promise<bot_outcome>();
  waiting_.emplace(ticket, waiting{message.bot_id, std::move(after), bot.generation, promise,
                                   std::move(outcome)});
  send(options_.writer, append{std::move(batch), ticket, true});
  return promise;
}

void bots::on_durable(const durable& message) {
  auto found = waiting_.extract(message.ticket);
  if (found.empty()) return;
  auto& w = found.mapped();
  if (message.failure.failed())
    w.outcome.failure = message.failure;
  else if (w.outcome.state != w.outcome.previous_state && takes_starts(w.opens.state) &&
           decided_[w.bot_id].generation == w.generation)
    options_.board->set(w.bot_id, std::move(w.opens));
  w.promise.deliver(std::move(w.outcome));
}

}  // namespace pitwall
