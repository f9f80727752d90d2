#include "storage/rocks/verify_derived.hpp"

#include <algorithm>

#include "storage/codec/record_codec.hpp"
#include "storage/rocks/execution_index.hpp"
#include "storage/rocks/latest.hpp"
#include "storage/rocks/seq_key.hpp"
#include "storage/rocks/trip_rows.hpp"
#include "storage/state_shape.hpp"

namespace pitwall::storage {

namespace {

constexpr std::size_t recent_records = 512;
constexpr std::string_view definition_prefix = "definition/";

std::vector<std::string> fronts_of(const execution_summary& summary, std::string_view key) {
  std::vector<std::string> fronts;
  std::string front;
  for (std::size_t which = 0; which < index_terms; ++which) {
    if (index_front(summary, key, which, front)) fronts.push_back(front);
  }
  return fronts;
}

/// Summed over all places of all executions it tells two sets apart, whatever their orders.
std::uint64_t place_hash(std::string_view front, std::string_view key) {
  std::string place;
  put_text(front, place);
  return std::hash<std::string>{}(place.append(key));
}

}  // namespace

status derived_check::run() {
  PITWALL_CHECK(each(family::history, "the history",
                     [this](auto key, auto bytes) { return history_row(key, bytes); }));
  PITWALL_CHECK(each(family::index, "the lists of executions",
                     [this](auto row, auto bytes) { return count_row(row, bytes); }));
  if (found_rows_ != wanted_rows_) PITWALL_CHECK(compare_index());
  PITWALL_CHECK(each(family::open, "the open executions",
                     [this](auto key, auto bytes) { return open_row(key, bytes); }));
  PITWALL_CHECK(each(family::latest, "the latest states",
                     [this](auto key, auto bytes) { return latest_row(key, bytes); }));
  PITWALL_CHECK(each(family::states, "the state store",
                     [this](auto key, auto bytes) { return state_row(key, bytes); }));
  // One finding for all of them: each that reaches beyond the end tells of the same cut.
  if (furthest_ > report_.head.seq && !found_.knows(furthest_) &&
      !found_.knows(report_.head.seq + 1)) {
    found_.add_range(report_.head.seq + 1, furthest_,
                     "the events with seq " + std::to_string(report_.head.seq + 1) + " to " +
                         std::to_string(furthest_) + " are missing at the end, says " +
                         furthest_is_);
  }
  return done{};
}

template <class Row>
status derived_check::each(family f, std::string_view what, const Row& row) {
  const auto it = db_.scan(f);
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    PITWALL_CHECK(row(view(it->key()), view(it->value())));
  }
  const status ended = db_.ended_well(*it);
  if (ended.ok() || ended.error().code != errc::data_loss) return ended;
  found_.add(0, std::string(what) + " cannot be read to its end: " + ended.error().message);
  return done{};
}

status derived_check::history_row(std::string_view key, std::string_view bytes) {
  ++report_.executions;
  const auto e = decode_entry(bytes, "the history of execution " + std::string(key));
  if (!e.ok()) return found_.add(0, e.error().message), done{};
  if (!is_final(e->summary.status)) {
    found_.add(e->summary.first_seq,
               "execution " + e->summary.scope->execution_id + " lies in the history, but is open");
  }
  for (const auto& front : fronts_of(e->summary, key)) wanted_rows_ += place_hash(front, key);
  return entry(key, *e);
}

status derived_check::count_row(std::string_view row, std::string_view bytes) {
  const auto read = decode_index_row(row, bytes);
  if (!read.ok()) return found_.add(0, read.error().message), done{};
  for (const auto& key : read->keys) found_rows_ += place_hash(read->front, key);
  return done{};
}

/// They are not the same: who is in a list where it is not due, and who is missing?
status derived_check::compare_index() {
  PITWALL_CHECK(each(family::index, "the lists of executions",
                     [this](auto row, auto bytes) { return listed_row(row, bytes); }));
  return each(family::history, "the history", [this](auto key, auto bytes) -> status {
    const auto e = decode_entry(bytes, "it");
    if (!e.ok()) return done{};  // Found before.
    for (const auto& front : fronts_of(e->summary, key)) {
      const auto row = find_index_row(db_, front, key);
      if (row.ok() && !row->empty()) continue;
      if (!row.ok() && row.error().code == errc::io_error) return row.error();
      found_.add(e->summary.first_seq,
                 "execution " + e->summary.scope->execution_id + " is missing in a list");
      break;
    }
    return done{};
  });
}

status derived_check::listed_row(std::string_view row, std::string_view bytes) {
  const auto read = decode_index_row(row, bytes);
  if (!read.ok()) return done{};  // Found before.
  for (const auto& key : read->keys) {
    const auto history = db_.get(family::history, key);
    if (!history.ok()) {
      if (history.error().code == errc::io_error) return history.error();
      found_.add(0, "a list names an execution without history: " + key);
      continue;
    }
    const auto e = decode_entry(*history, "it");
    if (!e.ok()) continue;
    const auto fronts = fronts_of(e->summary, key);
    if (std::find(fronts.begin(), fronts.end(), read->front) != fronts.end()) continue;
    found_.add(e->summary.first_seq,
               "execution " + e->summary.scope->execution_id + " is in a list where it is not due");
  }
  return done{};
}

