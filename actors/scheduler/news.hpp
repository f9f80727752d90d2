// Job: tells the scheduler of commits that concern it: executions that end, and events that are
//      triggers; of all others nothing, however many there are. One message is unread at a time:
//      what comes meanwhile is added to it.
// Threads: event_sink.hpp; one caller at a time.
// Tests: tests/actors/scheduler_test.cpp
#pragma once

#include <map>
#include <memory>
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

  void tell(trigger_news news);

  scheduler_actor to_;
  std::set<std::string, std::less<>> started_;  ///< Workflows that have a trigger.
  std::multimap<std::string, listener> heard_;  ///< By the workflow whose events are.
  std::weak_ptr<trigger_letter> unread_;        ///< Gone, too, with the mailbox that it was in.
  bool first_ = true;
};

}  // namespace pitwall
