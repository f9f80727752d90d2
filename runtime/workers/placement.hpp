// Job: whether a node runs on a worker, and on which. A worker must have all labels that the block
//      asks for; among those that do, the one with the fewest nodes for its cores, then the least
//      busy, then the first by name: the same workers give the same choice. Who asks may pass some
//      over, that could not do it a moment ago (passed_over.hpp). Threads: pure.
// Tests: tests/workers/placement_test.cpp
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/error.hpp"

namespace pitwall {

struct candidate {
  std::string name;
  std::vector<std::string> labels;
  std::uint32_t cores = 1, nodes = 0;
  double load = 0;  ///< Of its machine, per core.
  std::uint64_t epoch = 0;
};

bool has_labels(const candidate& who, std::span<const std::string> wanted) noexcept;

/// Null where none has the labels, save those of the epochs that are passed over.
const candidate* choose_place(std::span<const std::string> wanted, std::span<const candidate> among,
                              std::span<const std::uint64_t> passed = {}) noexcept;

/// Why none was chosen, with the labels and what to do. `aborted`: those that have them are passed
/// over.
error no_place(std::span<const std::string> wanted, std::span<const candidate> among);

/// Whether a block of this category runs on its host, where it asks for these labels. Spread are
/// those that compute from their inputs (`is_pure`): what asks a venue or the web, or is seen
/// outside, is the host's to do, and triggers tell the time by its clock.
inline bool stays_on_host(std::span<const std::string> wanted, std::string_view category,
                          bool is_pure, bool spread_by_load) noexcept {
  const bool computes = is_pure && (category == "conditions" || category == "risk");
  return wanted.empty() && !(spread_by_load && computes);
}

}  // namespace pitwall
