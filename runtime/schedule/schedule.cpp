#include "runtime/schedule/schedule.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "runtime/base/limits.hpp"
#include "runtime/schedule/notation.hpp"

namespace pitwall {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::seconds;

// A leap day on one day of the week comes again within 40 years, whatever century lies between.
constexpr int search_days = 100 * 366;

error bad(std::string message, std::string remedy) {
  return error{errc::invalid_argument, std::move(message), "", std::move(remedy)};
}

std::vector<std::uint32_t> parse_times(const value::list& times, std::vector<error>& problems) {
  std::vector<std::uint32_t> out;
  if (times.size() > limits::max_times_of_day)
    problems.push_back(
        bad("the schedule has " + std::to_string(times.size()) + " times",
            "use a cron expression; a list may have " + std::to_string(limits::max_times_of_day)));
  if (times.empty()) problems.push_back(bad("the schedule has no time", "list at least one HH:MM"));
  if (!problems.empty()) return out;
  for (const value& v : times) {
    const auto at = v.is_text() ? time_of_day(v.as_text()) : std::nullopt;
    if (at) {
      out.push_back(static_cast<std::uint32_t>(at->count()));
      continue;
    }
    const std::string shown = v.is_text() ? "'" + v.as_text() + "'" : "an entry";
    problems.push_back(
        bad(shown + " of the schedule is no time of day", "write HH:MM, as in 09:30, or HH:MM:SS"));
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<std::uint32_t> times_of(const cron_fields& cron) {
  std::vector<std::uint32_t> out;
  for (unsigned h = 0; h < 24; ++h)
    for (unsigned m = 0; m < 60; ++m)
      if (cron.hours[h] && cron.minutes[m]) out.push_back(h * 3600 + m * 60);
  return out;
}

day_set every_day() {
  day_set all;
  all.days.set();
  all.months.set();
  all.weekdays.set();
  return all;
}

}  // namespace

std::optional<schedule> schedule::parse(const value& spec, time_zone zone,
                                        std::vector<error>& problems) {
  std::vector<error> wrong;
  schedule s;
  s.zone_ = std::move(zone);
  s.days_ = every_day();
  if (spec.is_list()) {
    s.seconds_of_day_ = parse_times(spec.as_list(), wrong);
  } else if (!spec.is_text()) {
    wrong.push_back(bad("the schedule is neither a list nor a text",
                        "write a list of HH:MM, or a cron expression"));
  } else if (spec.as_text().find(':') != std::string::npos) {
    s.seconds_of_day_ = parse_times({spec}, wrong);
  } else if (const auto cron = parse_cron(spec.as_text(), wrong)) {
    s.seconds_of_day_ = times_of(*cron);
    s.days_ = cron->days;
    if (!s.next_after(timestamp{}))
      wrong.push_back(bad("the cron expression '" + spec.as_text() +
                              "' names a date that never "
                              "comes",
                          "check its day of month and month"));
  }
  problems.insert(problems.end(), wrong.begin(), wrong.end());
  if (!wrong.empty()) return std::nullopt;
  return s;
}

result<schedule> schedule::parse(const value& spec, time_zone zone) {
  std::vector<error> problems;
  if (auto s = parse(spec, std::move(zone), problems)) return std::move(*s);
  auto all = problems.front();
  for (std::size_t i = 1; i < problems.size(); ++i) all.message += "; " + problems[i].message;
  return all;
}

schedule schedule::every(milliseconds interval, timestamp from) {
  schedule s;
  s.interval_ = interval;
  s.from_ = from;
  return s;
}

bool schedule::day_matches(local_days day) const noexcept {
  const std::chrono::year_month_day date(day);
  if (!days_.months[static_cast<unsigned>(date.month())]) return false;
  const bool of_month = days_.days[static_cast<unsigned>(date.day())];
  const bool of_week = days_.weekdays[std::chrono::weekday(day).c_encoding()];
  return days_.either_day ? of_month || of_week : of_month && of_week;
}

bool schedule::matches(timestamp now) const {
  const timestamp minute = std::chrono::floor<minutes>(now);
  const auto due = next_after(minute - microseconds(1));
  return due && *due < minute + minutes(1);
}

std::optional<timestamp> schedule::next_after(timestamp t) const {
  if (interval_.count() > 0) {
    if (t < from_) return from_;
    return from_ + ((t - from_) / interval_ + 1) * interval_;
  }
  // What is due after t has a later local time: where the clocks go back, the first one counts.
  const auto local = zone_.to_local(t);
  local_days day = std::chrono::floor<days>(local);
  auto next = std::ranges::upper_bound(seconds_of_day_,
                                       static_cast<std::uint32_t>(seconds(local - day).count()));
  for (int i = 0; i < search_days; ++i, day += days(1), next = seconds_of_day_.begin()) {
    if (!day_matches(day)) continue;
    for (; next != seconds_of_day_.end(); ++next)
      if (const auto at = zone_.from_local(day + seconds(*next)); at > t) return at;
  }
  return std::nullopt;
}

}  // namespace pitwall
