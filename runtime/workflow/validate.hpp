// Job: definition + block library -> plan, or every problem there is.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "runtime/workflow/plan.hpp"
#include "runtime/workflow/problem.hpp"

namespace pitwall {

struct validation {
  std::shared_ptr<plan> result;  ///< Null where problems has errors.
  std::vector<problem> problems;
};

/// Threads: pure, but for blocks that read files when they are made. The catalog must outlive the
/// plan. Relative file names in properties start at `base_directory`.
validation validate(std::shared_ptr<const workflow_definition> definition,
                    const block_catalog& catalog, const std::filesystem::path& base_directory = {});

}  // namespace pitwall
