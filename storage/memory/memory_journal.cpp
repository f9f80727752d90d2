#include "storage/memory/memory_journal.hpp"

#include <algorithm>

#include "storage/bounds.hpp"
#include "storage/codec/seal.hpp"
#include "storage/commit_shape.hpp"
#include "storage/execution_range.hpp"

namespace pitwall::storage {

void memory_journal::commit(std::vector<event_batch> batches, durability /*how*/,
                            completion when_durable) {
  std::shared_ptr<committed> made;
  {
    const std::lock_guard lock(mutex_);
    made = make_committed(head_ + 1, std::move(batches));
    if (made->last_seq > head_) take(*made), commits_.push_back(made);
    head_ = made->last_seq;
    while (commits_.size() > 1 && kept_events() > keep_events_ &&
           (!islands_.empty() || head_ - commits_.front()->last_seq >= keep_events_)) {
      drop_oldest();
    }
  }
  if (when_durable) when_durable(committed_ref(std::move(made)));
}

void memory_journal::take(const committed& commit) {
  std::uint64_t seq = commit.first_seq;
  for (const event_batch& batch : commit.batches) {
    if (batch.events.empty()) continue;
    take_latest(batch, seq);
    const auto& id = batch.scope->execution_id;
    const auto key = execution_key(id);
    if (!id.empty() && (executions_.contains(key) || !is_late_news(batch))) {
      auto& entry = executions_[key];
      const bool was_open = entry.summary.first_seq != 0 && !is_final(entry.summary.status);
      take_in(entry, batch, seq, commit.first_seq);
      if (is_unsettled(entry.summary))
        unsettled_.insert(key);
      else
        unsettled_.erase(key);
      const bool is_open = !is_final(entry.summary.status);
      open_ = open_ + (is_open ? 1 : 0) - (was_open ? 1 : 0);
    }
    seq += batch.events.size();
  }
}

void memory_journal::take_latest(const event_batch& batch, std::uint64_t seq) {
  for (const event& e : batch.events) {
    if (const auto* change = std::get_if<emergency_state_changed>(&e.body)) {
      emergency_.insert_or_assign(change->scope, std::pair(seq, *change));
      if (closes_scope(*change)) note_trip(seq);
    } else if (const auto* told = std::get_if<trip_acknowledged>(&e.body)) {
      if (const auto trip = trips_.find(told->trip); trip != trips_.end()) {
        trip->second.acknowledged_at = e.at;
        trip->second.acknowledged_as = told->result;
        trip->second.closed_at = told->closed_at;
      }
    } else if (const auto* guard = std::get_if<circuit_breaker_state_changed>(&e.body)) {
      breakers_.insert_or_assign(guard->breaker, *guard);
    } else if (const auto* bot = std::get_if<bot_state_changed>(&e.body)) {
      const auto& id = batch.scope->bot_id;
      bots_.insert_or_assign(id, stored_bot{id, e.at, *bot});
    } else if (const auto* state = std::get_if<node_state_changed>(&e.body)) {
      if (state->node != nullptr) {
        node_states_.insert_or_assign({batch.scope->workflow_id, state->node->id},
                                      stored_node_state{state->version, state->state});
      }
    } else if (const auto* start = std::get_if<execution_started>(&e.body);
               start != nullptr && !start->idempotency_key.empty()) {
      starts_.insert_or_assign({batch.scope->workflow_id, start->idempotency_key},
                               keyed_start{batch.scope->execution_id, e.at, start->trigger});
    }
    ++seq;
  }
}

void memory_journal::note_trip(std::uint64_t seq) {
  trip_mark mark;
  mark.seq = seq;
  // Of those alone: who halts waits for this.
  for (const auto& key : unsettled_) {
    if (mark.unsettled.size() == limits::max_trip_executions) break;
    mark.unsettled.push_back(execution_of_key(key));
  }
  mark.left_out = unsettled_.size() - mark.unsettled.size();
  trips_.emplace(seq, std::move(mark));
}

void memory_journal::drop_oldest() {
  committed_ref oldest;
  if (islands_.empty()) {
    oldest = std::move(commits_.front());
    commits_.pop_front();
  } else {
    oldest = std::move(islands_.begin()->second);
    islands_.erase(islands_.begin());
    island_events_ -= oldest->last_seq - oldest->first_seq + 1;
  }
  trips_.erase(trips_.begin(), trips_.lower_bound(first_kept()));
  for (const event_batch& batch : oldest->batches) {
    const auto found = executions_.find(execution_key(batch.scope->execution_id));
    if (found == executions_.end()) continue;
    execution_entry& entry = found->second;
    std::erase(entry.records, oldest->first_seq);
    if (!entry.records.empty() || !is_final(entry.summary.status)) continue;
    unsettled_.erase(found->first);
    executions_.erase(found);
  }
}

std::uint64_t memory_journal::first_kept() const {
  return commits_.empty() ? 0 : commits_.front()->first_seq;
}

std::uint64_t memory_journal::kept_events() const {
  return island_events_ + (commits_.empty() ? 0 : head_ - first_kept() + 1);
}

const committed* memory_journal::commit_at(std::uint64_t first_seq) const {
  if (const auto old = islands_.find(first_seq); old != islands_.end()) return old->second.get();
  const auto at = std::lower_bound(
      commits_.begin(), commits_.end(), first_seq,
      [](const committed_ref& c, std::uint64_t seq) { return c->first_seq < seq; });
  return at != commits_.end() && (*at)->first_seq == first_seq ? at->get() : nullptr;
}

bool memory_journal::is_needed(const committed& commit) const {
  return std::any_of(commit.batches.begin(), commit.batches.end(), [&](const event_batch& batch) {
    return executions_.contains(execution_key(batch.scope->execution_id));
  });
}

void memory_journal::forget(const committed& commit, std::uint64_t first_kept,
                            prune_outcome& outcome) {
  for (const event_batch& batch : commit.batches) {
    const auto found = executions_.find(execution_key(batch.scope->execution_id));
    if (found == executions_.end() || is_unsettled(found->second.summary) ||
        found->second.records.back() >= first_kept) {
      continue;
    }
    executions_.erase(found);
    ++outcome.executions;
  }
}

void memory_journal::prune(const prune_request& request, prune_completion then) {
  prune_outcome outcome;
  {
    const std::lock_guard lock(mutex_);
    outcome = prune_now(request);
  }
  if (then) then(outcome);
}

/// All in one step: there is nothing here that could take long.
prune_outcome memory_journal::prune_now(const prune_request& request) {
  prune_outcome outcome;
  retention_policy keep = request.keep;
  keep.max_bytes.reset();
  prune_request counted = request;
  counted.keep = keep;
  const retention_limit limit(counted, head_, 0);
  std::size_t gone = 0;
  for (; gone < commits_.size(); ++gone) {
    const committed& c = *commits_[gone];
    const auto first = std::find_if(c.batches.begin(), c.batches.end(),
                                    [](const event_batch& b) { return !b.events.empty(); });
    const record_place place{c.first_seq, c.last_seq, first->events.front().at, 0};
    if (!limit.is_over(place) || !limit.is_free(place)) break;
  }
  outcome.first_seq = gone < commits_.size() ? commits_[gone]->first_seq : first_kept();
  if (request.dry_run) {
    outcome.commits = gone;
    outcome.events = gone == 0 ? 0 : outcome.first_seq - first_kept();
    return outcome;
  }
  for (; gone > 0; --gone) {
    const committed_ref c = std::move(commits_.front());
    commits_.pop_front();
    island_events_ += c->last_seq - c->first_seq + 1;
    islands_.emplace(c->first_seq, c);
  }
  for (auto at = islands_.begin(); at != islands_.end();) {
    const committed& c = *at->second;
    forget(c, outcome.first_seq, outcome);
    if (is_needed(c)) {
      ++at;
      continue;
    }
    const std::uint64_t events = c.last_seq - c.first_seq + 1;
    island_events_ -= events;
    outcome.events += events;
    ++outcome.commits;
    at = islands_.erase(at);
  }
  trips_.erase(trips_.begin(), trips_.lower_bound(first_kept()));
  outcome.keys = std::erase_if(starts_, [&](const auto& start) {
    return start.second.started_at < request.now &&
           request.now - start.second.started_at > limits::idempotency_key_age;
  });
  outcome.islands = islands_.size();
  return outcome;
}

std::uint64_t memory_journal::head() const {
  const std::lock_guard lock(mutex_);
  return head_;
}

result<event_page> memory_journal::read(const event_query& query) const {
  page_builder page(query);
  const std::lock_guard lock(mutex_);
  if (query.execution_id.empty() && query.after != 0 && query.after + 1 < first_kept()) {
    return cursor_expired(query.after, first_kept());
  }
  const auto offer = [&page](const committed& commit) {
    std::uint64_t seq = commit.first_seq;
    for (const event_batch& batch : commit.batches) {
      for (const event& e : batch.events) {
        if (!page.offer(seq++, batch.scope, e)) return false;
      }
    }
    return true;
  };
  // The first commit that ends after the seq in question.
  const auto ends_before = [](const committed_ref& c, std::uint64_t seq) {
    return c->last_seq < seq;
  };
  auto at = std::lower_bound(commits_.begin(), commits_.end(), query.after + 1, ends_before);
  if (query.execution_id.empty()) {
    while (at != commits_.end() && offer(**at)) ++at;
    return std::move(page).finish(head_);
  }
  const auto entry = executions_.find(execution_key(query.execution_id));
  if (entry == executions_.end()) {
    if (query.after != 0 && first_kept() > 1) return execution_expired(query.execution_id);
    return std::move(page).finish(head_);
  }
  for (const std::uint64_t record : entry->second.records) {
    const committed* c = commit_at(record);
    if (c != nullptr && c->last_seq > query.after && !offer(*c)) break;
  }
  return std::move(page).finish(head_);
}

result<execution_page> memory_journal::executions(const execution_query& query) const {
  execution_page page;
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, max_page_executions);
  const std::lock_guard lock(mutex_);
  const execution_range range = range_of(query);
  auto at = range.below.empty() ? executions_.end() : executions_.lower_bound(range.below);
  std::size_t scanned = 0;
  while (at != executions_.begin()) {
    --at;
    if (!range.is_over(at->first)) break;
    const auto& summary = at->second.summary;
    if (matches(query, summary)) page.executions.push_back(summary);
    if (page.executions.size() >= limit || ++scanned >= max_scanned_executions) {
      if (at != executions_.begin()) page.next_before = cursor_of(at->first);
      break;
    }
  }
  return page;
}

