#include "actors/emergency/actor.hpp"

#include <utility>

namespace pitwall {

emergency::emergency(caf::actor_config& cfg, emergency_options options)
    : resident(cfg, "emergency"),
      options_(std::move(options)),
      decided_(options_.restored),
      open_(options_.restored),
      leases_(options_.trading_lease) {
  if (options_.boot && options_.earlier_leases > boot_time::zero())
    earlier_until_ = options_.boot->now() + options_.earlier_leases +
                     options_.earlier_leases * max_clock_drift_ppm / 1'000'000;
  // Here, and not on a turn of its own: what its spawner starts next must find the gate as it is.
  options_.gate->publish(std::make_shared<const emergency_book>(open_));
}

emergency::behavior_type emergency::make_behavior() {
  if (options_.started) options_.started();
  // Weakly: the gate outlives this actor.
  options_.gate->on_closed_for_good(
      [self = caf::actor_cast<caf::weak_actor_ptr>(emergency_actor(this))] {
        if (const auto strong = self.lock())
          caf::anon_send<caf::message_priority::high>(caf::actor_cast<emergency_actor>(strong),
                                                      gate_given_up{});
      });
  set_down_handler([this](const caf::down_msg& m) {
    std::erase_if(listeners_, [&](const auto& l) { return l.address() == m.source; });
  });
  return {[this](emergency_command& command) -> caf::result<emergency_outcome> {
            auto promise = make_response_promise<emergency_outcome>();
            handle(command,
                   [promise](emergency_outcome o) mutable { promise.deliver(std::move(o)); });
            return promise;
          },
          [this](put_command& m) { handle(m.command, *m.then); },
          [this](put_pulse& m) { ask_writer(m); },
          [this](watch_emergency& m) {
            monitor(m.listener);
            listeners_.push_back(std::move(m.listener));
          },
          [this](const durable& m) { on_durable(m); },
          [this](commit_overdue m) {
            auto it = waiting_.find(m.ticket);
            if (it == waiting_.end() || it->second.answered) return;
            not_durable(m.ticket, it->second, "the journal did not answer in time");
          },
          [this](const marker_left& m) { on_marker(m); },
          [this](grant_lease& m) { return grant(m); },
          [this](const confirm_overdue& m) {
            const auto at = closings_.find(m.closing);
            if (at == closings_.end()) return;
            at->second.overdue = true;
            try_answer(m.closing);
          },
          [this](gate_given_up) { show(); }};
}

void emergency::on_exit() {
  waiting_.clear();  // A promise holds its own actor.
  marking_.clear();
  acknowledgements_.clear();
  listeners_.clear();
  closings_.clear();
  holders_.clear();
  pulse_.reset();
  options_.gate->on_closed_for_good(nullptr);
  options_ = {};
}

void emergency::handle(emergency_command& command, reply tell) {
  auto decided = decided_.decide(command);
  emergency_outcome outcome;
  outcome.scope = command.scope;
  if (!decided.ok()) {
    outcome.failure = wire_error(decided.error());
    // Nobody waits for the answer to what a limit calls for.
    if (command.trigger != "manual")
      options_.log->write(log_level::error, "emergency",
                          "what '" + command.trigger + "' called for is refused, " +
                              decided.error().to_string() + ": " + command.reason);
    return tell(std::move(outcome));
  }
  const auto change = *decided;
  const auto came_at = options_.clock->now();
  outcome.previous_state = to_string(change.previous);
  outcome.state = to_string(change.next);
  const bool closing = !can_trade(change.next);
  const bool changes = change.previous != change.next;
  const auto ticket = ++last_ticket_;
  emergency_state_changed changed{change.scope,   outcome.previous_state, outcome.state,
                                  command.reason, command.operator_name,  command.trigger};
  const bool trips = changes && closes_scope(changed);
  if (closing) {
    close(change);
    outcome.closed_at_us = options_.clock->now().time_since_epoch().count();
    list_unanswered(outcome);
    add_earlier(outcome);
    if (trips) tell = recorded(ticket, std::move(tell));
    tell = after_workers(change.scope, std::move(tell));
  }
  outcome.result = changes ? "done" : "unchanged";
  const emergency_closed closed{change.scope, outcome.state, command.reason};
  const auto spread = [&] {
    if (!closing) return;
    for (const auto& l : listeners_) send<caf::message_priority::high>(l, closed);
  };
  if (!changes && waiting_.empty()) {
    spread();
    return tell(std::move(outcome));
  }
  // Nothing to journal, but what made it so may still be on its way: an empty append waits for
  // that.
  event_batch batch;
  if (changes) {
    decided_.apply(change);
    ++generations_[change.scope];
    batch.scope = std::make_shared<const event_scope>();
    const auto now = options_.clock->now();
    if (trips)
      batch.events.push_back(
          {now,
           trip_recorded{change.scope, command.seen_at == timestamp{} ? came_at : command.seen_at,
                         timestamp(microseconds(outcome.closed_at_us)), outcome.unanswered_orders,
                         command.evidence}});
    batch.events.push_back({now, std::move(changed)});
  }
  const auto generation = generations_[change.scope];
  waiting_.emplace(ticket, waiting{std::move(command), change, generation, std::move(tell),
                                   std::move(outcome), false});
  send<caf::message_priority::high>(options_.writer,
                                    append{std::move(batch), ticket, true, closing || !changes});
  spread();  // After it: what they then write of whom it ended stands behind the change.
  // A resume only waits: told that it failed, it would still take effect once the disk answers.
  if (!can_trade(change.next))
    delayed_send(this, limits::emergency_commit_deadline, commit_overdue{ticket});
}

void emergency::close(const emergency_change& change) {
  // The gate may be open although the change is none: a resume may be decided and not yet durable.
  if (open_.level(change.scope) != change.next) {
    open_.apply({change.scope, open_.level(change.scope), change.next});
    options_.gate->publish(std::make_shared<const emergency_book>(open_));
  }
}

void emergency::list_unanswered(emergency_outcome& o) const {
  // Asked first: what is adopted in between is listed, and warned of for nothing.
  const bool knows_all = !options_.knows_earlier || options_.knows_earlier();
  for (const auto& v : options_.venues)
    for (auto& id : v->unanswered()) o.unanswered_orders.push_back(std::move(id));
  if (!knows_all)
    o.warn(
        "the journal is still being read, or names orders that no venue here knows (see the log): "
        "not all that an earlier life of this host had sent are listed");
}

void emergency::ask_writer(put_pulse& m) {
  pulse_.emplace(++last_ticket_, std::move(m));
  // Past what others sent, as a halt would: and no halt has to wait behind it.
  send<caf::message_priority::high>(options_.writer,
                                    append{event_batch{}, last_ticket_, false, true});
}

void emergency::on_durable(const durable& message) {
  if (pulse_ && pulse_->first == message.ticket) {
    const auto asked = std::move(pulse_->second);
    pulse_.reset();
    (*asked.then)(message.failure.failed() ? pitwall::status(message.failure.to_error())
                                           : pitwall::status(pitwall::done{}));
    return;
  }
  auto it = waiting_.find(message.ticket);
  if (it == waiting_.end()) return;
  auto w = std::move(it->second);
  waiting_.erase(it);
  if (message.failure.failed()) {
    if (!w.answered) not_durable(message.ticket, w, message.failure.message);
    acknowledgements_.erase(message.ticket);
    return;
  }
  if (const auto ack = acknowledgements_.find(message.ticket); ack != acknowledgements_.end()) {
    ack->second.trip = message.seq;
    record_answer(message.ticket);
  }
  if (w.change.previous != w.change.next && can_trade(w.change.next) &&
      generations_[w.change.scope] == w.generation) {
    open_.apply({w.change.scope, open_.level(w.change.scope), w.change.next});
    options_.gate->publish(std::make_shared<const emergency_book>(open_));
    show();
  }
  if (w.answered) {
    durable_late(message.ticket, w, message.seq);
  } else {
    w.outcome.seq = message.seq;
    w.tell(w.outcome);
  }
}

emergency::reply emergency::recorded(std::uint64_t ticket, reply tell) {
  acknowledgements_.try_emplace(ticket);
  return [this, ticket, tell = std::move(tell)](emergency_outcome o) {
    if (const auto ack = acknowledgements_.find(ticket); ack != acknowledgements_.end()) {
      ack->second.told_at = options_.clock->now();
      ack->second.result = o.result;
      ack->second.closed_at = timestamp(microseconds(o.closed_at_us));
      record_answer(ticket);
    }
    tell(std::move(o));
  };
}

void emergency::record_answer(std::uint64_t ticket) {
  const auto at = acknowledgements_.find(ticket);
  auto& ack = at->second;
  if (ack.trip == 0 || ack.result.empty()) return;
  event_batch batch{std::make_shared<const event_scope>(), {}};
  batch.events.push_back(
      {ack.told_at, trip_acknowledged{ack.trip, std::move(ack.result), ack.closed_at}});
  acknowledgements_.erase(at);
  send(options_.writer, append{std::move(batch), 0, false});
}

void emergency::not_durable(std::uint64_t ticket, waiting& w, const std::string& why) {
  w.answered = true;
  options_.log->write(log_level::error, "emergency",
                      "a change of '" + w.change.scope + "' is not durable: " + why);
  if (can_trade(w.change.next)) {
    w.outcome.failure = wire_error(
        error{errc::io_error, "the change could not be journaled: " + why, w.change.scope,
              "the state is as before; look at the host's log and disk"});
    return w.tell(w.outcome);
  }
  w.outcome.result = "halted_not_durable";
  if (!options_.marker) {
    w.outcome.warn("nothing makes the next start halt: this host keeps nothing on a disk");
    return w.tell(w.outcome);
  }
  marked_.insert(ticket);
  marking_.emplace(ticket, marking{w.tell, w.outcome});
  // Weakly: on a disk that hangs it may be kept for ever.
  const caf::weak_actor_ptr self = caf::actor_cast<caf::weak_actor_ptr>(emergency_actor(this));
  options_.marker->leave(w.command, [self, ticket](pitwall::status s) {
    const auto strong = self.lock();
    if (!strong) return;
    caf::anon_send<caf::message_priority::high>(
        caf::actor_cast<emergency_actor>(strong),
        marker_left{ticket, s.ok() ? wire_error{} : wire_error(s.error())});
  });
  delayed_send(
      this, marker_deadline,
      marker_left{ticket,
                  wire_error(error{errc::deadline_exceeded, "the disk does not answer", {}, {}})});
}

/// The first word counts: of the disk, or the alarm's.
void emergency::on_marker(const marker_left& message) {
  const auto it = marking_.find(message.ticket);
  if (it == marking_.end()) return;
  auto m = std::move(it->second);
  marking_.erase(it);
  if (message.failure.failed())
    m.outcome.warn("the next start may not be halted: " + message.failure.message);
  m.tell(std::move(m.outcome));
}

void emergency::durable_late(std::uint64_t ticket, waiting& w, std::uint64_t seq) {
  if (const auto it = marking_.find(ticket); it != marking_.end()) {
    w.outcome.result = "done";
    w.outcome.seq = seq;
    marking_.erase(it);
    w.tell(w.outcome);
  }
  if (marked_.erase(ticket) > 0 && marked_.empty()) options_.marker->lift();
}

}  // namespace pitwall
