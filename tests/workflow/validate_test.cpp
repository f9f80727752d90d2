#include "runtime/workflow/validate.hpp"

#include "tests/support/catch.hpp"
#include "tests/workflow/problems.hpp"
#include "tests/workflow/tiny_catalog.hpp"
#include "tests/workflow/workflow_builder.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

const tiny_catalog& catalog() {
  static const tiny_catalog all;
  return all;
}

validation checked(const workflow_builder& w) { return validate(w.done(), catalog()); }

/// feed -> cross -> buy: valid; what tests add to it is what they test.
workflow_builder trading() {
  workflow_builder w;
  w.block("feed", "feed", "providers", R"({"symbol":"BTC"})");
  w.block("cross", "cross", "triggers");
  w.block("buy", "buy", "actions", R"({"amount":1})");
  w.link("feed", 0, "cross", 0).link("cross", 0, "buy", 0);
  return w;
}

void expect_error(const workflow_builder& w, std::string_view pointer, std::string_view part) {
  const auto out = checked(w);
  INFO(all_of(out.problems));
  CHECK(has_error(out.problems, pointer, part));
  CHECK(count_errors(out.problems) == 1);
  CHECK(out.result == nullptr);
}

}  // namespace

TEST_CASE("validate: a sound workflow has no problems", "[validate]") {
  const auto out = checked(trading());
  INFO(all_of(out.problems));
  CHECK(out.problems.empty());
  REQUIRE(out.result != nullptr);
  CHECK(out.result->nodes.size() == 3);
}

TEST_CASE("validate: ids, types and categories", "[validate]") {
  expect_error(trading().block("feed", "feed", "providers"), "/blocks/3/id", "/blocks/0");
  expect_error(trading().block("b", "crosss", "triggers"), "/blocks/3/type",
               "did you mean 'cross'?");
  expect_error(trading().block("b", "teleport", "triggers"), "/blocks/3/type",
               "any, buy, cross, feed, gate, notify, sell, total");
  expect_error(trading().block("b", "feed", "provider"), "/blocks/3/category",
               "did you mean 'providers'?");
  expect_error(trading().block("b", "feed", "risk"), "/blocks/3/category",
               "of category 'providers', not 'risk'");
  const auto none = checked(trading().block("b", "feed", "").block("c", "feed", ""));
  CHECK(
      has_warning(none.problems, "/blocks/3", "no category; that of its type is taken (2 times)"));
  REQUIRE(none.result != nullptr);
  CHECK(none.result->nodes[1].identity->category == "providers");
}

TEST_CASE("validate: continue is not for actions, whatever the file says they are", "[validate]") {
  auto w = trading();
  w.block("b", "notify", "", R"({"signal":true})").policy(on_error::proceed);
  const auto out = checked(w);
  INFO(all_of(out.problems));
  CHECK(has_error(out.problems, "/blocks/3/on_error", "not allowed for actions"));
}

TEST_CASE("validate: connections name blocks and ports that exist", "[validate]") {
  expect_error(trading().link("fee", 0, "cross", 1), "/connections/2/from/blockId",
               "did you mean 'feed'?");
  expect_error(trading().link("feed", 0, "nowhere", 1), "/connections/2/to/blockId",
               "the blocks are: feed, cross, buy");
  expect_error(trading().link("feed", 2, "cross", 1), "/connections/2/from/index",
               "its outputs are: 0 price, 1 book");
  expect_error(trading().link("feed", 0, "cross", 2), "/connections/2/to/index",
               "its inputs are: 0 price, 1 threshold");
  expect_error(trading().link("cross", 1, "feed", 0), "/connections/2/to/index",
               "it has no inputs");
}

TEST_CASE("validate: empty port lists are told from types without ports", "[validate]") {
  auto w = workflow_builder().block("f", "feed", "providers").outputs({});
  w.block("c", "cross", "triggers", R"({"price":1})").inputs({}).link("f", 0, "c", 0);
  const auto out = checked(w);
  INFO(all_of(out.problems));
  CHECK(has_error(out.problems, "/connections/0/from/index", "leave 'outputs' out"));
  CHECK(has_error(out.problems, "/connections/0/to/index", "leave 'inputs' out"));
}

