// Job: quantiles of what a benchmark has measured. Threads: plain functions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace pitwall::bench {

/// Sorts them; 0 of none.
inline double quantile(std::vector<double>& all, double share) {
  if (all.empty()) return 0;
  std::sort(all.begin(), all.end());
  return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
}

}  // namespace pitwall::bench
