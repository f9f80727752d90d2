// Job: from a file's value to the one workflow object that is meant: the template picked, ids
//      filled in, overrides applied. Reading it again as a file gives the same workflow.
// Threads: pure.
#pragma once

#include <optional>
#include <string>

#include "runtime/base/value.hpp"
#include "runtime/workflow/form.hpp"
#include "runtime/workflow/parse.hpp"

namespace pitwall {

struct workflow_source {
  value workflow;       ///< An object.
  std::string pointer;  ///< Where it stood in the file.
};

/// Absent where the report says why.
std::optional<workflow_source> select_source(const value& file, const parse_options& options,
                                             form_report& report);

/// Control characters (they would enter headers, logs and keys) and lengths beyond 200 are refused.
bool is_usable_id(std::string_view id) noexcept;

}  // namespace pitwall
