// Job: what becomes of a start: known already, forbidden, running, waiting or refused.
#include <utility>

#include "actors/replay_run.hpp"
#include "actors/workflow/actor.hpp"
#include "actors/workflow/level.hpp"

namespace pitwall {

status workflow::may_start() const {
  const auto& d = *deployed_.workflow->definition;
  if (draining_) return error{errc::unavailable, "the host is stopping", d.id, "start it again"};
  if (retired_)
    return error{errc::unavailable, "a newer version was deployed", d.id, "start it again"};
  if (const auto bot = bot_now(); !takes_starts(bot.state))
    return error{errc::failed_precondition,
                 "bot '" + d.bot_id + "' is " + std::string(to_string(bot.state)) +
                     (bot.reason.empty() ? "" : ": " + bot.reason),
                 d.id, "start it with `pitwall bots start " + d.bot_id + "`"};
  const auto now = level();
  if (!can_operate(now) || (deployed_.workflow->can_order && !can_trade(now)))
    return error{errc::halted, "the emergency state is " + std::string(to_string(now)), d.id,
                 way_out_of(now)};
  if (!shared_->board || !deployed_.workflow->can_order) return pitwall::done{};
  for (const auto& name : deployed_.workflow->order_venues) {
    const auto* v = shared_->venues.find(name);
    if (v == nullptr) continue;
    const auto venue_now = shared_->board->read(v->port->name());
    if (venue_now.open) continue;
    const auto waits =
        venue_now.unsettled == 0
            ? std::string("its open orders are compared")
            : "it has said what became of " + std::to_string(venue_now.unsettled) + " orders";
    return error{errc::unavailable,
                 "venue '" + v->port->name() + "' is closed until " + waits +
                     (venue_now.last_error.empty() ? "" : ": " + venue_now.last_error),
                 d.id, "start it again later; `pitwall executions list` shows what waits"};
  }
  return pitwall::done{};
}

bot_condition workflow::bot_now() const {
  const auto& bot = deployed_.workflow->definition->bot_id;
  return bot.empty() ? bot_condition{} : shared_->bot_states->read(bot);
}

emergency_level workflow::level() const { return level_of(*deployed_.workflow, *shared_); }

void workflow::start(start_execution& message) {
  if (!message.idempotency_key.empty() && answered_before(message)) return;
  if (auto allowed = may_start(); !allowed.ok()) {
    if (message.then) (*message.then)(std::move(allowed).error());
    return;
  }
  const auto& host = *shared_->slots;
  const bool room = shared_->slots->try_take();
  const auto id = ++last_start_;
  const auto answer = admission_.ask(id, room);
  if (answer.how == admission::verdict::runs) return begin_one(id, message);
  if (room) shared_->slots->give_back();
  if (answer.replaced)
    if (auto old = waiting_.extract(*answer.replaced); !old.empty() && old.mapped().then)
      (*old.mapped().then)(error{errc::aborted, "a newer start took its place", {}, {}});
  if (answer.cancel)
    for (auto& [actor, x] : live_)
      if (x.start == *answer.cancel)
        send(x.handle, cancel_execution{"a newer start takes its place"});
  if (answer.how == admission::verdict::waits) {
    waiting_.emplace(id, std::move(message));
    arm_tick();
    return;
  }
  if (!message.then) return;
  const auto& d = *deployed_.workflow->definition;
  if (answer.how == admission::verdict::skipped)
    return (*message.then)(error{errc::aborted,
                                 "skipped: " + std::to_string(admission_.running()) +
                                     " executions are running, which is the bound",
                                 d.id,
                                 {}});
  (*message.then)(error{errc::resource_exhausted,
                        std::to_string(admission_.running()) + " executions of this workflow and " +
                            std::to_string(host.in_use()) + " of the host are in flight, " +
                            std::to_string(admission_.waiting()) + " wait: the bound is reached",
                        d.id, "start again when some have ended"});
}

/// The host may have room again, or one of ours has ended.
void workflow::admit_waiting() {
  while (admission_.waiting() > 0) {
    const bool room = shared_->slots->try_take();
    const auto id = admission_.next(room);
    if (!id) {
      if (room) shared_->slots->give_back();
      return;
    }
    auto next = waiting_.extract(*id);
    auto allowed = may_start();
    if (allowed.ok()) {
      begin_one(*id, next.mapped());
      continue;
    }
    admission_.ended(*id);
    shared_->slots->give_back();
    if (next.mapped().then) (*next.mapped().then)(std::move(allowed).error());
  }
}

void workflow::drop_waiting(const error& why) {
  admission_.clear_queue();
  for (auto& [id, message] : std::exchange(waiting_, {}))
    if (message.then) (*message.then)(why);
}

void workflow::begin_one(admission::start_id start, start_execution& message) {
  const auto& d = *deployed_.workflow->definition;
  const auto now = shared_->clock->now();
  auto scope = std::make_shared<const event_scope>(
      event_scope{make_execution_id(d.id, ulids_.next(now)), d.id, d.bot_id, d.strategy_id});
  const auto key = message.idempotency_key;
  if (!key.empty()) fresh_keys_[key] = {scope->execution_id, now, message.trigger};
  auto handle = spawn<execution, caf::monitored>(
      execution_context_ref(context_),
      execution_start{scope, std::move(message.trigger), message.wait, std::move(message.then),
                      std::move(message.started), std::move(message.idempotency_key)});
  keep(std::move(handle), std::move(scope), start).idempotency_key = key;
}

bool workflow::answered_before(start_execution& message) {
  const auto fresh = fresh_keys_.find(message.idempotency_key);
  result<keyed_start> known =
      fresh != fresh_keys_.end() ? result<keyed_start>(fresh->second)
                                 : shared_->history->start_with_key(
                                       deployed_.workflow->definition->id, message.idempotency_key);
  const bool found =
      known.ok() && shared_->clock->now() - known->started_at < limits::idempotency_key_age;
  // A journal that cannot tell must not start an execution twice.
  const auto answer = [&](result<start_answer> a) {
    if (message.then) (*message.then)(std::move(a));
    return true;
  };
  if (!found && (known.ok() || known.error().code == errc::not_found)) {
    for (const auto& [id, other] : waiting_)
      if (other.idempotency_key == message.idempotency_key)
        return answer(error{errc::unavailable,
                            "a start with this key waits for its turn",
                            {},
                            "ask again with the same key"});
    return false;
  }
  if (!known.ok()) return answer(known.error());
  if (known->trigger != message.trigger)
    return answer(error{errc::failed_precondition,
                        "this idempotency key was used for a start with another trigger",
                        known->execution_id, "choose a new key for a new start"});
  start_answer same{known->execution_id, run_status::running, {}};
  const auto summary = shared_->history->execution(known->execution_id);
  if (summary.ok()) same.status = summary->status;
  if (message.wait && summary.ok() && is_final(summary->status) &&
      summary->definition_id == deployed_.workflow->definition_id) {
    const auto state = replay_run(*shared_->history, deployed_.workflow, summary->scope);
    if (state.ok()) same.result_json = result_json(**state);
  }
  return answer(std::move(same));
}

}  // namespace pitwall
