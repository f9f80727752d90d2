// Job: the kinds of time, and the one abstract clock. Pure code takes `timestamp now`; only the
//      host and tests construct clocks.
// Threads: now() may be called from any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "runtime/base/result.hpp"

namespace pitwall {

/// UTC wall time with the resolution of events.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;
using microseconds = std::chrono::microseconds;
using milliseconds = std::chrono::milliseconds;

class wall_clock {
 public:
  virtual ~wall_clock() = default;
  virtual timestamp now() const noexcept = 0;
};

/// The system's UTC clock.
class system_wall_clock final : public wall_clock {
 public:
  timestamp now() const noexcept override;
};

/// ISO 8601 with microseconds: "2026-03-01T12:00:00.000000Z".
std::string to_iso8601(timestamp t);
void append_iso8601(timestamp t, std::string& out);
/// Accepts "YYYY-MM-DDTHH:MM:SS[.fraction](Z|+HH:MM|-HH:MM)", also with a blank for the T, and a
/// bare "YYYY-MM-DD". Without zone: UTC.
result<timestamp> parse_iso8601(std::string_view text);

}  // namespace pitwall
