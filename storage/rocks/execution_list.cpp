#include "storage/rocks/execution_list.hpp"

#include <algorithm>
#include <optional>

#include "storage/bounds.hpp"
#include "storage/rocks/execution_index.hpp"

namespace pitwall::storage {

namespace {

/// The final executions of a query, newest first: by the index, or, without a filter, as they lie.
class final_ones {
 public:
  final_ones(const database& db, const execution_query& query, const execution_range& range)
      : db_(db), range_(range) {
    if (query.status && !is_final(*query.status)) return;
    if (has_filter(query)) {
      by_index_.emplace(db, query, range);
    } else {
      rows_ = db.iterate(family::history);
      if (range.below.empty()) {
        rows_->SeekToLast();
      } else {
        rows_->SeekForPrev(slice(range.below));
        if (rows_->Valid() && !range.is_under(view(rows_->key()))) rows_->Prev();
      }
    }
  }

  /// Before anything else.
  status begin() { return step(); }
  /// Of the one at hand; empty: there is none.
  std::string_view key() const noexcept { return key_; }
  /// Too many were passed over: the list goes on below this.
  const std::optional<std::string>& stopped_at() const noexcept { return stopped_at_; }
  status next() {
    if (rows_ != nullptr) rows_->Prev();
    return step();
  }
  /// Nothing: retention removed it meanwhile.
  result<std::optional<execution_summary>> summary() const {
    std::string bytes;
    if (rows_ != nullptr) {
      bytes = view(rows_->value());
    } else {
      auto read = db_.get(family::history, key_);
      if (!read.ok()) {
        if (read.error().code == errc::not_found) return std::optional<execution_summary>();
        return read.error();
      }
      bytes = std::move(*read);
    }
    PITWALL_TRY(entry, decode_entry(bytes, "the history of execution " + key_));
    return std::optional(std::move(entry.summary));
  }

 private:
  status step() {
    key_.clear();
    if (rows_ != nullptr) {
      if (!rows_->Valid()) return db_.ended_well(*rows_);
      if (range_.is_over(view(rows_->key()))) key_ = view(rows_->key());
    } else if (by_index_) {
      PITWALL_TRY(found, by_index_->next(budget_));
      if (found) {
        key_ = by_index_->key();
      } else if (!by_index_->at_end()) {
        stopped_at_ = by_index_->key();
      }
    }
    return done{};
  }

  const database& db_;
  const execution_range& range_;
  std::unique_ptr<rocksdb::Iterator> rows_;
  std::optional<index_cursor> by_index_;
  std::size_t budget_ = max_index_leaps;
  std::string key_;
  std::optional<std::string> stopped_at_;
};

/// The list cannot go below either source's stop without leaving something out.
std::string higher_stop(const std::optional<std::string>& a, const std::optional<std::string>& b) {
  return std::max(a.value_or(std::string()), b.value_or(std::string()));
}

}  // namespace

result<execution_page> list_executions(const database& db, const live_index& index,
                                       const execution_query& query) {
  execution_page page;
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, max_page_executions);
  const execution_range range = range_of(query);
  // Open ones first: one that ends meanwhile is then found in the history too, and is newer there.
  const live_index::page open = index.newest(query, range, limit);
  final_ones finals(db, query, range);
  PITWALL_CHECK(finals.begin());
  auto next_open = open.found.begin();
  std::string last;  // Key shown last.
  while (true) {
    const bool has_open = next_open != open.found.end();
    const std::string_view open_key = has_open ? std::string_view(next_open->first) : "";
    const std::string_view key = std::max(open_key, finals.key());
    const std::string stop = higher_stop(open.stopped_at, finals.stopped_at());
    if (key.empty() || key < stop) {
      if (!stop.empty()) page.next_before = cursor_of(stop);
      break;
    }
    if (page.executions.size() >= limit) {
      page.next_before = cursor_of(last);
      break;
    }
    last = key;
    std::optional<execution_summary> shown;
    if (has_open && last == open_key) {
      shown = next_open->second->summary;
      ++next_open;
    }
    if (last == finals.key()) {
      PITWALL_TRY(summary, finals.summary());
      // It ended meanwhile, or was resumed.
      if (summary && (!shown || summary->last_seq > shown->last_seq)) shown = std::move(summary);
      PITWALL_CHECK(finals.next());
    }
    if (shown) page.executions.push_back(std::move(*shown));
  }
  return page;
}

}  // namespace pitwall::storage
