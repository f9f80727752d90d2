#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("compare: numbers by size, also from texts") {
  block_fixture b("compare");
  const auto is = [&](const value& a, const char* op, const value& c) {
    return b.run({{"value1", a}, {"operator", op}, {"value2", c}})["result"].as_bool();
  };
  CHECK(is(1, "==", "1.0"));
  CHECK(is("0.10", "==", "0.1"));
  CHECK(is(1, "!=", 2));
  CHECK(is(2, ">", 1));
  CHECK_FALSE(is(1, ">", 1));
  CHECK(is(dec("0.1"), "<", dec("0.2")));
  CHECK(is(1, ">=", 1));
  CHECK(is(1, "<=", "1"));
  CHECK_FALSE(is("10", "<", "9"));
  CHECK(is("buy", "==", "buy"));
  CHECK(is("buy", "!=", "sell"));
  CHECK(is(true, "==", true));
  CHECK_FALSE(is(true, "==", 1));
  CHECK_FALSE(is("one", "==", 1));
}

TEST_CASE("compare: what cannot be compared is a failure") {
  block_fixture b("compare", {{"operator", ">"}});
  CHECK(mentions(b.failure({{"value1", nullptr}, {"value2", 1}}), "'value1' of compare"));
  CHECK(mentions(b.failure({{"value1", 1}}), "'value2' of compare"));
  CHECK(mentions(b.failure({{"value1", 1}, {"value2", "dear"}}), "'value2' of compare"));
  CHECK(mentions(b.failure({{"value1", "dear"}, {"value2", 1}}), "'value1' of compare"));
  CHECK(mentions(b.failure({{"value1", 1}, {"value2", 1}, {"operator", "=>"}}), "'=>'"));
  CHECK(mentions(b.failure({{"value1", 1}, {"value2", 1}, {"operator", nullptr}}), "operator"));
}

TEST_CASE("threshold: inclusive, and unbounded where a limit is absent") {
  block_fixture b("threshold", {{"min", 1}, {"max", "2"}});
  CHECK(b.run({{"value", 1}})["pass"] == true);
  CHECK(b.run({{"value", 2}})["pass"] == true);
  CHECK(b.run({{"value", dec("2.000000000000000001")}})["pass"] == false);
  CHECK(b.run({{"value", dec("0.999999999999999999")}})["pass"] == false);
  CHECK(block_fixture("threshold", {{"min", 1}}).run({{"value", 1'000'000}})["pass"] == true);
  CHECK(block_fixture("threshold", {{"max", 1}}).run({{"value", -5}})["pass"] == true);
  CHECK(block_fixture("threshold").run({{"value", 0}})["pass"] == true);
}

TEST_CASE("threshold: bad inputs") {
  block_fixture b("threshold", {{"min", 3}, {"max", 2}});
  CHECK(mentions(b.failure({{"value", 1}}), "must not be above max"));
  CHECK(mentions(b.failure({{"value", nullptr}}), "'value' of threshold"));
  CHECK(mentions(b.failure({{"value", 1}, {"max", "high"}}), "'max' of threshold"));
}
