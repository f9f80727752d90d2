#include "runtime/workflow/validate.hpp"

#include "runtime/workflow/plan_draft.hpp"

namespace pitwall {

validation validate(std::shared_ptr<const workflow_definition> definition,
                    const block_catalog& catalog, const std::filesystem::path& base_directory) {
  plan_draft draft;
  draft.definition = std::move(definition);
  draft_blocks(draft, catalog);
  draft_edges(draft);
  draft_values(draft, base_directory);
  validation out;
  out.result = finish_plan(draft);
  out.problems = draft.report.problems.take();
  return out;
}

}  // namespace pitwall
