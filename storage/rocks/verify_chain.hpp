// Job: the first half of a verification: walks the records from the anchor to the end and checks
//      seals, places, links and structure, and that every execution that ended has its history.
// Threads: one owner. Bounds: one entry per execution that is open at a place.
// Tests: tests/storage/verify_test.cpp
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_set>

#include "storage/codec/record_codec.hpp"
#include "storage/rocks/anchor.hpp"
#include "storage/rocks/findings.hpp"

namespace pitwall::storage {

class chain_walk {
 public:
  chain_walk(const database& db, const verify_progress& progress, verify_report& report,
             findings& found)
      : db_(db), progress_(progress), report_(report), found_(found) {}

  /// The record whose last event has this seq must have this hash. `what` names who says so.
  void expect(std::uint64_t seq, const record_hash& hash, std::string what);
  /// Errors: io_error.
  status walk(const chain_anchor& anchor);
  bool met(std::uint64_t seq) const;

 private:
  struct known_head {
    record_hash hash{};
    std::string what;
    bool met = false;
  };
  /// Two records that do not link, before it is known which of them is at fault.
  struct broken_link {
    std::uint64_t before = 0, after = 0;
    bool before_is_proved = false;
  };

  /// The records before the anchor: each is noted with its hash, and none is missing.
  status islands(const chain_anchor& anchor);
  status step(std::uint64_t first, std::string_view bytes);
  void place(std::uint64_t first);
  void link(const record_reader& record);
  void settle(bool next_is_broken);
  bool compare(const record_reader& record, const record_hash& hash);
  status executions(const record_reader& record);
  void end(std::uint64_t last_key);

  const database& db_;
  const verify_progress& progress_;
  verify_report& report_;
  findings& found_;

  record_hasher hasher_;
  std::map<std::uint64_t, known_head> known_;
  std::uint64_t next_ = 1;    ///< Where the next record should begin; 0: not known, after damage.
  std::uint64_t before_ = 0;  ///< First seq of the record before; 0: none.
  std::optional<record_hash> hash_;  ///< Of the record before; none after damage.
  bool proved_ = false;              ///< A known head vouches for the record before.
  std::optional<broken_link> broken_;
  std::unordered_set<std::string> begun_;  ///< Executions that began and have not ended.
  std::vector<recorded_event> selected_;
};

}  // namespace pitwall::storage
