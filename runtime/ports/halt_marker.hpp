// Job: what makes the next start halt although the journal could not take the halt.
// Threads: any; nothing waits for the disk, which is what has just failed.
#pragma once

#include <functional>

#include "runtime/base/result.hpp"
#include "runtime/risk/emergency.hpp"

namespace pitwall {

class halt_marker {
 public:
  virtual ~halt_marker() = default;
  /// `then` hears, on any thread, when the marker is on the disk, or why it is not; on a disk that
  /// hangs perhaps never.
  virtual void leave(const emergency_command& command, std::function<void(status)> then) = 0;
  /// What was left before stands in the journal by now.
  virtual void lift() = 0;
};

}  // namespace pitwall
