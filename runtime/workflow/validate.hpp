// Job: definition + block library -> plan, or every problem there is (contract section 1).
#pragma once

#include <memory>
#include <vector>

#include "runtime/workflow/plan.hpp"
#include "runtime/workflow/problem.hpp"

namespace pitwall {

struct validation {
  std::shared_ptr<plan> result;  ///< Null where problems has errors.
  std::vector<problem> problems;
};

/// Threads: pure. The catalog must outlive the plan.
validation validate(std::shared_ptr<const workflow_definition> definition,
                    const block_catalog& catalog);

}  // namespace pitwall
