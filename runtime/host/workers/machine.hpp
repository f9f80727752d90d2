// Job: what a host or worker says of its machine. Threads: any.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>

#include <unistd.h>

namespace pitwall {

inline std::uint32_t machine_cores() noexcept {
  const auto n = std::thread::hardware_concurrency();
  return n == 0 ? 1U : n;
}
/// Of the last minute, per core: 1 is all of it.
inline double machine_load() noexcept {
  double last_minute = 0;
  return ::getloadavg(&last_minute, 1) == 1 ? last_minute / machine_cores() : 0;
}
inline std::string machine_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "host";
}

}  // namespace pitwall
