#include "runtime/base/retry_after.hpp"

#include "tests/support/catch.hpp"

using namespace pitwall;
using std::chrono::seconds;

TEST_CASE("Retry-After is seconds or a date") {
  const auto now = parse_iso8601("1994-11-06T08:49:07Z").value();
  CHECK(parse_retry_after("0", now) == seconds(0));
  CHECK(parse_retry_after("120", now) == seconds(120));
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now) == seconds(30));
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now + seconds(31)) == seconds(0));
  CHECK(*parse_retry_after("99999999999999999999999", now) > seconds(1'000'000'000));
  CHECK(*parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", timestamp::min()) > seconds(1));
  CHECK(parse_retry_after("Sat, 01 Jan 0000 00:00:00 GMT", timestamp::max()) == seconds(0));
  for (const auto* bad : {"", "-1", "+1", "1.5", "soon", "1 ", "Sun, 06 Nov 1994 08:49:37 CET",
                          "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 36 Nov 1994 08:49:37 GMT",
                          "Sun, 06 Nov 1994 08:49:3x GMT"}) {
    CAPTURE(bad);
    CHECK(parse_retry_after(bad, now) == std::nullopt);
  }
}
