// Job: the last published events, each with its frame, made once and shared by all clients: who has
//      caught up never touches the disk. A frame is made when the first client comes to it: taking
//      over what a busy host has published must not keep others, who may want to halt, waiting.
// Owns: the ring, and an inbox before it. Threads: offer() from any, and returns at once; the rest
//      on one thread.
// Bounds: recent_bounds. What the inbox cannot hold is left to the journal, and the ring begins
//      anew behind it.
// Tests: tests/net/recent_events_test.cpp
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "net/live/live_options.hpp"
#include "runtime/ports/journal.hpp"

namespace pitwall::live {

using message = std::shared_ptr<const std::string>;

/// {"op":"event","event":{…}}
message event_frame(std::uint64_t seq, const event_scope& scope, const event& e);
bool is_event_frame(std::string_view frame) noexcept;
/// Of such a frame, the event alone.
std::string_view event_json(std::string_view frame) noexcept;

class recent_events {
 public:
  struct entry {
    scope_ref scope;
    std::string_view type;
  };

  explicit recent_events(recent_bounds bounds = {}) : bounds_(bounds) {}

  void offer(const committed_ref& commit);

  /// What is published so far, when this begins to be offered.
  void begin(std::uint64_t head);
  /// Takes what was offered. Not `wanted`: nobody reads it, only the head moves, and the inbox
  /// holds but the last commit.
  void settle(bool wanted);
  /// Seq of the last event that was published.
  std::uint64_t head() const noexcept { return head_; }
  /// Seq of the first that is here; head() + 1 where none is.
  std::uint64_t first() const noexcept { return head_ + 1 - ring_.size(); }
  /// Precondition: first() <= seq <= head().
  const entry& at(std::uint64_t seq) const { return ring_[seq - first()]; }
  /// The same precondition.
  const message& frame(std::uint64_t seq);

 private:
  struct kept : entry {
    std::shared_ptr<const event> what;  ///< With its whole commit; null once there is a frame.
    message frame;
    std::size_t bytes = 0;
  };

  void take(const committed_ref& commit, bool wanted);
  void trim();

  const recent_bounds bounds_;
  std::deque<kept> ring_;
  std::size_t bytes_ = 0;  ///< Of ring_: about what each event takes, and its frame.
  std::uint64_t head_ = 0;
  bool settled_wanted_ = false;

  std::atomic<bool> offered_ = false;  ///< Something that was not taken yet may be in inbox_.
  std::mutex mutex_;
  bool wanted_ = false;                                      ///< As settle() was told.
  std::deque<std::pair<committed_ref, std::size_t>> inbox_;  ///< With their weights.
  std::size_t inbox_bytes_ = 0;
};

}  // namespace pitwall::live
