#include "actors/scheduler/actor.hpp"

#include <algorithm>
#include <utility>

#include "runtime/workflow/json.hpp"

namespace pitwall {
namespace {

std::string note_key(const std::string& bot) { return "trigger/" + bot; }

/// What a note is of; another trigger does not go on where this one was.
std::string identity(const trigger_binding& b) { return b.workflow_id + " " + b.trigger.text; }

std::string text_of(const value& object, std::string_view name) {
  const auto* v = object.find(name);
  return v != nullptr && v->is_text() ? v->as_text() : std::string();
}

std::optional<timestamp> time_of(const value& object, std::string_view name) {
  const auto t = parse_iso8601(text_of(object, name));
  return t.ok() ? std::optional(*t) : std::nullopt;
}

std::optional<std::uint64_t> number_of(const value& object, std::string_view name) {
  const auto* v = object.find(name);
  if (v == nullptr || !v->is_number()) return std::nullopt;
  const auto n = v->as_number().to_int();
  return n.ok() ? std::optional(static_cast<std::uint64_t>(*n)) : std::nullopt;
}

value number(std::uint64_t n) { return decimal(static_cast<std::int64_t>(n)); }

}  // namespace

scheduler::scheduler(caf::actor_config& cfg, scheduler_options options)
    : resident(cfg, "scheduler"), options_(std::move(options)) {}

scheduler::behavior_type scheduler::make_behavior() {
  read_table();
  send(scheduler_actor(this), wake_up{turn_});
  return {[this](const wake_up& m) {
            if (m.turn == turn_) tick();
          },
          [this](const pitwall::read_table&) {
            read_table();
            tick();
          },
          [this](const start_answered& m) { answered(m); },
          [this](const restart_answered& m) { answered(m); },
          [this](const price_seen& m) { priced(m); },
          [this](const trigger_letter_ref& m) { hear(*m); },
          [this](const call_granted& m) { granted(m); },
          [this](const call_refused& m) { refused(m); },
          [this](const ask_triggers&) {
            trigger_list all;
            for (auto& [bot, e] : entries_) {
              if (e.plan) e.figures.next_fire = e.plan->next_fire();
              all.by_bot.emplace(bot, e.figures);
            }
            return all;
          }};
}

void scheduler::on_exit() {
  options_ = {};
  entries_.clear();
  restarts_.clear();
}

/// What is as it was goes on; another trigger begins at the present.
void scheduler::read_table() {
  const auto wanted = options_.table->read();
  std::map<std::string, entry> before;
  before.swap(entries_);
  for (const auto& b : wanted->triggers) {
    auto known = before.extract(b.bot_id);
    if (!known.empty() && identity(known.mapped().bound) == identity(b)) {
      entries_.insert(std::move(known));
      continue;
    }
    if (!known.empty()) end_call(known.mapped(), call_outcome::ignored);
    auto& e = entries_.emplace(b.bot_id, entry(b, ++last_trigger_)).first->second;
    e.figures.workflow_id = b.workflow_id;
    e.figures.text = b.trigger.text;
    if (!std::holds_alternative<by_hand>(b.trigger.source)) restore(e);
  }
  // A call that nobody waits for any more has its place at the breaker all the same.
  for (auto& [bot, e] : before) end_call(e, call_outcome::ignored);
  bind_restarts(wanted->restarts);
}

void scheduler::restore(entry& e) {
  const auto stored = options_.notes->get(note_key(e.bound.bot_id));
  if (!stored.ok() && stored.error().code != errc::not_found)
    say(log_level::error, e, "where it was cannot be read: " + stored.error().to_string());
  value note;
  if (stored.ok())
    if (auto parsed = parse_json(*stored); parsed.ok()) note = std::move(*parsed);
  if (text_of(note, "trigger") != identity(e.bound)) note = value();
  restore_place(e, note);
  keep_note(e);
}

void scheduler::restore_place(entry& e, const value& note) {
  const auto now = options_.clock->now();
  auto handled = time_of(note, "handled").value_or(now);
  const auto starting = time_of(note, "starting");
  const auto seq = number_of(note, "starting_number").value_or(0);
  e.execution = text_of(note, "execution");
  if (starting) {
    const auto known =
        options_.history->start_with_key(e.bound.workflow_id, key_of(e, *starting, seq));
    // A journal that cannot tell must not start an execution twice.
    if (known.ok() || known.error().code != errc::not_found) handled = std::max(handled, *starting);
    if (known.ok()) e.execution = known->execution_id;
  }
  if (!e.execution.empty()) {
    const auto summary = options_.history->execution(e.execution);
    if (!summary.ok() || is_final(summary->status)) e.execution.clear();
  }
  const auto& source = e.bound.trigger.source;
  if (const auto* when = std::get_if<schedule>(&source)) {
    e.plan.emplace(e.bound.bot_id, *when, e.bound.trigger.policy, handled);
    if (!e.execution.empty()) e.plan->restore_running();
    return;
  }
  if (!e.execution.empty()) e.line.restore_running();
  if (const auto* rule = std::get_if<by_market>(&source)) {
    e.watch.emplace(*rule);
    e.market = options_.find_venue(rule->venue);
    e.next_poll = now;
    if (!e.market) say(log_level::error, e, "there is no venue '" + rule->venue + "'");
  } else {
    const auto head = options_.history->head();
    e.last_number = number_of(note, "seen").value_or(head);
    look_back(e, head);
  }
}

std::string scheduler::shut(const entry& e) const {
  const auto bot = options_.bots->read(e.bound.bot_id);
  if (takes_starts(bot.state)) return {};
  return "bot '" + e.bound.bot_id + "' is " + std::string(to_string(bot.state)) +
         (bot.reason.empty() ? "" : ": " + bot.reason);
}

void scheduler::tick() {
  const auto now = options_.clock->now();
  for (auto& [bot, e] : entries_) {
    const auto wake = next_wake(e);
    const bool rests = now >= e.looked_at && now - e.looked_at < longest_sleep;
    if (rests && (!wake || now < *wake)) continue;
    e.looked_at = now;
    look_after_running(e);
    // A clock that was set back must not hold it up.
    if (cancelling(e) && (now >= e.cancel_again || e.cancel_again - now > cancel_pause)) cancel(e);
    if (e.plan) {
      act(e, e.plan->shut(shut(e)));
      act(e, e.plan->tick(now));
      continue;
    }
    fire_actions actions;
    e.line.tick(now, actions);
    act(e, actions);
    if (e.watch) poll(e);
  }
  tick_restarts(now);
  arm();
}

std::optional<timestamp> scheduler::next_wake(const entry& e) {
  auto wake = e.plan ? e.plan->next_wake() : e.line.next_try();
  if (cancelling(e) && (!wake || e.cancel_again < *wake)) wake = e.cancel_again;
  if (!e.watch || !e.market) return wake;
  const auto poll = e.call == 0 ? e.next_poll : e.call_ends;
  return !wake || poll < *wake ? poll : wake;
}

void scheduler::arm() {
  const auto now = options_.clock->now();
  auto next = now + longest_sleep;
  for (const auto& [bot, e] : entries_) {
    if (const auto wake = next_wake(e)) next = std::min(next, *wake);
    if (e.plan && e.plan->next_fire()) next = std::min(next, timestamp(now + clock_look));
  }
  for (const auto& [bot, r] : restarts_)
    if (const auto due = r.line.next()) next = std::min({next, *due, timestamp(now + clock_look)});
  const auto wait = std::chrono::ceil<milliseconds>(next - now);
  delayed_send(scheduler_actor(this), std::max(wait, milliseconds(1)), wake_up{++turn_});
}

void scheduler::offer(entry& e, fire f, fire_actions& out) {
  const auto why = shut(e);
  if (why.empty()) return e.line.offer(f, out);
  e.line.drop_waiting(why, out);
  add_skip(out, f, why);
}

void scheduler::act(entry& e, const fire_actions& actions) {
  keep_note(e);  // Before what it is about.
  for (const auto& a : actions) {
    switch (a.what) {
      case fire_action::kind::start:
        start(e, a);
        break;
      case fire_action::kind::cancel:
        cancel(e);
        break;
      case fire_action::kind::skip:
        skipped(e, a);
    }
  }
  const auto open = e.line.earliest_open();
  e.prices.erase(e.prices.begin(), open ? e.prices.lower_bound(open->number) : e.prices.end());
}

std::string scheduler::key_of(const entry& e, timestamp at, std::uint64_t number) const {
  if (std::holds_alternative<by_event>(e.bound.trigger.source))
    return "trigger/" + e.bound.bot_id + "/" + std::to_string(number);
  return trigger_key(e.bound.bot_id, at);
}

result<value> scheduler::trigger_of(const entry& e, const fire_action& a) const {
  if (const auto seen = e.prices.find(a.number); seen != e.prices.end()) return seen->second;
  if (e.plan)
    return value(value::object{
        {"type", "schedule"}, {"bot_id", e.bound.bot_id}, {"fire_time", to_iso8601(a.at)}});
  event_query query;
  query.after = a.number - 1;
  query.limit = 1;
  PITWALL_TRY(page, options_.history->read(query));
  if (page.events.empty() || page.events.front().seq != a.number)
    return error{errc::not_found, "its event is no longer in the journal", {}, {}};
  const auto& event = page.events.front();
  return parse_json(event_json(event.seq, *event.scope, event.what));
}

void scheduler::start(entry& e, const fire_action& a) {
  start_request request;
  request.workflow_id = e.bound.workflow_id;
  request.idempotency_key = key_of(e, a.at, a.number);
  auto trigger = trigger_of(e, a);
  const auto self = scheduler_actor(this);
  if (!trigger.ok()) {
    send(self, start_answered{e.bound.bot_id, e.number, std::move(trigger).error()});
    return;
  }
  request.trigger = std::move(*trigger);
  options_.start(std::move(request),
                 [self, bot = e.bound.bot_id, n = e.number](result<start_answer> answer) {
                   caf::anon_send(self, start_answered{bot, n, std::move(answer)});
                 });
}

void scheduler::skipped(entry& e, const fire_action& a) {
  const auto count = a.count == 0 ? 1 : a.count;
  e.figures.skipped += count;
  // A bot may be paused for days: the log hears of it once, `bots list` counts.
  const bool told = e.unsaid > 0 && e.figures.last_skip == a.why;
  e.unsaid = told ? e.unsaid + count : 1;
  e.figures.last_skip = a.why;
  if (told) return;
  auto text = "not started: what was due at " + to_iso8601(a.at);
  if (a.until != a.at) text += " to " + to_iso8601(a.until);
  if (a.count > 1) text += " (" + std::to_string(a.count) + ")";
  say(log_level::warning, e, text + ": " + a.why);
}

void scheduler::answered(const start_answered& message) {
  const auto it = entries_.find(message.bot_id);
  if (it == entries_.end() || it->second.number != message.trigger) return;
  auto& e = it->second;
  const auto starting = e.plan ? e.plan->starting() : e.line.starting();
  if (!starting) return;
  const auto now = options_.clock->now();
  if (message.answer.ok()) {
    e.execution = message.answer->execution_id;
    ++e.figures.started;
    e.figures.last_fire = starting->at;
    if (e.unsaid > 1)
      say(log_level::info, e,
          "it starts again; " + std::to_string(e.unsaid) + " were skipped: " + e.figures.last_skip);
    e.unsaid = 0;
    fire_actions line;
    if (!e.plan) e.line.started(line);
    act(e, e.plan ? e.plan->started() : line);
    look_after_running(e);
  } else {
    const auto& why = message.answer.error();
    const bool again = why.code == errc::unavailable || why.code == errc::resource_exhausted;
    fire_actions line;
    if (!e.plan) e.line.refused(again, why.message, now, line);
    act(e, e.plan ? e.plan->refused(again, why.message, now) : line);
  }
  arm();
}

/// It may have ended before anybody was told that it runs.
void scheduler::look_after_running(entry& e) {
  if (e.execution.empty()) return;
  const auto summary = options_.history->execution(e.execution);
  const bool gone = !summary.ok() && summary.error().code == errc::not_found;
  if (gone || (summary.ok() && is_final(summary->status))) ended(e);
}

bool scheduler::cancelling(const entry& e) {
  return e.plan ? e.plan->cancelling() : e.line.cancelling();
}

void scheduler::cancel(entry& e) {
  e.cancel_again = options_.clock->now() + cancel_pause;
  options_.cancel(e.execution, "its trigger fired again");
}

void scheduler::ended(entry& e) {
  e.execution.clear();
  const auto now = options_.clock->now();
  fire_actions line;
  if (!e.plan) e.line.ended(now, line);
  act(e, e.plan ? e.plan->ended(now) : line);
}

void scheduler::keep_note(entry& e) {
  if (std::holds_alternative<by_hand>(e.bound.trigger.source)) return;
  value::object note{{"trigger", identity(e.bound)}};
  const auto starting = e.plan ? e.plan->starting() : e.line.starting();
  if (e.plan) note.emplace_back("handled", to_iso8601(e.plan->remember().handled));
  if (std::holds_alternative<by_event>(e.bound.trigger.source)) {
    const auto open = e.line.earliest_open();
    note.emplace_back("seen", number(open ? open->number - 1 : e.last_number));
  }
  if (starting) {
    note.emplace_back("starting", to_iso8601(starting->at));
    note.emplace_back("starting_number", number(starting->number));
  }
  if (!e.execution.empty()) note.emplace_back("execution", e.execution);
  auto text = to_json(value(std::move(note)));
  if (text == e.note) return;
  const auto kept = options_.notes->put(note_key(e.bound.bot_id), text, options_.mode);
  if (kept.ok())
    e.note = std::move(text);
  else
    say(log_level::error, e, "where it is cannot be kept: " + kept.error().to_string());
}

void scheduler::say(log_level level, const entry& e, const std::string& text) const {
  log_context about;
  about.workflow_id = e.bound.workflow_id;
  options_.log->write(
      level, "scheduler",
      "trigger of bot '" + e.bound.bot_id + "' (" + e.bound.trigger.text + "): " + text, about);
}

}  // namespace pitwall