status derived_check::open_row(std::string_view key, std::string_view bytes) {
  const auto e = decode_entry(bytes, "the stored open execution " + std::string(key));
  if (!e.ok()) return found_.add(0, e.error().message), done{};
  return entry(key, *e);
}

status derived_check::entry(std::string_view key, const execution_entry& e) {
  const execution_summary& s = e.summary;
  const std::string& id = s.scope->execution_id;
  const std::string whose = "the entry of execution " + id;
  if (execution_key(id) != key) {
    found_.add(s.first_seq, whose + " lies under another key");
    return done{};
  }
  reaches(s.last_seq, whose);
  const auto& records = e.records;
  if (records.empty() || records.front() > s.first_seq || records.back() > s.last_seq ||
      !std::is_sorted(records.begin(), records.end(), std::less_equal<>())) {
    found_.add(s.first_seq, whose + " names its records in no order");
    return done{};
  }
  for (const std::uint64_t record : records) {
    if (found_.knows(record) || record > report_.head.seq) continue;
    PITWALL_TRY(held, executions_of(record));
    if (held == nullptr && record < anchor_.first_seq) {
      found_.add(record, whose + " names a record that was removed");
      continue;
    }
    if (held == nullptr || !held->contains(id)) {
      found_.add(record, whose + " names the record at seq " + std::to_string(record) +
                             ", which does not hold it");
    }
  }
  return done{};
}

/// Null where no such record can be read.
result<std::shared_ptr<const derived_check::names>> derived_check::executions_of(
    std::uint64_t record) {
  if (const auto known = recent_.find(record); known != recent_.end()) return known->second;
  std::shared_ptr<names> held;
  const auto bytes = db_.get(family::events, seq_key(record));
  if (!bytes.ok() && bytes.error().code == errc::io_error) return bytes.error();
  if (bytes.ok()) {
    if (const auto r = record_reader::open(*bytes, record); r.ok()) {
      held = std::make_shared<names>();
      for (const scope_ref& scope : r->scopes()) held->insert(scope->execution_id);
    }
  }
  if (order_.size() >= recent_records) {
    recent_.erase(order_.front());
    order_.pop_front();
  }
  order_.push_back(record);
  return recent_[record] = std::move(held);
}

status derived_check::latest_row(std::string_view key, std::string_view bytes) {
  if (key.starts_with(emergency_prefix)) {
    const auto change = decode_emergency(bytes);
    if (!change.ok()) return found_.add(0, change.error().message), done{};
    if (emergency_key(change->second.scope) != key) {
      found_.add(change->first, "an emergency state lies under another scope's key");
    }
    reaches(change->first, "the emergency state of " + change->second.scope);
    return done{};
  }
  if (key.starts_with(breaker_prefix)) {
    const auto change = decode_breaker(bytes);
    if (!change.ok()) {
      found_.add(0, change.error().message);
    } else if (breaker_key(change->breaker) != key) {
      found_.add(0, "a circuit breaker lies under another one's key");
    }
    return done{};
  }
  if (key.starts_with(bot_prefix)) {
    const auto bot = decode_bot(bytes);
    if (!bot.ok()) {
      found_.add(0, bot.error().message);
    } else if (bot_key(bot->bot_id) != key) {
      found_.add(0, "a bot lies under another one's key");
    }
    return done{};
  }
  if (key.starts_with(trip_prefix)) {
    const auto mark = decode_trip(bytes, trip_seq(key));
    if (!mark.ok()) return found_.add(trip_seq(key), mark.error().message), done{};
    reaches(mark->seq, "the note of a trip");
    return done{};
  }
  if (key.starts_with(start_prefix)) {
    const auto start = decode_start(bytes);
    if (!start.ok()) found_.add(0, start.error().message);
    return done{};
  }
  if (key.starts_with(resting_prefix)) {
    const auto row = db_.get(family::history, key.substr(resting_prefix.size()));
    if (!row.ok() && row.error().code != errc::not_found) return row.error();
    const auto e = row.ok() ? decode_entry(*row, key) : result<execution_entry>(row.error());
    if (bytes == resting_mark() && e.ok() && e->summary.open_orders > 0) return done{};
    found_.add(0, "an execution is listed for its open orders, and has none: " + std::string(key));
    return done{};
  }
  const auto state = decode_node_state(bytes, key);
  if (!state.ok()) found_.add(0, state.error().message);
  return done{};
}

status derived_check::state_row(std::string_view key, std::string_view bytes) {
  if (!key.starts_with(definition_prefix)) return done{};  // Their owners' formats.
  PITWALL_TRY(hash, sha256_hex(bytes));
  if (key.substr(definition_prefix.size()) != hash) {
    found_.add(0, "the stored workflow " + std::string(key) + " is not the text of its hash");
  }
  return done{};
}

void derived_check::reaches(std::uint64_t seq, const std::string& what) {
  if (seq <= furthest_) return;
  furthest_ = seq;
  furthest_is_ = what;
}

}  // namespace pitwall::storage
