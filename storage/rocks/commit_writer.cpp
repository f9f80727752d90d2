#include "storage/rocks/commit_writer.hpp"

#include "runtime/base/limits.hpp"
#include "storage/codec/seal.hpp"
#include "storage/rocks/execution_index.hpp"
#include "storage/rocks/latest.hpp"
#include "storage/rocks/trip_rows.hpp"

namespace pitwall::storage {

status commit_writer::begin() {
  PITWALL_TRY(resting, list_resting(*db_));
  resting_ = std::move(resting);
  return done{};
}

status commit_writer::write(const committed& commit, durability how) {
  batch_.Clear();
  edits_.clear();
  new_executions_ = 0;
  encoder_.encode(commit.first_seq, index_->counts().head_hash, commit.batches, record_);
  if (record_.size() > max_record_bytes) {
    return {
        errc::resource_exhausted,
        "a commit of " + std::to_string(record_.size()) + " bytes is larger than a record may be",
        "seq " + std::to_string(commit.first_seq), "make the outputs of the nodes smaller"};
  }
  PITWALL_TRY(hash, hasher_.of(record_));
  hash_ = hash;
  key_.clear();
  put_big64(commit.first_seq, key_);
  batch_.Put(db_->handle(family::events), key_, record_);
  PITWALL_CHECK(take_executions(commit));
  const bool emergency = take_latest(commit);
  PITWALL_CHECK(take_trips(commit));
  checkpoint_.before_commit(*index_, record_.size());
  if (checkpoint_.under_way()) stage_checkpoint(checkpoint_slice);
  PITWALL_CHECK(stage_executions(commit.first_seq));
  return publish(&commit, how == durability::sync || (emergency && how == durability::async));
}

status commit_writer::close() {
  batch_.Clear();
  edits_.clear();
  new_executions_ = 0;
  checkpoint_.begin(*index_);
  stage_checkpoint(SIZE_MAX);  // Of open ones: nothing ends here.
  return publish(nullptr, true);
}

status commit_writer::revise(prune_plan& plan) {
  if (plan.history_version != index_->history_version()) {
    PITWALL_TRY(again, plan_prune(*db_, *index_, plan.request, plan.from));
    plan = std::move(again);
  }
  for (const auto& [key, bytes] : plan.starts) {
    const auto now = db_->get(family::latest, key);
    if (!now.ok() && now.error().code != errc::not_found) return now.error();
    if (!now.ok() || *now != bytes) continue;
    plan.batch.Delete(db_->handle(family::latest), key);
    ++plan.outcome.keys;
  }
  return done{};
}

status commit_writer::write(prune_plan& plan) {
  if (plan.batch.Count() > 0) {
    index_->publish(plan.after);
    index_->history_changed();
    // Needs no sync: should a power cut take it, it takes what came after it too.
    PITWALL_CHECK(db_->write(plan.batch, false));
    // The next step, which finds nothing, gives the space back.
    plan.outcome.more = plan.outcome.more || plan.request.thorough;
  }
  if (!plan.wants_checkpoint) return done{};
  plan.outcome.more = plan.outcome.more || plan.request.thorough;
  return checkpoint_now();
}

status commit_writer::checkpoint_now() {
  batch_.Clear();
  edits_.clear();
  new_executions_ = 0;
  if (!checkpoint_.under_way()) checkpoint_.begin(*index_);
  stage_checkpoint(checkpoint_slice);
  return publish(nullptr, false);
}

status commit_writer::take_executions(const committed& commit) {
  std::uint64_t seq = commit.first_seq;
  for (const event_batch& batch : commit.batches) {
    if (batch.events.empty()) continue;
    if (!batch.scope->execution_id.empty()) {
      const std::string key = execution_key(batch.scope->execution_id);
      PITWALL_TRY(edited, edit(key, batch));
      if (edited != nullptr) take_in(*edited->entry, batch, seq, commit.first_seq);
    }
    seq += batch.events.size();
  }
  return done{};
}

result<commit_writer::entry_edit*> commit_writer::edit(const std::string& key,
                                                       const event_batch& batch) {
  const auto [at, is_new] = edits_.try_emplace(key);
  entry_edit& edited = at->second;
  if (!is_new) return &edited;
  if (const entry_ref open = index_->find(key)) {
    edited.entry = std::make_shared<execution_entry>(*open);
    return &edited;
  }
  // What begins now cannot be in the history; only late news, as a fill, has to look there.
  if (!std::holds_alternative<execution_started>(batch.events.front().body)) {
    const auto bytes = db_->get(family::history, key);
    if (bytes.ok()) {
      PITWALL_TRY(old, decode_entry(*bytes, "the history of " + batch.scope->execution_id));
      edited.entry = std::make_shared<execution_entry>(std::move(old));
      edited.entry->stored_seq = 0;  // Of the family `open`, where it is no more.
      edited.in_history = true;
      edited.was = edited.entry->summary.status;
      return &edited;
    }
    if (bytes.error().code != errc::not_found) return bytes.error();
    if (is_late_news(batch)) {
      edits_.erase(at);
      return static_cast<entry_edit*>(nullptr);
    }
  }
  edited.entry = std::make_shared<execution_entry>();
  ++new_executions_;
  return &edited;
}

bool commit_writer::take_latest(const committed& commit) {
  latest_.clear();
  bool emergency = false;
  std::uint64_t seq = commit.first_seq;
  for (const event_batch& batch : commit.batches) {
    for (const event& e : batch.events) {
      if (const auto* change = std::get_if<emergency_state_changed>(&e.body)) {
        emergency = true;
        latest_[emergency_key(change->scope)] = encode_emergency(seq, *change);
      } else if (const auto* guard = std::get_if<circuit_breaker_state_changed>(&e.body)) {
        latest_[breaker_key(guard->breaker)] = encode_breaker(seq, *guard);
      } else if (const auto* bot = std::get_if<bot_state_changed>(&e.body)) {
        const auto& id = batch.scope->bot_id;
        latest_[bot_key(id)] = encode_bot({id, e.at, *bot});
      } else if (const auto* state = std::get_if<node_state_changed>(&e.body)) {
        if (state->node != nullptr) {
          latest_[node_state_key(batch.scope->workflow_id, state->node->id)] =
              encode_node_state(state->version, state->state);
        }
      } else if (const auto* start = std::get_if<execution_started>(&e.body);
                 start != nullptr && !start->idempotency_key.empty()) {
        latest_[start_key(batch.scope->workflow_id, start->idempotency_key)] =
            encode_start({batch.scope->execution_id, e.at, start->trigger});
      }
      ++seq;
    }
  }
  for (const auto& [key, bytes] : latest_) batch_.Put(db_->handle(family::latest), key, bytes);
  return emergency;
}

status commit_writer::take_trips(const committed& commit) {
  std::uint64_t seq = commit.first_seq;
  for (const event_batch& batch : commit.batches) {
    for (const event& e : batch.events) {
      if (const auto* change = std::get_if<emergency_state_changed>(&e.body);
          change != nullptr && closes_scope(*change)) {
        PITWALL_CHECK(note_trip(seq));
      } else if (const auto* told = std::get_if<trip_acknowledged>(&e.body)) {
        PITWALL_CHECK(note_acknowledgement(*told, e.at));
      }
      ++seq;
    }
  }
  return done{};
}

status commit_writer::note_trip(std::uint64_t seq) {
  trip_mark mark;
  std::uint64_t all = 0;
  const auto add = [&](std::string_view key) {
    if (all++ < limits::max_trip_executions) mark.unsettled.push_back(execution_of_key(key));
  };
  // Those of this commit too: whoever reads their events sees what came before the change.
  std::size_t untouched = index_->open_executions();
  for (const auto& [key, edited] : edits_) {
    if (edited.entry->summary.first_seq < seq) add(key);
    if (index_->find(key) != nullptr) --untouched;
  }
  for (const auto& [key, entry] : index_->oldest({}, limits::max_trip_executions)) {
    if (edits_.contains(key)) continue;
    add(key);
    --untouched;
  }
  all += untouched;
  for (const auto& key : resting_)
    if (!edits_.contains(key)) add(key);
  mark.left_out = all - mark.unsettled.size();
  batch_.Put(db_->handle(family::latest), trip_key(seq), encode_trip(mark));
  return done{};
}

status commit_writer::note_acknowledgement(const trip_acknowledged& e, timestamp at) {
  const auto bytes = db_->get(family::latest, trip_key(e.trip));
  if (!bytes.ok()) return bytes.error().code == errc::not_found ? status(done{}) : bytes.error();
  PITWALL_TRY(mark, decode_trip(*bytes, e.trip));
  mark.acknowledged_at = at;
  mark.acknowledged_as = e.result;
  mark.closed_at = e.closed_at;
  batch_.Put(db_->handle(family::latest), trip_key(e.trip), encode_trip(mark));
  return done{};
}

status commit_writer::stage_executions(std::uint64_t seq) {
  index_rows rows(seq);
  index_cuts cuts(*db_);
  for (auto& [key, edited] : edits_) {
    const execution_summary& now = edited.entry->summary;
    const bool ended = is_final(now.status);
    // Once final, nothing that the lists go by changes any more, unless it is resumed.
    const bool moved = edited.in_history && edited.was != now.status;
    if (moved) PITWALL_CHECK(cuts.remove(now, edited.was, key));
    if (ended) stage_final(key, edited);
    if (ended && (moved || !edited.in_history)) rows.add(now, key);
    if (!ended && edited.in_history) stage_reopened(key, edited);
  }
  const auto put = [this](const std::string& row, const std::string& bytes) {
    batch_.Put(db_->handle(family::index), row, bytes);
  };
  rows.each(put);
  cuts.each(put,
            [this](const std::string& row) { batch_.Delete(db_->handle(family::index), row); });
  return done{};
}

void commit_writer::stage_final(const std::string& key, const entry_edit& edited) {
  const execution_entry& entry = *edited.entry;
  batch_.Put(db_->handle(family::history), key, encode_entry(entry));
  if (entry.stored_seq != 0) batch_.Delete(db_->handle(family::open), key);
  if (entry.summary.open_orders > 0) {
    batch_.Put(db_->handle(family::latest), resting_key(key), resting_mark());
    resting_.insert(key);
  } else if (edited.in_history) {
    batch_.Delete(db_->handle(family::latest), resting_key(key));
    resting_.erase(key);
  }
}

void commit_writer::stage_reopened(const std::string& key, entry_edit& edited) {
  execution_entry& entry = *edited.entry;
  // Stored at once: a start would not find what lies before its checkpoint.
  entry.stored_seq = entry.summary.last_seq;
  batch_.Put(db_->handle(family::open), key, encode_entry(entry));
  batch_.Delete(db_->handle(family::history), key);
  batch_.Delete(db_->handle(family::latest), resting_key(key));
  resting_.erase(key);
}

void commit_writer::stage_checkpoint(std::size_t slice) {
  for (const std::string& key : checkpoint_.next(slice)) {
    const auto [at, untouched] = edits_.try_emplace(key);
    if (untouched) {
      const entry_ref open = index_->find(key);
      if (open == nullptr) {  // It ended meanwhile.
        edits_.erase(at);
        continue;
      }
      at->second.entry = std::make_shared<execution_entry>(*open);
    }
    execution_entry& entry = *at->second.entry;
    if (is_final(entry.summary.status)) continue;
    entry.stored_seq = entry.summary.last_seq;
    batch_.Put(db_->handle(family::open), key, encode_entry(entry));
  }
  if (!checkpoint_.complete()) return;
  batch_.Put(db_->handle(family::meta),
             rocksdb::Slice(checkpoint_key.data(), checkpoint_key.size()),
             encode_checkpoint(checkpoint_.counts()));
  checkpoint_.finish();
}

void commit_writer::publish_reopened() {
  std::vector<entry_change> changes;
  for (const auto& [key, edited] : edits_)
    if (edited.in_history && !is_final(edited.entry->summary.status))
      changes.emplace_back(key, edited.entry);
  if (!changes.empty()) index_->publish(std::move(changes), index_->counts());
}

status commit_writer::publish(const committed* commit, bool sync) {
  publish_reopened();
  PITWALL_CHECK(db_->write(batch_, sync));
  std::vector<entry_change> changes;
  changes.reserve(edits_.size());
  for (auto& [key, edited] : edits_) {
    const bool final_now = is_final(edited.entry->summary.status);
    if (edited.in_history) index_->history_changed();
    changes.emplace_back(key, final_now ? nullptr : std::move(edited.entry));
  }
  journal_counts counts = index_->counts();
  counts.executions += new_executions_;
  if (commit != nullptr) {
    counts.head = commit->last_seq;
    counts.head_hash = hash_;
    counts.bytes += record_.size();
    ++counts.commits;
  }
  index_->publish(std::move(changes), counts);
  return done{};
}

}  // namespace pitwall::storage
