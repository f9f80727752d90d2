// Job: how soon the kernel gives the calling thread a core when there is work for it and all cores
//      are busy. Few threads are waited for by people and by all others (the commit thread, the
//      emergency controller's): they ask for short turns, and get them at once. The many that do
//      the work of executions take turns as long as they come, and a smaller share.
// How: sched(7). SCHED_BATCH, nice 3, and the slice of sched_setattr(2), which Linux honours
// since 6.12;
//      none of it needs a privilege. Where the kernel refuses, nothing is wrong but the speed.
// Measured: docs/performance.md, "Halts". Tests: tests/host/thread_turn_test.cpp
#pragma once

namespace pitwall {

/// For a thread that mostly waits. True if the kernel took it.
bool take_short_turns() noexcept;

/// What `top -H` and a debugger call the calling thread; at most 15 characters.
void name_thread(const char* name) noexcept;

/// For a thread that works as long as there is work: whoever wakes does not interrupt others. What
/// it starts in turn is as nice as it is.
bool take_long_turns() noexcept;

}  // namespace pitwall
