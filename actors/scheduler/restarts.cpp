// Bots whose executions fail are started again, as their policies say; a start carries the key of
// the execution that failed, so that over any number of restarts of the host there is one.
#include <utility>

#include "actors/scheduler/actor.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall {
namespace {

/// A host that was away for longer begins with its triggers, not with what failed in another
/// market.
constexpr std::chrono::hours oldest_answered{1};

std::string note_key(const std::string& bot) { return "restart/" + bot; }

restart_memory memory_of(const value& note) {
  restart_memory m;
  const auto text = [&](std::string_view name) {
    const auto* v = note.find(name);
    return v != nullptr && v->is_text() ? v->as_text() : std::string();
  };
  if (const auto* n = note.find("failures"); n != nullptr && n->is_number())
    if (const auto whole = n->as_number().to_int(); whole.ok() && *whole >= 0)
      m.failures = static_cast<std::uint32_t>(std::min<std::int64_t>(*whole, restart_policy::most));
  m.execution_id = text("execution");
  m.workflow_id = text("workflow");
  if (const auto due = parse_iso8601(text("due")); due.ok()) m.due = *due;
  return m;
}

value note_of(const restart_memory& m) {
  value::object note{{"failures", decimal(static_cast<std::int64_t>(m.failures))},
                     {"execution", m.execution_id},
                     {"workflow", m.workflow_id}};
  if (m.due) note.emplace_back("due", to_iso8601(*m.due));
  return value(std::move(note));
}

}  // namespace

void scheduler::bind_restarts(const std::vector<restart_binding>& all) {
  std::map<std::string, restart> before;
  before.swap(restarts_);
  for (const auto& b : all) {
    if (!b.policy.on_failure) continue;
    auto known = before.extract(b.bot_id);
    if (!known.empty() && known.mapped().bound.policy == b.policy) {
      restarts_.insert(std::move(known));
      continue;
    }
    std::optional<restart_memory> memory;
    if (!known.empty()) {
      memory = known.mapped().line.remember();
    } else if (const auto stored = options_.notes->get(note_key(b.bot_id)); stored.ok()) {
      if (const auto parsed = parse_json(*stored); parsed.ok()) memory = memory_of(*parsed);
    }
    auto& r =
        restarts_.emplace(b.bot_id, restart(b, memory.value_or(restart_memory{}))).first->second;
    look_at_latest(r, memory.has_value());
    keep_note(r);
  }
}

/// What ended while nobody was there to be told of it. Not `answers`: the policy is new, and what
/// failed before it is not its business.
void scheduler::look_at_latest(restart& r, bool answers) {
  execution_query query;
  query.bot_id = r.bound.bot_id;
  query.limit = 1;
  const auto page = options_.history->executions(query);
  if (!page.ok() || page->executions.empty()) return;
  const auto& last = page->executions.front();
  const bool failed = last.status == run_status::failed || last.status == run_status::timed_out;
  const auto& scope = *last.scope;
  if (last.status == run_status::completed) ended(r, {true, 0, {}, {}});
  const bool old = last.ended_at && options_.clock->now() - *last.ended_at > oldest_answered;
  if (failed && (old || !answers)) return r.line.pass_over(scope.execution_id, scope.workflow_id);
  if (failed && scope.execution_id != r.line.remember().execution_id)
    ended(r, {false, 1, scope.execution_id, scope.workflow_id});
}

void scheduler::ended(restart& r, const bot_ends& ends) {
  const auto& bot = r.bound.bot_id;
  const auto known = r.line.remember().execution_id == ends.execution_id;
  if (ends.succeeded) r.line.succeeded();
  // Told by look_at_latest() already.
  if (ends.failed == 1 && known) return keep_note(r);
  if (!takes_starts(options_.bots->read(bot).state)) {
    if (ends.failed > 0)
      r.line.pass_over(ends.execution_id, ends.workflow_id);
    else
      r.line.forget();
    return keep_note(r);
  }
  const bool goes_on =
      r.line.failed(ends.failed, ends.execution_id, ends.workflow_id, options_.clock->now());
  if (goes_on) {
    keep_note(r);
  } else {
    // The note stays as it was: should the host die before the pause is durable, the last failure
    // is found again, and is again one too many.
    const auto why = std::to_string(r.bound.policy.max + 1) +
                     " executions in a row failed, the last of them " + ends.execution_id;
    options_.log->write(log_level::error, "scheduler", "bot '" + bot + "' is paused: " + why);
    options_.pause(bot, why);
  }
  arm();
}

void scheduler::tick_restarts(timestamp now) {
  for (auto& [bot, r] : restarts_) {
    if (!r.line.next()) continue;
    if (!takes_starts(options_.bots->read(bot).state)) {
      r.line.forget();
      keep_note(r);
      continue;
    }
    if (!r.line.due(now)) continue;
    const auto of = r.line.remember();
    start_request request;
    request.workflow_id = of.workflow_id;
    request.idempotency_key = "restart/" + bot + "/" + of.execution_id;
    request.trigger = value::object{{"type", "restart"},
                                    {"bot_id", bot},
                                    {"execution_id", of.execution_id},
                                    {"failures", decimal(static_cast<std::int64_t>(of.failures))},
                                    {"fire_time", to_iso8601(now)}};
    options_.start(std::move(request), [self = scheduler_actor(this), name = bot,
                                        id = of.execution_id](result<start_answer> answer) {
      caf::anon_send(self, restart_answered{name, id, std::move(answer)});
    });
  }
}

void scheduler::answered(const restart_answered& message) {
  const auto it = restarts_.find(message.bot_id);
  if (it == restarts_.end()) return;
  auto& r = it->second;
  const auto about = "bot '" + message.bot_id + "', after " + message.failed_id + " failed: ";
  if (message.answer.ok()) {
    r.line.started();
    options_.log->write(log_level::warning, "scheduler",
                        about + "started again as " + message.answer->execution_id);
  } else {
    const auto& why = message.answer.error();
    const bool again = why.code == errc::unavailable || why.code == errc::resource_exhausted;
    r.line.refused(again, options_.clock->now());
    options_.log->write(
        log_level::warning, "scheduler",
        about + (again ? "not started yet: " : "not started again: ") + why.message);
  }
  keep_note(r);
  arm();
}

void scheduler::keep_note(restart& r) {
  auto text = to_json(note_of(r.line.remember()));
  if (text == r.note) return;
  const auto kept = options_.notes->put(note_key(r.bound.bot_id), text, options_.mode);
  if (kept.ok())
    r.note = std::move(text);
  else
    options_.log->write(
        log_level::error, "scheduler",
        "bot '" + r.bound.bot_id + "': what failed cannot be kept: " + kept.error().to_string());
}

}  // namespace pitwall
