#include "runtime/base/boot_clock.hpp"

#include <ctime>

namespace pitwall {

boot_time system_boot_clock::now() const noexcept {
  std::timespec t{};
  ::clock_gettime(CLOCK_BOOTTIME, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

}  // namespace pitwall
