#include "actors/scheduler/news.hpp"

#include <algorithm>
#include <utility>

#include "actors/scheduler/actor.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall {
namespace {

bool ends(const event_body& body) noexcept {
  return std::holds_alternative<execution_completed>(body) ||
         std::holds_alternative<execution_failed>(body) ||
         std::holds_alternative<execution_halted>(body) ||
         std::holds_alternative<execution_cancelled>(body);
}

bot_ends end_of(const event_scope& scope, const event_body& body) {
  if (const auto* c = std::get_if<execution_completed>(&body))
    return {c->status == run_status::completed, 0, {}, {}};
  if (!std::holds_alternative<execution_failed>(body)) return {};
  return {false, 1, scope.execution_id, scope.workflow_id};
}

/// As the event's JSON has it.
bool has_status(const recorded_event& e, const std::string& wanted) {
  if (wanted.empty()) return true;
  const auto shown = parse_json(event_json(e.seq, *e.scope, e.what));
  const auto* status = shown.ok() ? shown->find("status") : nullptr;
  return status != nullptr && status->is_text() && status->as_text() == wanted;
}

void add(std::map<std::string, trigger_news::span>& to, const std::string& bot,
         trigger_news::span s) {
  auto& known = to.emplace(bot, s).first->second;
  known.up_to = std::max(known.up_to, s.up_to);
}

}  // namespace

scheduler_news::scheduler_news(scheduler_actor to, std::shared_ptr<const trigger_table> table)
    : to_(std::move(to)), table_(std::move(table)) {}

/// The table is set before the scheduler is told to read it, which then looks back.
void scheduler_news::listen() {
  auto now = table_->read();
  if (now == known_) return;
  known_ = std::move(now);
  started_.clear();
  heard_.clear();
  restarted_.clear();
  for (const auto& t : known_->triggers) {
    started_.insert(t.workflow_id);
    if (const auto* event = std::get_if<by_event>(&t.trigger.source))
      heard_.emplace(event->workflow_id, listener{t.bot_id, event->type});
  }
  for (const auto& r : known_->restarts)
    if (r.policy.on_failure) restarted_.insert(r.bot_id);
}

bool scheduler_news::offer(const committed_ref& commit) {
  listen();
  trigger_news news;
  if (std::exchange(first_, false)) news.first_of_all = commit->first_seq;
  auto seq = commit->first_seq;
  for (const auto& b : commit->batches) {
    const auto heard =
        b.scope ? heard_.equal_range(b.scope->workflow_id) : std::pair(heard_.end(), heard_.end());
    const bool ours = b.scope && started_.find(b.scope->workflow_id) != started_.end();
    const bool counts =
        b.scope && !restarted_.empty() && restarted_.find(b.scope->bot_id) != restarted_.end();
    if (!ours && !counts && heard.first == heard.second) {
      seq += b.events.size();
      continue;
    }
    for (const auto& e : b.events) {
      news.ended |= ours && ends(e.body);
      if (counts) {
        const auto end = end_of(*b.scope, e.body);
        if (end.succeeded || end.failed > 0) news.ends[b.scope->bot_id].add(end);
      }
      for (auto it = heard.first; it != heard.second; ++it)
        if (it->second.type == type_name(e.body)) add(news.events, it->second.bot_id, {seq, seq});
      ++seq;
    }
  }
  if (news.first_of_all > 0 || news.ended || !news.events.empty() || !news.ends.empty())
    tell(std::move(news));
  return true;
}

void scheduler_news::tell(trigger_news news) {
  if (const auto letter = unread_.lock()) {
    auto known = letter->news.load();
    while (known != nullptr) {
      auto all = std::make_shared<trigger_news>(*known);
      all->ended |= news.ended;
      for (const auto& [bot, span] : news.events) add(all->events, bot, span);
      for (const auto& [bot, end] : news.ends) all->ends[bot].add(end);
      if (letter->news.compare_exchange_strong(known, std::move(all))) return;
    }
  }
  auto letter = std::make_shared<trigger_letter>();
  letter->news = std::make_shared<const trigger_news>(std::move(news));
  unread_ = letter;
  caf::anon_send(to_, trigger_letter_ref(std::move(letter)));
}

void scheduler::hear(trigger_letter& letter) {
  const auto read = letter.news.exchange(nullptr);
  if (read == nullptr) return;
  const auto& news = *read;
  for (auto& [bot, e] : entries_) {
    if (news.first_of_all > 0 && std::holds_alternative<by_event>(e.bound.trigger.source))
      look_back(e, news.first_of_all - 1);
    if (news.ended) look_after_running(e);
  }
  if (news.first_of_all > 0)
    for (auto& [bot, r] : restarts_) look_at_latest(r, true);
  for (const auto& [bot, ends] : news.ends)
    if (const auto it = restarts_.find(bot); it != restarts_.end()) ended(it->second, ends);
  for (const auto& [bot, span] : news.events) {
    const auto it = entries_.find(bot);
    if (it == entries_.end() || span.up_to <= it->second.last_number) continue;
    auto& e = it->second;
    if (e.behind)
      look_back(e, span.up_to);
    else
      read_on(e, std::max(e.last_number, span.from - 1), span.up_to);
  }
  arm();
}

/// Everything that it waits for and has not seen, up to this seq.
void scheduler::look_back(entry& e, std::uint64_t up_to) {
  const auto oldest = up_to > events_looked_at ? up_to - events_looked_at : 0;
  read_on(e, std::max(e.last_number, oldest), up_to);
}

/// One note for a page, however many events there are on it.
void scheduler::read_on(entry& e, std::uint64_t after, std::uint64_t up_to) {
  const auto& rule = std::get<by_event>(e.bound.trigger.source);
  event_query query;
  query.types = {rule.type};
  query.workflow_id = rule.workflow_id;
  query.after = after;
  while (query.after < up_to) {
    const auto page = options_.history->read(query);
    e.behind = !page.ok();
    if (!page.ok())
      return say(log_level::error, e, "the journal cannot be read: " + page.error().to_string());
    fire_actions actions;
    for (const auto& event : page->events) {
      if (event.seq > up_to) break;
      e.last_number = event.seq;
      happened(e, event, actions);
    }
    if (!actions.empty()) act(e, actions);
    if (page->at_end || page->next_after <= query.after) break;
    query.after = page->next_after;
  }
  e.last_number = std::max(e.last_number, up_to);
}

void scheduler::happened(entry& e, const recorded_event& event, fire_actions& out) {
  if (!has_status(event, std::get<by_event>(e.bound.trigger.source).status)) return;
  const fire f{event.what.at, event.what.at, event.seq};
  if (options_.clock->now() - f.at <= e.bound.trigger.policy.patience()) return offer(e, f, out);
  add_skip(out, f, "it was missed, and is too late now");
}

}  // namespace pitwall
