// Job: many viewers of one host's events (event_viewer.hpp) on one thread, one of which may never
//      read: the other side of a measurement, to run in a process of its own.
// Owns: its thread and its connections.
// Threads: one owner. Each function waits for what it names, at most as long as told.
// Tests: tests/process/bench_clients_test.cpp
#pragma once

#include <cstdint>
#include <memory>

#include "net/client/view_figures.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

namespace pitwall {

class event_viewers {
 public:
  struct setting {
    std::uint16_t port = 0;  ///< On the loopback interface.
    std::size_t viewers = 1;
    bool with_silent = false;  ///< One more, which subscribes and then reads nothing.
    std::uint64_t after = 0;   ///< All subscribe to everything after this seq.
  };

  explicit event_viewers(const setting& wanted);
  ~event_viewers();
  event_viewers(const event_viewers&) = delete;
  event_viewers& operator=(const event_viewers&) = delete;

  /// Until all have caught up. Unavailable where they did not, with why.
  status connect(milliseconds patience);
  /// Counts from here.
  void begin();
  /// Counts up to here, and waits until each has seen the event `target`. Then the silent one reads
  /// what was kept for it.
  view_figures end(std::uint64_t target, milliseconds patience);

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace pitwall
