// Job: a validated workflow, resolved: which slot feeds which, in which order, on which level.
//      The order is topological, by level and then by place in the file: the same in every process.
// Threads: immutable; shared as shared_ptr<const plan>.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/workflow/block.hpp"
#include "runtime/workflow/definition.hpp"

namespace pitwall {

/// Who a node is, as events name it.
struct node_identity {
  std::string id, name, type, category;
  /// Its place in plan::nodes, where the maker knows it: a hint that saves a search, verified by
  /// its users and no part of the identity.
  std::uint32_t index = 0;
  friend bool operator==(const node_identity& a, const node_identity& b) noexcept {
    return a.id == b.id && a.name == b.name && a.type == b.type && a.category == b.category;
  }
};
using node_ref = std::shared_ptr<const node_identity>;

/// The names of a node's outputs, shared by all its results.
using port_names = std::shared_ptr<const std::vector<std::string>>;

struct input_binding {
  static constexpr std::uint32_t constant = ~std::uint32_t{0};
  std::uint32_t node = constant;  ///< Index into plan::nodes, or `constant`.
  std::uint32_t slot = 0;         ///< Output slot of that node.
  value fixed;                    ///< Where constant: property, fallback or null.
};

struct plan_node {
  node_ref identity;
  std::uint32_t index = 0;           ///< Its place in plan::nodes.
  std::uint32_t level = 0;           ///< All its sources are on lower levels.
  const block_type* type = nullptr;  ///< Owned by the catalog, which outlives every plan.
  effect_class effect = effect_class::pure;
  bool stateful = false;  ///< Its attempts may give a new state, which is journaled for itself.
  on_error error_policy = on_error::skip_dependents;
  milliseconds timeout{};
  std::vector<input_binding> inputs;      ///< By input slot.
  std::vector<std::string> input_names;   ///< By input slot.
  port_names outputs;                     ///< By output slot.
  std::vector<std::uint32_t> sources;     ///< Distinct nodes it waits for, ascending.
  std::vector<std::uint32_t> dependents;  ///< Distinct nodes that wait for it, ascending.
};

struct plan {
  std::shared_ptr<const workflow_definition> definition;
  std::string
      definition_id;  ///< Where the journal's store keeps the definition; set at deployment.
  std::vector<plan_node> nodes;  ///< In topological order.
  std::uint32_t levels = 0;
  bool can_order = false;                 ///< Has an effectful buy or sell: a halt concerns it.
  std::vector<std::string> order_venues;  ///< Venues named by its action blocks.
};

}  // namespace pitwall
