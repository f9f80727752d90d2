#include "storage/rocks/prune_plan.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "runtime/base/limits.hpp"
#include "storage/codec/record_codec.hpp"
#include "storage/codec/seal.hpp"
#include "storage/retention.hpp"
#include "storage/rocks/checkpoint.hpp"
#include "storage/rocks/execution_index.hpp"
#include "storage/rocks/latest.hpp"
#include "storage/rocks/seq_key.hpp"
#include "storage/rocks/trip_rows.hpp"

namespace pitwall::storage {

namespace {

class planner {
 public:
  planner(const database& db, const live_index& index, prune_plan& plan)
      : db_(db), index_(index), plan_(plan), anchor_(plan.after) {}

  status run() {
    PITWALL_CHECK(find_safe());
    PITWALL_CHECK(cut());
    if (plan_.request.dry_run) return finish(), done{};
    for (const auto& r : slice_) PITWALL_CHECK(judge(r));
    PITWALL_CHECK(sweep_islands());
    PITWALL_CHECK(remove_executions());
    PITWALL_CHECK(sweep_starts());
    PITWALL_CHECK(sweep_trips());
    finish();
    return done{};
  }

 private:
  struct candidate {
    record_place place;
    record_hash hash{};
    std::vector<std::string> keys;  ///< Of the executions in it.
  };
  struct verdict {
    bool needed = false;
    std::shared_ptr<const execution_summary> summary;  ///< Of one that goes and has a history.
  };

  /// A start reads the record that the checkpoint ends with, and what follows.
  status find_safe() {
    const auto bytes = db_.get(family::meta, checkpoint_key);
    if (!bytes.ok()) {
      if (bytes.error().code != errc::not_found) return bytes.error();
      return done{};
    }
    PITWALL_TRY(counts, decode_checkpoint(*bytes));
    const auto it = db_.iterate(family::events);
    it->SeekForPrev(seq_key(counts.head));
    if (it->Valid()) safe_ = seq_of(it->key());
    return db_.ended_well(*it);
  }

  /// The records that go, as far as one step reaches; for a dry run, all of them.
  status cut() {
    const journal_counts counts = index_.counts();
    retention_limit limit(plan_.request, counts.head,
                          counts.bytes - std::min(counts.bytes, anchor_.passed_bytes));
    const auto it = db_.scan(family::events);
    std::size_t executions = 0;
    std::uint64_t bytes = 0;
    for (it->Seek(seq_key(anchor_.first_seq)); it->Valid(); it->Next()) {
      PITWALL_TRY(record, chained(*it));
      const record_place place{record.first_seq(), record.last_seq(), record.at(),
                               it->value().size()};
      if (place.first_seq > counts.head || !limit.is_over(place) || !limit.is_free(place)) break;
      if (place.first_seq >= safe_ && !plan_.request.dry_run) {
        plan_.wants_checkpoint = true;
        break;
      }
      PITWALL_TRY(hash, hasher_.of(view(it->value())));
      const bool full =
          slice_.size() >= prune_records || executions >= prune_executions || bytes >= prune_bytes;
      if (full && !plan_.request.dry_run) {
        plan_.outcome.more = true;
        break;
      }
      limit.gone(place);
      bytes += place.bytes;
      pass(place, hash);
      if (plan_.request.dry_run) continue;
      slice_.push_back({place, hash, keys_of(record)});
      executions += slice_.back().keys.size();
    }
    return db_.ended_well(*it);
  }

  /// What is removed was whole: retention must not wipe away the trace of damage.
  result<record_reader> chained(const rocksdb::Iterator& it) const {
    PITWALL_TRY(record, record_reader::open(view(it.value()), seq_of(it.key())));
    if (record.first_seq() != anchor_.first_seq || record.previous() != anchor_.previous) {
      return damaged("the journal in " + db_.directory().string(),
                     "the event record at seq " + std::to_string(record.first_seq()) +
                         " does not follow the one before it, and is not pruned");
    }
    return record;
  }

  static std::vector<std::string> keys_of(const record_reader& record) {
    std::vector<std::string> keys;
    for (const scope_ref& scope : record.scopes()) {
      if (!scope->execution_id.empty()) keys.push_back(execution_key(scope->execution_id));
    }
    return keys;
  }

