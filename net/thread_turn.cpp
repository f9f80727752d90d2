#include "net/thread_turn.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace pitwall {
namespace {

/// struct sched_attr of the kernel in its first version; glibc has it since 2.41 only.
struct scheduling {
  std::uint32_t size = sizeof(scheduling);
  std::uint32_t policy = SCHED_OTHER;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t slice_ns = 0;
  std::uint64_t deadline_ns = 0;
  std::uint64_t period_ns = 0;
};
static_assert(sizeof(scheduling) == 48);

constexpr std::uint64_t shortest_slice_ns = 100'000;     // The kernel takes none below,
constexpr std::uint64_t longest_slice_ns = 100'000'000;  // and none above.

// Who mostly waits gets six sevenths of a core that a thread of executions wants as well: enough
// to interrupt it also where it has just run. (The kernel lets only him who is behind in his share
// interrupt, else he waits for the end of a turn, up to 4 ms; a message that wakes a thread may do
// so twice.)
constexpr int working_nice = 8;
// And that one gets three quarters of what a thread of viewers wants.
constexpr int yielding_nice = 13;

/// Slice 0: as it was. What the thread was given at the start of the process is not raised.
bool ask(std::uint64_t slice_ns, int nice) noexcept {
  scheduling wanted;
  if (::syscall(SYS_sched_getattr, 0, &wanted, sizeof wanted, 0U) != 0) return false;
  wanted.size = sizeof wanted;
  wanted.policy = SCHED_OTHER;
  wanted.nice = std::max(wanted.nice, nice);
  if (slice_ns != 0) wanted.slice_ns = slice_ns;
  return ::syscall(SYS_sched_setattr, 0, &wanted, 0U) == 0;
}

}  // namespace

bool take_short_turns() noexcept { return ask(shortest_slice_ns, -20); }

bool leave_room() noexcept { return ask(0, working_nice); }

bool yield_to_trading() noexcept { return ask(longest_slice_ns, yielding_nice); }

void name_thread(const char* name) noexcept { ::pthread_setname_np(::pthread_self(), name); }

bool has_name(const char* name) noexcept {
  char now[16] = {};
  return ::pthread_getname_np(::pthread_self(), now, sizeof now) == 0 &&
         std::strcmp(now, name) == 0;
}

}  // namespace pitwall
