// Job: a cron expression's text to the sets it names.
// Standard: POSIX crontab fields (minute, hour, day of month, month, day of week) with lists,
//      ranges, steps and English three-letter names; 0 and 7 are Sunday; @hourly, @daily,
//      @midnight, @weekly, @monthly, @yearly, @annually.
// Errors: invalid_argument for every part that is wrong, not for the first alone.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/base/result.hpp"

namespace pitwall {

/// Which days of the calendar.
struct day_set {
  std::bitset<32> days;     ///< Of the month, from 1.
  std::bitset<13> months;   ///< From 1.
  std::bitset<7> weekdays;  ///< Sunday is 0.
  /// Day of month or of week; else both must match. As in Vixie's cron: a field that begins with *
  /// narrows the other one instead of adding to it.
  bool either_day = false;
};

struct cron_fields {
  std::bitset<60> minutes;
  std::bitset<24> hours;
  day_set days;
};

/// Nothing where `problems` grew.
std::optional<cron_fields> parse_cron(std::string_view text, std::vector<error>& problems);

}  // namespace pitwall