result<execution_summary> memory_journal::execution(const std::string& execution_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = executions_.find(execution_key(execution_id));
  if (found == executions_.end()) return no_such_execution(execution_id);
  return found->second.summary;
}

result<journal_head> memory_journal::backup(const std::filesystem::path& directory) const {
  return {errc::failed_precondition, "a journal in memory has no backup", directory.string(),
          "run with durability sync or async"};
}

result<journal_stats> memory_journal::stats() const {
  const std::lock_guard lock(mutex_);
  journal_stats s;
  s.first_seq = first_kept();
  s.last_seq = head_;
  s.events = commits_.empty() ? 0 : head_ - first_kept() + 1;
  s.commits = commits_.size() + islands_.size();
  s.islands = islands_.size();
  s.executions = executions_.size();
  s.open_executions = open_;
  s.format_version = format_version;
  return s;
}

result<unsettled_page> memory_journal::unsettled(const std::string& after,
                                                 std::size_t limit) const {
  unsettled_page page;
  limit = std::clamp<std::size_t>(limit, 1, max_page_executions);
  const std::lock_guard lock(mutex_);
  for (auto at = executions_.upper_bound(after); at != executions_.end(); ++at) {
    if (!is_unsettled(at->second.summary)) continue;
    page.executions.push_back(at->second.summary);
    if (page.executions.size() < limit) continue;
    page.next = at->first;
    break;
  }
  return page;
}

