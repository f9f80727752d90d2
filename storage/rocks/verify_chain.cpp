#include "storage/rocks/verify_chain.hpp"

#include "storage/execution_entry.hpp"
#include "storage/rocks/seq_key.hpp"

namespace pitwall::storage {

namespace {

constexpr std::uint64_t progress_events = 10'000;

std::string span_of(std::uint64_t first, std::uint64_t last) {
  return first == last
             ? "the event with seq " + std::to_string(first)
             : "the events with seq " + std::to_string(first) + " to " + std::to_string(last);
}

std::string record_at(std::uint64_t seq) { return "the record at seq " + std::to_string(seq); }

/// Beginning and ends of executions.
std::uint64_t life_tags() {
  return tag_mask({"execution_started", "execution_completed", "execution_failed",
                   "execution_halted", "execution_cancelled"});
}

}  // namespace

void chain_walk::expect(std::uint64_t seq, const record_hash& hash, std::string what) {
  auto& known = known_[seq];
  if (!known.what.empty() && known.hash != hash) {
    found_.add(seq, known.what + " and " + what + " do not agree");
  }
  known = {hash, std::move(what), false};
}

bool chain_walk::met(std::uint64_t seq) const {
  const auto at = known_.find(seq);
  return at != known_.end() && at->second.met;
}

status chain_walk::walk(const chain_anchor& anchor) {
  next_ = anchor.first_seq;
  hash_ = anchor.previous;
  proved_ = true;
  PITWALL_CHECK(islands(anchor));
  const auto it = db_.scan(family::events);
  it->SeekToLast();
  const std::uint64_t all = it->Valid() ? seq_of(it->key()) : 0;
  std::uint64_t announced = 0;
  std::uint64_t last_key = 0;
  for (it->Seek(seq_key(anchor.first_seq)); it->Valid(); it->Next()) {
    if (it->key().size() != sizeof(std::uint64_t)) {
      found_.add(0, "a record lies under a key that is no seq");
      continue;
    }
    last_key = seq_of(it->key());
    PITWALL_CHECK(step(last_key, view(it->value())));
    if (progress_ && report_.events >= announced + progress_events) {
      announced = report_.events;
      progress_(last_key - std::min(last_key, anchor.first_seq), all + 1 - anchor.first_seq);
    }
  }
  if (const status ended = db_.ended_well(*it); !ended.ok()) {
    if (ended.error().code != errc::data_loss) return ended;
    found_.add(std::max<std::uint64_t>(next_, 1),
               "from here on the records cannot be read: " + ended.error().message);
    next_ = 0;
  }
  end(last_key);
  return done{};
}

status chain_walk::islands(const chain_anchor& anchor) {
  const auto notes = db_.iterate(family::meta);
  notes->Seek(slice(island_prefix));
  const auto next_note = [&]() -> std::uint64_t {
    const bool is_note = notes->Valid() && view(notes->key()).starts_with(island_prefix);
    return is_note ? island_seq(view(notes->key())) : 0;
  };
  const auto it = db_.scan(family::events);
  std::uint64_t counted = 0;
  for (it->SeekToFirst(); it->Valid() && seq_of(it->key()) < anchor.first_seq; it->Next()) {
    const std::uint64_t seq = seq_of(it->key());
    for (; next_note() != 0 && next_note() < seq; notes->Next(), ++counted) {
      found_.add(next_note(), record_at(next_note()) + " is noted as kept, and is missing");
    }
    if (next_note() != seq) {
      found_.add(seq, record_at(seq) + " lies before the first kept one");
      continue;
    }
    const auto noted = decode_island(view(notes->value()), seq);
    notes->Next();
    ++counted;
    ++report_.islands;
    if (!noted.ok()) {
      found_.add(seq, noted.error().message);
      continue;
    }
    PITWALL_TRY(hash, hasher_.of(view(it->value())));
    if (hash != noted->hash) {
      found_.add(seq, record_at(seq) + " is not the one that was noted as kept");
    } else if (const auto r = record_reader::open(view(it->value()), seq); !r.ok()) {
      found_.add(seq, r.error().message);
    }
  }
  PITWALL_CHECK(db_.ended_well(*it));
  for (; next_note() != 0; notes->Next(), ++counted) {
    found_.add(next_note(), record_at(next_note()) + " is noted as kept, and is missing");
  }
  PITWALL_CHECK(db_.ended_well(*notes));
  if (counted != anchor.islands) {
    found_.add(0, std::to_string(anchor.islands) +
                      " older records are kept, says the anchor, but " + std::to_string(counted) +
                      " are noted");
  }
  return done{};
}

status chain_walk::step(std::uint64_t first, std::string_view bytes) {
  ++report_.records;
  report_.bytes += bytes.size();
  if (next_ != 0 && first < next_) {
    found_.add(first, record_at(first) + " lies within the one before it");
    return done{};
  }
  place(first);
  PITWALL_TRY(hash, hasher_.of(bytes));
  const auto record = record_reader::open(bytes, first);
  if (!record.ok()) {
    found_.add(first, record.error().message);
    // Where it ends is not known, nor what it held before it was damaged.
    next_ = 0;
    before_ = first;
    hash_.reset();
    return done{};
  }
  link(*record);
  before_ = first;
  hash_ = hash;
  next_ = record->last_seq() + 1;
  proved_ = compare(*record, hash);
  report_.events += record->count();
  report_.head = {record->last_seq(), to_hex(hash)};
  return executions(*record);
}

/// Whether the record lies where the one before it ended.
void chain_walk::place(std::uint64_t first) {
  if (next_ != 0 && first > next_) {
    found_.add_range(next_, first - 1, span_of(next_, first - 1) + " are missing");
    hash_.reset();
  }
  if (report_.first_seq == 0) report_.first_seq = first;
}

void chain_walk::link(const record_reader& record) {
  const bool broken = hash_ && record.previous() != *hash_;
  settle(broken);
  if (broken) broken_ = broken_link{before_, record.first_seq(), proved_};
}

/// A changed record does not link to the next one; where it does not link to the one before it
/// either, it is the changed one.
void chain_walk::settle(bool next_is_broken) {
  if (!broken_) return;
  const auto link = *std::exchange(broken_, std::nullopt);
  if (found_.knows(link.before) || found_.knows(link.after)) return;
  const bool after = next_is_broken || link.before_is_proved || link.before == 0;
  const std::uint64_t at = after ? link.after : link.before;
  found_.add(at, record_at(at) + (after ? " was not written after the one before it"
                                        : " is not the one that was written there: the record at "
                                          "seq " +
                                              std::to_string(link.after) + " tells another hash"));
}

/// With the heads that are known from elsewhere; whether one vouches for this record.
bool chain_walk::compare(const record_reader& record, const record_hash& hash) {
  bool proved = false;
  for (auto at = known_.lower_bound(record.first_seq());
       at != known_.end() && at->first <= record.last_seq(); ++at) {
    auto& [seq, known] = *at;
    known.met = seq == record.last_seq() && known.hash == hash;
    if (known.met) {
      proved = true;
    } else {
      found_.add(record.first_seq(),
                 record_at(record.first_seq()) + " is not the one of " + known.what);
    }
  }
  return proved;
}

status chain_walk::executions(const record_reader& record) {
  record_filter filter;
  filter.tags = life_tags();
  selected_.clear();
  if (const auto looked_at = record.select(filter, selected_); !looked_at.ok()) {
    found_.add(record.first_seq(), looked_at.error().message);
    return done{};
  }
  for (const recorded_event& e : selected_) {
    const std::string& id = e.scope->execution_id;
    if (std::holds_alternative<execution_started>(e.what.body)) {
      begun_.insert(id);
      continue;
    }
    if (begun_.erase(id) == 0) continue;  // Its beginning is not kept, and neither is its history.
    const auto there = db_.get(family::history, execution_key(id));
    if (there.ok()) continue;
    if (there.error().code == errc::io_error) return there.error();
    // A halted one that was resumed is an open one again, and is stored as that at once.
    if (std::holds_alternative<execution_halted>(e.what.body) &&
        db_.get(family::open, execution_key(id)).ok())
      continue;
    found_.add(e.seq, "execution " + id + " ended here, and has no history");
  }
  return done{};
}

void chain_walk::end(std::uint64_t last_key) {
  settle(false);
  if (next_ == 0) return;  // Where the last record ended is not known.
  std::uint64_t cut = 0;
  std::string who;
  for (const auto& [seq, known] : known_) {
    if (seq >= next_ && seq > last_key) cut = seq, who = known.what;
  }
  if (cut != 0) {
    found_.add_range(next_, cut,
                     span_of(next_, cut) + " are missing at the end, says " + std::move(who));
  }
}

}  // namespace pitwall::storage