  void pass(const record_place& place, const record_hash& hash) {
    anchor_.first_seq = place.last_seq + 1;
    anchor_.previous = hash;
    ++anchor_.passed_commits;
    anchor_.passed_bytes += place.bytes;
    plan_.outcome.events += place.last_seq - place.first_seq + 1;
    ++plan_.outcome.commits;
    plan_.outcome.bytes += place.bytes;
  }

  /// Needed is who is unsettled, and who reaches beyond the anchor: an execution goes as a whole.
  result<verdict> look_up(const std::string& key) {
    if (const auto known = verdicts_.find(key); known != verdicts_.end()) return known->second;
    verdict v;
    // In this order: an execution leaves the index only after its history is there.
    if (index_.find(key) != nullptr) {
      v.needed = true;
    } else if (const auto bytes = db_.get(family::history, key); bytes.ok()) {
      PITWALL_TRY(entry, decode_entry(*bytes, "the history of execution " + key));
      v.needed = is_unsettled(entry.summary) || entry.records.back() >= anchor_.first_seq;
      if (!v.needed) v.summary = std::make_shared<execution_summary>(std::move(entry.summary));
    } else if (bytes.error().code != errc::not_found) {
      return bytes.error();
    }
    return verdicts_.emplace(key, std::move(v)).first->second;
  }

  /// Those of the keys that need their record.
  result<std::vector<std::string>> needed_of(std::vector<std::string> keys) {
    std::vector<std::string> needed;
    for (auto& key : keys) {
      PITWALL_TRY(v, look_up(key));
      if (v.needed) needed.push_back(std::move(key));
    }
    return needed;
  }

  status judge(const candidate& r) {
    PITWALL_TRY(needed, needed_of(r.keys));
    if (needed.empty()) {
      plan_.batch.Delete(db_.handle(family::events), seq_key(r.place.first_seq));
      return done{};
    }
    plan_.batch.Put(db_.handle(family::meta), island_key(r.place.first_seq),
                    encode_island({r.hash, r.place.bytes, std::move(needed)}));
    ++anchor_.islands;
    anchor_.island_bytes += r.place.bytes;
    plan_.outcome.events -= r.place.last_seq - r.place.first_seq + 1;
    --plan_.outcome.commits;
    plan_.outcome.bytes -= r.place.bytes;
    return done{};
  }

  status sweep_islands() {
    if (plan_.before.islands == 0) return done{};
    const auto it = db_.iterate(family::meta);
    std::size_t looked_at = 0;
    for (it->Seek(plan_.from.island.empty() ? slice(island_prefix) : slice(plan_.from.island));
         it->Valid() && view(it->key()).starts_with(island_prefix); it->Next()) {
      if (looked_at++ == prune_islands) {
        plan_.next.island = it->key().ToString();
        plan_.outcome.more = true;
        break;
      }
      const std::uint64_t seq = island_seq(view(it->key()));
      PITWALL_TRY(noted, decode_island(view(it->value()), seq));
      const std::size_t before = noted.needed_by.size();
      PITWALL_TRY(needed, needed_of(std::move(noted.needed_by)));
      if (needed.empty()) {
        PITWALL_CHECK(remove_island(seq, noted));
      } else if (needed.size() < before) {
        // Who left it is gone for good: the next sweeps need not ask for a thousand of them again.
        plan_.batch.Put(db_.handle(family::meta), island_key(seq),
                        encode_island({noted.hash, noted.bytes, std::move(needed)}));
      }
    }
    return db_.ended_well(*it);
  }

  status remove_island(std::uint64_t seq, const island& noted) {
    PITWALL_TRY(bytes, db_.get(family::events, seq_key(seq)));
    PITWALL_TRY(record, record_reader::open(bytes, seq));
    plan_.batch.Delete(db_.handle(family::events), seq_key(seq));
    plan_.batch.Delete(db_.handle(family::meta), island_key(seq));
    anchor_.islands -= std::min<std::uint64_t>(anchor_.islands, 1);
    anchor_.island_bytes -= std::min(anchor_.island_bytes, noted.bytes);
    plan_.outcome.events += record.count();
    ++plan_.outcome.commits;
    plan_.outcome.bytes += noted.bytes;
    return done{};
  }