TEST_CASE("validate: an input takes one connection", "[validate]") {
  expect_error(trading().link("cross", 1, "cross", 0), "/connections/2/to",
               "already fed by /connections/0");
  expect_error(trading().link("feed", 0, "cross", 0), "/connections/2/to", "already fed");
}

TEST_CASE("validate: kinds of connected ports must fit", "[validate]") {
  expect_error(trading().link("feed", 1, "cross", 1), "/connections/2",
               "output 'book' of block 'feed' is of kind object, input 'threshold' of block "
               "'cross' of kind number");
  auto w = trading().block("any", "any", "conditions").link("feed", 1, "any", 0);
  w.link("any", 0, "cross", 1);
  CHECK(checked(w).problems.empty());
  auto v = trading().block("t", "total", "conditions", R"({"operation":"add","value1":1})");
  expect_error(v.link("cross", 0, "t", 3), "/connections/2", "input 'value4' of block 't'");
}

TEST_CASE("validate: properties are of their kind and within their bounds", "[validate]") {
  struct row {
    const char *properties, *pointer, *part;
  };
  const row rows[] = {
      {R"({"threshold":-0.1})", "/blocks/3/properties/threshold", "it must be from 0 to 100"},
      {R"({"threshold":"100.01"})", "/blocks/3/properties/threshold", "'threshold' is 100.01"},
      {R"({"threshold":"much"})", "/blocks/3/properties/threshold", "the text 'much'"},
      {R"({"threshold":[1]})", "/blocks/3/properties/threshold", "is a list"},
      {R"({"threshold":true})", "/blocks/3/properties/threshold", "must be of kind number"},
      {R"({"mode":"Percent"})", "/blocks/3/properties/mode", "use one of: percent, absolute"},
      {R"({"mode":5})", "/blocks/3/properties/mode", "must be of kind text"},
      {R"({"strict":"yes"})", "/blocks/3/properties/strict", "true or false"},
      {R"({"levels":{}})", "/blocks/3/properties/levels", "must be of kind list"},
      {R"({"extra":[]})", "/blocks/3/properties/extra", "must be of kind object"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.properties);
    auto w = trading().block("c2", "cross", "triggers", r.properties);
    expect_error(w.link("feed", 0, "c2", 0), r.pointer, r.part);
  }
  auto fine = trading().block(
      "c2", "cross", "triggers",
      R"({"threshold":" 7.5 ","mode":"absolute","strict":null,"levels":[],"extra":{}})");
  CHECK(checked(fine.link("feed", 0, "c2", 0)).problems.empty());
}

TEST_CASE("validate: what is required must come from somewhere", "[validate]") {
  expect_error(trading().block("b", "cross", "triggers"), "/blocks/3",
               "input 'price' of block 'b' has no value");
  expect_error(trading().block("b", "cross", "triggers", R"({"price":null})"), "/blocks/3",
               "set the property 'price'");
  expect_error(trading().block("b", "total", "conditions", R"({"value1":1})"),
               "/blocks/3/properties/operation", "is missing");
  CHECK(checked(trading().block("b", "cross", "triggers", R"({"price":"5"})")).problems.empty());
}

TEST_CASE("validate: a refused connection does not also leave its input without value",
          "[validate]") {
  workflow_builder w;
  w.block("cross", "cross", "triggers");
  expect_error(w.link("cros", 0, "cross", 0), "/connections/0/from/blockId", "'cros'");
  expect_error(trading().block("b", "what", "").link("b", 0, "cross", 1), "/blocks/3/type",
               "not known");
}

TEST_CASE("validate: unknown properties are a warning", "[validate]") {
  const auto out = checked(trading().block("f", "feed", "providers", R"({"symbl":1,"zzz":2})"));
  INFO(all_of(out.problems));
  CHECK(out.result != nullptr);
  CHECK(has_warning(out.problems, "/blocks/3/properties/symbl", "did you mean 'symbol'?"));
  CHECK(has_warning(out.problems, "/blocks/3/properties/zzz", "no effect"));
}

