#include "runtime/workflow/graph.hpp"

#include <algorithm>
#include <random>
#include <set>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

using edges = std::vector<graph_edge>;

bool has_edge(const edges& all, std::uint32_t from, std::uint32_t to) {
  return std::any_of(all.begin(), all.end(),
                     [&](const graph_edge& e) { return e.from == from && e.to == to; });
}

bool is_cycle(const edges& all, const std::vector<std::uint32_t>& cycle) {
  if (cycle.empty()) return false;
  if (std::set<std::uint32_t>(cycle.begin(), cycle.end()).size() != cycle.size()) return false;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    if (!has_edge(all, cycle[i], cycle[(i + 1) % cycle.size()])) return false;
  }
  return true;
}

/// By repeatedly removing what nobody points at: slow and plain.
bool has_cycle(std::uint32_t nodes, const edges& all) {
  std::set<std::uint32_t> left;
  for (std::uint32_t n = 0; n < nodes; ++n) left.insert(n);
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto n : std::vector<std::uint32_t>(left.begin(), left.end())) {
      const bool fed = std::any_of(all.begin(), all.end(), [&](const graph_edge& e) {
        return e.to == n && left.contains(e.from);
      });
      if (!fed) {
        left.erase(n);
        changed = true;
      }
    }
  }
  return !left.empty();
}

}  // namespace

TEST_CASE("graph: levels are longest paths", "[graph]") {
  const edges e{{0, 1}, {1, 2}, {0, 2}, {3, 2}, {2, 4}, {0, 2}};
  const auto out = layer(6, e);
  CHECK(out.cycles.empty());
  CHECK(out.level == std::vector<std::uint32_t>{0, 1, 2, 0, 3, 0});
  CHECK(layer(0, {}).level.empty());
}

TEST_CASE("graph: cycles are named, one for each knot", "[graph]") {
  CHECK(layer(1, edges{{0, 0}}).cycles == std::vector<std::vector<std::uint32_t>>{{0}});
  CHECK(layer(3, edges{{0, 1}, {1, 2}, {2, 1}}).cycles ==
        std::vector<std::vector<std::uint32_t>>{{1, 2}});
  const auto two = layer(5, edges{{0, 1}, {1, 0}, {1, 2}, {2, 3}, {3, 4}, {4, 2}});
  CHECK(two.cycles == std::vector<std::vector<std::uint32_t>>{{0, 1}, {2, 3, 4}});
}

TEST_CASE("graph: a ring as large as any workflow", "[graph]") {
  edges e;
  for (std::uint32_t n = 0; n < 100'000; ++n) e.push_back({n, (n + 1) % 100'000});
  const auto out = layer(100'000, e);
  REQUIRE(out.cycles.size() == 1);
  CHECK(out.cycles[0].size() == 100'000);
}

TEST_CASE("graph: random graphs agree with the plain definition", "[graph]") {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto nodes = static_cast<std::uint32_t>(1 + random() % 12);
    edges e;
    for (auto n = random() % (2 * nodes); n > 0; --n) {
      e.push_back({static_cast<std::uint32_t>(random() % nodes),
                   static_cast<std::uint32_t>(random() % nodes)});
    }
    const auto out = layer(nodes, e);
    REQUIRE(out.cycles.empty() != has_cycle(nodes, e));
    for (const auto& cycle : out.cycles) REQUIRE(is_cycle(e, cycle));
    if (out.cycles.empty()) {
      for (const auto& edge : e) REQUIRE(out.level[edge.from] < out.level[edge.to]);
    }
    auto shuffled = e;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    const auto again = layer(nodes, shuffled);
    REQUIRE(again.cycles == out.cycles);
    if (out.cycles.empty()) REQUIRE(again.level == out.level);
  }
}
