// Job: at which moments something is due: a list of times of day, a cron expression (cron.hpp), or
//      an interval. Pure; the scheduler asks next_after(), a node inside a run asks matches().
// Rule: times of day and cron are in the time of their zone: one that the clocks leap over in
//      spring is due at the moment after the leap, once; one that comes twice in autumn is due the
//      first time alone (time_zone.hpp). An interval is of real time and knows no zone.
// Errors: invalid_argument for everything that is wrong; also a date that never comes.
// Threads: immutable after parse().
// Bounds: limits::max_times_of_day; the search goes on for 100 years.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/value.hpp"
#include "runtime/schedule/cron.hpp"
#include "runtime/schedule/time_zone.hpp"

namespace pitwall {

class schedule {
 public:
  /// `spec`: a list of "HH:MM" or "HH:MM:SS", one of them, or a cron expression.
  static std::optional<schedule> parse(const value& spec, time_zone zone,
                                       std::vector<error>& problems);
  /// All problems in one error.
  static result<schedule> parse(const value& spec, time_zone zone = {});
  /// Due at `from`, and every `interval` after it. Precondition: interval > 0.
  static schedule every(milliseconds interval, timestamp from = {});

  /// Whether something is due in the minute that `now` lies in.
  bool matches(timestamp now) const;
  /// The first moment that is due after `t`.
  std::optional<timestamp> next_after(timestamp t) const;

 private:
  bool day_matches(std::chrono::local_days day) const noexcept;

  microseconds interval_{0};  ///< Zero: by the calendar.
  timestamp from_{};
  std::vector<std::uint32_t> seconds_of_day_;  ///< Ascending.
  day_set days_;
  time_zone zone_;
};

}  // namespace pitwall