TEST_CASE("validate: a file's port lists address the ports", "[validate]") {
  workflow_builder w;
  w.block("feed", "feed", "providers").outputs({"book", "price"});
  w.block("buy", "buy", "actions", R"({"signal":true})").inputs({"price", "amount"});
  w.link("feed", 1, "buy", 1);
  const auto out = checked(w);
  INFO(all_of(out.problems));
  REQUIRE(out.result != nullptr);
  const auto& buy = out.result->nodes[1];
  CHECK(buy.input_names == std::vector<std::string>{"signal", "amount", "price"});
  CHECK(buy.inputs[1].node == 0);
  CHECK(buy.inputs[1].slot == 0);  // The type's own order of outputs.
  CHECK(buy.inputs[2].node == input_binding::constant);

  expect_error(workflow_builder().block("f", "feed", "providers").outputs({"price", "volume"}),
               "/blocks/0/outputs/1", "its outputs are: price, book");
  expect_error(
      workflow_builder().block("c", "cross", "triggers", R"({"price":1})").inputs({"prize"}),
      "/blocks/0/inputs/0", "its inputs are: price, threshold");
  auto beyond = workflow_builder().block("f", "feed", "providers").outputs({"price"});
  beyond.block("c", "cross", "triggers").link("f", 1, "c", 0);
  expect_error(beyond, "/connections/0/from/index", "its outputs are: 0 price");
}

TEST_CASE("validate: a property among the inputs is a warning until it is connected",
          "[validate]") {
  auto w = trading().block("c", "cross", "triggers", R"({"price":1})").inputs({"price", "mode"});
  const auto out = checked(w);
  CHECK(has_warning(out.problems, "/blocks/3/inputs/1", "is a property of cross"));
  CHECK(out.result != nullptr);
  expect_error(w.link("feed", 0, "c", 1), "/connections/2/to/index", "is a property");
}

TEST_CASE("validate: the block itself has the last word", "[validate]") {
  const auto out = checked(trading().block("f", "feed", "providers", R"({"symbol":"BAD"})"));
  INFO(all_of(out.problems));
  CHECK(has_error(out.problems, "/blocks/3",
                  "the symbol BAD is not traded (at symbol list); use another symbol"));
  expect_error(trading().block("f", "feed", "providers", R"({"symbol":"THROW"})"), "/blocks/3",
               "boom");
  // Not asked where the block is already known to be wrong.
  expect_error(trading().block("f", "feed", "risk", R"({"symbol":"BAD"})"), "/blocks/3/category",
               "of category 'providers'");
  expect_error(trading().block("f", "feed", "providers", R"({"symbol":7})"),
               "/blocks/3/properties/symbol", "of kind text");
  tiny_catalog own;
  auto empty = kind_of_block("empty", "risk");
  empty.make = nullptr;
  own.add(empty);
  CHECK(has_error(validate(workflow_builder().block("e", "empty", "risk").done(), own).problems,
                  "/blocks/0", "cannot be made"));
}

TEST_CASE("validate: cycles are named", "[validate]") {
  workflow_builder w;
  w.block("a", "any", "conditions").block("b", "any", "conditions").block("c", "any", "conditions");
  w.link("a", 0, "b", 0).link("b", 0, "c", 0).link("c", 0, "a", 0);
  expect_error(w, "/connections/2", "a -> b -> c -> a");
  workflow_builder self;
  expect_error(self.block("s", "any", "conditions").link("s", 0, "s", 0), "/connections/0",
               "s -> s");
}

TEST_CASE("validate: pointers start where the workflow stands in its file", "[validate]") {
  auto w = trading().block("b", "nothing", "risk").link("x", 0, "feed", 0);
  w.raw().origin = "/templates/2/workflow";
  const auto out = checked(w);
  CHECK(has_error(out.problems, "/templates/2/workflow/blocks/3/type", "not known"));
  CHECK(has_error(out.problems, "/templates/2/workflow/connections/2/from/blockId", "'x'"));
}

TEST_CASE("validate: all problems at once, each with its block", "[validate]") {
  workflow_builder w;
  w.block("a", "nope", "providers").block("b", "cross", "risk", R"({"threshold":-1})");
  w.block("b", "buy", "actions").link("a", 0, "b", 9).link("q", 0, "b", 0);
  const auto out = checked(w);
  INFO(all_of(out.problems));
  CHECK(count_errors(out.problems) == 8);
  for (const auto& p : out.problems) {
    CHECK_FALSE(p.remedy.empty());
    if (p.pointer.starts_with("/blocks/")) CHECK_FALSE(p.block_id.empty());
  }
}
