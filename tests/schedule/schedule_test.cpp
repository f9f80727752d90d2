#include "runtime/schedule/schedule.hpp"

#include <random>

#include "tests/support/catch.hpp"

using namespace pitwall;
using std::chrono::minutes;

namespace {

timestamp at(std::string_view text) { return parse_iso8601(text).value(); }

bool mentions(const error& e, std::string_view part) {
  return e.to_string().find(part) != std::string::npos;
}

time_zone zone(std::string_view name) {
  auto z = time_zone::find(name);
  INFO((z.ok() ? std::string() : z.error().to_string()));
  REQUIRE(z.ok());
  return *z;
}

schedule parsed(const value& spec, std::string_view name = "UTC") {
  auto s = schedule::parse(spec, zone(name));
  INFO((s.ok() ? std::string() : s.error().to_string()));
  REQUIRE(s.ok());
  return *s;
}

std::string next(const value& spec, std::string_view from, std::string_view name = "UTC") {
  const auto t = parsed(spec, name).next_after(at(from));
  return t ? to_iso8601(*t).substr(0, 16) : "never";
}

/// The moments after `from`, to the second, so many.
std::string following(const schedule& s, std::string_view from, int count) {
  std::string all;
  auto t = at(from);
  for (int i = 0; i < count; ++i) {
    const auto due = s.next_after(t);
    REQUIRE(due.has_value());
    REQUIRE(*due > t);
    t = *due;
    all += (all.empty() ? "" : " ") + to_iso8601(t).substr(11, 8);
  }
  return all;
}

bool refused(const value& spec, std::string_view because) {
  const auto s = schedule::parse(spec);
  if (s.ok()) return false;
  INFO(s.error().to_string());
  CHECK(s.error().code == errc::invalid_argument);
  return mentions(s.error(), because);
}

}  // namespace

TEST_CASE("times of day match within their minute, on every day") {
  const auto s = parsed(value::list{"09:30", "16:00"});
  CHECK(s.matches(at("2026-03-01T09:30:00Z")));
  CHECK(s.matches(at("2026-03-02T16:00:59.999999Z")));
  CHECK_FALSE(s.matches(at("2026-03-01T09:31:00Z")));
  CHECK_FALSE(s.matches(at("2026-03-01T09:29:59.999999Z")));
  CHECK(next(value::list{"09:30", "16:00"}, "2026-03-01T09:30:00Z") == "2026-03-01T16:00");
  CHECK(next(value::list{"16:00", "09:30"}, "2026-03-01T16:00:10Z") == "2026-03-02T09:30");
  CHECK(next("9:05", "2025-12-31T23:59:59Z") == "2026-01-01T09:05");
  const auto fine = parsed(value::list{"09:30:15", "09:30:15", "09:30:05"});
  CHECK(following(fine, "2026-03-01T09:30:05Z", 2) == "09:30:15 09:30:05");
  CHECK(fine.matches(at("2026-03-01T09:30:00Z")));
}

TEST_CASE("an interval counts from its start, through every change of the clocks") {
  const auto s = schedule::every(minutes(5), at("2026-03-29T00:52:00Z"));
  CHECK(following(s, "2026-03-01T00:00:00Z", 4) == "00:52:00 00:57:00 01:02:00 01:07:00");
  CHECK(following(s, "2026-03-29T00:56:59.999999Z", 1) == "00:57:00");
  CHECK(following(schedule::every(minutes(5)), "2026-03-29T00:57:00Z", 2) == "01:00:00 01:05:00");
}

