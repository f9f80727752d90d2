#include "runtime/workflow/plan.hpp"

#include <algorithm>
#include <map>
#include <random>

#include "runtime/workflow/validate.hpp"
#include "tests/support/catch.hpp"
#include "tests/workflow/problems.hpp"
#include "tests/workflow/tiny_catalog.hpp"
#include "tests/workflow/workflow_builder.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

const tiny_catalog& catalog() {
  static const tiny_catalog all;
  return all;
}

std::shared_ptr<plan> planned(const workflow_builder& w) {
  auto out = validate(w.done(), catalog());
  INFO(all_of(out.problems));
  REQUIRE(out.result != nullptr);
  return out.result;
}

std::vector<std::string> ids(const plan& p) {
  std::vector<std::string> out;
  for (const auto& n : p.nodes) out.push_back(n.identity->id);
  return out;
}

bool same_plan(const plan& a, const plan& b) {
  if (ids(a) != ids(b) || a.levels != b.levels) return false;
  for (std::size_t i = 0; i < a.nodes.size(); ++i) {
    const auto &x = a.nodes[i], &y = b.nodes[i];
    if (x.level != y.level || x.sources != y.sources || x.dependents != y.dependents) return false;
    if (x.input_names != y.input_names) return false;
    for (std::size_t s = 0; s < x.inputs.size(); ++s) {
      if (x.inputs[s].node != y.inputs[s].node || x.inputs[s].slot != y.inputs[s].slot) {
        return false;
      }
    }
  }
  return true;
}

/// Blocks n0, n1, ... of type any, whose inputs are as many as needed.
workflow_builder random_workflow(std::mt19937_64& random, std::uint32_t blocks, std::size_t links,
                                 bool acyclic) {
  workflow_builder w;
  for (std::uint32_t i = 0; i < blocks; ++i) w.block("n" + std::to_string(i), "any", "conditions");
  std::vector<std::uint32_t> rank(blocks);
  for (std::uint32_t i = 0; i < blocks; ++i) rank[i] = i;
  std::shuffle(rank.begin(), rank.end(), random);
  std::vector<std::uint32_t> next_input(blocks, 0);
  for (std::size_t i = 0; i < links; ++i) {
    auto a = static_cast<std::uint32_t>(random() % blocks);
    auto b = static_cast<std::uint32_t>(random() % blocks);
    if (acyclic && a == b) continue;
    if (acyclic && rank[a] > rank[b]) std::swap(a, b);
    w.link("n" + std::to_string(a), 0, "n" + std::to_string(b), next_input[b]++);
  }
  return w;
}

}  // namespace

TEST_CASE("plan: order is by level, then by place in the file", "[plan]") {
  workflow_builder w;
  w.block("last", "gate", "conditions").block("mid2", "cross", "triggers");
  w.block("feed2", "feed", "providers").block("mid1", "cross", "triggers");
  w.block("feed1", "feed", "providers");
  w.link("mid2", 0, "last", 0).link("mid1", 0, "last", 1);
  w.link("feed2", 0, "mid2", 0).link("feed1", 0, "mid1", 0).link("feed2", 0, "mid1", 1);
  const auto p = planned(w);
  CHECK(ids(*p) == std::vector<std::string>{"feed2", "feed1", "mid2", "mid1", "last"});
  CHECK(p->levels == 3);
  CHECK(p->nodes[3].sources == std::vector<std::uint32_t>{0, 1});
  CHECK(p->nodes[0].dependents == std::vector<std::uint32_t>{2, 3});
  CHECK(p->nodes[4].level == 2);
  CHECK(p->nodes[4].index == 4);
  CHECK(p->nodes[4].identity->index == 4);
  CHECK(*p->nodes[0].outputs == std::vector<std::string>{"price", "book"});
}

TEST_CASE("plan: a value comes from its connection, its property or its default", "[plan]") {
  workflow_builder w;
  w.block("feed", "feed", "providers");
  w.block("a", "cross", "triggers", R"({"price":"10.50","threshold":"3"})");
  w.block("b", "cross", "triggers", R"({"price":1,"threshold":"2"})").link("feed", 0, "b", 0);
  w.block("c", "cross", "triggers", R"({"price":1})").block("d", "any", "conditions");
  w.block("e", "any", "conditions", R"({"in":7})").link("feed", 1, "e", 1);
  const auto p = planned(w);
  std::map<std::string, const plan_node*> nodes;
  for (const auto& n : p->nodes) nodes[n.identity->id] = &n;
  CHECK(nodes["a"]->inputs[0].node == input_binding::constant);
  CHECK(nodes["a"]->inputs[0].fixed == value(decimal::parse("10.5").value()));
  CHECK(nodes["b"]->inputs[0].node == nodes["feed"]->index);
  CHECK(nodes["b"]->inputs[0].fixed.is_null());
  CHECK(nodes["b"]->inputs[1].fixed == value(decimal(2)));
  CHECK(nodes["c"]->inputs[1].fixed == value(decimal(5)));
  CHECK(nodes["d"]->inputs[0].fixed.is_null());
  CHECK(nodes["d"]->sources.empty());
  CHECK(nodes["e"]->inputs[0].fixed == value(decimal(7)));
  CHECK(nodes["e"]->inputs[1].node == nodes["feed"]->index);
  CHECK(nodes["e"]->inputs[1].slot == 1);
}

