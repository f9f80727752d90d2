#include <algorithm>
#include <numeric>

#include "runtime/workflow/graph.hpp"
#include "runtime/workflow/plan_draft.hpp"

namespace pitwall {

namespace {

void report_cycle(plan_draft& draft, const std::vector<std::uint32_t>& cycle) {
  std::string path;
  for (const auto block : cycle) path += draft.blocks[block].written->id + " -> ";
  path += draft.blocks[cycle.front()].written->id;
  const auto closing =
      std::find_if(draft.edges.begin(), draft.edges.end(), [&](const edge_draft& e) {
        return e.from_known && e.from == cycle.back() && e.to == cycle.front();
      });
  draft.report.problems.error(draft.connection_pointer(closing->connection),
                              draft.blocks[cycle.front()].written->id,
                              "these blocks wait for each other in a circle: " + path,
                              "remove one of the connections between them");
}

layering layers_of(const plan_draft& draft) {
  std::vector<graph_edge> edges;
  edges.reserve(draft.edges.size());
  for (const auto& e : draft.edges) {
    if (e.from_known) edges.push_back({e.from, e.to});
  }
  return layer(static_cast<std::uint32_t>(draft.blocks.size()), edges);
}

bool is_order(const block_type& type) {
  return type.effect == effect_class::effectful && (type.name == "buy" || type.name == "sell");
}

/// The venue a buy or sell block names: its property, else its type's default.
std::string venue_of(const block_draft& b) {
  const auto* written = b.written->properties.find("venue");
  if (written != nullptr && written->is_text() && !written->as_text().empty()) {
    return written->as_text();
  }
  for (const auto* parameters : {&b.type->properties, &b.type->inputs}) {
    for (const auto& p : *parameters) {
      if (p.name == "venue" && p.fallback.is_text()) return p.fallback.as_text();
    }
  }
  return {};
}

bool keeps_state(const block_type& type, const block_definition& written) {
  const auto& some = type.stateful_operations;
  if (!type.stateful || some.empty()) return type.stateful;
  const auto* operation = written.properties.find("operation");
  return operation != nullptr && operation->is_text() &&
         std::find(some.begin(), some.end(), operation->as_text()) != some.end();
}

plan_node make_node(block_draft& b, std::uint32_t index, std::uint32_t level) {
  plan_node n;
  node_identity who{b.written->id, b.written->name, b.type->name, b.type->category};
  who.index = index;
  n.identity = std::make_shared<const node_identity>(std::move(who));
  n.index = index;
  n.level = level;
  n.type = b.type;
  n.effect = b.type->effect;
  n.stateful = keeps_state(*b.type, *b.written);
  n.error_policy = b.written->error_policy;
  n.timeout = b.written->timeout;
  n.inputs = std::move(b.inputs);
  n.input_names.reserve(n.inputs.size());
  for (std::uint32_t slot = 0; slot < n.inputs.size(); ++slot) {
    n.input_names.push_back(b.ports->name_of(slot));
  }
  std::vector<std::string> outputs;
  outputs.reserve(b.type->outputs.size());
  for (const auto& o : b.type->outputs) outputs.push_back(o.name);
  n.outputs = std::make_shared<const std::vector<std::string>>(std::move(outputs));
  return n;
}

void keep_distinct(std::vector<std::uint32_t>& nodes) {
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
}

}  // namespace

std::shared_ptr<plan> finish_plan(plan_draft& draft) {
  const auto layers = layers_of(draft);
  for (const auto& cycle : layers.cycles) report_cycle(draft, cycle);
  if (draft.report.problems.errors() != 0) return nullptr;

  std::vector<std::uint32_t> order(draft.blocks.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return layers.level[a] < layers.level[b];
  });
  auto out = std::make_shared<plan>();
  out->definition = draft.definition;
  out->nodes.reserve(order.size());
  std::vector<std::uint32_t> place(order.size());
  for (const auto block : order) {
    const auto index = static_cast<std::uint32_t>(out->nodes.size());
    place[block] = index;
    auto& b = draft.blocks[block];
    out->nodes.push_back(make_node(b, index, layers.level[block]));
    out->levels = layers.level[block] + 1;
    if (!is_order(*b.type)) continue;
    out->can_order = true;
    auto venue = venue_of(b);
    auto& venues = out->order_venues;
    if (!venue.empty() && std::find(venues.begin(), venues.end(), venue) == venues.end()) {
      venues.push_back(std::move(venue));
    }
  }
  for (const auto& e : draft.edges) {
    const auto from = place[e.from];
    const auto to = place[e.to];
    auto& binding = out->nodes[to].inputs[draft.blocks[e.to].ports->slot_of(e.input)];
    binding = {from, e.from_slot, {}};
    out->nodes[to].sources.push_back(from);
    out->nodes[from].dependents.push_back(to);
  }
  for (auto& n : out->nodes) {
    keep_distinct(n.sources);
    keep_distinct(n.dependents);
  }
  return out;
}

}  // namespace pitwall