TEST_CASE("cron expressions") {
  CHECK(next("*/15 * * * *", "2026-03-01T12:00:00Z") == "2026-03-01T12:15");
  CHECK(next("0 0 * * *", "2026-03-01T00:00:00Z") == "2026-03-02T00:00");
  CHECK(next("30 9-17/4 * * *", "2026-03-01T10:00:00Z") == "2026-03-01T13:30");
  CHECK(next("5/20 8 * * *", "2026-03-01T08:05:00Z") == "2026-03-01T08:25");
  CHECK(next("0 9 * * mon-fri", "2026-03-07T00:00:00Z") == "2026-03-09T09:00");  // a Saturday
  CHECK(next("0 9 * * 7", "2026-03-02T00:00:00Z") == "2026-03-08T09:00");
  CHECK(next("0 9 * * SUN", "2026-03-02T00:00:00Z") == "2026-03-08T09:00");
  CHECK(next("0 0 1 jan,jul *", "2026-03-01T00:00:00Z") == "2026-07-01T00:00");
  CHECK(next("0 0 29 2 *", "2096-03-01T00:00:00Z") == "2104-02-29T00:00");
  CHECK(next("  0   12 * * * ", "2026-03-01T00:00:00Z") == "2026-03-01T12:00");
  CHECK(next("@hourly", "2026-03-01T12:00:00Z") == "2026-03-01T13:00");
  CHECK(next("@daily", "2026-03-01T12:00:00Z") == "2026-03-02T00:00");
  CHECK(next("@midnight", "2026-03-01T12:00:00Z") == "2026-03-02T00:00");
  CHECK(next("@weekly", "2026-03-02T00:00:00Z") == "2026-03-08T00:00");
  CHECK(next("@monthly", "2026-03-02T00:00:00Z") == "2026-04-01T00:00");
  CHECK(next("@yearly", "2026-03-02T00:00:00Z") == "2027-01-01T00:00");
  CHECK(next("@annually", "2026-03-02T00:00:00Z") == "2027-01-01T00:00");
}

TEST_CASE("cron: two restricted days add up, a star narrows") {
  CHECK(next("0 0 13 * fri", "2026-03-01T00:00:00Z") == "2026-03-06T00:00");
  CHECK(next("0 0 13 * fri", "2026-03-07T00:00:00Z") == "2026-03-13T00:00");
  CHECK(next("0 0 12 * fri", "2026-03-07T00:00:00Z") == "2026-03-12T00:00");
  // Every odd day of the month that is a Friday.
  CHECK(next("0 0 */2 * fri", "2026-03-01T00:00:00Z") == "2026-03-13T00:00");
  // A leap day that is a Sunday: 40 years, with 2100 in between.
  CHECK(next("0 0 29 2 */7", "2088-03-01T00:00:00Z") == "2128-02-29T00:00");
}

TEST_CASE("a schedule is in its time zone") {
  CHECK(next(value::list{"09:30"}, "2026-03-01T00:00:00Z", "+02:00") == "2026-03-01T07:30");
  CHECK(next(value::list{"00:30"}, "2026-03-01T00:00:00Z", "+02:00") == "2026-03-01T22:30");
  CHECK(next("0 0 1 * *", "2026-03-02T00:00:00Z", "-05:00") == "2026-04-01T05:00");
  CHECK(parsed("0 0 1 * *", "-05:00").matches(at("2026-04-01T05:00:30Z")));
  CHECK(next("0 9 * * *", "2026-01-15T00:00:00Z", "Europe/London") == "2026-01-15T09:00");
  CHECK(next("0 9 * * *", "2026-07-15T00:00:00Z", "Europe/London") == "2026-07-15T08:00");
  CHECK(next("0 9 * * *", "2026-07-15T00:00:00Z", "Asia/Kolkata") == "2026-07-15T03:30");
  CHECK(next("30 9 * * mon-fri", "2035-07-07T00:00:00Z", "America/New_York") == "2035-07-09T13:30");
}

