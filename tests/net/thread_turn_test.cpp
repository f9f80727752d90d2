#include "net/thread_turn.hpp"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <functional>
#include <thread>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

/// Of a thread that asked so: -100 where the kernel refused.
int niceness_after(const std::function<bool()>& asked) {
  int niceness = -100;
  std::thread([&] {
    if (asked() && ::sched_getscheduler(0) == SCHED_OTHER)
      niceness = ::getpriority(PRIO_PROCESS, 0);
  }).join();
  return niceness;
}

}  // namespace

TEST_CASE("threads take their turns each for itself, without a privilege") {
  const int usual = ::getpriority(PRIO_PROCESS, 0);
  const int short_turns = niceness_after(take_short_turns);
  const int working = niceness_after(leave_room);
  const int yielding = niceness_after(yield_to_trading);
  CHECK(::getpriority(PRIO_PROCESS, 0) == usual);
  if (short_turns == -100) {
    WARN("skipped: the kernel refuses");
    return;
  }
  CHECK(short_turns == usual);
  CHECK(working == std::max(usual, 8));
  CHECK(yielding == std::max(usual, 13));
}

TEST_CASE("a thread is never less nice than it was") {
  const auto nicer = [] { return ::setpriority(PRIO_PROCESS, 0, 15) == 0; };
  const int short_turns = niceness_after([&] { return nicer() && take_short_turns(); });
  if (short_turns == -100) {
    WARN("skipped: the kernel refuses");
    return;
  }
  CHECK(short_turns == 15);
  CHECK(niceness_after([&] { return nicer() && leave_room(); }) == 15);
  CHECK(niceness_after([&] { return nicer() && yield_to_trading(); }) == 15);
}
