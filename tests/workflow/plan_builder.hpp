// Job: plans for tests of the run, made by hand: nodes of one of three types, wired by id, without
//      files, validation and the block library.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/workflow/plan.hpp"

namespace pitwall::test {

/// A block type that exists only to be named; its blocks are never made.
inline const block_type& type_of(effect_class effect) {
  static const auto make = [](const char* name, const char* category, effect_class e) {
    block_type t;
    t.name = name;
    t.category = category;
    t.effect = e;
    t.outputs = {{"out", port_kind::any}};
    return t;
  };
  static const block_type types[] = {make("math", "conditions", effect_class::pure),
                                     make("paper", "providers", effect_class::idempotent),
                                     make("buy", "actions", effect_class::effectful)};
  return types[static_cast<std::size_t>(effect)];
}

struct node_spec {
  std::string id;
  std::vector<std::string> sources{};  ///< Each feeds one input, from its output 0.
  effect_class effect = effect_class::pure;
  on_error policy = on_error::skip_dependents;
  milliseconds timeout{30'000};
  std::vector<value> constants{};  ///< Further inputs.
  std::vector<std::string> outputs{"out"};
};

class plan_builder {
 public:
  plan_builder& node(node_spec spec) {
    specs_.push_back(std::move(spec));
    return *this;
  }
  plan_builder& timeout(milliseconds t) {
    timeout_ = t;
    return *this;
  }
  /// As from a maker that does not know the places.
  plan_builder& without_index_hints() {
    hints_ = false;
    return *this;
  }

  /// Sources must have been added before their dependents.
  std::shared_ptr<const plan> build() const {
    auto p = std::make_shared<plan>();
    auto definition = std::make_shared<workflow_definition>();
    definition->id = "wf";
    definition->timeout = timeout_;
    p->definition = std::move(definition);
    p->definition_id = "def-1";
    for (const auto& spec : specs_) add(*p, spec);
    return p;
  }

 private:
  void add(plan& p, const node_spec& spec) const {
    const auto index = static_cast<std::uint32_t>(p.nodes.size());
    const auto& type = type_of(spec.effect);
    plan_node n;
    n.identity = std::make_shared<const node_identity>(
        node_identity{spec.id, "Name of " + spec.id, type.name, type.category, hints_ ? index : 0});
    n.index = index;
    n.type = &type;
    n.effect = spec.effect;
    n.error_policy = spec.policy;
    n.timeout = spec.timeout;
    n.outputs = std::make_shared<const std::vector<std::string>>(spec.outputs);
    for (const auto& id : spec.sources) {
      const auto source = place_of(p, id);
      n.inputs.push_back({source, 0, {}});
      n.input_names.push_back(id);
      if (std::find(n.sources.begin(), n.sources.end(), source) != n.sources.end()) continue;
      n.sources.push_back(source);
      p.nodes[source].dependents.push_back(index);
      n.level = std::max(n.level, p.nodes[source].level + 1);
    }
    for (const auto& v : spec.constants) {
      n.inputs.push_back({input_binding::constant, 0, v});
      n.input_names.push_back("constant");
    }
    std::sort(n.sources.begin(), n.sources.end());
    p.levels = std::max(p.levels, n.level + 1);
    p.can_order = p.can_order || n.effect == effect_class::effectful;
    p.nodes.push_back(std::move(n));
  }

  static std::uint32_t place_of(const plan& p, const std::string& id) {
    for (std::uint32_t i = 0; i < p.nodes.size(); ++i)
      if (p.nodes[i].identity->id == id) return i;
    std::abort();  // A source that was not added: a mistake in the test.
  }

  std::vector<node_spec> specs_;
  std::optional<milliseconds> timeout_;
  bool hints_ = true;
};

}  // namespace pitwall::test
