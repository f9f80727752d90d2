#include "runtime/host/thread_turn.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

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

// The thread that all wait for, the commit thread, gets two thirds of a core that both want.
constexpr int working_nice = 3;
constexpr std::uint64_t shortest_slice_ns = 100'000;  // The kernel takes none below.

}  // namespace

bool take_short_turns() noexcept {
  scheduling wanted;
  // What it was given at the start of the process stays.
  if (::syscall(SYS_sched_getattr, 0, &wanted, sizeof wanted, 0U) != 0) return false;
  wanted.size = sizeof wanted;
  wanted.policy = SCHED_OTHER;
  wanted.slice_ns = shortest_slice_ns;
  return ::syscall(SYS_sched_setattr, 0, &wanted, 0U) == 0;
}

void name_thread(const char* name) noexcept { ::pthread_setname_np(::pthread_self(), name); }

bool take_long_turns() noexcept {
  const auto self = static_cast<id_t>(::syscall(SYS_gettid));
  const int lowest = std::max(working_nice, ::getpriority(PRIO_PROCESS, self));
  const bool lowered = ::setpriority(PRIO_PROCESS, self, lowest) == 0;
  const sched_param none{};
  return ::sched_setscheduler(0, SCHED_BATCH, &none) == 0 && lowered;
}

}  // namespace pitwall
