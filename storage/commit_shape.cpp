#include "storage/commit_shape.hpp"

#include <algorithm>

#include "storage/bounds.hpp"
#include "storage/codec/record_codec.hpp"
#include "storage/execution_entry.hpp"

namespace pitwall::storage {

std::shared_ptr<committed> make_committed(std::uint64_t first_seq,
                                          std::vector<event_batch> batches) {
  auto commit = std::make_shared<committed>();
  commit->first_seq = first_seq;
  commit->last_seq = first_seq - 1;
  for (event_batch& batch : batches) {
    if (batch.scope == nullptr) batch.scope = no_scope();
    commit->last_seq += batch.events.size();
  }
  commit->batches = std::move(batches);
  return commit;
}

page_builder::page_builder(const event_query& query)
    : query_(query),
      tags_(tag_mask(query.types)),
      limit_(std::clamp<std::size_t>(query.limit, 1, max_page_events)) {
  page_.next_after = query.after;
}

bool page_builder::offer(std::uint64_t seq, const scope_ref& scope, const event& e) {
  if (full_) return false;
  if (seq <= query_.after) return true;
  const bool wanted = (tags_ >> e.body.index() & 1U) != 0 && query_.wants(*scope);
  if (wanted) {
    if (page_.events.size() >= limit_) {
      full_ = true;
      return false;
    }
    page_.events.push_back({seq, scope, e});
  }
  return looked_at(seq);
}

bool page_builder::looked_at(std::uint64_t seq) {
  if (seq <= page_.next_after) return !full_;
  // An execution's events lie in its own records: what is between them costs nothing.
  scanned_ += query_.execution_id.empty() ? seq - page_.next_after : 1;
  page_.next_after = seq;
  if (page_.events.size() >= limit_ || scanned_ >= max_scanned_events) full_ = true;
  return !full_;
}

event_page page_builder::finish(std::uint64_t head) && {
  if (!full_) page_.next_after = std::max(page_.next_after, head);
  page_.at_end = page_.next_after >= head;
  return std::move(page_);
}

error cursor_expired(std::uint64_t after, std::uint64_t first_kept) {
  return {errc::out_of_range,
          "events after seq " + std::to_string(after) + " are no longer kept",
          {},
          "the first kept event has seq " + std::to_string(first_kept) + "; continue with after " +
              std::to_string(first_kept - 1)};
}

error execution_expired(const std::string& execution_id) {
  return {errc::out_of_range,
          "the events of execution '" + execution_id + "' are no longer kept",
          {},
          "list the executions for those that are"};
}

error no_such_execution(const std::string& execution_id) {
  return {errc::not_found,
          "there is no execution '" + execution_id + "'",
          {},
          "list the executions for the ids that are known"};
}

std::vector<emergency_state_changed> in_order_of_seqs(
    std::vector<std::pair<std::uint64_t, emergency_state_changed>> latest) {
  std::sort(latest.begin(), latest.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<emergency_state_changed> changes;
  changes.reserve(latest.size());
  for (auto& [seq, change] : latest) changes.push_back(std::move(change));
  return changes;
}

}  // namespace pitwall::storage
