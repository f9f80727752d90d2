// Job: levels and cycles of a directed graph of small numbers.
// Bounds: linear in nodes and edges; no recursion.
// Threads: pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pitwall {

struct graph_edge {
  std::uint32_t from = 0, to = 0;
};

struct layering {
  /// Length of the longest path that ends in the node; meaningless where there are cycles.
  std::vector<std::uint32_t> level;
  /// One for each knot of nodes that reach each other: its nodes in the order of the edges, each
  /// with an edge to the next and the last to the first. Does not depend on the order of the edges.
  std::vector<std::vector<std::uint32_t>> cycles;
};

/// Nodes are numbered from 0 to `nodes` - 1; edges may repeat.
layering layer(std::uint32_t nodes, std::span<const graph_edge> edges);

}  // namespace pitwall
