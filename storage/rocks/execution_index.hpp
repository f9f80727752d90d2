// Job: the rows of the family `index`: final executions by status, and by workflow, bot or strategy
//      and status, newest last, so that a list costs what it shows and not what there is.
// Format: [kind, text with its length, status | time slot, seq of the commit] -> sealed list of
//      execution_key()s. The length keeps terms apart of which one begins with the other. What ends
//      with one commit mostly began together: one row for all of it costs a commit far less than
//      one each (measured: a row each took a sixth of all executions a second).
// Threads: plain functions; a cursor has one owner.
// Errors: data_loss. Tests: tests/storage/executions_test.cpp
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/execution_range.hpp"
#include "storage/rocks/database.hpp"

namespace pitwall::storage {

/// The kinds of terms: status alone, and workflow, bot, strategy with status.
inline constexpr std::size_t index_terms = 4;

/// Replaces `front` by what the row of one kind begins with, without the commit's seq; false where
/// the execution has no such text. Its executions began within the same 32 ms.
bool index_front(const execution_summary& summary, std::string_view key, std::size_t which,
                 std::string& front);

/// The rows of one commit, gathered execution by execution.
class index_rows {
 public:
  explicit index_rows(std::uint64_t commit_seq);
  void add(const execution_summary& summary, std::string_view key);
  /// Seals them; `take(row, bytes)` for each.
  void each(const std::function<void(const std::string&, const std::string&)>& take);

 private:
  std::string seq_, front_;
  std::unordered_map<std::string, std::string> rows_;
};

struct index_row {
  std::string_view front;         ///< Of the row's key.
  std::vector<std::string> keys;  ///< The executions in it.
};
result<index_row> decode_index_row(std::string_view row, std::string_view bytes);
std::string encode_index_row(const std::vector<std::string>& keys);

/// The row that begins with `front` and holds the execution; empty where there is none.
result<std::string> find_index_row(const database& db, std::string_view front,
                                   std::string_view key);

/// Takes executions out of the rows that they are in, any number of them out of one row.
class index_cuts {
 public:
  explicit index_cuts(const database& db) : db_(db) {}
  /// As listed while its status was `was`.
  status remove(execution_summary summary, run_status was, const std::string& key);
  void each(const std::function<void(const std::string&, const std::string&)>& put,
            const std::function<void(const std::string&)>& drop);

 private:
  const database& db_;
  std::unordered_map<std::string, std::vector<std::string>> rows_;  ///< With the keys left.
};

/// Final executions that match a query's filters, newest first, without a look at any other: walks
/// the terms of all filters at once, each leaping to where the others are.
class index_cursor {
 public:
  /// Precondition: the query has a filter.
  index_cursor(const database& db, const execution_query& query, const execution_range& range);

  /// The next match below the last one; false: there is none, or `budget` leaps were not enough.
  result<bool> next(std::size_t& budget);
  /// Of the match; or, after a budget ran out, how far it looked.
  const std::string& key() const noexcept { return key_; }
  bool at_end() const noexcept { return at_end_; }

 private:
  /// One term with one status: the keys of one time slot, and the rows of those before it.
  struct run {
    std::string prefix;
    std::unique_ptr<rocksdb::Iterator> rows;
    std::vector<std::string> keys;  ///< Ascending; those not yet passed.
  };
  using term = std::vector<run>;  ///< One filter: a run per status that it may have.

  status load(run& r) const;
  status seek(run& r, std::string_view key, bool inclusive) const;
  /// The newest key of a term that is not above `key`; empty where there is none.
  result<std::string> leap(term& t, std::string_view key, bool inclusive) const;

  const database& db_;
  std::vector<term> terms_;
  std::string from_, key_;
  bool inclusive_ = false;  ///< key_ itself was not looked at yet.
  bool at_end_ = false;
};

/// Whether a query needs the index: without a filter the history itself is the list.
bool has_filter(const execution_query& query) noexcept;

}  // namespace pitwall::storage
