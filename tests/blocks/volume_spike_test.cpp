#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("volume_spike compares with the average of the volumes before, times the multiplier") {
  block_fixture b("volume_spike", {{"window", 3}, {"multiplier", 2}});
  for (const int v : {10, 20, 30}) {
    const auto out = b.run({{"volume", v}});
    CHECK(out["signal"] == false);
    CHECK(out["average"].is_null());
  }
  SECTION("reached, inclusive; this volume is not part of the average") {
    const auto out = b.run({{"volume", 40}});
    CHECK(out["average"] == 20);
    CHECK(out["signal"] == true);
  }
  SECTION("not reached") { CHECK(b.run({{"volume", dec("39.99")}})["signal"] == false); }
  SECTION("the window moves on") {
    b.run({{"volume", 70}});
    CHECK(b.run({{"volume", 0}})["average"] == 40);
  }
}

TEST_CASE("volume_spike: the defaults are a window of 20 and a multiplier of 1.5") {
  block_fixture b("volume_spike");
  for (int i = 0; i < 20; ++i) CHECK(b.run({{"volume", 100}})["signal"] == false);
  block_fixture just_below = std::move(b);
  const value warm = just_below.state;
  CHECK(just_below.run({{"volume", 149}})["signal"] == false);
  just_below.state = warm;
  CHECK(just_below.run({{"volume", 150}})["signal"] == true);
}

TEST_CASE("volume_spike: no volume is no spike, also where there never was any") {
  block_fixture b("volume_spike", {{"window", 1}});
  b.run({{"volume", 0}});
  CHECK(b.run({{"volume", 0}})["signal"] == false);
  CHECK(b.run({{"volume", 1}})["signal"] == true);
}

TEST_CASE("volume_spike refuses bad inputs and properties") {
  block_fixture b("volume_spike");
  CHECK(mentions(b.failure({{"volume", nullptr}}), "'volume' of volume_spike"));
  CHECK(mentions(b.failure({{"volume", -1}}), "below 0"));
  CHECK(mentions(b.failure({{"volume", 1}, {"multiplier", 0}}), "above 0"));
  CHECK(b.state.is_null());
  CHECK(mentions(block_fixture("volume_spike", {{"window", 0}}).make_failure(), "1 to 1000"));
  CHECK(mentions(block_fixture("volume_spike", {{"window", dec("2.5")}}).make_failure(), "2.5"));
  CHECK(mentions(block_fixture("volume_spike", {{"window", "wide"}}).make_failure(), "number"));
}

TEST_CASE("volume_spike: a smaller window after a redeployment uses the newest volumes") {
  block_fixture wide("volume_spike", {{"window", 3}});
  for (const int v : {100, 10, 10}) wide.run({{"volume", v}});
  block_fixture narrow("volume_spike", {{"window", 2}});
  narrow.state = wide.state;
  CHECK(narrow.run({{"volume", 15}})["signal"] == true);
}
