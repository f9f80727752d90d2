#include "storage/rocks/execution_index.hpp"

#include <algorithm>
#include <array>

#include "storage/codec/bytes.hpp"

namespace pitwall::storage {

namespace {

enum class term_kind : char { status, workflow, bot, strategy };

constexpr std::array final_statuses{run_status::completed, run_status::completed_with_errors,
                                    run_status::failed,    run_status::timed_out,
                                    run_status::halted,    run_status::cancelled};

std::string prefix_of(term_kind kind, std::string_view text, run_status status) {
  std::string prefix;
  prefix.reserve(text.size() + 4 + 64);  // The key follows.
  prefix.push_back(static_cast<char>(kind));
  put_text(text, prefix);
  prefix.push_back(static_cast<char>(status));
  return prefix;
}

/// Above every key: their bytes are ids.
constexpr std::string_view above_all = "\xff";

}  // namespace

std::vector<std::string> index_rows(const execution_summary& summary, std::string_view key) {
  const event_scope& s = *summary.scope;
  std::vector<std::string> rows;
  rows.reserve(4);
  rows.push_back(prefix_of(term_kind::status, {}, summary.status).append(key));
  const auto add = [&](term_kind kind, const std::string& text) {
    if (!text.empty()) rows.push_back(prefix_of(kind, text, summary.status).append(key));
  };
  add(term_kind::workflow, s.workflow_id);
  add(term_kind::bot, s.bot_id);
  add(term_kind::strategy, s.strategy_id);
  return rows;
}

std::string_view key_in_row(std::string_view row) {
  byte_reader in(row);
  in.byte();
  in.text();
  in.byte();
  return in.ok() ? row.substr(row.size() - in.left()) : std::string_view();
}

bool has_filter(const execution_query& query) noexcept {
  return query.status || !query.workflow_id.empty() || !query.bot_id.empty() ||
         !query.strategy_id.empty();
}

std::string_view index_cursor::run::key() const {
  if (!rows->Valid() || !view(rows->key()).starts_with(prefix)) return {};
  return view(rows->key()).substr(prefix.size());
}

index_cursor::index_cursor(const database& db, const execution_query& query,
                           const execution_range& range)
    : db_(db), from_(range.from), key_(range.below.empty() ? above_all : range.below) {
  const auto add = [&](term_kind kind, const std::string& text) {
    term t;
    for (const run_status s : final_statuses) {
      if (query.status && *query.status != s) continue;
      t.push_back({prefix_of(kind, text, s), db_.iterate(family::index)});
      seek(t.back(), key_, false);
    }
    terms_.push_back(std::move(t));
  };
  if (!query.workflow_id.empty()) add(term_kind::workflow, query.workflow_id);
  if (!query.bot_id.empty()) add(term_kind::bot, query.bot_id);
  if (!query.strategy_id.empty()) add(term_kind::strategy, query.strategy_id);
  if (terms_.empty()) add(term_kind::status, {});
}

void index_cursor::seek(run& r, std::string_view key, bool inclusive) const {
  const std::string row = r.prefix + std::string(key);
  r.rows->SeekForPrev(slice(row));
  if (!inclusive && r.rows->Valid() && view(r.rows->key()) == row) r.rows->Prev();
}

std::string_view index_cursor::leap(term& t, std::string_view key, bool inclusive) const {
  const auto is_above = [&](std::string_view k) { return inclusive ? k > key : k >= key; };
  std::string_view newest;
  for (run& r : t) {
    std::string_view k = r.key();
    if (is_above(k)) {
      // The neighbour is mostly the one; a farther one is leapt to.
      r.rows->Prev();
      k = r.key();
      if (is_above(k)) {
        seek(r, key, inclusive);
        k = r.key();
      }
    }
    newest = std::max(newest, k);
  }
  return newest;
}

bool index_cursor::next(std::size_t& budget) {
  inclusive_ = false;
  std::size_t agreed = 0;
  for (std::size_t i = 0; !at_end_ && agreed < terms_.size(); i = (i + 1) % terms_.size()) {
    const std::string_view k = leap(terms_[i], key_, inclusive_);
    if (k.empty() || k < from_) {
      at_end_ = true;
    } else if (inclusive_ && k == key_) {
      ++agreed;
    } else {
      if (budget == 0) return false;  // key_ was no match: what was looked at ends there.
      --budget;
      key_ = k;
      inclusive_ = true;
      agreed = 1;
    }
  }
  return !at_end_;
}

status index_cursor::ended_well() const {
  for (const term& t : terms_) {
    for (const run& r : t) PITWALL_CHECK(db_.ended_well(*r.rows));
  }
  return done{};
}

}  // namespace pitwall::storage
