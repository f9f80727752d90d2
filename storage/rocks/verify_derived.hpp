// Job: the second half of a verification: what was derived from the records agrees with them. Reads
//      the history, its index, the open executions, the latest states and the state store's
//      definitions.
// Threads: one owner. Bounds: keeps the executions of the last few hundred records it looked at.
// Tests: tests/storage/verify_test.cpp
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "storage/execution_entry.hpp"
#include "storage/rocks/anchor.hpp"
#include "storage/rocks/findings.hpp"

namespace pitwall::storage {

class derived_check {
 public:
  derived_check(const database& db, const chain_anchor& anchor, verify_report& report,
                findings& found)
      : db_(db), anchor_(anchor), report_(report), found_(found) {}

  /// Precondition: the records were walked. Errors: io_error.
  status run();

 private:
  using names = std::unordered_set<std::string>;

  template <class Row>
  status each(family f, std::string_view what, const Row& row);
  status history_row(std::string_view key, std::string_view bytes);
  status open_row(std::string_view key, std::string_view bytes);
  status count_row(std::string_view row, std::string_view bytes);
  status listed_row(std::string_view row, std::string_view bytes);
  status compare_index();
  status latest_row(std::string_view key, std::string_view bytes);
  status state_row(std::string_view key, std::string_view bytes);
  status entry(std::string_view key, const execution_entry& e);
  result<std::shared_ptr<const names>> executions_of(std::uint64_t record);
  void reaches(std::uint64_t seq, const std::string& what);

  const database& db_;
  const chain_anchor& anchor_;
  verify_report& report_;
  findings& found_;
  std::uint64_t wanted_rows_ = 0, found_rows_ = 0;  ///< Sums over the lists.
  std::uint64_t furthest_ = 0;  ///< The greatest seq that anything here knows of.
  std::string furthest_is_;
  std::unordered_map<std::uint64_t, std::shared_ptr<const names>> recent_;
  std::deque<std::uint64_t> order_;
};

}  // namespace pitwall::storage
