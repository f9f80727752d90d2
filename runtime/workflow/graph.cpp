#include "runtime/workflow/graph.hpp"

#include <algorithm>

namespace pitwall {

namespace {

constexpr std::uint32_t none = ~std::uint32_t{0};

/// Successors of each node side by side, ascending.
class adjacency {
 public:
  adjacency(std::uint32_t nodes, std::span<const graph_edge> edges)
      : first_(nodes + 1, 0), targets_(edges.size()) {
    for (const auto& e : edges) ++first_[e.from + 1];
    for (std::uint32_t n = 0; n < nodes; ++n) first_[n + 1] += first_[n];
    auto next = first_;
    for (const auto& e : edges) targets_[next[e.from]++] = e.to;
    for (std::uint32_t n = 0; n < nodes; ++n) {
      std::sort(targets_.begin() + first_[n], targets_.begin() + first_[n + 1]);
    }
  }
  std::span<const std::uint32_t> of(std::uint32_t node) const {
    return std::span(targets_).subspan(first_[node], first_[node + 1] - first_[node]);
  }

 private:
  std::vector<std::uint32_t> first_, targets_;
};

/// Removes nodes without open sources, level by level; says how many it could remove.
std::uint32_t peel(const adjacency& next, std::uint32_t nodes, std::vector<std::uint32_t>& level) {
  std::vector<std::uint32_t> open(nodes, 0);
  for (std::uint32_t n = 0; n < nodes; ++n) {
    for (const auto to : next.of(n)) ++open[to];
  }
  std::vector<std::uint32_t> ready;
  ready.reserve(nodes);
  for (std::uint32_t n = 0; n < nodes; ++n) {
    if (open[n] == 0) ready.push_back(n);
  }
  for (std::size_t i = 0; i < ready.size(); ++i) {
    for (const auto to : next.of(ready[i])) {
      level[to] = std::max(level[to], level[ready[i]] + 1);
      if (--open[to] == 0) ready.push_back(to);
    }
  }
  return static_cast<std::uint32_t>(ready.size());
}

/// Tarjan's strongly connected components, without recursion: a component number for each node.
class components {
 public:
  components(const adjacency& next, std::uint32_t nodes)
      : next_(next), order_(nodes, none), low_(nodes, 0), of_(nodes, none) {
    for (std::uint32_t n = 0; n < nodes; ++n) {
      if (order_[n] == none) walk(n);
    }
  }
  std::uint32_t of(std::uint32_t node) const { return of_[node]; }

 private:
  struct step {
    std::uint32_t node = 0;
    std::size_t edge = 0;
  };

  void enter(std::uint32_t node) {
    order_[node] = low_[node] = visited_++;
    open_.push_back(node);
    path_.push_back({node, 0});
  }

  void walk(std::uint32_t root) {
    enter(root);
    while (!path_.empty()) {
      const auto node = path_.back().node;
      const auto successors = next_.of(node);
      if (path_.back().edge < successors.size()) {
        const auto to = successors[path_.back().edge++];
        if (order_[to] == none) {
          enter(to);
        } else if (of_[to] == none) {
          low_[node] = std::min(low_[node], order_[to]);
        }
        continue;
      }
      leave(node);
    }
  }

  void leave(std::uint32_t node) {
    path_.pop_back();
    if (!path_.empty()) low_[path_.back().node] = std::min(low_[path_.back().node], low_[node]);
    if (low_[node] != order_[node]) return;
    std::uint32_t member = none;
    do {
      member = open_.back();
      open_.pop_back();
      of_[member] = found_;
    } while (member != node);
    ++found_;
  }

  const adjacency& next_;
  std::vector<std::uint32_t> order_, low_, of_, open_;
  std::vector<step> path_;
  std::uint32_t visited_ = 0, found_ = 0;
};

/// A shortest cycle through `start` within its component; empty where there is none. `came_from` is
/// shared by all searches: components do not overlap.
std::vector<std::uint32_t> cycle_through(std::uint32_t start, const adjacency& next,
                                         const components& knots,
                                         std::vector<std::uint32_t>& came_from) {
  std::vector<std::uint32_t> queue{start};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (const auto to : next.of(queue[i])) {
      if (to == start) {
        std::vector<std::uint32_t> cycle{queue[i]};
        while (cycle.back() != start) cycle.push_back(came_from[cycle.back()]);
        std::reverse(cycle.begin(), cycle.end());
        return cycle;
      }
      if (knots.of(to) != knots.of(start) || came_from[to] != none) continue;
      came_from[to] = queue[i];
      queue.push_back(to);
    }
  }
  return {};
}

}  // namespace

layering layer(std::uint32_t nodes, std::span<const graph_edge> edges) {
  layering out;
  out.level.assign(nodes, 0);
  const adjacency next(nodes, edges);
  if (peel(next, nodes, out.level) == nodes) return out;
  const components knots(next, nodes);
  std::vector<bool> looked_at(nodes, false);  // By component.
  std::vector<std::uint32_t> came_from(nodes, none);
  for (std::uint32_t n = 0; n < nodes; ++n) {
    if (looked_at[knots.of(n)]) continue;
    looked_at[knots.of(n)] = true;
    if (auto cycle = cycle_through(n, next, knots, came_from); !cycle.empty()) {
      out.cycles.push_back(std::move(cycle));
    }
  }
  return out;
}

}  // namespace pitwall
