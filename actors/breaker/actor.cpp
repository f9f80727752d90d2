#include "actors/breaker/actor.hpp"

#include <algorithm>

#include "actors/breaker/memory_value.hpp"

namespace pitwall {
namespace {

// A call that its caller never ends is looked for this long after its deadline: the caller's own
// tick comes first.
constexpr std::chrono::seconds silence{1};
constexpr std::chrono::milliseconds shortest_look{10};

std::string in_seconds(microseconds us) {
  return std::to_string((us.count() + 999'999) / 1'000'000) + " s";
}

}  // namespace

breaker::machines breaker::make(const breaker_options& options) {
  const auto now = options.clock->now();
  auto restored = options.restored.is_null() ? result<breaker_memory>(breaker_memory{})
                                             : memory_of(options.restored);
  auto machine = options.restored.is_null() || !restored.ok()
                     ? circuit_breaker::make(options.limits.breaker, options.seed, now)
                     : circuit_breaker::restore(options.limits.breaker, *restored);
  if (!machine.ok()) machine = circuit_breaker::make(options.limits.breaker, options.seed, now);
  if (!restored.ok())
    options.log->write(log_level::warning, "breaker",
                       options.name + " starts closed: " + restored.error().to_string());
  machine->forget_calls();
  std::optional<token_bucket> rate;
  if (options.limits.rate) rate = *token_bucket::make(*options.limits.rate, now);
  return {std::move(*machine), *bulkhead::make(options.limits.at_once),
          *retry_budget::make(options.limits.retries, now), std::move(rate)};
}

breaker::breaker(caf::actor_config& cfg, breaker_options options)
    : resident(cfg, "breaker"), options_(std::move(options)), its_(make(options_)) {}

breaker::behavior_type breaker::make_behavior() {
  set_down_handler([this](const caf::down_msg& m) { gone(m.source); });
  return {[this](const ask_call& m) { ask(m); },
          [this](const end_call& m) {
            if (const auto& who = current_sender()) end({who->address(), m.token}, m.outcome);
          },
          [this](breaker_tick) {
            armed_ = false;
            look(options_.clock->now());
          },
          [this](const durable& m) {
            const auto promise = steering_.extract(m.ticket);
            if (promise.empty()) return;
            if (m.failure.failed())
              promise.mapped().deliver(
                  caf::make_error(caf::sec::runtime_error, m.failure.to_error().to_string()));
            else
              promise.mapped().deliver(report(options_.clock->now()));
          },
          [this](const steer_breaker& m) { return steer(m); },
          [this](ask_breaker) { return report(options_.clock->now()); }};
}

void breaker::on_exit() {
  steering_.clear();  // A promise holds its own actor.
  calls_.clear();
  watched_.clear();
  options_ = {};
}

void breaker::ask(const ask_call& message) {
  const auto now = options_.clock->now();
  if (message.retry && !its_.retries.try_retry(now))
    return refuse(current_sender(), {message.token, "retry_budget",
                                     options_.name + ": too many calls are retries already", 0});
  const auto entered = its_.at_once.enter();
  if (entered.how == bulkhead::entry::refused)
    return refuse(
        current_sender(),
        {message.token, "venue_busy",
         options_.name + ": " + std::to_string(its_.at_once.under_way()) +
             " calls are under way and " + std::to_string(its_.at_once.waiting()) + " wait",
         0});
  if (!message.retry) its_.retries.on_call();
  const caller who{current_sender()->address(), message.token};
  // One of this host ends its calls when it ends; one on a worker may be cut off before it can.
  if (who.first.node() != node() && watched_.insert(who.first).second) monitor(current_sender());
  auto& c = calls_[who] = {current_sender(), message.deadline, entered.permit, std::nullopt};
  if (entered.how == bulkhead::entry::waiting)
    in_line_[entered.permit.id] = who;
  else
    admit(who, c, now);
  arm(now);
}

/// It has a place; the rate and the breaker have their say.
void breaker::admit(const caller& who, call& c, timestamp now) {
  const auto give_up = [&](call_refused answer) {
    const auto client = std::move(c.client);
    const auto place = c.place;
    calls_.erase(who);
    refuse(client, std::move(answer));
    leave(place, now);
  };
  if (its_.rate && !its_.rate->try_take(1, now)) {
    const auto wait = its_.rate->time_until(1, now).value_or(microseconds{0});
    return give_up({who.second, "rate_limited",
                    options_.name + ": its rate limit is reached; free in " + in_seconds(wait),
                    wait.count()});
  }
  auto answer = its_.breaker.ask(now);
  note(answer.changes, {}, {});
  if (!answer.permit) {
    std::string why = options_.name + " is " +
                      std::string(to_string(its_.breaker.status_at(now).state)) +
                      ": the venue is not called";
    if (answer.retry_in) why += " before " + in_seconds(*answer.retry_in) + " have passed";
    return give_up({who.second, "circuit_open", std::move(why),
                    answer.retry_in ? answer.retry_in->count() : 0});
  }
  c.permit = *answer.permit;
  send(caf::actor_cast<call_client>(c.client), call_granted{who.second});
}

void breaker::refuse(const caf::strong_actor_ptr& client, call_refused answer) {
  send(caf::actor_cast<call_client>(client), std::move(answer));
}

void breaker::end(const caller& who, call_outcome outcome) {
  const auto now = options_.clock->now();
  auto ended = calls_.extract(who);
  if (ended.empty()) return;
  const auto& c = ended.mapped();
  if (c.permit)
    note(its_.breaker.report(*c.permit, outcome, now), {}, {});
  else
    in_line_.erase(c.place.id);
  leave(c.place, now);
}

/// Its place goes to the next in line, and on while those are refused.
void breaker::leave(const bulkhead_permit& place, timestamp now) {
  const auto left = its_.at_once.leave(place);
  if (!left.next) return;
  const auto waiting = in_line_.extract(left.next->id);
  if (waiting.empty()) return;
  const auto at = calls_.find(waiting.mapped());
  if (at != calls_.end()) admit(at->first, at->second, now);
}

/// A caller on a worker ended, or the connection did: that says nothing about the venue.
void breaker::gone(const caf::actor_addr& who) {
  watched_.erase(who);
  std::vector<caller> its;
  for (auto at = calls_.lower_bound({who, 0}); at != calls_.end() && at->first.first == who; ++at)
    its.push_back(at->first);
  for (const auto& one : its) end(one, call_outcome::ignored);
}

void breaker::look(timestamp now) {
  note(its_.breaker.tick(now), {}, {});
  std::vector<caller> silent;
  for (const auto& [who, c] : calls_)
    if (now >= c.deadline + silence) silent.push_back(who);
  for (const auto& who : silent) end(who, call_outcome::timeout);
  arm(now);
}

void breaker::arm(timestamp now) {
  if (armed_) return;
  std::optional<microseconds> wait = its_.breaker.tick_in(now);
  if (!calls_.empty()) wait = std::min<microseconds>(wait.value_or(silence), silence);
  if (!wait) return;
  armed_ = true;
  delayed_send(
      this, std::max(std::chrono::duration_cast<std::chrono::milliseconds>(*wait), shortest_look),
      breaker_tick{});
}

std::uint64_t breaker::note(const breaker_changes& changes, const std::string& operator_name,
                            const std::string& reason) {
  if (changes.empty()) return 0;
  event_batch batch{std::make_shared<const event_scope>(), {}};
  const auto snapshot = value_of(its_.breaker.snapshot());
  for (const auto& c : changes) {
    auto why = std::string(to_string(c.reason));
    if (!reason.empty()) why += ": " + reason;
    options_.log->write(log_level::warning, "breaker",
                        options_.name + " was " + std::string(to_string(c.from)) + " and is " +
                            std::string(to_string(c.to)) + " (" + why + ")");
    batch.events.push_back(
        {c.at, circuit_breaker_state_changed{options_.name, std::string(to_string(c.from)),
                                             std::string(to_string(c.to)), std::move(why),
                                             operator_name, snapshot}});
  }
  send(options_.writer, append{std::move(batch), ++last_ticket_, false});
  return last_ticket_;
}

caf::result<breaker_report> breaker::steer(const steer_breaker& message) {
  const auto now = options_.clock->now();
  const auto changes = [&] {
    switch (message.action) {
      case breaker_action::open:
        return its_.breaker.force(breaker_state::forced_open, now);
      case breaker_action::close:
        return its_.breaker.force(breaker_state::forced_closed, now);
      case breaker_action::metrics_only:
        return its_.breaker.force(breaker_state::metrics_only, now);
      case breaker_action::reset:
        break;
    }
    return its_.breaker.reset(now);
  }();
  const auto ticket = note(changes, message.operator_name, message.reason);
  if (ticket == 0) return report(now);
  auto promise = make_response_promise<breaker_report>();
  steering_.emplace(ticket, promise);
  return promise;
}

breaker_report breaker::report(timestamp now) const {
  const auto s = its_.breaker.status_at(now);
  breaker_report r;
  r.name = options_.name;
  r.state = to_string(s.state);
  r.since = s.since;
  if (s.next_probe_in) r.next_probe_us = s.next_probe_in->count();
  r.window_calls = s.window.calls;
  r.window_failures = s.window.failures;
  r.window_slow = s.window.slow;
  r.permitted = s.totals.permitted;
  r.refused = s.totals.refused;
  r.successes = s.totals.successes;
  r.failures = s.totals.failures;
  r.timeouts = s.totals.timeouts;
  r.slow = s.totals.slow;
  r.opened = s.totals.opened;
  r.under_way = its_.at_once.under_way();
  r.waiting = its_.at_once.waiting();
  return r;
}

}  // namespace pitwall
