// Job: of an event's text, who it is about: without reading all of it, as most of what a busy host
//      tells is passed on as it is.
// Errors: nothing, where it is no event. Threads: pure. Tests: tests/net/peer_feed_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/workflow/event.hpp"

namespace pitwall::peers {

struct event_head {
  std::uint64_t seq = 0;
  std::string type;
  event_scope scope;
};

/// `json`: {"seq":…,"type":…,…}, in whatever order.
std::optional<event_head> read_event_head(std::string_view json);

}  // namespace pitwall::peers
