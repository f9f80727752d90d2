// Job: halted executions that somebody wants to go on. What cannot is refused with the reason, and
//      stays halted; what can takes the way of one that lost its actors (comeback.cpp), so that its
//      orders are claimed before their outcome is read.
// Answer: once the execution_resumed is durable.
#include <utility>

#include "actors/recovery/actor.hpp"
#include "actors/workflow/level.hpp"
#include "runtime/workflow/run_time.hpp"

namespace pitwall {
namespace {

error refusal(const execution_summary& e, const std::string& why, std::string remedy) {
  return {errc::failed_precondition,
          "execution '" + e.scope->execution_id + "' " + why,
          {},
          std::move(remedy)};
}

}  // namespace

void recovery::reopen(reopen_halted& message) {
  auto possible = begin_reopening(message);
  if (!possible.ok()) (*message.then)(std::move(possible).error());
}

status recovery::begin_reopening(const reopen_halted& message) {
  PITWALL_TRY(known, options_.shared->history->execution(message.execution_id));
  // Until the one that was handed over has ended, what the history says may be older.
  if (reopening_.contains(message.execution_id) || handed_over_.contains(message.execution_id))
    return refusal(known, "is being resumed already", {});
  if (known.status != run_status::halted)
    return refusal(known, "is not halted (" + std::string(to_string(known.status)) + ")",
                   "`pitwall executions show` has its events");
  const group_key key{known.scope->workflow_id, known.definition_id};
  auto& g = groups_[key];
  auto possible = known.definition_id.empty()
                      ? status(refusal(known, "was halted before it started", "start a new one"))
                      : route_for(known, key, g);
  if (possible.ok()) possible = may_reopen(known, g);
  if (!possible.ok()) {
    drop_idle(key);
    return possible;
  }
  interruptions_.erase(message.execution_id);
  reopening_[message.execution_id] = message.then;
  auto back = std::make_shared<comeback>();
  back->executions.push_back(known.scope);
  barrier(std::move(back));
  return pitwall::done{};
}

status recovery::route_for(const execution_summary& e, const group_key& key, group& g) {
  if (g.route.handle) return pitwall::done{};
  auto route = options_.route(key.first, key.second);
  if (!route.ok()) {
    const auto& why = route.error();
    return refusal(e, "cannot go on with the definition it started with: " + why.message,
                   why.remedy.empty() ? "start a new one" : why.remedy);
  }
  take_route(g, std::move(*route));
  return pitwall::done{};
}

status recovery::may_reopen(const execution_summary& e, const group& g) const {
  const auto& plan = *g.route.workflow;
  const auto level = level_of(plan, *options_.shared);
  if (!can_operate(level) || (plan.can_order && !can_trade(level)))
    return refusal(e, "stays halted: the emergency state is " + std::string(to_string(level)),
                   way_out_of(level));
  const auto& bot = plan.definition->bot_id;
  if (const auto now = options_.shared->bot_states->read(bot).state;
      !bot.empty() && !takes_starts(now))
    return refusal(e, "stays halted: its bot '" + bot + "' is " + std::string(to_string(now)),
                   "start the bot first: `pitwall bots start " + bot + "`");
  const auto& timeout = plan.definition->timeout;
  if (timeout && is_over(e.started_at, *timeout, options_.shared->clock->now()))
    return refusal(e, "has run out of time: its timeout counts from its start, halt included",
                   "start a new one");
  if (!is_open(g))
    return error{errc::unavailable,
                 "a venue that execution '" + e.scope->execution_id +
                     "' orders at is closed until its orders in doubt are settled",
                 {},
                 "resume it again later"};
  return pitwall::done{};
}

/// Nobody waits in the group: whoever was made for it alone may go.
void recovery::drop_idle(const group_key& key) {
  const auto at = groups_.find(key);
  if (at == groups_.end() || !at->second.waiting.empty() || at->second.backing_off) return;
  if (at->second.route.temporary) send(at->second.route.handle, retire{});
  groups_.erase(at);
}

bool recovery::stop_reopening(const scope_ref& scope, const error& why) {
  const auto at = reopening_.extract(scope->execution_id);
  if (at.empty()) return false;
  (*at.mapped())(why);
  return true;
}

}  // namespace pitwall
