// Job: what the journals know of an execution, derived from its events: a summary for lists, and
//      the places of its events, so that reading one execution is no scan.
// Threads: plain values; published ones are immutable.
// Bounds: one number per commit that held an event of the execution; an id per open order.
// Tests: tests/storage/execution_entry_test.cpp
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/ports/journal.hpp"

namespace pitwall::storage {

struct execution_entry {
  execution_summary summary;
  /// Client order ids without a final word, in the order of their intents: a second final word for
  /// one of them must not settle another.
  std::vector<std::string> open_orders;
  std::vector<std::uint64_t> records;  ///< First seqs of the commits with its events, ascending.
  std::uint64_t stored_seq = 0;        ///< Last seq in the stored form; 0: not stored yet.
};
using entry_ref = std::shared_ptr<const execution_entry>;

/// Takes in the events of one batch of this execution; the first of them has the seq `seq`. What
/// it already knows (seqs up to summary.last_seq) is passed over. An execution stays final.
void take_in(execution_entry& entry, const event_batch& batch, std::uint64_t seq,
             std::uint64_t record_seq);

/// What is said of an order after its intent: where its execution is not known, that is no longer
/// kept, and nothing begins with this.
bool is_late_news(const event_batch& batch) noexcept;

/// Sorts by start: the ULID first, then the rest of the id (an id without ULID: itself).
std::string execution_key(std::string_view execution_id);
/// The id whose key it is.
std::string execution_of_key(std::string_view key);
/// The cursor that continues a list after this key.
std::string cursor_of(std::string_view key);

/// Not final, or with orders that are not.
inline bool is_unsettled(const execution_summary& s) noexcept {
  return !is_final(s.status) || s.open_orders > 0;
}

bool matches(const execution_query& query, const execution_summary& summary);

/// The wanted stored tags, a bit each. Types that are never journaled match nothing.
std::uint64_t tag_mask(const std::vector<std::string>& types);

// Stored form (sealed). Errors: data_loss naming `what`.
std::string encode_entry(const execution_entry& entry);
result<execution_entry> decode_entry(std::string_view bytes, std::string_view what);

}  // namespace pitwall::storage
