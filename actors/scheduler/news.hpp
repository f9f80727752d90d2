// Job: tells the scheduler of commits that concern it: executions that end, and events that are
//      triggers; of all others nothing, however many there are.
// Threads: event_sink.hpp; immutable but for whether it was ever called.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "actors/scheduler/protocol.hpp"
#include "runtime/ports/event_sink.hpp"
#include "runtime/schedule/trigger_binding.hpp"

namespace pitwall {

class scheduler_news final : public event_sink {
 public:
  scheduler_news(scheduler_actor to, const std::vector<trigger_binding>& triggers);
  bool offer(const committed_ref& commit) override;

 private:
  struct listener {
    std::string bot_id, type;
  };

  scheduler_actor to_;
  std::set<std::string, std::less<>> started_;  ///< Workflows that have a trigger.
  std::multimap<std::string, listener> heard_;  ///< By the workflow whose events are.
  bool first_ = true;
};

}  // namespace pitwall
