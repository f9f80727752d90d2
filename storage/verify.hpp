// Job: the proof of a stored journal: that every record is there, unchanged, in its place, and that
//      what was derived from the records agrees with them. Reads all of it, page by page.
// Threads: any; beside a running host too: it proves what was durable when it began.
// Bounds: memory does not grow with the journal; at most max_findings findings are described.
// Errors: those of opening a journal read-only (storage/open.hpp); io_error. Damage that leaves the
//      rest readable is no error but a finding.
// Tests: tests/storage/verify_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "storage/open.hpp"

namespace pitwall {

/// A backup holds its own head, SEQ:HASH, in a file of this name.
inline constexpr const char* backup_head_name = "HEAD";

struct verify_finding {
  std::uint64_t seq = 0;  ///< Of the first event in question; 0 where it is no event's.
  std::string what;
};

/// What became of the comparison with the head that was noted earlier.
enum class head_comparison : std::uint8_t {
  none,      ///< There was no such head.
  matches,   ///< The journal still holds all that it stood for.
  differs,   ///< See the findings.
  not_kept,  ///< It is older than the first kept record: nothing can be said.
};

struct verify_report {
  static constexpr std::size_t max_findings = 100;

  journal_head head;            ///< As it was found.
  std::uint64_t first_seq = 0;  ///< The first kept event; 0 where the journal is empty.
  std::uint64_t records = 0, events = 0, bytes = 0;  ///< Bytes of the records.
  std::uint64_t islands = 0;     ///< Records before first_seq that something needs.
  std::uint64_t executions = 0;  ///< Entries of the history.
  head_comparison compared = head_comparison::none;
  std::uint64_t found = 0;               ///< Findings, described or not; 0: it is proved.
  std::vector<verify_finding> findings;  ///< The first max_findings, by seq; 0 last.
};

/// Events done and events in all; called about every ten thousand events.
using verify_progress = std::function<void(std::uint64_t done, std::uint64_t all)>;

/// `expected`: a head noted earlier; without one a tail that was cut off is noticed only where
/// something else still knows of it.
result<verify_report> verify_journal(const storage_options& options,
                                     const std::optional<journal_head>& expected,
                                     const verify_progress& progress = {});

}  // namespace pitwall
