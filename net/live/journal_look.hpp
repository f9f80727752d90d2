// Job: one bounded step into the journal for one client: the next events that it wants, or how many
//      of those before a place it wants.
// Threads: a worker's; blocks for the disk.
// Bounds: look_events, read look_step at once (looking back: all at once), for events may be large;
//      about look_bytes of frames kept, at least one event; looking back, one window.
// Errors: out_of_range where retention has taken what is asked for, with the first kept seq.
// Tests: tests/net/live_session_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "net/live/event_filter.hpp"
#include "net/live/recent_events.hpp"
#include "runtime/ports/journal.hpp"

namespace pitwall::live {

inline constexpr std::size_t look_events = 256, look_step = 16, look_bytes = 256U << 10U;

struct journal_order {
  std::uint64_t number = 0;  ///< Of the subscription: an answer to an earlier one is dropped.
  std::shared_ptr<const event_filter> filter;
  std::uint64_t after = 0, up_to = 0;  ///< Events with a seq in (after, up_to].
  std::size_t last = 0;  ///< Not 0: not the events, but where the last so many of them stand.
};

struct found_event {
  std::uint64_t seq = 0;
  message frame;
};

struct journal_answer {
  std::uint64_t number = 0;
  std::vector<found_event> events;  ///< In order.
  std::vector<std::uint64_t> seqs;  ///< In order; the last order.last of those that fit.
  std::uint64_t looked_at = 0;      ///< Everything up to it was looked at.
  std::uint64_t began_at = 0;       ///< Looking back: nothing up to it is kept, or was asked for.
  std::optional<error> failure;
  std::uint64_t first_seq = 0;  ///< Of what is kept, with out_of_range.
};

journal_answer look_into(const journal& history, const journal_order& order);

}  // namespace pitwall::live
