// Job: what became of each bot's executions since the host began, and how often its orders filled:
//      a sink that reads the event stream every viewer gets.
// Threads: offer() on the broadcaster's; read() on any.
// Bounds: limits::max_reported_bots bots; those that come later are not counted.
// Tests: tests/host/bot_tally_test.cpp
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "runtime/ports/event_sink.hpp"
#include "runtime/workflow/event.hpp"

namespace pitwall {

class bot_tally final : public event_sink {
 public:
  bool offer(const committed_ref& commit) override;
  /// All of one commit, and nothing of the next.
  std::map<std::string, bot_metrics> read() const;

 private:
  mutable std::mutex mutex_;  ///< Taken once a commit.
  std::map<std::string, bot_metrics> bots_;
};

}  // namespace pitwall
