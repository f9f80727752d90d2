// Job: a journal made of a vector of events. It counts what is read of it, and can hold readers
// back.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/ports/journal.hpp"

namespace pitwall::test {

/// After this a wait is given up: a broken server fails a test instead of holding it for ever.
inline constexpr std::chrono::seconds patience{10};

class fake_journal final : public journal {
 public:
  void append(event_scope scope, event_body body) {
    const std::lock_guard lock(mutex_);
    const auto at = timestamp(std::chrono::seconds(1'700'000'000 + events_.size()));
    events_.push_back({events_.size() + 1, std::make_shared<const event_scope>(std::move(scope)),
                       event{at, std::move(body)}});
  }
  void commit(std::vector<event_batch>, durability, completion when_durable) override {
    when_durable(error{errc::unavailable, "the fake is filled by append()", {}, {}});
  }
  std::uint64_t head() const override {
    const std::lock_guard lock(mutex_);
    return events_.size();
  }

  result<journal_head> chain_head() const override {
    if (failure) return *failure;
    return journal_head{head(), std::string(64, 'a')};
  }

  result<event_page> read(const event_query& q) const override {
    std::unique_lock lock(mutex_);
    ++waiting_readers;
    arrived_.notify_all();
    opened_.wait(lock, [this] { return !blocked_; });
    --waiting_readers;
    ++reads;
    if (failure) return *failure;
    if (q.after != 0 && q.after + 1 < first_kept) {
      return {errc::out_of_range,
              "events after seq " + std::to_string(q.after) + " are gone",
              {},
              "continue with after " + std::to_string(first_kept - 1)};
    }
    event_page page;
    page.next_after = q.after;
    std::uint64_t seq = std::max<std::uint64_t>(q.after, first_kept - 1);
    for (; seq < events_.size() && page.events.size() < q.limit; ++seq) {
      const recorded_event& e = events_[seq];
      if (wanted(q, e)) page.events.push_back(e);
      page.next_after = e.seq;
      if (page.next_after - q.after >= most_scanned) break;
    }
    page.at_end = page.next_after >= events_.size();
    handed_out += page.events.size();
    return page;
  }

  result<unsettled_page> unsettled(const std::string&, std::size_t) const override {
    return unsettled_page{};
  }
  result<keyed_start> start_with_key(const std::string&, const std::string&) const override {
    return error{errc::not_found, "no start had this key", {}, {}};
  }
  result<execution_page> executions(const execution_query& q) const override {
    const std::lock_guard lock(mutex_);
    if (failure) return *failure;
    last_query = q;
    execution_page page;
    for (auto at = known.rbegin(); at != known.rend(); ++at) {
      if (!q.before.empty() && at->first >= q.before) continue;
      if (q.status && at->second.status != *q.status) continue;
      if (page.executions.size() == q.limit) {
        page.next_before = page.executions.back().scope->execution_id;
        break;
      }
      page.executions.push_back(at->second);
    }
    return page;
  }
  result<execution_summary> execution(const std::string& id) const override {
    const std::lock_guard lock(mutex_);
    const auto found = known.find(id);
    if (found != known.end()) return found->second;
    return {errc::not_found, "there is no execution '" + id + "'", {}, "list the executions"};
  }
  result<journal_head> backup(const std::filesystem::path& directory) const override {
    if (failure) return *failure;
    backed_up = directory;
    return chain_head();
  }
  void prune(const prune_request&, prune_completion then) override {
    then(error{errc::failed_precondition, "the fake keeps everything", {}, {}});
  }
  result<journal_stats> stats() const override {
    const std::lock_guard lock(mutex_);
    if (failure) return *failure;
    journal_stats s;
    s.first_seq = first_kept;
    s.last_seq = s.events = events_.size();
    s.directory = "/data";
    return s;
  }
  result<std::vector<circuit_breaker_state_changed>> breaker_states() const override {
    return std::vector<circuit_breaker_state_changed>{};
  }
  result<std::vector<stored_bot>> bot_states() const override { return std::vector<stored_bot>{}; }
  result<std::vector<trip_mark>> trips(std::uint64_t, std::size_t) const override {
    return tripped;
  }
  result<std::vector<emergency_state_changed>> emergency_scopes() const override {
    return std::vector<emergency_state_changed>();
  }
  result<std::vector<named_node_state>> node_states(const std::string& workflow_id) const override {
    if (workflow_id != "w") return std::vector<named_node_state>{};
    return std::vector<named_node_state>{{"cross", {3, value(60'000)}}};
  }
  result<stored_node_state> node_state(const std::string&, const std::string&) const override {
    return stored_node_state();
  }

  /// What a host would publish: those of the events that are there.
  committed_ref commit_of(std::uint64_t first, std::uint64_t last) const {
    const std::lock_guard lock(mutex_);
    auto out = std::make_shared<committed>();
    out->first_seq = first;
    out->last_seq = last;
    for (auto seq = first; seq <= std::min<std::uint64_t>(last, events_.size()); ++seq) {
      const auto& e = events_[seq - 1];
      out->batches.push_back({e.scope, {e.what}});
    }
    return out;
  }

  /// Readers wait inside read() until release().
  void block() {
    const std::lock_guard lock(mutex_);
    blocked_ = true;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    blocked_ = false;
    opened_.notify_all();
  }
  void await_readers(int count) const {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, patience, [&] { return waiting_readers >= count; });
  }

  std::map<std::string, execution_summary> known;
  std::vector<trip_mark> tripped;  ///< Newest first.
  std::optional<pitwall::error> failure;
  std::uint64_t first_kept = 1, most_scanned = 1'000'000;
  mutable execution_query last_query;
  mutable std::filesystem::path backed_up;
  mutable std::atomic<std::uint64_t> handed_out = 0, reads = 0;
  mutable int waiting_readers = 0;

 private:
  static bool wanted(const event_query& q, const recorded_event& e) {
    const auto type = type_name(e.what.body);
    return (q.types.empty() || std::find(q.types.begin(), q.types.end(), type) != q.types.end()) &&
           q.wants(*e.scope);
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable arrived_, opened_;
  bool blocked_ = false;
  std::vector<recorded_event> events_;
};

}  // namespace pitwall::test
