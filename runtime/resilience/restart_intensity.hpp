// Job: how often something that dies is started anew: at most `max_restarts` within `window`, each
//      after a wait that doubles from `min_wait` to `max_wait` (restart intensity as in
//      Erlang/OTP's supervisors).
// Time: given. Threads: one owner. Tests: tests/resilience/restart_intensity_test.cpp
#pragma once

#include <deque>
#include <optional>

#include "runtime/base/clock.hpp"

namespace pitwall {

struct restart_limits {
  std::uint32_t max_restarts = 5;
  microseconds window = std::chrono::seconds(60);
  microseconds min_wait = std::chrono::milliseconds(100);
  microseconds max_wait = std::chrono::seconds(10);
};

class restart_intensity {
 public:
  explicit restart_intensity(restart_limits limits) : limits_(limits) {}

  /// It died at `now`: how long to wait before the next start; nothing where it has died too often.
  std::optional<microseconds> on_failure(timestamp now);

 private:
  restart_limits limits_;
  std::deque<timestamp> failures_;  ///< Within the window, ascending.
};

}  // namespace pitwall
