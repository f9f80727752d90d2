// Job: the journal writer (protocol.hpp): group commit in front of the journal port.
// Owns: the batches that wait and who waits for them. One commit is in flight at a time; what
//      arrives meanwhile becomes the next one, so the commit grows with the load (commit_size.hpp)
//      and a quiet host commits at once. What may overtake is committed by itself: a halt waits for
//      the commit under way, and for nothing else.
// Bounds: one waiting batch per message of an execution in flight; one commit holds at most
//      commit_size::most().
#pragma once

#include <caf/all.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "actors/broadcaster/protocol.hpp"
#include "actors/journal_writer/commit_size.hpp"
#include "actors/journal_writer/protocol.hpp"
#include "actors/resident.hpp"
#include "runtime/ports/meters.hpp"

namespace pitwall {

struct journal_writer_options {
  durability mode = durability::sync;
  broadcaster_actor broadcaster;
  /// Called once, on the writer's thread, when the journal has failed: trading must stop.
  std::function<void(const error&)> on_failure;
  journal_meters_ref meters{};      ///< Null: nobody looks.
  std::function<void()> started{};  ///< Called first, on the writer's thread; null: nothing.
};

class journal_writer : public resident<journal_writer_actor> {
 public:
  journal_writer(caf::actor_config& cfg, std::shared_ptr<journal> to,
                 journal_writer_options options);

  const char* name() const override { return "journal_writer"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  struct waiting {
    event_batch batch;
    caf::strong_actor_ptr listener;  ///< Null: nobody asked.
    std::uint64_t ticket = 0;
    bool force_sync = false;
    std::size_t bytes = 0;  ///< About; see event_weight.hpp.
  };
  struct listener_in_flight {
    caf::strong_actor_ptr who;
    std::uint64_t ticket = 0;
    std::uint64_t offset = 0;  ///< Events of the commit up to and including its batch.
  };

  void accept(append& message);
  void show_depth() const noexcept {
    if (options_.meters)
      options_.meters->waiting.store(queue_.size() + first_.size(), std::memory_order_relaxed);
  }
  void commit_next();
  bool may_overtake(const waiting& next, bool asked) const;
  void finish(commit_finished& message);
  void fail(const error& why);

  std::shared_ptr<journal> journal_;
  journal_writer_options options_;
  std::deque<waiting> queue_, first_;  ///< All of `first_` goes before `queue_`.
  std::vector<listener_in_flight> listeners_;
  bool in_flight_ = false;
  std::size_t batches_in_flight_ = 0;
  commit_size size_;
  std::optional<error> failure_;
};

}  // namespace pitwall
