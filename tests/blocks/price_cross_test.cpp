#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("price_cross fires when the change in percent reaches the threshold in size") {
  block_fixture b("price_cross", {{"threshold", 5}});
  SECTION("the first price never fires") {
    const auto out = b.run({{"price", 100}});
    CHECK(out["signal"] == false);
    CHECK(out["change"] == 0);
    CHECK(out["direction"] == "flat");
  }
  SECTION("up, inclusive") {
    b.run({{"price", 100}});
    const auto out = b.run({{"price", 105}});
    CHECK(out["signal"] == true);
    CHECK(out["change"] == 5);
    CHECK(out["direction"] == "up");
  }
  SECTION("down") {
    b.run({{"price", 100}});
    const auto out = b.run({{"price", dec("94.9")}});
    CHECK(out["signal"] == true);
    CHECK(out["change"] == value(dec("-5.1")));
    CHECK(out["direction"] == "down");
  }
  SECTION("just below") {
    b.run({{"price", 100}});
    const auto out = b.run({{"price", dec("104.999999")}});
    CHECK(out["signal"] == false);
    CHECK(out["direction"] == "up");
  }
  SECTION("the previous price is the one before, not the one that fired last") {
    b.run({{"price", 100}});
    b.run({{"price", 104}});
    CHECK(b.run({{"price", 108}})["signal"] == false);
  }
}

TEST_CASE("price_cross: an unchanged price neither fires nor changes the state") {
  block_fixture b("price_cross", {{"threshold", 0}});
  b.run({{"price", 100}});
  const auto out = b.run({{"price", 100}});
  CHECK(out["signal"] == false);
  CHECK_FALSE(out.all().new_state.has_value());
  CHECK(b.run({{"price", dec("100.01")}})["signal"] == true);
}

TEST_CASE("price_cross reads numbers from texts and refuses what is no price") {
  block_fixture b("price_cross", {{"threshold", "5"}});
  b.run({{"price", "100"}});
  const value before = b.state;
  for (const value& bad :
       {value(), value(0), value(-1), value("dear"), value(true), value(value::list{})}) {
    const auto e = b.failure({{"price", bad}});
    CHECK(e.code == errc::invalid_argument);
    CHECK(mentions(e, "'price' of price_cross"));
  }
  CHECK(b.state == before);
  CHECK(b.run({{"price", "110"}})["signal"] == true);
}

TEST_CASE("price_cross: a threshold below 0 or absent is a failure") {
  block_fixture b("price_cross");
  CHECK(mentions(b.failure({{"price", 1}}), "'threshold' of price_cross"));
  CHECK(mentions(b.failure({{"price", 1}, {"threshold", -1}}), "below 0"));
}

TEST_CASE("price_cross: a change too large for a number fires and does not get stuck") {
  block_fixture b("price_cross", {{"threshold", 5}});
  b.run({{"price", decimal::from_raw(1)}});
  const auto out = b.run({{"price", dec("100000")}});
  CHECK(out["signal"] == true);
  CHECK(out["change"].is_null());
  CHECK(b.run({{"price", dec("100001")}})["signal"] == false);
}

TEST_CASE("price_cross starts anew from a state of another shape") {
  block_fixture b("price_cross", {{"threshold", 5}});
  b.state = value(value::list{1, 2});
  CHECK(b.run({{"price", 100}})["signal"] == false);
  CHECK(b.run({{"price", 200}})["signal"] == true);
}
