#include "runtime/blocks/registry.hpp"

#include "runtime/blocks/declare.hpp"
#include "runtime/workflow/parse.hpp"
#include "runtime/workflow/validate.hpp"
#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

class nothing final : public block {
 public:
  result<step> evaluate(const evaluation&) const override { return step(completion{{value()}}); }
};

block_type sound_type(std::string name = "my_block") {
  block_type t;
  t.name = std::move(name);
  t.category = "conditions";
  t.summary = "Does nothing.";
  t.outputs = {{"out", port_kind::any, ""}};
  t.make = built_plain<nothing>;
  return t;
}

bool refused(const block_type& t, std::string_view because) {
  block_registry r;
  const auto s = r.add(t);
  if (s.ok()) return false;
  INFO(s.error().to_string());
  CHECK(s.error().code == errc::invalid_argument);
  CHECK(r.all().empty());
  return mentions(s.error(), because);
}

}  // namespace

TEST_CASE("the registry finds what was added, in order, and keeps addresses when moved") {
  block_registry r;
  REQUIRE(r.add(sound_type("one")).ok());
  REQUIRE(r.add(sound_type("two")).ok());
  const block_type* one = r.find("one");
  REQUIRE(one != nullptr);
  CHECK(r.find("three") == nullptr);
  const block_registry moved = std::move(r);
  CHECK(moved.find("one") == one);
  REQUIRE(moved.all().size() == 2);
  CHECK(moved.all()[0] == one);
  CHECK(moved.all()[1]->name == "two");
}

TEST_CASE("a second type of the same name is refused") {
  block_registry r;
  REQUIRE(r.add(sound_type()).ok());
  const auto again = r.add(sound_type());
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().code == errc::already_exists);
  CHECK(r.all().size() == 1);
}

TEST_CASE("a host adds its own types to the built-in ones") {
  block_registry r = make_builtin_registry();
  const auto before = r.all().size();
  REQUIRE(r.add(sound_type()).ok());
  CHECK(r.all().size() == before + 1);
  CHECK_FALSE(r.add(sound_type("buy")).ok());
}

TEST_CASE("a malformed descriptor is refused with its reason") {
  using namespace declare;
  auto t = sound_type();
  t.name = "My Block";
  CHECK(refused(t, "the name must be"));
  t = sound_type();
  t.category = "misc";
  CHECK(refused(t, "category 'misc'"));
  t = sound_type();
  t.summary.clear();
  CHECK(refused(t, "summary"));
  t = sound_type();
  t.make = nullptr;
  CHECK(refused(t, "make is empty"));
  t = sound_type();
  t.outputs.clear();
  CHECK(refused(t, "no outputs"));
  t = sound_type();
  t.outputs.push_back(t.outputs.front());
  CHECK(refused(t, "output 'out' is listed twice"));
  t = sound_type();
  t.inputs = {optional("x", port_kind::any, "")};
  t.properties = {optional("x", port_kind::any, "")};
  CHECK(refused(t, "'x' is listed twice"));
  t = sound_type();
  t.inputs = {defaulted("x", port_kind::number, "1", "")};
  CHECK(refused(t, "fallback of another kind"));
  t = sound_type();
  t.inputs = {between(2, 5, defaulted("x", port_kind::number, 1, ""))};
  CHECK(refused(t, "beyond its limits"));
  t = sound_type();
  t.inputs = {between(5, 2, optional("x", port_kind::number, ""))};
  CHECK(refused(t, "minimum above its maximum"));
  t = sound_type();
  t.inputs = {between(2, 5, optional("x", port_kind::text, ""))};
  CHECK(refused(t, "limits but is no number"));
  t = sound_type();
  t.inputs = {among({"a"}, defaulted("x", port_kind::text, "b", ""))};
  CHECK(refused(t, "not in one_of"));
  t = sound_type();
  t.inputs = {required("x", port_kind::number, "")};
  t.inputs[0].fallback = 1;
  CHECK(refused(t, "cannot be both"));
}

TEST_CASE("all problems of a descriptor are told at once") {
  auto t = sound_type();
  t.category = "misc";
  t.make = nullptr;
  CHECK(refused(t, "make is empty"));
  CHECK(refused(t, "category"));
}

TEST_CASE("only what keeps state is journaled for itself: of math, mean_std") {
  const auto registry = make_builtin_registry();
  const auto* math = registry.find("math");
  REQUIRE(math != nullptr);
  const auto stateful = [&](const std::string& operation) {
    auto parsed = parse_workflow(R"({"id": "w", "blocks": [{"id": "m", "type": "math",
        "category": "conditions", "properties": {"operation": ")" +
                                 operation + R"(", "value1": 1, "value2": 2}}]})");
    REQUIRE(parsed.definition);
    const auto made =
        validate(std::make_shared<workflow_definition>(std::move(*parsed.definition)), registry);
    REQUIRE(made.result != nullptr);
    return made.result->nodes.front().stateful;
  };
  CHECK(stateful("mean_std"));
  for (const auto* operation : {"add", "subtract", "multiply", "divide", "min", "max", "abs",
                                "percentage_diff", "spread_pct", "multiply_chain"}) {
    CHECK_FALSE(stateful(operation));
    block_fixture b("math", {{"operation", operation}});
    CHECK_FALSE(b.run({{"value1", 3}, {"value2", 2}}).all().new_state.has_value());
  }
}