result<keyed_start> memory_journal::start_with_key(const std::string& workflow_id,
                                                   const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = starts_.find({workflow_id, key});
  if (found == starts_.end()) return error{errc::not_found, "no start had this key", key, {}};
  return found->second;
}

result<std::vector<emergency_state_changed>> memory_journal::emergency_scopes() const {
  std::vector<std::pair<std::uint64_t, emergency_state_changed>> latest;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [scope, change] : emergency_) latest.push_back(change);
  }
  return in_order_of_seqs(std::move(latest));
}

result<std::vector<trip_mark>> memory_journal::trips(std::uint64_t before,
                                                     std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<trip_mark> marks;
  limit = std::clamp<std::size_t>(limit, 1, max_page_trips);
  auto at = before == 0 ? trips_.end() : trips_.lower_bound(before);
  while (at != trips_.begin() && marks.size() < limit) marks.push_back((--at)->second);
  return marks;
}

result<std::vector<circuit_breaker_state_changed>> memory_journal::breaker_states() const {
  const std::lock_guard lock(mutex_);
  std::vector<circuit_breaker_state_changed> latest;
  for (const auto& [name, change] : breakers_) latest.push_back(change);
  return latest;
}

result<std::vector<stored_bot>> memory_journal::bot_states() const {
  const std::lock_guard lock(mutex_);
  std::vector<stored_bot> latest;
  for (const auto& [id, bot] : bots_) latest.push_back(bot);
  return latest;
}

result<std::vector<named_node_state>> memory_journal::node_states(
    const std::string& workflow_id) const {
  const std::lock_guard lock(mutex_);
  std::vector<named_node_state> all;
  for (auto at = node_states_.lower_bound({workflow_id, {}});
       at != node_states_.end() && at->first.first == workflow_id &&
       all.size() < limits::max_blocks;
       ++at)
    all.push_back({at->first.second, at->second});
  return all;
}

result<stored_node_state> memory_journal::node_state(const std::string& workflow_id,
                                                     const std::string& node_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = node_states_.find({workflow_id, node_id});
  return found == node_states_.end() ? stored_node_state{} : found->second;
}

}  // namespace pitwall::storage
