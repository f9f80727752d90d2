// Workflow files: every problem in one go, a plan, or both; never a crash, and the same each time.
#include "runtime/blocks/registry.hpp"
#include "runtime/workflow/json.hpp"
#include "runtime/workflow/parse.hpp"
#include "runtime/workflow/validate.hpp"
#include "tests/fuzz/target.hpp"

namespace pitwall::fuzz {

void try_one(std::string_view bytes) {
  static const block_registry blocks = make_builtin_registry();
  const auto parsed = parse_workflow(bytes);
  const auto again = parse_workflow(bytes);
  must(parsed.problems.size() == again.problems.size(), "the same file has the same problems");
  for (const auto& p : parsed.problems) must(!p.message.empty(), "a problem says what");
  if (!parsed.definition)
    return must(!parsed.problems.empty(), "no file is refused without a word");
  if (const auto json = parse_json(bytes); json.ok()) {
    const auto text = to_json(*json);
    const auto back = parse_json(text);
    must(back.ok() && to_json(*back) == text, "JSON is written as it was read");
  }
  const auto checked =
      validate(std::make_shared<const workflow_definition>(*parsed.definition), blocks);
  for (const auto& p : checked.problems) must(!p.message.empty(), "a problem says what");
  must(checked.result != nullptr || !checked.problems.empty(), "refused without a word");
}

}  // namespace pitwall::fuzz
