#include "runtime/workflow/problem.hpp"

#include <algorithm>

namespace pitwall {

std::string problem::to_string() const {
  std::string out = level == severity::error ? "error" : "warning";
  if (!pointer.empty()) out += " at " + pointer;
  if (!block_id.empty()) out += " (block '" + block_id + "')";
  out += ": " + message;
  if (!remedy.empty()) out += "; " + remedy;
  // Names come from the file: a terminal must not obey them.
  std::replace_if(
      out.begin(), out.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; }, '?');
  return out;
}

bool has_errors(const std::vector<problem>& problems) noexcept {
  return std::any_of(problems.begin(), problems.end(),
                     [](const problem& p) { return p.level == problem::severity::error; });
}

}  // namespace pitwall
