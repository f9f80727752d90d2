#include "runtime/host/thread_turn.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

template <class F>
void in_a_thread(const F& f) {
  std::thread(f).join();
}

}  // namespace

TEST_CASE("threads take short or long turns, each for itself, without a privilege") {
  const int before = ::sched_getscheduler(0);
  bool taken = false;
  int in_long = -1, in_short = -1, niceness = 0;
  const int usual = ::getpriority(PRIO_PROCESS, 0);
  in_a_thread([&] {
    taken = take_long_turns();
    in_long = ::sched_getscheduler(0);
    niceness = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)));
    taken = take_short_turns() && taken;
    in_short = ::sched_getscheduler(0);
  });
  CHECK(::sched_getscheduler(0) == before);
  CHECK(::getpriority(PRIO_PROCESS, 0) == usual);
  if (!taken) {
    WARN("skipped: the kernel refuses");
    return;
  }
  CHECK(in_long == SCHED_BATCH);
  CHECK(niceness == std::max(usual, 3));
  CHECK(in_short == SCHED_OTHER);
}

TEST_CASE("a thread that takes short turns keeps the niceness it had") {
  int niceness = 0;
  in_a_thread([&] {
    if (::setpriority(PRIO_PROCESS, 0, 3) == 0 && take_short_turns())
      niceness = ::getpriority(PRIO_PROCESS, 0);
  });
  if (niceness == 0) {
    WARN("skipped: the kernel refuses");
    return;
  }
  CHECK(niceness == 3);
}
