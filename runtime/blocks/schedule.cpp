#include "runtime/blocks/schedule.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <span>
#include <string>
#include <vector>

namespace pitwall {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::sys_days;

// A leap day is the rarest date; it comes again within eight years (1896, 1904).
constexpr int longest_wait_days = 8 * 366 + 1;

error bad(std::string message, std::string remedy) {
  return error{errc::invalid_argument, std::move(message), "", std::move(remedy)};
}

std::optional<unsigned> digits(std::string_view text, std::size_t longest) noexcept {
  unsigned n = 0;
  if (text.empty() || text.size() > longest) return std::nullopt;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return n;
}

/// Minutes of the day of "HH:MM" (or "H:MM").
std::optional<unsigned> time_of_day(std::string_view text) noexcept {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || text.size() != colon + 3) return std::nullopt;
  const auto hour = digits(text.substr(0, colon), 2), minute = digits(text.substr(colon + 1), 2);
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  return *hour * 60 + *minute;
}

struct field {
  std::string_view name;
  unsigned low, high;
  std::span<const std::string_view> words;  ///< Names of low, low + 1, ...
};

constexpr std::array<std::string_view, 12> month_words{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_words{"sun", "mon", "tue", "wed",
                                                        "thu", "fri", "sat"};
constexpr std::array<field, 5> fields{{{"minute", 0, 59, {}},
                                       {"hour", 0, 23, {}},
                                       {"day of month", 1, 31, {}},
                                       {"month", 1, 12, month_words},
                                       {"day of week", 0, 7, weekday_words}}};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<unsigned> field_value(const field& f, std::string_view text) {
  if (const auto n = digits(text, 2)) {
    return *n >= f.low && *n <= f.high ? n : std::nullopt;
  }
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto word = std::ranges::find(f.words, std::string_view(lower));
  if (word == f.words.end()) return std::nullopt;
  return f.low + static_cast<unsigned>(word - f.words.begin());
}

error bad_field(const field& f, std::string_view part) {
  return bad("'" + std::string(part) + "' is no " + std::string(f.name) + " of a cron expression",
             "use *, numbers from " + std::to_string(f.low) + " to " + std::to_string(f.high) +
                 ", ranges (1-5), lists (1,3) or steps (*/15)");
}

/// One element of a field's list: "*", "a", "a-b", each with an optional "/step".
status add_range(const field& f, std::string_view part, std::bitset<64>& chosen) {
  const auto slash = part.find('/');
  const std::string_view range = part.substr(0, slash);
  unsigned step = 1;
  if (slash != std::string_view::npos) {
    const auto n = digits(part.substr(slash + 1), 2);
    if (!n || *n == 0) return bad_field(f, part);
    step = *n;
  }
  unsigned first = f.low, last = f.high;
  if (range != "*") {
    const auto dash = range.find('-');
    const auto a = field_value(f, range.substr(0, dash));
    if (!a) return bad_field(f, part);
    first = *a;
    // As in cron: "5/15" is every 15 from 5 on.
    last = slash == std::string_view::npos ? *a : f.high;
    if (dash != std::string_view::npos) {
      const auto b = field_value(f, range.substr(dash + 1));
      if (!b || *b < first) return bad_field(f, part);
      last = *b;
    }
  }
  for (unsigned i = first; i <= last; i += step) chosen.set(i);
  return done{};
}

result<std::bitset<64>> parse_field(const field& f, std::string_view text) {
  std::bitset<64> chosen;
  for (const std::string_view part : split(text, ',')) PITWALL_CHECK(add_range(f, part, chosen));
  return chosen;
}

}  // namespace

result<minutes> parse_time_zone(std::string_view text) {
  if (text == "UTC" || text == "Z" || text == "utc") return minutes(0);
  const bool is_signed = !text.empty() && (text[0] == '+' || text[0] == '-');
  if (is_signed && text.size() == 6) {
    const auto at = time_of_day(text.substr(1));
    if (at && *at <= 14 * 60) {
      const int n = static_cast<int>(*at);
      return minutes(text[0] == '-' ? -n : n);
    }
  }
  return bad("time zone '" + std::string(text) + "' is not supported",
             "use UTC or a fixed offset such as +02:00; a zone with daylight saving time needs "
             "a schedule per season");
}

