// Job: how long what was published waits until viewers are told. An execution publishes several
//      times within a millisecond or two; told one by one, each time costs a write for every
//      viewer, on the cores that the execution still needs. What waits as long as such a round
//      costs is told in one, mostly when the execution has ended.
// Rule: a wait is `times` what the thread has used since the last round began, so the round of a
//      viewer or two does not wait at all, and that of fifty for a millisecond or two.
// Bounds: pace_rules::longest. Threads: plain values.
// Measured: docs/performance.md, "Clients of every event".
// Tests: tests/net/wake_pace_test.cpp
#pragma once

#include <algorithm>
#include <chrono>

namespace pitwall::http {

struct pace_rules {
  int times = 4;
  // Less is not worth a timer.
  std::chrono::nanoseconds shortest = std::chrono::microseconds(100);
  // Nobody sees it, and a program that trades by what it is told has control.sock.
  std::chrono::nanoseconds longest = std::chrono::milliseconds(2);
};

class wake_pace {
 public:
  explicit wake_pace(pace_rules rules = {}) : rules_(rules) {}

  /// `busy`: processor time of the thread so far.
  void round_begins(std::chrono::nanoseconds busy) noexcept { began_ = busy; }
  /// Until the next round, from a publication on.
  std::chrono::nanoseconds wait(std::chrono::nanoseconds busy) const noexcept {
    const auto wanted = std::min(rules_.times * (busy - began_), rules_.longest);
    return wanted < rules_.shortest ? std::chrono::nanoseconds(0) : wanted;
  }

 private:
  const pace_rules rules_;
  std::chrono::nanoseconds began_{0};
};

}  // namespace pitwall::http
