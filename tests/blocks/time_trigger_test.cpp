#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("time_trigger: the signal says whether now is scheduled") {
  block_fixture b("time_trigger", {{"schedule", value::list{"12:00"}}});
  b.now = at("2026-03-01T12:00:42Z");
  const auto out = b.run();
  CHECK(out["signal"] == true);
  CHECK(out.all().observed_at == b.now);
  b.now = at("2026-03-01T12:01:00Z");
  CHECK(b.run()["signal"] == false);
}

TEST_CASE("time_trigger: a connected schedule, a time zone, and bad ones") {
  block_fixture b("time_trigger", {{"timezone", "+02:00"}});
  b.now = at("2026-03-01T07:30:00Z");
  CHECK(b.run({{"schedule", "30 9 * * *"}})["signal"] == true);
  CHECK(b.run({{"schedule", value::list{"07:30"}}})["signal"] == false);
  CHECK(mentions(b.failure(), "'schedule' of time_trigger"));
  CHECK(mentions(b.failure({{"schedule", "soon"}}), "soon"));

  block_fixture tokyo("time_trigger", {{"timezone", "Asia/Tokyo"}});
  tokyo.now = at("2026-03-01T00:30:00Z");
  CHECK(tokyo.run({{"schedule", "30 9 * * *"}})["signal"] == true);

  const auto zone = block_fixture("time_trigger", {{"timezone", "Asia/Tokio"}}).make_failure();
  CHECK(mentions(zone, "Asia/Tokio"));
  CHECK(mentions(zone, "under_test"));
  const auto bad = block_fixture("time_trigger", {{"schedule", "25:00"}}).make_failure();
  CHECK(mentions(bad, "25:00"));
  CHECK(mentions(bad, "under_test"));
}
