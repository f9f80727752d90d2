// Against the slow and obvious way: every minute of real time is looked at, and the clock on the
// wall said aloud.
#include <array>
#include <cstdlib>
#include <random>
#include <set>
#include <string>

#include "runtime/schedule/schedule.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using std::chrono::days;
using std::chrono::local_seconds;
using std::chrono::minutes;

namespace {

struct random_field {
  std::string text;
  std::set<unsigned> chosen;
  bool star = false;
};

random_field make_field(std::mt19937_64& random, unsigned low, unsigned high) {
  const auto pick = [&](unsigned from, unsigned to) {
    return from + static_cast<unsigned>(random() % (to - from + 1));
  };
  random_field f;
  const auto take = [&](unsigned from, unsigned to, unsigned step) {
    for (auto i = from; i <= to; i += step) f.chosen.insert(i);
  };
  const auto kind = pick(0, 5);
  if (kind <= 1) {
    const auto step = kind == 0 ? 1 : pick(2, 12);
    f.text = step == 1 ? "*" : "*/" + std::to_string(step);
    f.star = true;
    take(low, high, step);
    return f;
  }
  const auto parts = pick(1, 3);
  for (unsigned i = 0; i < parts; ++i) {
    const auto a = pick(low, high), b = pick(a, high), step = pick(1, 5);
    f.text += f.text.empty() ? "" : ",";
    switch (pick(0, 2)) {
      case 0:
        f.text += std::to_string(a);
        take(a, a, 1);
        break;
      case 1:
        f.text += std::to_string(a) + "-" + std::to_string(b);
        take(a, b, 1);
        break;
      default:
        f.text += std::to_string(a) + "-" + std::to_string(b) + "/" + std::to_string(step);
        take(a, b, step);
    }
  }
  return f;
}

struct random_cron {
  random_field minute, hour, day, month, weekday;

  std::string text() const {
    return minute.text + " " + hour.text + " " + day.text + " " + month.text + " " + weekday.text;
  }
  bool names(local_seconds at) const {
    const auto date = std::chrono::floor<days>(at);
    const std::chrono::year_month_day ymd(date);
    const std::chrono::hh_mm_ss clock(at - date);
    const auto week = std::chrono::weekday(date).c_encoding();
    const bool of_month = day.chosen.count(static_cast<unsigned>(ymd.day())) > 0;
    const bool of_week =
        weekday.chosen.count(week) > 0 || (week == 0 && weekday.chosen.count(7) > 0);
    const bool on_day = day.star || weekday.star ? of_month && of_week : of_month || of_week;
    return on_day && month.chosen.count(static_cast<unsigned>(ymd.month())) > 0 &&
           hour.chosen.count(static_cast<unsigned>(clock.hours().count())) > 0 &&
           minute.chosen.count(static_cast<unsigned>(clock.minutes().count())) > 0;
  }
};

random_cron make_cron(std::mt19937_64& random) {
  return {make_field(random, 0, 59), make_field(random, 0, 23), make_field(random, 1, 31),
          make_field(random, 1, 12), make_field(random, 0, 7)};
}

/// What is due within a span, by looking at each of its minutes.
std::vector<timestamp> by_the_minute(const random_cron& cron, const time_zone& zone, timestamp from,
                                     timestamp to) {
  std::vector<timestamp> due;
  auto shown = zone.to_local(from - days(2));  // The latest that the clock has shown so far.
  for (auto t = from - days(2); t <= to; t += minutes(1)) {
    const auto local = zone.to_local(t);
    bool is_due = false;
    for (; shown < local; is_due = is_due || cron.names(shown)) shown += minutes(1);
    if (is_due && t > from) due.push_back(t);
  }
  return due;
}

}  // namespace

TEST_CASE("next_after finds what a look at every minute finds, in any zone") {
  const auto* given = std::getenv("PITWALL_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device()();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  constexpr std::array zones{"UTC",           "Europe/London",       "America/New_York",
                             "Asia/Kolkata",  "Australia/Lord_Howe", "America/Havana",
                             "Pacific/Apia",  "America/Sao_Paulo",   "Africa/Casablanca",
                             "Asia/Tehran",   "Pacific/Chatham",     "+05:45",
                             "Europe/Dublin", "America/St_Johns",    "Antarctica/Troll"};
  std::size_t compared = 0;
  for (int i = 0; i < 60; ++i) {
    const auto cron = make_cron(random);
    const auto* name = zones[random() % zones.size()];
    const auto zone = time_zone::find(name);
    REQUIRE(zone.ok());
    auto s = schedule::parse(cron.text(), *zone);
    CAPTURE(cron.text(), name);
    if (!s.ok()) {
      CHECK(s.error().message.find("never comes") != std::string::npos);
      continue;
    }
    // 1995 to 2035; on every other turn right at a change of New York's or London's clocks.
    auto from = timestamp(std::chrono::seconds(788'918'400 + random() % 1'262'304'000 / 60 * 60));
    if (i % 2 == 0) {
      const auto year = std::chrono::year(2000 + static_cast<int>(random() % 30));
      const auto month = std::chrono::month(i % 4 == 0 ? 3 : 10 + random() % 2);
      from = std::chrono::sys_days(year / month / std::chrono::day(1 + random() % 20));
    }
    const auto to = from + days(20);
    CAPTURE(to_iso8601(from));
    auto last = from;
    for (const auto expected : by_the_minute(cron, *zone, from, to)) {
      const auto found = s->next_after(last);
      REQUIRE(found.has_value());
      if (*found != expected) {
        CAPTURE(to_iso8601(last), to_iso8601(*found), to_iso8601(expected));
        REQUIRE(*found == expected);
      }
      last = *found;
      ++compared;
    }
    const auto beyond = s->next_after(last);
    CHECK((!beyond || *beyond > to));
  }
  CHECK(compared > 100);
}
