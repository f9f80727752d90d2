// Job: what a service manager is told of a host, and when: the words of sd_notify(3), decided from
//      what is known and now. Starting, then READY=1 once; RELOADING=1 and READY=1 around a reload;
//      WATCHDOG=1 for a pulse that came back, and for nothing else; STOPPING=1, and then only time.
// Threads: one owner. Bounds: one pulse under way; time is asked for within `longest_start` and the
//      longest stop alone, so that a start or an end that hangs is ended by the manager.
// Tests: tests/host/service_report_test.cpp
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace pitwall {

class service_report {
 public:
  using microseconds = std::chrono::microseconds;
  using milliseconds = std::chrono::milliseconds;
  using time_point = std::chrono::steady_clock::time_point;

  /// One look is so long after the one before it.
  static constexpr milliseconds look_every{1'000};
  /// So many in the time that the manager waits for one: a disk may stall for most of it.
  static constexpr int pulses = 6;
  /// How often more time is asked for, and how much.
  static constexpr milliseconds extend_every{5'000}, extension{20'000};

  struct options {
    /// How long the manager waits for a sign of life; none: it waits for none.
    std::optional<microseconds> watchdog;
    milliseconds longest_start{600'000};
  };
  struct look {
    bool ready = false;
    std::string status;  ///< A line for people.
  };

  service_report(options o, time_point now) : options_(o), since_(now) {}

  // Each gives a datagram's text; empty: there is nothing to tell.
  std::string tick(time_point now, const look& seen);
  /// A pulse is due; true: the caller sends one, and says how it ended.
  bool takes_pulse(time_point now);
  std::string pulse_ended(bool alive);
  /// `monotonic`: CLOCK_MONOTONIC at its beginning.
  std::string reload_begins(microseconds monotonic);
  std::string reload_ends();
  std::string stop_begins(time_point now, milliseconds longest);
  /// The next moment at which tick() or takes_pulse() has something to do.
  time_point next(time_point now) const;

 private:
  enum class phase { starting, running, stopping };

  std::string more_time(time_point now, milliseconds longest);

  options options_;
  phase phase_ = phase::starting;
  time_point since_;  ///< Of the phase.
  std::optional<time_point> extended_;
  milliseconds longest_stop_{0};
  std::string status_;
  unsigned reloads_ = 0;
  bool pulse_under_way_ = false;
  std::optional<time_point> last_pulse_;
};

}  // namespace pitwall
