// Job: what tests ask of lists of problems.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/workflow/problem.hpp"

namespace pitwall::test {

/// All of them as text, for CAPTURE.
inline std::string all_of(const std::vector<problem>& problems) {
  std::string out;
  for (const auto& p : problems) out += p.to_string() + "\n";
  return out;
}

/// One of the level, at exactly this pointer, whose text holds `part`.
inline const problem* find_problem(const std::vector<problem>& problems, problem::severity level,
                                   std::string_view pointer, std::string_view part) {
  const auto found = std::find_if(problems.begin(), problems.end(), [&](const problem& p) {
    return p.level == level && p.pointer == pointer &&
           p.to_string().find(part) != std::string::npos;
  });
  return found == problems.end() ? nullptr : &*found;
}
inline bool has_error(const std::vector<problem>& problems, std::string_view pointer,
                      std::string_view part) {
  return find_problem(problems, problem::severity::error, pointer, part) != nullptr;
}
inline bool has_warning(const std::vector<problem>& problems, std::string_view pointer,
                        std::string_view part) {
  return find_problem(problems, problem::severity::warning, pointer, part) != nullptr;
}
inline std::size_t count_errors(const std::vector<problem>& problems) {
  return static_cast<std::size_t>(
      std::count_if(problems.begin(), problems.end(),
                    [](const problem& p) { return p.level == problem::severity::error; }));
}

}  // namespace pitwall::test
