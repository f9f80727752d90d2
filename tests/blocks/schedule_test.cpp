#include "runtime/blocks/schedule.hpp"

#include <random>

#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;
using std::chrono::minutes;

namespace {

schedule parsed(const value& spec, int offset_minutes = 0) {
  auto s = schedule::parse(spec, minutes(offset_minutes));
  INFO((s.ok() ? std::string() : s.error().to_string()));
  REQUIRE(s.ok());
  return *s;
}

std::string next(const value& spec, std::string_view from, int offset_minutes = 0) {
  const auto t = parsed(spec, offset_minutes).next_after(at(from));
  return t ? to_iso8601(*t).substr(0, 16) : "never";
}

bool refused(const value& spec, std::string_view because) {
  const auto s = schedule::parse(spec, minutes(0));
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
}

TEST_CASE("cron: two restricted days add up, a star narrows") {
  CHECK(next("0 0 13 * fri", "2026-03-01T00:00:00Z") == "2026-03-06T00:00");
  CHECK(next("0 0 13 * fri", "2026-03-07T00:00:00Z") == "2026-03-13T00:00");
  CHECK(next("0 0 12 * fri", "2026-03-07T00:00:00Z") == "2026-03-12T00:00");
  // Every odd day of the month that is a Friday.
  CHECK(next("0 0 */2 * fri", "2026-03-01T00:00:00Z") == "2026-03-13T00:00");
}

TEST_CASE("a schedule is in its time zone") {
  CHECK(next(value::list{"09:30"}, "2026-03-01T00:00:00Z", 120) == "2026-03-01T07:30");
  CHECK(next(value::list{"00:30"}, "2026-03-01T00:00:00Z", 120) == "2026-03-01T22:30");
  CHECK(next("0 0 1 * *", "2026-03-02T00:00:00Z", -300) == "2026-04-01T05:00");
  CHECK(parsed("0 0 1 * *", -300).matches(at("2026-04-01T05:00:30Z")));
}

TEST_CASE("time zones are UTC and fixed offsets; names are refused") {
  CHECK(*parse_time_zone("UTC") == minutes(0));
  CHECK(*parse_time_zone("+02:00") == minutes(120));
  CHECK(*parse_time_zone("-05:30") == minutes(-330));
  for (const char* name :
       {"Europe/Berlin", "CET", "+2", "+25:00", "+14:01", "", "02:00", "+02:60"}) {
    const auto z = parse_time_zone(name);
    CAPTURE(name);
    REQUIRE_FALSE(z.ok());
    CHECK(mentions(z.error(), "fixed offset"));
  }
}

TEST_CASE("bad schedules say what is wrong") {
  CHECK(refused(value::list{}, "no time"));
  CHECK(refused(value::list{"24:00"}, "'24:00'"));
  CHECK(refused(value::list{"12:00", 5}, "an entry"));
  CHECK(refused("12:60", "12:60"));
  CHECK(refused("* * * *", "five fields"));
  CHECK(refused("", "five fields"));
  CHECK(refused("60 * * * *", "minute"));
  CHECK(refused("* 24 * * *", "hour"));
  CHECK(refused("* * 0 * *", "day of month"));
  CHECK(refused("* * * 13 *", "month"));
  CHECK(refused("* * * * 8", "day of week"));
  CHECK(refused("*/0 * * * *", "*/0"));
  CHECK(refused("5-1 * * * *", "5-1"));
  CHECK(refused("1,,2 * * * *", "minute"));
  CHECK(refused("* * * foo *", "foo"));
  CHECK(refused("0 0 31 2 *", "never comes"));
  CHECK(refused(value(5), "neither"));
}

TEST_CASE("next_after is the first minute that matches") {
  const std::uint64_t seed = 42;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const char* specs[] = {"*/7 3,9-11 * * *", "0 0 1,15 * mon", "59 23 * 12 *", "1 2 3 * *"};
  for (const char* spec : specs) {
    const auto s = parsed(spec, 90);
    for (int i = 0; i < 5; ++i) {
      const timestamp from{std::chrono::seconds(1'700'000'000 + random() % 100'000'000)};
      const auto found = s.next_after(from);
      REQUIRE(found.has_value());
      CAPTURE(spec, to_iso8601(from), to_iso8601(*found));
      CHECK(*found > from);
      CHECK(s.matches(*found));
      int matches_between = 0;
      auto t = std::chrono::floor<minutes>(from) + minutes(1);
      for (; t < *found && t < from + std::chrono::days(40); t += minutes(1)) {
        matches_between += s.matches(t) ? 1 : 0;
      }
      CHECK(matches_between == 0);
    }
  }
}