TEST_CASE("in spring what the clocks leap over is due at the moment after the leap, once") {
  // 2026-03-29 in London: at 01:00 UTC it is 02:00.
  CHECK(following(parsed("30 1 * * *", "Europe/London"), "2026-03-28T12:00:00Z", 2) ==
        "01:00:00 00:30:00");
  CHECK(following(parsed("*/20 * * * *", "Europe/London"), "2026-03-29T00:20:00Z", 3) ==
        "00:40:00 01:00:00 01:20:00");
  CHECK(parsed("30 1 * * *", "Europe/London").matches(at("2026-03-29T01:00:10Z")));
  // Samoa left out a whole day: 2011-12-30 was not.
  CHECK(next("0 12 30 12 *", "2011-12-30T00:00:00Z", "Pacific/Apia") == "2011-12-30T10:00");
}

TEST_CASE("in autumn what comes twice is due the first time alone") {
  // 2026-10-25 in London: at 01:00 UTC it is 01:00 again.
  CHECK(following(parsed("30 1 * * *", "Europe/London"), "2026-10-24T12:00:00Z", 2) ==
        "00:30:00 01:30:00");
  CHECK(following(parsed("*/30 * * * *", "Europe/London"), "2026-10-25T00:00:00Z", 3) ==
        "00:30:00 02:00:00 02:30:00");
  const auto s = parsed("30 1 * * *", "Europe/London");
  CHECK(s.matches(at("2026-10-25T00:30:10Z")));
  CHECK_FALSE(s.matches(at("2026-10-25T01:30:10Z")));
  // Where the clocks go back over midnight: Havana, 01:00 to 00:00.
  CHECK(following(parsed("0,45 0 * * *", "America/Havana"), "2019-11-03T03:00:00Z", 3) ==
        "04:00:00 04:45:00 05:00:00");
}

TEST_CASE("time zones have names, or are fixed offsets") {
  for (const char* name : {"Europe/Nowhere", "europe/london", "+2", "+25:00", "+14:01", "", "02:00",
                           "+02:60", "../../etc/passwd", "/etc/passwd"}) {
    const auto z = time_zone::find(name);
    CAPTURE(name);
    REQUIRE_FALSE(z.ok());
    CHECK(mentions(z.error(), "fixed offset"));
  }
  CHECK(time_zone::find("Z")->name() == "UTC");
  CHECK(time_zone::find("-05:30")->name() == "-05:30");
}

TEST_CASE("bad schedules say what is wrong, all of it") {
  CHECK(refused(value::list{}, "no time"));
  CHECK(refused(value::list(1'441, "12:00"), "1441 times"));
  CHECK(refused(value::list{"24:00"}, "'24:00'"));
  CHECK(refused(value::list{"12:00:60"}, "'12:00:60'"));
  CHECK(refused(value::list{"12:00", 5}, "an entry"));
  CHECK(refused("12:60", "12:60"));
  CHECK(refused("12:00:", "12:00:"));
  CHECK(refused("* * * *", "five fields"));
  CHECK(refused("", "five fields"));
  CHECK(refused("@reboot", "five fields"));
  CHECK(refused("60 * * * *", "minute"));
  CHECK(refused("* 24 * * *", "hour"));
  CHECK(refused("* * 0 * *", "day of month"));
  CHECK(refused("* * * 13 *", "month"));
  CHECK(refused("* * * * 8", "day of week"));
  CHECK(refused("*/0 * * * *", "*/0"));
  CHECK(refused("5-1 * * * *", "5-1"));
  CHECK(refused("1,,2 * * * *", "minute"));
  CHECK(refused("* * * foo *", "foo"));
  CHECK(refused("0 0 30 2 *", "never comes"));
  CHECK(refused("0 0 31 4,6,9,11 *", "never comes"));
  CHECK(refused(value(5), "neither"));
  const auto all = schedule::parse("61 25 * 13 *");
  REQUIRE_FALSE(all.ok());
  for (const char* part : {"'61'", "'25'", "'13'"}) CHECK(mentions(all.error(), part));
  const auto times = schedule::parse(value::list{"1:0", "25:00"});
  REQUIRE_FALSE(times.ok());
  for (const char* part : {"'1:0'", "'25:00'"}) CHECK(mentions(times.error(), part));
}
