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
#include "actors/scheduler/table.hpp"
#include "runtime/ports/event_sink.hpp"

namespace pitwall {

class scheduler_news final : public event_sink {
 public:
  scheduler_news(scheduler_actor to, std::shared_ptr<const trigger_table> table);
  bool offer(const committed_ref& commit) override;

 private:
  struct listener {
    std::string bot_id, type;
  };

  void listen();
  void tell(trigger_news news);

  scheduler_actor to_;
  std::shared_ptr<const trigger_table> table_;
  trigger_set_ref known_;
  std::set<std::string, std::less<>> started_;    ///< Workflows that have a trigger.
  std::multimap<std::string, listener> heard_;    ///< By the workflow whose events are.
  std::set<std::string, std::less<>> restarted_;  ///< Bots that are started again when they fail.
  std::weak_ptr<trigger_letter> unread_;          ///< Gone, too, with the mailbox that it was in.
  bool first_ = true;
};

}  // namespace pitwall
