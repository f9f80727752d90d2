#include "storage/rocks/journal_reader.hpp"

#include <algorithm>

#include "storage/bounds.hpp"
#include "storage/codec/record_codec.hpp"
#include "storage/codec/seal.hpp"
#include "storage/rocks/execution_list.hpp"
#include "storage/rocks/latest.hpp"
#include "storage/rocks/seq_key.hpp"
#include "storage/rocks/trip_rows.hpp"

namespace pitwall::storage {

namespace {

error missing(const std::filesystem::path& directory, std::uint64_t seq) {
  return damaged("the journal in " + directory.string(),
                 "the event with seq " + std::to_string(seq) + " is missing");
}

record_filter filter_of(const event_query& query, std::uint64_t head, const page_builder& page) {
  record_filter filter;
  filter.after = query.after;
  filter.up_to = head;
  filter.tags = page.tags();
  filter.limit = page.limit();
  const bool some = !query.execution_id.empty() || !query.workflow_id.empty() ||
                    !query.bot_id.empty() || !query.strategy_id.empty();
  if (some) filter.whose = &query;
  return filter;
}

template <class T>
result<std::vector<T>> latest_rows(const database& db, std::string_view prefix,
                                   result<T> (*decode)(std::string_view)) {
  std::vector<T> rows;
  const auto it = db.iterate(family::latest);
  for (it->Seek(slice(prefix)); it->Valid() && it->key().starts_with(slice(prefix)); it->Next()) {
    PITWALL_TRY(row, decode(view(it->value())));
    rows.push_back(std::move(row));
  }
  PITWALL_CHECK(db.ended_well(*it));
  return rows;
}

}  // namespace

result<event_page> journal_reader::read(const event_query& query) const {
  // The head first: whatever is looked up after it is at least as new.
  std::uint64_t head = index_->counts().head;
  page_builder page(query);
  if (query.after < head) {
    PITWALL_CHECK(query.execution_id.empty() ? read_all(query, head, page)
                                             : read_one(query, head, page));
  }
  return std::move(page).finish(head);
}

status journal_reader::read_all(const event_query& query, std::uint64_t& head,
                                page_builder& page) const {
  auto it = db_->iterate(family::events);
  // After the iterator, whose picture is therefore whole from here on.
  std::uint64_t kept = index_->anchor().first_seq;
  if (query.after > 0 && query.after + 1 < kept) return cursor_expired(query.after, kept);
  while (kept > head) {  // Retention went past all that was known: what is there now?
    head = index_->counts().head;
    it = db_->iterate(family::events);
    kept = index_->anchor().first_seq;
  }
  const record_filter filter = filter_of(query, head, page);
  const std::uint64_t from = std::max(query.after + 1, kept);
  it->SeekForPrev(seq_key(from));
  if (!it->Valid()) {
    PITWALL_CHECK(db_->ended_well(*it));
    return missing(db_->directory(), from);
  }
  std::uint64_t expected = 0;  // Of the next record; 0 for the first one.
  for (; it->Valid(); it->Next()) {
    const std::uint64_t first = seq_of(it->key());
    if (expected != 0 && first != expected) return missing(db_->directory(), expected);
    PITWALL_TRY(record, record_reader::open(view(it->value()), first));
    if (expected == 0 && record.last_seq() < from) return missing(db_->directory(), from);
    PITWALL_TRY(looked_at, record.select(filter, page.events()));
    if (!page.looked_at(looked_at) || record.last_seq() >= head) return done{};
    expected = record.last_seq() + 1;
  }
  PITWALL_CHECK(db_->ended_well(*it));
  return missing(db_->directory(), expected != 0 ? expected : from);
}

status journal_reader::read_one(const event_query& query, std::uint64_t head,
                                page_builder& page) const {
  PITWALL_TRY(entry, find(query.execution_id));
  if (entry == nullptr) return gone(query);
  const record_filter filter = filter_of(query, head, page);
  const auto& records = entry->records;
  auto at = std::upper_bound(records.begin(), records.end(), query.after + 1);
  if (at != records.begin()) --at;  // The record before may reach beyond `after`.
  for (; at != records.end() && *at <= head; ++at) {
    const auto record = records_.at(*db_, *at);
    if (!record.ok()) {
      if (record.error().code != errc::not_found) return record.error();
      PITWALL_TRY(still, find(query.execution_id));
      return still == nullptr ? status(execution_expired(query.execution_id))
                              : missing(db_->directory(), *at);
    }
    PITWALL_TRY(looked_at, (*record)->select(filter, page.events()));
    if (!page.looked_at(looked_at)) break;
  }
  return done{};
}

/// Who reads on must not take what is no longer kept for the end.
status journal_reader::gone(const event_query& query) const {
  if (query.after == 0 || index_->anchor().first_seq == 1) return done{};
  return execution_expired(query.execution_id);
}

result<entry_ref> journal_reader::find(const std::string& execution_id) const {
  const std::string key = execution_key(execution_id);
  // In this order: an execution leaves the index only after its history is there, and one that is
  // resumed leaves that only after it is in the index again.
  if (auto open = index_->find(key)) return open;
  const auto bytes = db_->get(family::history, key);
  if (!bytes.ok()) {
    if (bytes.error().code == errc::not_found) return index_->find(key);
    return bytes.error();
  }
  PITWALL_TRY(entry, decode_entry(*bytes, "the history of " + execution_id));
  return entry_ref(std::make_shared<const execution_entry>(std::move(entry)));
}

result<execution_summary> journal_reader::execution(const std::string& execution_id) const {
  PITWALL_TRY(entry, find(execution_id));
  if (entry == nullptr) return no_such_execution(execution_id);
  return entry->summary;
}

result<execution_page> journal_reader::executions(const execution_query& query) const {
  return list_executions(*db_, *index_, query);
}

result<journal_stats> journal_reader::stats() const {
  const chain_anchor anchor = index_->anchor();
  const journal_counts counts = index_->counts();  // Later: never behind the anchor.
  journal_stats s;
  if (counts.head > 0) s.first_seq = anchor.first_seq;
  s.last_seq = counts.head;
  s.events = s.first_seq == 0 ? 0 : counts.head - s.first_seq + 1;
  s.commits = counts.commits - anchor.passed_commits + anchor.islands;
  s.bytes = db_->bytes_on_disk();
  s.record_bytes = counts.bytes - std::min(counts.bytes, anchor.passed_bytes) + anchor.island_bytes;
  s.wal_bytes = db_->wal_bytes();
  s.islands = anchor.islands;
  s.island_bytes = anchor.island_bytes;
  s.executions = counts.executions - anchor.removed_executions;
  s.open_executions = index_->open_executions();
  s.directory = db_->directory().string();
  s.format_version = format_version;
  return s;
}

result<unsettled_page> journal_reader::unsettled(const std::string& after,
                                                 std::size_t limit) const {
  // A cursor is "o" and a key while open executions are listed, then "r" and one of the others.
  unsettled_page page;
  limit = std::clamp<std::size_t>(limit, 1, max_page_executions);
  if (after.empty() || after.front() == 'o') {
    const auto open = index_->oldest(after.empty() ? after : after.substr(1), limit);
    for (const auto& [key, entry] : open) page.executions.push_back(entry->summary);
    page.next = open.size() == limit ? "o" + open.back().first : "r";
    return page;
  }
  const auto it = db_->iterate(family::latest);
  const std::string from = resting_key(after.substr(1));
  for (it->Seek(from); it->Valid() && it->key().starts_with(slice(resting_prefix)); it->Next()) {
    if (view(it->key()) == from) continue;
    const std::string key(view(it->key()).substr(resting_prefix.size()));
    const auto bytes = db_->get(family::history, key);
    if (!bytes.ok()) {
      if (bytes.error().code != errc::not_found) return bytes.error();
      const auto listed = db_->get(family::latest, view(it->key()));
      if (!listed.ok() && listed.error().code == errc::not_found) continue;  // Settled and gone.
      return damaged("the history of execution " + key, "it has open orders, and is missing");
    }
    PITWALL_TRY(entry, decode_entry(*bytes, "the history of execution " + key));
    page.executions.push_back(std::move(entry.summary));
    if (page.executions.size() < limit) continue;
    page.next = "r" + key;
    break;
  }
  PITWALL_CHECK(db_->ended_well(*it));
  return page;
}

result<keyed_start> journal_reader::start_with_key(const std::string& workflow_id,
                                                   const std::string& key) const {
  PITWALL_TRY(bytes, db_->get(family::latest, start_key(workflow_id, key)));
  return decode_start(bytes);
}

result<std::vector<emergency_state_changed>> journal_reader::emergency_scopes() const {
  PITWALL_TRY(latest, latest_rows(*db_, emergency_prefix, decode_emergency));
  return in_order_of_seqs(std::move(latest));
}

result<std::vector<trip_mark>> journal_reader::trips(std::uint64_t before,
                                                     std::size_t limit) const {
  // What is written is durable and shown a moment later.
  const std::uint64_t head = index_->counts().head;
  if (before == 0 || before > head) before = head + 1;
  return list_trips(*db_, before, std::clamp<std::size_t>(limit, 1, max_page_trips));
}

result<std::vector<circuit_breaker_state_changed>> journal_reader::breaker_states() const {
  return latest_rows(*db_, breaker_prefix, decode_breaker);
}

result<std::vector<stored_bot>> journal_reader::bot_states() const {
  return latest_rows(*db_, bot_prefix, decode_bot);
}

result<std::vector<named_node_state>> journal_reader::node_states(
    const std::string& workflow_id) const {
  std::vector<named_node_state> all;
  const std::string prefix = node_state_key(workflow_id, {});
  const auto it = db_->iterate(family::latest);
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    if (all.size() == limits::max_blocks) break;
    std::string id(view(it->key()).substr(prefix.size()));
    PITWALL_TRY(state, decode_node_state(view(it->value()), id));
    all.push_back({std::move(id), std::move(state)});
  }
  PITWALL_CHECK(db_->ended_well(*it));
  return all;
}

result<stored_node_state> journal_reader::node_state(const std::string& workflow_id,
                                                     const std::string& node_id) const {
  const auto bytes = db_->get(family::latest, node_state_key(workflow_id, node_id));
  if (bytes.ok()) return decode_node_state(*bytes, node_id);
  if (bytes.error().code == errc::not_found) return stored_node_state{};
  return bytes.error();
}

}  // namespace pitwall::storage
