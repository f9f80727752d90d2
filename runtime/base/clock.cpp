#include "runtime/base/clock.hpp"

#include <algorithm>

namespace pitwall {

namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr timestamp earliest{sys_days{std::chrono::year{0} / 1 / 1}};
constexpr timestamp latest =
    timestamp{sys_days{std::chrono::year{10'000} / 1 / 1}} - std::chrono::microseconds{1};

// Two digits at p; returns the place behind them.
char* put2(char* p, unsigned v) noexcept {
  p[0] = static_cast<char>('0' + v / 10);
  p[1] = static_cast<char>('0' + v % 10);
  return p + 2;
}

// Reads exactly `width` digits from the front.
bool take(std::string_view& text, std::size_t width, int& out) noexcept {
  if (text.size() < width) return false;
  out = 0;
  for (char c : text.substr(0, width)) {
    if (c < '0' || c > '9') return false;
    out = out * 10 + (c - '0');
  }
  text.remove_prefix(width);
  return true;
}

bool take(std::string_view& text, char c) noexcept {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

bool take_date(std::string_view& text, timestamp& out) noexcept {
  int year = 0, month = 0, day = 0;
  if (!take(text, 4, year) || !take(text, '-') || !take(text, 2, month) || !take(text, '-') ||
      !take(text, 2, day)) {
    return false;
  }
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  out = timestamp{sys_days{date}};
  return date.ok();
}

bool take_time(std::string_view& text, timestamp& out) noexcept {
  int hour = 0, minute = 0, second = 0;
  if (!take(text, 2, hour) || !take(text, ':') || !take(text, 2, minute) || !take(text, ':') ||
      !take(text, 2, second) || hour > 23 || minute > 59 || second > 59) {
    return false;
  }
  out += std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
  if (!take(text, '.')) return true;
  int digit = 0, place = 100'000;  // Finer than a microsecond is cut.
  if (!take(text, 1, digit)) return false;
  do {
    out += microseconds{digit * place};
    place /= 10;
  } while (take(text, 1, digit));
  return true;
}

bool take_zone(std::string_view& text, timestamp& out) noexcept {
  if (text.empty() || take(text, 'Z')) return true;
  const int sign = text.front() == '-' ? 1 : -1;
  int hours = 0, minutes = 0;
  if ((!take(text, '+') && !take(text, '-')) || !take(text, 2, hours) || !take(text, ':') ||
      !take(text, 2, minutes) || hours > 23 || minutes > 59) {
    return false;
  }
  out += sign * (std::chrono::hours{hours} + std::chrono::minutes{minutes});
  return true;
}

}  // namespace

timestamp system_wall_clock::now() const noexcept {
  return std::chrono::floor<microseconds>(std::chrono::system_clock::now());
}

void append_iso8601(timestamp t, std::string& out) {
  t = std::clamp(t, earliest, latest);
  const auto day = std::chrono::floor<days>(t);
  const std::chrono::year_month_day date{day};
  const auto within = static_cast<std::uint64_t>((t - day).count());
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  const auto seconds = static_cast<unsigned>(within / 1'000'000);
  const auto fraction = static_cast<unsigned>(within % 1'000'000);

  char text[27];
  char* p = put2(put2(text, year / 100), year % 100);
  *p++ = '-';
  p = put2(p, static_cast<unsigned>(date.month()));
  *p++ = '-';
  p = put2(p, static_cast<unsigned>(date.day()));
  *p++ = 'T';
  p = put2(p, seconds / 3'600);
  *p++ = ':';
  p = put2(p, seconds / 60 % 60);
  *p++ = ':';
  p = put2(p, seconds % 60);
  *p++ = '.';
  p = put2(put2(put2(p, fraction / 10'000), fraction / 100 % 100), fraction % 100);
  *p++ = 'Z';
  out.append(text, static_cast<std::size_t>(p - text));
}

std::string to_iso8601(timestamp t) {
  std::string out;
  append_iso8601(t, out);
  return out;
}

result<timestamp> parse_iso8601(std::string_view text) {
  std::string_view rest = text;
  timestamp t{};
  bool good = take_date(rest, t);
  if (good && !rest.empty()) {
    good = (take(rest, 'T') || take(rest, ' ')) && take_time(rest, t) && take_zone(rest, t) &&
           rest.empty();
  }
  if (!good) {
    return {errc::invalid_argument,
            "'" + std::string(text.substr(0, 40)) + "' is not a time in ISO 8601",
            {},
            "write it like 2026-03-01T12:00:00Z"};
  }
  return t;
}

}  // namespace pitwall
