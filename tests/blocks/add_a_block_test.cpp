// The example of docs/add-a-block.md, compiled and tried; the first test keeps the page true to it.
#include <fstream>
#include <sstream>

#include "tests/blocks/block_fixture.hpp"
#include "tests/support/paths.hpp"

// [example]
#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/reading.hpp"
#include "runtime/blocks/registry.hpp"

namespace my_blocks {

using namespace pitwall;

/// Fires when two prices are within so many percent of each other.
class price_match final : public block {
 public:
  explicit price_match(decimal within) : within_(within) {}

  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs("price_match", in);
    PITWALL_TRY(a, inputs.positive(0, "price_a"));
    PITWALL_TRY(b, inputs.positive(1, "price_b"));
    PITWALL_TRY(distance, sub(a, b));
    PITWALL_TRY(percent, percent_of(distance.abs(), a));
    return step(outputs(percent <= within_, percent));
  }

 private:
  decimal within_;
};

block_type price_match_type() {
  using namespace declare;
  block_type t;
  t.name = "price_match";
  t.category = "conditions";
  t.effect = effect_class::pure;
  t.summary = "True where price_b is within `within_pct` percent of price_a.";
  t.inputs = {required("price_a", port_kind::number, "Above 0."),
              required("price_b", port_kind::number, "Above 0.")};
  t.outputs = {{"match", port_kind::boolean, "True where they are close."},
               {"distance_pct", port_kind::number, "In percent of price_a."}};
  t.properties = {
      at_least(0, defaulted("within_pct", port_kind::number, 1, "Percent, inclusive."))};
  t.make = [](const block_config& config) -> result<block_ptr> {
    PITWALL_TRY(within, property_reader(config).number("within_pct", decimal(1)));
    return built<price_match>(within);
  };
  return t;
}

}  // namespace my_blocks
// [/example]

using namespace pitwall;
using namespace pitwall::test;

namespace {

std::string text_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("docs/add-a-block.md shows this example") {
  const std::string here = text_of(source_path("/tests/blocks/add_a_block_test.cpp"));
  const auto begin = here.find("// [example]\n") + 13;
  const auto end = here.find("// [/example]\n");
  REQUIRE(end != std::string::npos);
  const std::string page = text_of(source_path("/docs/add-a-block.md"));
  CHECK(page.find(here.substr(begin, end - begin)) != std::string::npos);
}

TEST_CASE("the example block works") {
  block_registry types = make_builtin_registry();
  REQUIRE(types.add(my_blocks::price_match_type()).ok());
  const block_type* type = types.find("price_match");
  REQUIRE(type != nullptr);
  block_definition definition;
  definition.id = "b";
  definition.type = "price_match";
  definition.properties = value(value::object{{"within_pct", 5}});
  auto made = type->make(block_config{definition, {"price_a", "price_b"}, {}});
  REQUIRE(made.ok());
  const value state, trigger;
  const auto match = [&](const value& a, const value& b) {
    const std::vector<value> inputs{a, b};
    return (*made)->evaluate({timestamp{}, inputs, state, trigger});
  };
  const auto close = match(100, 105);
  REQUIRE(close.ok());
  CHECK(std::get<completion>(*close).outputs == std::vector<value>{true, 5});
  const auto far = match("100", 106);
  REQUIRE(far.ok());
  CHECK(std::get<completion>(*far).outputs[0] == false);
  CHECK_FALSE(match(0, 1).ok());
  CHECK_FALSE(match(nullptr, 1).ok());
}