  status remove_executions() {
    std::map<std::string, std::vector<std::string>> by_front;
    std::string front;
    for (const auto& [key, v] : verdicts_) {
      if (v.summary == nullptr) continue;
      plan_.batch.Delete(db_.handle(family::history), key);
      ++plan_.outcome.executions;
      ++anchor_.removed_executions;
      for (std::size_t which = 0; which < index_terms; ++which) {
        if (index_front(*v.summary, key, which, front)) by_front[front].push_back(key);
      }
    }
    for (auto& [of, keys] : by_front) {
      std::sort(keys.begin(), keys.end());
      PITWALL_CHECK(shorten_rows(of, keys));
    }
    return done{};
  }

  /// Rows are written once, by the commit with which their executions ended: none is lost here.
  status shorten_rows(const std::string& front, const std::vector<std::string>& gone) {
    const auto it = db_.iterate(family::index);
    std::size_t left = gone.size();
    for (it->Seek(front); left > 0 && it->Valid() && view(it->key()).starts_with(front);
         it->Next()) {
      PITWALL_TRY(row, decode_index_row(view(it->key()), view(it->value())));
      if (row.front != front) continue;
      const std::size_t n = std::erase_if(row.keys, [&](const std::string& key) {
        return std::binary_search(gone.begin(), gone.end(), key);
      });
      if (n == 0) continue;
      left -= std::min(left, n);
      if (row.keys.empty()) {
        plan_.batch.Delete(db_.handle(family::index), it->key());
      } else {
        plan_.batch.Put(db_.handle(family::index), it->key(), encode_index_row(row.keys));
      }
    }
    return db_.ended_well(*it);
  }

  status sweep_starts() {
    const auto it = db_.iterate(family::latest);
    std::size_t looked_at = 0;
    for (it->Seek(plan_.from.start.empty() ? slice(start_prefix) : slice(plan_.from.start));
         it->Valid() && view(it->key()).starts_with(start_prefix); it->Next()) {
      if (looked_at++ == prune_keys) {
        plan_.next.start = it->key().ToString();
        plan_.outcome.more = true;
        break;
      }
      PITWALL_TRY(start, decode_start(view(it->value())));
      if (start.started_at < plan_.request.now &&
          plan_.request.now - start.started_at > limits::idempotency_key_age) {
        plan_.starts.emplace_back(it->key().ToString(), it->value().ToString());
      }
    }
    return db_.ended_well(*it);
  }

  /// A trip goes with its own events, whatever of its executions is kept.
  status sweep_trips() {
    const auto it = db_.iterate(family::latest);
    std::size_t gone = 0;
    for (it->Seek(slice(trip_prefix)); it->Valid() && view(it->key()).starts_with(trip_prefix) &&
                                       trip_seq(view(it->key())) < anchor_.first_seq;
         it->Next()) {
      if (gone++ == prune_keys) {
        plan_.outcome.more = true;
        break;
      }
      plan_.batch.Delete(db_.handle(family::latest), it->key());
    }
    return db_.ended_well(*it);
  }

  void finish() {
    plan_.outcome.first_seq = anchor_.first_seq;
    plan_.outcome.islands = anchor_.islands;
    if (!plan_.request.dry_run && !(plan_.after == plan_.before)) {
      plan_.batch.Put(db_.handle(family::meta), slice(anchor_key), encode_anchor(anchor_));
    }
  }

  const database& db_;
  const live_index& index_;
  prune_plan& plan_;
  chain_anchor& anchor_;
  record_hasher hasher_;
  std::uint64_t safe_ = 0;
  std::vector<candidate> slice_;
  std::unordered_map<std::string, verdict> verdicts_;
};

}  // namespace

result<prune_plan> plan_prune(const database& db, const live_index& index,
                              const prune_request& request, const prune_cursors& from) {
  prune_plan plan;
  plan.request = request;
  plan.from = from;
  // Before anything else is read: what changes from here on shows.
  plan.history_version = index.history_version();
  plan.before = plan.after = index.anchor();
  PITWALL_CHECK(planner(db, index, plan).run());
  return plan;
}

}  // namespace pitwall::storage
