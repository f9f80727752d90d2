// Job: which events a client of /ws has asked for.
// Meaning: an event is wanted if it is of one of the types (none named: of any), and belongs to one
//      of the workflows, bots or strategies (`all`, or none of them named: whatever it belongs to).
// Threads: a plain value. Tests: tests/net/client_frame_test.cpp
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/workflow/event.hpp"

namespace pitwall::live {

struct event_filter {
  // Each sorted.
  std::vector<std::string> workflow_ids, bot_ids, strategy_ids, types;
  bool all = false;

  bool names_nobody() const noexcept {
    return workflow_ids.empty() && bot_ids.empty() && strategy_ids.empty();
  }
  bool wants(const event_scope& scope, std::string_view type) const noexcept;
};

}  // namespace pitwall::live
