// Job: why something on a worker has ended, as its host hears of it: with the worker, or by itself.
// Threads: pure. Tests: tests/actors/placed_node_test.cpp, tests/actors/placed_venue_test.cpp
#pragma once

#include <caf/all.hpp>

namespace pitwall {

/// Ended from outside, with the worker or what it runs: the list of workers tells the rest.
inline bool ended_with_its_worker(const caf::error& reason) {
  using why = caf::exit_reason;
  return !reason || reason == why::user_shutdown || reason == why::kill ||
         reason == why::remote_link_unreachable || reason == why::unreachable ||
         reason == why::unknown;
}

}  // namespace pitwall
