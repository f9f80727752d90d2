#include "storage/rocks/execution_index.hpp"

#include <algorithm>
#include <array>

#include "storage/codec/bytes.hpp"
#include "storage/codec/seal.hpp"

namespace pitwall::storage {

namespace {

enum class term_kind : char { status, workflow, bot, strategy };

constexpr std::array final_statuses{run_status::completed, run_status::completed_with_errors,
                                    run_status::failed,    run_status::timed_out,
                                    run_status::halted,    run_status::cancelled};

// Nine of the ten digits of a ULID's time: 32 ms. A slot is read as a whole: even where 30,000
// executions a second begin it holds about a thousand.
constexpr std::size_t slot_digits = 9;
constexpr std::size_t seq_bytes = 8;
/// Above every slot and seq.
constexpr std::string_view above_all = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
constexpr std::string_view what = "a list of executions";

void append_prefix(term_kind kind, std::string_view text, run_status status, std::string& out) {
  out.push_back(static_cast<char>(kind));
  put_text(text, out);
  out.push_back(static_cast<char>(status));
}

/// Slots sort as their keys do, those of shorter keys too.
void append_slot(std::string_view key, std::string& out) {
  out.append(key.substr(0, slot_digits));
  if (key.size() < slot_digits) out.append(slot_digits - key.size(), '\0');
}

std::string_view front_of(std::string_view row) { return row.substr(0, row.size() - seq_bytes); }

}  // namespace

bool index_front(const execution_summary& summary, std::string_view key, std::size_t which,
                 std::string& front) {
  const event_scope& s = *summary.scope;
  const std::array<std::string_view, index_terms> texts{"", s.workflow_id, s.bot_id, s.strategy_id};
  if (which != 0 && texts[which].empty()) return false;
  front.clear();
  append_prefix(static_cast<term_kind>(which), texts[which], summary.status, front);
  append_slot(key, front);
  return true;
}

index_rows::index_rows(std::uint64_t commit_seq) { put_big64(commit_seq, seq_); }

void index_rows::add(const execution_summary& summary, std::string_view key) {
  for (std::size_t which = 0; which < index_terms; ++which) {
    if (!index_front(summary, key, which, front_)) continue;
    std::string& bytes = rows_[front_.append(seq_)];
    if (bytes.empty()) bytes = sealed_room();
    put_text(key, bytes);
  }
}

void index_rows::each(const std::function<void(const std::string&, const std::string&)>& take) {
  for (auto& [row, bytes] : rows_) {
    seal(bytes);
    take(row, bytes);
  }
}

result<index_row> decode_index_row(std::string_view row, std::string_view bytes) {
  index_row read;
  byte_reader front(row);
  front.byte();
  front.text();
  front.byte();
  if (!front.ok() || front.left() != slot_digits + seq_bytes) {
    return damaged(what, "it lies under a key that is none");
  }
  read.front = front_of(row);
  PITWALL_TRY(content, unseal(bytes, what));
  byte_reader in(content);
  while (in.ok() && !in.at_end()) read.keys.emplace_back(in.text());
  if (!in.ok()) return damaged(what, "its content does not make sense");
  return read;
}

std::string encode_index_row(const std::vector<std::string>& keys) {
  std::string bytes = sealed_room();
  for (const auto& key : keys) put_text(key, bytes);
  seal(bytes);
  return bytes;
}

result<std::string> find_index_row(const database& db, std::string_view front,
                                   std::string_view key) {
  const auto it = db.iterate(family::index);
  for (it->Seek(slice(front)); it->Valid() && view(it->key()).starts_with(front); it->Next()) {
    PITWALL_TRY(row, decode_index_row(view(it->key()), view(it->value())));
    if (row.front == front && std::find(row.keys.begin(), row.keys.end(), key) != row.keys.end()) {
      return it->key().ToString();
    }
  }
  PITWALL_CHECK(db.ended_well(*it));
  return std::string();
}

status index_cuts::remove(execution_summary summary, run_status was, const std::string& key) {
  summary.status = was;
  std::string front;
  for (std::size_t which = 0; which < index_terms; ++which) {
    if (!index_front(summary, key, which, front)) continue;
    PITWALL_TRY(name, find_index_row(db_, front, key));
    if (name.empty()) continue;
    const auto [at, is_new] = rows_.try_emplace(name);
    if (is_new) {
      PITWALL_TRY(bytes, db_.get(family::index, name));
      PITWALL_TRY(row, decode_index_row(name, bytes));
      at->second = std::move(row.keys);
    }
    std::erase(at->second, key);
  }
  return done{};
}

void index_cuts::each(const std::function<void(const std::string&, const std::string&)>& put,
                      const std::function<void(const std::string&)>& drop) {
  for (const auto& [row, keys] : rows_) {
    if (keys.empty()) {
      drop(row);
    } else {
      put(row, encode_index_row(keys));
    }
  }
}

bool has_filter(const execution_query& query) noexcept {
  return query.status || !query.workflow_id.empty() || !query.bot_id.empty() ||
         !query.strategy_id.empty();
}

index_cursor::index_cursor(const database& db, const execution_query& query,
                           const execution_range& range)
    : db_(db), from_(range.from), key_(range.below.empty() ? above_all : range.below) {
  const auto add = [&](term_kind kind, const std::string& text) {
    term t;
    for (const run_status s : final_statuses) {
      if (query.status && *query.status != s) continue;
      run r{{}, db_.iterate(family::index), {}};
      append_prefix(kind, text, s, r.prefix);
      std::string end = r.prefix;
      append_slot(key_, end);
      r.rows->SeekForPrev(end.append(above_all));
      t.push_back(std::move(r));
    }
    terms_.push_back(std::move(t));
  };
  if (!query.workflow_id.empty()) add(term_kind::workflow, query.workflow_id);
  if (!query.bot_id.empty()) add(term_kind::bot, query.bot_id);
  if (!query.strategy_id.empty()) add(term_kind::strategy, query.strategy_id);
  if (terms_.empty()) add(term_kind::status, {});
}

/// The keys of the slot at hand; leaves the rows at the slot before it.
status index_cursor::load(run& r) const {
  r.keys.clear();
  std::string front;
  while (r.rows->Valid() && view(r.rows->key()).starts_with(r.prefix)) {
    PITWALL_TRY(row, decode_index_row(view(r.rows->key()), view(r.rows->value())));
    if (front.empty()) front = row.front;
    if (row.front != front) break;
    std::move(row.keys.begin(), row.keys.end(), std::back_inserter(r.keys));
    r.rows->Prev();
  }
  PITWALL_CHECK(db_.ended_well(*r.rows));
  std::sort(r.keys.begin(), r.keys.end());
  return done{};
}

/// Drops what lies above, slot by slot; a slot far away is leapt to.
status index_cursor::seek(run& r, std::string_view key, bool inclusive) const {
  for (int slots = 0;; ++slots) {
    const auto end = inclusive ? std::upper_bound(r.keys.begin(), r.keys.end(), key)
                               : std::lower_bound(r.keys.begin(), r.keys.end(), key);
    r.keys.erase(end, r.keys.end());
    if (!r.keys.empty()) return done{};
    if (slots == 2) {
      std::string last = r.prefix;
      append_slot(key, last);
      last.append(above_all);
      if (r.rows->Valid() && view(r.rows->key()) > last) r.rows->SeekForPrev(last);
    }
    if (!r.rows->Valid() || !view(r.rows->key()).starts_with(r.prefix)) {
      return db_.ended_well(*r.rows);
    }
    PITWALL_CHECK(load(r));
  }
}

result<std::string> index_cursor::leap(term& t, std::string_view key, bool inclusive) const {
  std::string newest;
  for (run& r : t) {
    PITWALL_CHECK(seek(r, key, inclusive));
    if (!r.keys.empty() && r.keys.back() > newest) newest = r.keys.back();
  }
  return newest;
}

result<bool> index_cursor::next(std::size_t& budget) {
  inclusive_ = false;
  std::size_t agreed = 0;
  for (std::size_t i = 0; !at_end_ && agreed < terms_.size(); i = (i + 1) % terms_.size()) {
    PITWALL_TRY(found, leap(terms_[i], key_, inclusive_));
    if (found.empty() || found < from_) {
      at_end_ = true;
    } else if (inclusive_ && found == key_) {
      ++agreed;
    } else {
      if (budget == 0) return false;  // key_ was no match: what was looked at ends there.
      --budget;
      key_ = std::move(found);
      inclusive_ = true;
      agreed = 1;
    }
  }
  return !at_end_;
}

}  // namespace pitwall::storage
