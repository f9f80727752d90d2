// Job: what validation knows so far; its steps (blocks, connections, values, order) work on it in
//      turn, each in its own file.
// Threads: one owner.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/workflow/block_ports.hpp"
#include "runtime/workflow/form.hpp"
#include "runtime/workflow/plan.hpp"

namespace pitwall {

struct block_draft {
  const block_definition* written = nullptr;
  std::string pointer;
  const block_type* type = nullptr;  ///< Null where the type is not known.
  std::optional<block_ports> ports;  ///< Where the type is known.
  std::vector<input_binding> inputs;
  bool sound = true;  ///< No errors of its own so far: make() may look at it.
};

/// A connection between slots, by the places of its blocks in the file.
struct edge_draft {
  std::uint32_t connection = 0;  ///< Place in workflow_definition::connections.
  std::uint32_t from = 0, from_slot = 0, to = 0;
  input_ref input;
  bool from_known = true;  ///< Else it only keeps its input from counting as unfed.
};

struct plan_draft {
  std::shared_ptr<const workflow_definition> definition;
  std::vector<block_draft> blocks;  ///< By place in the file.
  std::vector<edge_draft> edges;
  form_report report;

  std::string connection_pointer(std::size_t index) const {
    return definition->origin + "/connections/" + std::to_string(index);
  }
};

/// Ids, types, categories, ports.
void draft_blocks(plan_draft& draft, const block_catalog& catalog);
/// Connections -> edges: unknown blocks and ports, kinds, two into one input.
void draft_edges(plan_draft& draft);
/// Properties, defaults and required inputs -> constants; then make() of each block.
void draft_values(plan_draft& draft, const std::filesystem::path& base_directory);
/// Order and levels -> the plan; null where there are errors, cycles among them.
std::shared_ptr<plan> finish_plan(plan_draft& draft);

}  // namespace pitwall
