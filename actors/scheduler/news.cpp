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

/// As the event's JSON has it.
bool has_status(const recorded_event& e, const std::string& wanted) {
  if (wanted.empty()) return true;
  const auto shown = parse_json(event_json(e.seq, *e.scope, e.what));
  const auto* status = shown.ok() ? shown->find("status") : nullptr;
  return status != nullptr && status->is_text() && status->as_text() == wanted;
}

}  // namespace

scheduler_news::scheduler_news(scheduler_actor to, const std::vector<trigger_binding>& triggers)
    : to_(std::move(to)) {
  for (const auto& t : triggers) {
    started_.insert(t.workflow_id);
    if (const auto* event = std::get_if<by_event>(&t.trigger.source))
      heard_.emplace(event->workflow_id, listener{t.bot_id, event->type});
  }
}

bool scheduler_news::offer(const committed_ref& commit) {
  trigger_news news;
  if (std::exchange(first_, false)) news.first_of_all = commit->first_seq;
  auto seq = commit->first_seq;
  for (const auto& b : commit->batches) {
    const auto heard =
        b.scope ? heard_.equal_range(b.scope->workflow_id) : std::pair(heard_.end(), heard_.end());
    const bool ours = b.scope && started_.find(b.scope->workflow_id) != started_.end();
    if (!ours && heard.first == heard.second) {
      seq += b.events.size();
      continue;
    }
    for (const auto& e : b.events) {
      if (ours && ends(e.body)) news.ended.push_back(b.scope->execution_id);
      for (auto it = heard.first; it != heard.second; ++it)
        if (it->second.type == type_name(e.body)) news.events.emplace_back(it->second.bot_id, seq);
      ++seq;
    }
  }
  if (news.first_of_all > 0 || !news.ended.empty() || !news.events.empty())
    caf::anon_send(to_, std::move(news));
  return true;
}

void scheduler::hear(const trigger_news& news) {
  for (auto& [bot, e] : entries_) {
    if (news.first_of_all > 0 && std::holds_alternative<by_event>(e.bound.trigger.source))
      look_back(e, news.first_of_all - 1);
    if (!e.execution.empty() &&
        std::find(news.ended.begin(), news.ended.end(), e.execution) != news.ended.end())
      ended(e);
  }
  for (const auto& [bot, seq] : news.events)
    if (const auto it = entries_.find(bot); it != entries_.end()) happened(it->second, seq);
  arm();
}

void scheduler::happened(entry& e, std::uint64_t seq) {
  if (seq <= e.last_number) return;
  event_query query;
  query.after = seq - 1;
  query.limit = 1;
  const auto page = options_.history->read(query);
  if (!page.ok())
    return say(log_level::error, e, "the journal cannot be read: " + page.error().to_string());
  e.last_number = seq;
  if (!page->events.empty() && page->events.front().seq == seq) happened(e, page->events.front());
}

/// Everything that it waits for and has not seen, up to this seq.
void scheduler::look_back(entry& e, std::uint64_t up_to) {
  const auto& rule = std::get<by_event>(e.bound.trigger.source);
  event_query query;
  query.types = {rule.type};
  query.workflow_id = rule.workflow_id;
  query.after = e.last_number;
  if (up_to > events_looked_at) query.after = std::max(query.after, up_to - events_looked_at);
  while (query.after < up_to) {
    const auto page = options_.history->read(query);
    if (!page.ok())
      return say(log_level::error, e, "the journal cannot be read: " + page.error().to_string());
    for (const auto& event : page->events) {
      if (event.seq > up_to) break;
      e.last_number = event.seq;
      happened(e, event);
    }
    if (page->at_end || page->next_after <= query.after) break;
    query.after = page->next_after;
  }
  e.last_number = std::max(e.last_number, up_to);
}

void scheduler::happened(entry& e, const recorded_event& event) {
  if (!has_status(event, std::get<by_event>(e.bound.trigger.source).status)) return;
  const fire f{event.what.at, event.what.at, event.seq};
  if (options_.clock->now() - f.at <= e.bound.trigger.policy.patience()) return offer(e, f);
  fire_actions actions;
  add_skip(actions, f, "it was missed, and is too late now");
  act(e, actions);
}

}  // namespace pitwall
