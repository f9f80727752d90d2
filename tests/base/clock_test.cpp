#include "runtime/base/clock.hpp"

#include <random>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

timestamp at(std::int64_t us) { return timestamp{microseconds{us}}; }

}  // namespace

TEST_CASE("times are shown in UTC with microseconds") {
  CHECK(to_iso8601(at(0)) == "1970-01-01T00:00:00.000000Z");
  CHECK(to_iso8601(at(-1)) == "1969-12-31T23:59:59.999999Z");
  CHECK(to_iso8601(at(1'772'366'400'000'000)) == "2026-03-01T12:00:00.000000Z");
  CHECK(to_iso8601(at(951'782'399'000'042)) == "2000-02-28T23:59:59.000042Z");
  CHECK(to_iso8601(at(951'782'400'000'000)) == "2000-02-29T00:00:00.000000Z");
  std::string out = "t=";
  append_iso8601(at(1), out);
  CHECK(out == "t=1970-01-01T00:00:00.000001Z");
}

TEST_CASE("times beyond four digits of years are shown as the nearest end") {
  CHECK(to_iso8601(timestamp::max()) == "9999-12-31T23:59:59.999999Z");
  CHECK(to_iso8601(timestamp::min()) == "0000-01-01T00:00:00.000000Z");
}

TEST_CASE("ISO 8601 is read in its usual forms") {
  const auto noon = at(1'772'366'400'000'000);
  for (const char* text :
       {"2026-03-01T12:00:00Z", "2026-03-01 12:00:00Z", "2026-03-01T12:00:00",
        "2026-03-01T12:00:00.000000Z", "2026-03-01T12:00:00.0", "2026-03-01T14:30:00+02:30",
        "2026-03-01T00:00:00-12:00", "2026-02-28T23:00:00.0000000-13:00"}) {
    CAPTURE(text);
    auto t = parse_iso8601(text);
    REQUIRE(t.ok());
    CHECK(*t == noon);
  }
  CHECK(*parse_iso8601("2026-03-01") == noon - std::chrono::hours{12});
  CHECK(*parse_iso8601("1970-01-01T00:00:00.5Z") == at(500'000));
  CHECK(*parse_iso8601("1970-01-01T00:00:00.000042Z") == at(42));
  CHECK(*parse_iso8601("1970-01-01T00:00:00.0000429999Z") == at(42));
}

TEST_CASE("what is no time is refused") {
  for (const char* text : {"",
                           "x",
                           "2026",
                           "2026-03",
                           "2026-13-01",
                           "2026-00-10",
                           "2026-02-29",
                           "2026-03-32",
                           "2026-3-1",
                           "2026-03-01T",
                           "2026-03-01T12",
                           "2026-03-01T12:00",
                           "2026-03-01T24:00:00",
                           "2026-03-01T12:60:00",
                           "2026-03-01T12:00:60",
                           "2026-03-01T12:00:00.Z",
                           "2026-03-01T12:00:00+",
                           "2026-03-01T12:00:00+02",
                           "2026-03-01T12:00:00+0200",
                           "2026-03-01T12:00:00+24:00",
                           "2026-03-01T12:00:00Zx",
                           "2026-03-01Z",
                           "2026-03-01T12:00:00z",
                           "+026-03-01",
                           "2026-03-01T-1:00:00"}) {
    CAPTURE(text);
    auto t = parse_iso8601(text);
    REQUIRE_FALSE(t.ok());
    CHECK(t.error().code == errc::invalid_argument);
    CHECK_FALSE(t.error().remedy.empty());
  }
}

TEST_CASE("property: text and time round trip, and text sorts as time") {
  const std::uint64_t seed = 5;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  // The years 0 to 9999 in microseconds since 1970.
  std::uniform_int_distribution<std::int64_t> moment(-62'167'219'200'000'000,
                                                     253'402'300'799'999'999);
  auto earlier = at(0);
  for (int i = 0; i < 20'000; ++i) {
    const auto t = at(moment(random));
    const auto text = to_iso8601(t);
    CAPTURE(text);
    REQUIRE(text.size() == 27);
    auto back = parse_iso8601(text);
    REQUIRE(back.ok());
    REQUIRE(*back == t);
    REQUIRE((to_iso8601(earlier) < text) == (earlier < t));
    earlier = t;
  }
}

TEST_CASE("the system's clock runs in this century") {
  const system_wall_clock clock;
  const auto now = clock.now();
  CHECK(now > *parse_iso8601("2020-01-01"));
  CHECK(clock.now() + std::chrono::hours{1} > now);
}
