#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("and, or: the truth tables") {
  block_fixture both("and"), any("or");
  for (const bool a : {false, true}) {
    for (const bool b : {false, true}) {
      CHECK(both.run({{"input1", a}, {"input2", b}})["output"] == (a && b));
      CHECK(any.run({{"input1", a}, {"input2", b}})["output"] == (a || b));
    }
  }
}

TEST_CASE("and, or take further inputs") {
  const std::vector<std::string> slots{"input1", "input2", "input3"};
  block_fixture both("and", {}, slots), any("or", {}, slots);
  CHECK(both.run({{"input1", true}, {"input2", true}, {"input3", false}})["output"] == false);
  CHECK(any.run({{"input1", false}, {"input2", false}, {"input3", true}})["output"] == true);
  CHECK(mentions(both.failure({{"input1", true}, {"input2", true}}), "input3"));
}

TEST_CASE(
    "and, or, not, if: null and other kinds are failures, also where one input would decide") {
  for (const value& bad : {value(), value(1), value("true"), value(value::object{})}) {
    CAPTURE(bad);
    CHECK(block_fixture("and").failure({{"input1", false}, {"input2", bad}}).code ==
          errc::invalid_argument);
    CHECK(mentions(block_fixture("or").failure({{"input1", true}, {"input2", bad}}),
                   "'input2' of or"));
    CHECK(mentions(block_fixture("not").failure({{"input1", bad}}), "'input1' of not"));
    CHECK(mentions(block_fixture("if").failure({{"condition", bad}}), "'condition' of if"));
  }
}

TEST_CASE("not, if") {
  block_fixture no("not"), fork("if");
  CHECK(no.run({{"input1", true}})["output"] == false);
  CHECK(no.run({{"input1", false}, {"input2", nullptr}})["output"] == true);
  CHECK(fork.run({{"condition", true}})["true"] == true);
  CHECK(fork.run({{"condition", true}})["false"] == false);
  CHECK(fork.run({{"condition", false}})["true"] == false);
  CHECK(fork.run({{"condition", false}})["false"] == true);
}

TEST_CASE("switch: exactly one output is true") {
  block_fixture b("switch", {{"case1", "buy"}, {"case2", 2}, {"case3", "buy"}});
  const auto taken = [&](const value& v) {
    const auto out = b.run({{"value", v}});
    std::string names;
    for (const char* name : {"case1", "case2", "case3", "default"}) {
      if (out[name].as_bool()) names += name;
    }
    return names;
  };
  CHECK(taken("buy") == "case1");
  CHECK(taken(2) == "case2");
  CHECK(taken("2.0") == "case2");
  CHECK(taken("sell") == "default");
  CHECK(taken(true) == "default");
  CHECK(mentions(b.failure({{"value", nullptr}}), "'value' of switch"));

  block_fixture empty("switch");
  CHECK(empty.run({{"value", 1}})["default"] == true);
}
