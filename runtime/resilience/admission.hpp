// Job: which starts of a workflow run now, which wait, and which do not run at all: the bound of
//      what is in flight, and what happens past it.
// Policies: refuse: the start is an error. queue: it waits, first come, first served, in a line
//      that is bounded too. skip: it is dropped, as its trigger will fire again. cancel_running:
//      the oldest running one is cancelled, and the newest start takes its place when that has
//      ended.
// Room: a start also needs room in the host, which others fill and free: it is given.
// Threads: one owner. Bounds: max_running + max_queued numbers. Durable: nothing: a start that
//      waits was not acknowledged. Tests: tests/resilience/admission_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "runtime/base/result.hpp"

namespace pitwall {

enum class when_full : std::uint8_t { refuse, queue, skip, cancel_running };
std::string_view to_string(when_full w) noexcept;
/// invalid_argument for another text.
result<when_full> when_full_from_string(std::string_view text);

struct admission_policy {
  std::size_t max_running = 1;
  when_full past_it = when_full::refuse;
  std::size_t max_queued = 1'000;  ///< Of `queue`; `cancel_running` has one that waits.
};

class admission {
 public:
  using start_id = std::uint64_t;  ///< Ascending, chosen by the caller.
  enum class verdict : std::uint8_t { runs, waits, refused, skipped };
  struct answer {
    verdict how = verdict::refused;
    std::optional<start_id> cancel;    ///< A running one that has to go.
    std::optional<start_id> replaced;  ///< One that waited, and never runs.
  };

  explicit admission(const admission_policy& policy) : policy_(policy) {}

  answer ask(start_id id, bool host_has_room);
  /// A running one has ended; others are passed over.
  void ended(start_id id);
  /// The one that has waited longest, if it may run now: it runs from here on.
  std::optional<start_id> next(bool host_has_room);
  /// Runs whatever the bounds say: it was acknowledged before, and resumes.
  void resumes(start_id id) { running_.insert(id); }
  /// All that wait, in their order; nobody waits after that.
  std::vector<start_id> clear_queue();

  std::size_t running() const noexcept { return running_.size(); }
  std::size_t waiting() const noexcept { return queue_.size(); }
  std::size_t going() const noexcept { return going_.size(); }  ///< Told to end, and running still.
  const admission_policy& policy() const noexcept { return policy_; }

 private:
  bool has_room() const noexcept { return running_.size() < policy_.max_running; }
  std::optional<start_id> oldest_not_going();

  admission_policy policy_;
  std::set<start_id> running_;
  std::set<start_id> going_;  ///< Of these: told to end.
  std::deque<start_id> queue_;
};

}  // namespace pitwall