result<schedule> schedule::parse_times(const value::list& times) {
  schedule s;
  for (const value& v : times) {
    const auto at = v.is_text() ? time_of_day(v.as_text()) : std::nullopt;
    if (!at) {
      const std::string shown = v.is_text() ? "'" + v.as_text() + "'" : "an entry";
      return bad(shown + " of the schedule is no time of day", "write HH:MM, as in 09:30");
    }
    s.minutes_.set(*at);
  }
  if (s.minutes_.none()) return bad("the schedule has no time", "list at least one HH:MM");
  s.days_.set();
  s.months_.set();
  s.weekdays_.set();
  return s;
}

result<schedule> schedule::parse_cron(std::string_view text) {
  std::vector<std::string_view> parts = split(text, ' ');
  std::erase(parts, std::string_view());
  if (parts.size() != fields.size()) {
    return bad("'" + std::string(text) + "' is neither HH:MM nor a cron expression of five fields",
               "write minute hour day-of-month month day-of-week, as in '*/15 9-17 * * mon-fri'");
  }
  std::array<std::bitset<64>, 5> chosen;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    PITWALL_TRY(bits, parse_field(fields[i], parts[i]));
    chosen[i] = bits;
  }
  schedule s;
  for (unsigned h = 0; h < 24; ++h) {
    for (unsigned m = 0; m < 60; ++m) s.minutes_.set(h * 60 + m, chosen[0][m] && chosen[1][h]);
  }
  for (unsigned d = 1; d <= 31; ++d) s.days_.set(d, chosen[2][d]);
  for (unsigned m = 1; m <= 12; ++m) s.months_.set(m, chosen[3][m]);
  for (unsigned w = 0; w < 7; ++w) s.weekdays_.set(w, chosen[4][w] || (w == 0 && chosen[4][7]));
  // As in Vixie's cron: a field that begins with * narrows the other one instead of adding to it.
  s.either_day_ = parts[2].front() != '*' && parts[4].front() != '*';
  if (!s.next_after(timestamp{})) {
    return bad("the cron expression '" + std::string(text) + "' names a date that never comes",
               "check its day of month and month");
  }
  return s;
}

result<schedule> schedule::parse(const value& spec, minutes offset) {
  const auto parsed = [&]() -> result<schedule> {
    if (spec.is_list()) return parse_times(spec.as_list());
    if (!spec.is_text()) {
      return bad("the schedule is neither a list nor a text",
                 "write a list of HH:MM, or a cron expression");
    }
    if (spec.as_text().find(':') != std::string::npos) return parse_times({spec});
    return parse_cron(spec.as_text());
  };
  PITWALL_TRY(s, parsed());
  s.offset_ = offset;
  return s;
}

bool schedule::day_matches(sys_days day) const noexcept {
  const std::chrono::year_month_day date(day);
  if (!months_[static_cast<unsigned>(date.month())]) return false;
  const bool of_month = days_[static_cast<unsigned>(date.day())];
  const bool of_week = weekdays_[std::chrono::weekday(day).c_encoding()];
  return either_day_ ? of_month || of_week : of_month && of_week;
}

bool schedule::matches(timestamp now) const noexcept {
  const local_minutes local = std::chrono::floor<minutes>(now) + offset_;
  const sys_days day = std::chrono::floor<days>(local);
  return minutes_[static_cast<std::size_t>((local - day).count())] && day_matches(day);
}

std::optional<timestamp> schedule::next_after(timestamp t) const noexcept {
  const local_minutes from = std::chrono::floor<minutes>(t) + offset_ + minutes(1);
  sys_days day = std::chrono::floor<days>(from);
  auto first = static_cast<std::size_t>((from - day).count());
  for (int i = 0; i < longest_wait_days; ++i, day += days(1), first = 0) {
    if (!day_matches(day)) continue;
    for (std::size_t m = first; m < minutes_.size(); ++m) {
      if (minutes_[m]) return local_minutes(day) + minutes(m) - offset_;
    }
  }
  return std::nullopt;
}

}  // namespace pitwall
