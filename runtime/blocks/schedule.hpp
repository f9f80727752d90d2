// Job: when a time_trigger fires: a list of times of day, or a five-field cron expression, in a
//      fixed offset from UTC. Pure; the scheduler asks next_after(), a node inside a run asks
//      matches().
// Standard: POSIX crontab fields (minute, hour, day of month, month, day of week) with lists,
//      ranges, steps and English three-letter names; 0 and 7 are Sunday; where neither day begins
//      with *, either one matches.
// Errors: invalid_argument, saying which part of the text is wrong; also a date that never comes.
// Threads: immutable after parse().
#pragma once

#include <bitset>
#include <chrono>
#include <optional>
#include <string_view>

#include "runtime/base/clock.hpp"
#include "runtime/base/value.hpp"

namespace pitwall {

/// "UTC", "Z", or "+HH:MM" / "-HH:MM" (at most 14 hours). Other names are refused: what they mean
/// depends on the machine.
result<std::chrono::minutes> parse_time_zone(std::string_view text);

class schedule {
 public:
  /// `spec`: a list of "HH:MM", one "HH:MM", or a cron expression.
  static result<schedule> parse(const value& spec, std::chrono::minutes offset);

  /// Whether the minute that `now` lies in is one of the schedule.
  bool matches(timestamp now) const noexcept;
  /// The beginning of the first scheduled minute that begins after `t`.
  std::optional<timestamp> next_after(timestamp t) const noexcept;

 private:
  using local_minutes = std::chrono::sys_time<std::chrono::minutes>;

  static result<schedule> parse_times(const value::list& times);
  static result<schedule> parse_cron(std::string_view text);
  bool day_matches(std::chrono::sys_days day) const noexcept;

  std::bitset<24 * 60> minutes_;  ///< Of the day.
  std::bitset<32> days_;          ///< Of the month, from 1.
  std::bitset<13> months_;        ///< From 1.
  std::bitset<7> weekdays_;       ///< Sunday is 0.
  bool either_day_ = false;       ///< Day of month or of week; else both must match.
  std::chrono::minutes offset_{0};
};

}  // namespace pitwall
