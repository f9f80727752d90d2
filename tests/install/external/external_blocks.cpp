// Adds a block type to the library's, and validates workflows with it.
#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>

#include "runtime/blocks/registry.hpp"
#include "runtime/workflow/parse.hpp"
#include "runtime/workflow/validate.hpp"

namespace {

class twice final : public pitwall::block {
 public:
  pitwall::result<pitwall::step> evaluate(const pitwall::evaluation& in) const override {
    PITWALL_TRY(doubled, add(in.inputs[0].as_number(), in.inputs[0].as_number()));
    return pitwall::step(pitwall::completion{.outputs = {doubled}});
  }
};

pitwall::block_type twice_type() {
  pitwall::block_type type;
  type.name = "twice";
  type.category = "conditions";
  type.summary = "Doubles a number.";
  type.inputs = {{.name = "value",
                  .kind = pitwall::port_kind::number,
                  .required = true,
                  .minimum = {},
                  .maximum = {},
                  .one_of = {},
                  .help = "The number."}};
  type.outputs = {{.name = "result", .kind = pitwall::port_kind::number}};
  type.make =
      [](const pitwall::block_config&) -> pitwall::result<std::unique_ptr<const pitwall::block>> {
    return std::unique_ptr<const pitwall::block>(std::make_unique<const twice>());
  };
  return type;
}

constexpr std::string_view good = R"({"id": "external", "blocks": [
  {"id": "a", "type": "twice", "category": "conditions", "properties": {"value": "1.5"}},
  {"id": "b", "type": "twice", "category": "conditions"}],
  "connections": [{"from": {"blockId": "a", "index": 0}, "to": {"blockId": "b", "index": 0}}]})";
constexpr std::string_view bad = R"({"id": "external", "blocks": [
  {"id": "a", "type": "twice", "category": "conditions"}]})";

pitwall::validation check(std::string_view text, const pitwall::block_catalog& catalog) {
  pitwall::parse_outcome parsed = pitwall::parse_workflow(text);
  if (!parsed.definition) return {nullptr, std::move(parsed.problems)};
  return validate(
      std::make_shared<const pitwall::workflow_definition>(*std::move(parsed.definition)), catalog);
}

int failed(const char* what) {
  std::fprintf(stderr, "external_blocks: %s\n", what);
  return 1;
}

}  // namespace

int main() {
  pitwall::block_registry registry = pitwall::make_builtin_registry();
  if (!registry.add(twice_type()).ok()) return failed("the type was refused");
  if (registry.add(twice_type()).ok()) return failed("the same type was taken twice");

  const pitwall::validation valid = check(good, registry);
  if (valid.result == nullptr) return failed("a valid workflow was refused");
  if (valid.result->nodes.size() != 2) return failed("the plan has not two nodes");
  if (check(bad, registry).result != nullptr) return failed("a missing input was not found");

  const pitwall::plan_node& node = valid.result->nodes.front();
  auto made = node.type->make({.definition = valid.result->definition->blocks.front(),
                               .inputs = node.input_names,
                               .base_directory = {}});
  if (!made.ok()) return failed("the block was not made");
  const pitwall::value input = *pitwall::decimal::parse("1.5");
  const pitwall::value none;
  auto step = (*made)->evaluate({.now = {}, .inputs = {&input, 1}, .state = none, .trigger = none});
  if (!step.ok()) return failed("the block failed");
  const auto& outputs = std::get<pitwall::completion>(*step).outputs;
  if (outputs.at(0).as_number() != pitwall::decimal(3)) return failed("1.5 + 1.5 is not 3");
  std::puts("a block type of our own: registered, validated, run");
  return 0;
}
