// Job: what both journals do alike: number a commit, build a page of events, word the errors.
// Threads: plain functions and values.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "runtime/ports/journal.hpp"

namespace pitwall::storage {

/// Numbers the events from `first_seq`; batches without a scope get the empty one. Without events
/// last_seq is first_seq - 1: such a commit is answered and leaves no trace. durable_at is the
/// caller's to set.
std::shared_ptr<committed> make_committed(std::uint64_t first_seq,
                                          std::vector<event_batch> batches);

/// Collects the page for a query from events offered in the order of their seqs.
class page_builder {
 public:
  explicit page_builder(const event_query& query);

  std::uint64_t tags() const noexcept { return tags_; }
  std::size_t limit() const noexcept { return limit_; }
  std::vector<recorded_event>& events() noexcept { return page_.events; }

  /// False: the page is full, and this event was not looked at.
  bool offer(std::uint64_t seq, const scope_ref& scope, const event& e);
  /// Everything up to `seq` was looked at; false: that is enough for one page.
  bool looked_at(std::uint64_t seq);
  /// Everything that matches up to `head` was offered, unless the page filled up before.
  event_page finish(std::uint64_t head) &&;

 private:
  const event_query& query_;
  std::uint64_t tags_;
  std::size_t limit_;
  event_page page_;
  std::uint64_t scanned_ = 0;
  bool full_ = false;
};

error cursor_expired(std::uint64_t after, std::uint64_t first_kept);
/// Of an execution that is not, or no longer, known.
error execution_expired(const std::string& execution_id);
error no_such_execution(const std::string& execution_id);

std::vector<emergency_state_changed> in_order_of_seqs(
    std::vector<std::pair<std::uint64_t, emergency_state_changed>> latest);

}  // namespace pitwall::storage
