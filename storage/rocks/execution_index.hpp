// Job: the rows of the family `index`: final executions by status, and by workflow, bot or strategy
//      and status, newest last, so that a list costs what it shows and not what there is.
// Format: [kind, text with its length, status | execution_key()], without a value. The length keeps
//      terms apart of which one begins with the other.
// Threads: plain functions; a cursor has one owner.
// Tests: tests/storage/executions_test.cpp
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/execution_range.hpp"
#include "storage/rocks/database.hpp"

namespace pitwall::storage {

/// Rows of one final execution: at most four.
std::vector<std::string> index_rows(const execution_summary& summary, std::string_view key);
/// The execution_key() in a row; empty where it is none.
std::string_view key_in_row(std::string_view row);

/// Final executions that match a query's filters, newest first, without a look at any other: walks
/// the terms of all filters at once, each leaping to where the others are.
class index_cursor {
 public:
  /// Precondition: the query has a filter.
  index_cursor(const database& db, const execution_query& query, const execution_range& range);

  /// The next match below the last one; false: there is none, or `budget` leaps were not enough.
  bool next(std::size_t& budget);
  /// Of the match; or, after a budget ran out, how far it looked.
  const std::string& key() const noexcept { return key_; }
  bool at_end() const noexcept { return at_end_; }
  status ended_well() const;

 private:
  struct run {  ///< One term with one status.
    std::string prefix;
    std::unique_ptr<rocksdb::Iterator> rows;
    std::string_view key() const;
  };
  using term = std::vector<run>;  ///< One filter: a run per status that it may have.

  void seek(run& r, std::string_view key, bool inclusive) const;
  /// The newest key of a term that is not above `key`; empty where there is none.
  std::string_view leap(term& t, std::string_view key, bool inclusive) const;

  const database& db_;
  std::vector<term> terms_;
  std::string from_, key_;
  bool inclusive_ = false;  ///< key_ itself was not looked at yet.
  bool at_end_ = false;
};

/// Whether a query needs the index: without a filter the history itself is the list.
bool has_filter(const execution_query& query) noexcept;

}  // namespace pitwall::storage
