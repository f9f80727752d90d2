// Job: time since this machine started, its sleep included: what leases are counted on. Nobody sets
//      it; two machines' have nothing to do with each other but that they run equally fast.
// Threads: now() may be called from any thread.
#pragma once

#include <chrono>

namespace pitwall {

/// Since this machine's start.
using boot_time = std::chrono::nanoseconds;

class boot_clock {
 public:
  virtual ~boot_clock() = default;
  virtual boot_time now() const noexcept = 0;
};

/// CLOCK_BOOTTIME.
class system_boot_clock final : public boot_clock {
 public:
  boot_time now() const noexcept override;
};

}  // namespace pitwall
