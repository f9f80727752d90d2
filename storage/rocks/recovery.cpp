#include "storage/rocks/recovery.hpp"

#include <unordered_map>

#include "storage/codec/record_codec.hpp"
#include "storage/codec/seal.hpp"
#include "storage/rocks/checkpoint.hpp"

namespace pitwall::storage {

namespace {

class replay {
 public:
  explicit replay(const database& db) noexcept : db_(db) {}

  status load_checkpoint() {
    const auto bytes = db_.get(family::meta, checkpoint_key);
    if (bytes.ok()) {
      PITWALL_TRY(counts, decode_checkpoint(*bytes));
      counts_ = counts;
    } else if (bytes.error().code != errc::not_found) {
      return bytes.error();
    }
    const auto it = db_.iterate(family::open);
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      PITWALL_TRY(entry, decode_entry(view(it->value()),
                                      "the stored open execution " + std::string(view(it->key()))));
      open_.emplace(view(it->key()), std::make_shared<execution_entry>(std::move(entry)));
    }
    return db_.ended_well(*it);
  }

  /// Follows the chain of records from the checkpoint to the end.
  status follow() {
    const auto it = db_.iterate(family::events);
    std::string key;
    put_big64(counts_.head, key);  // The last record before the checkpoint begins at most there.
    it->SeekForPrev(key);
    if (counts_.head > 0) {
      if (!it->Valid()) return missing(counts_.head);
      PITWALL_TRY(last, open_record(*it));
      if (last.last_seq() != counts_.head) return missing(last.last_seq() + 1);
      PITWALL_TRY(hash, hasher_.of(view(it->value())));
      if (hash != counts_.head_hash) {
        return damaged("the event record at seq " + std::to_string(last.first_seq()),
                       "it is not the one that the checkpoint was made after");
      }
      it->Next();
    } else {
      it->SeekToFirst();
    }
    for (; it->Valid(); it->Next()) {
      PITWALL_TRY(record, open_record(*it));
      if (record.first_seq() != counts_.head + 1) return missing(counts_.head + 1);
      if (record.previous() != counts_.head_hash) return chain_broken(record.first_seq());
      PITWALL_CHECK(take(record));
      PITWALL_TRY(hash, hasher_.of(view(it->value())));
      counts_.head_hash = hash;
      counts_.head = record.last_seq();
      counts_.bytes += it->value().size();
      ++counts_.commits;
    }
    return db_.ended_well(*it);
  }

  std::shared_ptr<live_index> finish(const chain_anchor& anchor) {
    live_index::open_map open;
    for (auto& [key, entry] : open_) open.emplace(key, std::move(entry));
    return std::make_shared<live_index>(std::move(open), counts_, anchor);
  }

 private:
  static result<record_reader> open_record(const rocksdb::Iterator& it) {
    byte_reader key(view(it.key()));
    return record_reader::open(view(it.value()), key.big64());
  }

  error missing(std::uint64_t seq) const {
    return damaged("the journal in " + db_.directory().string(),
                   "the event with seq " + std::to_string(seq) + " is missing");
  }

  error chain_broken(std::uint64_t seq) const {
    return damaged("the journal in " + db_.directory().string(),
                   "the event record at seq " + std::to_string(seq) +
                       " was not written after the one before it");
  }

  status take(const record_reader& record) {
    PITWALL_TRY(batches, record.batches());
    std::uint64_t seq = record.first_seq();
    for (const event_batch& batch : batches) {
      if (!batch.scope->execution_id.empty()) PITWALL_CHECK(take(batch, seq, record.first_seq()));
      seq += batch.events.size();
    }
    return done{};
  }

  status take(const event_batch& batch, std::uint64_t seq, std::uint64_t record_seq) {
    const std::string key = execution_key(batch.scope->execution_id);
    auto open = open_.find(key);
    if (open == open_.end()) {
      PITWALL_TRY(began, began_if_final(key));
      if (began != 0) {
        if (began == seq) ++counts_.executions;
        return done{};
      }
      if (is_late_news(batch)) return done{};
      open = open_.emplace(key, std::make_shared<execution_entry>()).first;
    }
    take_in(*open->second, batch, seq, record_seq);
    if (open->second->summary.first_seq == seq) ++counts_.executions;
    return done{};
  }

  /// First seq of an execution that ended since: its history is complete. Else 0.
  result<std::uint64_t> began_if_final(const std::string& key) {
    if (const auto known = final_.find(key); known != final_.end()) return known->second;
    const auto bytes = db_.get(family::history, key);
    if (!bytes.ok()) {
      if (bytes.error().code == errc::not_found) return std::uint64_t{0};
      return bytes.error();
    }
    PITWALL_TRY(entry, decode_entry(*bytes, "the history of execution " + key));
    final_.emplace(key, entry.summary.first_seq);
    return entry.summary.first_seq;
  }

  const database& db_;
  record_hasher hasher_;
  journal_counts counts_;
  std::unordered_map<std::string, std::shared_ptr<execution_entry>> open_;
  std::unordered_map<std::string, std::uint64_t> final_;
};

}  // namespace

result<std::shared_ptr<live_index>> recover(const database& db) {
  PITWALL_TRY(anchor, read_anchor(db));
  replay r(db);
  PITWALL_CHECK(r.load_checkpoint());
  PITWALL_CHECK(r.follow());
  return r.finish(anchor);
}

}  // namespace pitwall::storage
