// Job: how soon the kernel gives the calling thread a core when there is work for it and all cores
//      are busy. Few threads are waited for by people and by all others (the commit thread, the
//      emergency controller's): they ask for short turns, and get them at once. Those that do the
//      work of executions leave these the greater share of a core, and those that tell viewers
//      leave it to both as soon as they wake.
// How: sched(7), setpriority(2) and the slice of sched_setattr(2), which Linux honours since 6.12:
//      who has the shorter one interrupts. None of it needs a privilege. Where the kernel refuses,
//      nothing is wrong but the speed.
// Measured: docs/performance.md, "Halts" and "Clients of every event".
// Tests: tests/net/thread_turn_test.cpp, tests/host/thread_turns_test.cpp
#pragma once

namespace pitwall {

/// For a thread that mostly waits. True if the kernel took it, as with the others.
bool take_short_turns() noexcept;

/// For a thread that does the work of executions. What it starts in turn is as nice as it is.
bool leave_room() noexcept;

/// For a thread that tells viewers, and a program that stands for them: whoever else wakes goes on
/// at once, and where all have work it gets about a quarter of a core, so that a command that comes
/// on it does not starve.
bool yield_to_trading() noexcept;

/// What `top -H` and a debugger call the calling thread; at most 15 characters.
void name_thread(const char* name) noexcept;
bool has_name(const char* name) noexcept;

}  // namespace pitwall