TEST_CASE("plan: variadic inputs exist where something feeds them", "[plan]") {
  workflow_builder w;
  w.block("feed", "feed", "providers");
  w.block("sum", "total", "conditions", R"({"operation":"add","value7":"2","value3":null})");
  w.link("feed", 0, "sum", 0).link("feed", 0, "sum", 2);
  auto p = planned(w);
  const auto& sum = p->nodes[1];
  CHECK(sum.input_names == std::vector<std::string>{"value1", "value3", "value7"});
  CHECK(sum.inputs[1].node == 0);
  CHECK(sum.inputs[2].fixed == value(decimal(2)));

  workflow_builder named;
  named.block("feed", "feed", "providers");
  named.block("sum", "total", "conditions", R"({"operation":"add"})");
  named.inputs({"value9", "value1", "value4"}).link("feed", 0, "sum", 0).link("feed", 0, "sum", 1);
  const auto out = validate(named.done(), catalog());
  INFO(all_of(out.problems));
  CHECK(has_warning(out.problems, "/blocks/1/inputs/2", "nothing feeds input 'value4'"));
  REQUIRE(out.result != nullptr);
  CHECK(out.result->nodes[1].input_names == std::vector<std::string>{"value1", "value9"});

  workflow_builder wrong;
  wrong.block("sum", "total", "conditions", R"({"operation":"add","value1":1,"value2":"x"})");
  CHECK(has_error(validate(wrong.done(), catalog()).problems, "/blocks/0/properties/value2",
                  "of kind number"));
  for (const auto* name : {"value0", "value01", "value", "value99999", "valuex"}) {
    CAPTURE(name);
    workflow_builder odd;
    odd.block("sum", "total", "conditions", R"({"operation":"add","value1":1})");
    odd.inputs({name});
    CHECK(has_error(validate(odd.done(), catalog()).problems, "/blocks/0/inputs/0", "no input"));
  }
}

TEST_CASE("plan: it knows whether and where it can order", "[plan]") {
  workflow_builder quiet;
  quiet.block("n", "notify", "actions", R"({"signal":true,"venue":"kraken"})");
  CHECK_FALSE(planned(quiet)->can_order);
  CHECK(planned(quiet)->order_venues.empty());
  workflow_builder w;
  w.block("a", "buy", "actions", R"({"signal":true,"amount":1,"venue":"kraken"})");
  w.block("b", "sell", "actions", R"({"signal":true,"amount":1})");
  w.block("c", "sell", "actions", R"({"signal":true,"amount":1,"venue":"kraken"})");
  CHECK(planned(w)->can_order);
  CHECK(planned(w)->order_venues == std::vector<std::string>{"kraken", "paper"});
}

TEST_CASE("plan: random workflows get a right order, whatever the order of connections", "[plan]") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto blocks = static_cast<std::uint32_t>(1 + random() % 30);
    auto w = random_workflow(random, blocks, random() % 60, true);
    const auto p = planned(w);
    REQUIRE(p->nodes.size() == blocks);
    std::map<std::string, std::uint32_t> place;
    for (const auto& n : p->nodes) {
      REQUIRE(n.index == place.size());
      place[n.identity->id] = n.index;
      std::uint32_t above = 0;
      for (const auto s : n.sources) {
        REQUIRE(s < n.index);
        above = std::max(above, p->nodes[s].level + 1);
        const auto& back = p->nodes[s].dependents;
        REQUIRE(std::find(back.begin(), back.end(), n.index) != back.end());
      }
      REQUIRE(n.level == above);
    }
    for (const auto& c : w.raw().connections) {
      REQUIRE(place.at(c.from.block) < place.at(c.to.block));
    }
    auto& connections = w.raw().connections;
    std::shuffle(connections.begin(), connections.end(), random);
    REQUIRE(same_plan(*p, *planned(w)));
  }
}

TEST_CASE("plan: random workflows with a cycle are refused, and the cycle is one", "[plan]") {
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto blocks = static_cast<std::uint32_t>(1 + random() % 12);
    const auto w = random_workflow(random, blocks, random() % 30, false);
    const auto out = validate(w.done(), catalog());
    INFO(all_of(out.problems));
    REQUIRE((out.result == nullptr) == !out.problems.empty());
    const auto connections = w.done()->connections;
    for (const auto& p : out.problems) {
      ++refused;
      std::vector<std::string> path;
      const auto start = p.message.find(": ") + 2;
      for (auto at = start; at < p.message.size();) {
        const auto end = std::min(p.message.find(" -> ", at), p.message.size());
        path.push_back(p.message.substr(at, end - at));
        at = end + 4;
      }
      REQUIRE(path.size() >= 2);
      REQUIRE(path.front() == path.back());
      for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        REQUIRE(std::any_of(connections.begin(), connections.end(), [&](const auto& c) {
          return c.from.block == path[i] && c.to.block == path[i + 1];
        }));
      }
    }
  }
  CHECK(refused > 50);
}

TEST_CASE("plan: the largest workflow is planned", "[plan]") {
  std::mt19937_64 random(7);
  const auto p = planned(random_workflow(random, 1'000, 10'000, true));
  CHECK(p->nodes.size() == 1'000);
  CHECK(p->levels > 10);
}
