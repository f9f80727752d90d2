#include <unordered_map>

#include "runtime/workflow/plan_draft.hpp"

namespace pitwall {

namespace {

class edge_reader {
 public:
  explicit edge_reader(plan_draft& draft) : draft_(draft) {
    const auto& blocks = draft.definition->blocks;
    for (std::uint32_t i = 0; i < blocks.size(); ++i) {
      if (by_id_.emplace(blocks[i].id, i).second) ids_.emplace_back(blocks[i].id);
    }
  }

  void read(std::uint32_t index) {
    const auto& c = draft_.definition->connections[index];
    const auto from = block_of(index, c.from, "from");
    const auto to = block_of(index, c.to, "to");
    const auto source = from ? output_of(index, *from, c.from.index) : std::nullopt;
    const auto target = to ? input_of(index, *to, c.to.index) : std::nullopt;
    if (!target) return;
    edge_draft e;
    e.connection = index;
    e.to = *to;
    e.input = *target;
    e.from_known = source.has_value();
    if (source) {
      e.from = *from;
      e.from_slot = *source;
      check_kinds(e);
    }
    if (is_first_into(e)) {
      draft_.blocks[e.to].ports->use(e.input);
      draft_.edges.push_back(e);
    }
  }

 private:
  std::optional<std::uint32_t> block_of(std::uint32_t index, const endpoint_definition& end,
                                        std::string_view side) {
    const auto found = by_id_.find(end.block);
    if (found != by_id_.end()) return found->second;
    draft_.report.problems.error(
        pointer(index, side, "blockId"), {}, "there is no block " + in_quotes(end.block),
        draft_.report.names.suggestion(end.block, ids_, "the blocks are: " + listed(ids_)));
    return std::nullopt;
  }

  std::optional<std::uint32_t> output_of(std::uint32_t index, std::uint32_t block,
                                         std::uint32_t port) {
    const auto& b = draft_.blocks[block];
    if (!b.ports) return std::nullopt;
    const auto slot = b.ports->output_at(port);
    if (!slot && !listed_at(b.written->outputs, port)) {
      const auto known = b.ports->output_list();
      draft_.report.problems.error(
          pointer(index, "from", "index"), b.written->id,
          "block " + in_quotes(b.written->id) + " has no output " + std::to_string(port),
          known.empty() ? "it lists no outputs: leave 'outputs' out for those of its type"
                        : "its outputs are: " + known);
    }
    return slot;
  }

  std::optional<input_ref> input_of(std::uint32_t index, std::uint32_t block, std::uint32_t port) {
    const auto& b = draft_.blocks[block];
    if (!b.ports) return std::nullopt;
    const auto input = b.ports->input_at(port);
    if (input) return input;
    const auto* name = listed_at(b.written->inputs, port);
    if (name != nullptr && !is_property(*b.type, *name)) return input;  // Reported at the list.
    const auto known = b.ports->input_list();
    draft_.report.problems.error(
        pointer(index, "to", "index"), b.written->id,
        name != nullptr
            ? in_quotes(*name) + " of block " + in_quotes(b.written->id) +
                  " is a property, not an input"
            : "block " + in_quotes(b.written->id) + " has no input " + std::to_string(port),
        name != nullptr ? "set it in 'properties' instead"
        : known.empty() && b.written->inputs_given && !b.type->inputs.empty()
            ? "it lists no inputs: leave 'inputs' out for those of its type"
        : known.empty() ? "it has no inputs"
                        : "its inputs are: " + known);
    return input;
  }

  void check_kinds(const edge_draft& e) {
    const auto& from = draft_.blocks[e.from];
    const auto& to = draft_.blocks[e.to];
    const auto& output = from.type->outputs[e.from_slot];
    const auto kind = to.ports->kind_of(e.input);
    if (fits(output.kind, kind)) return;
    const auto name = e.input.variadic ? to.type->variadic_prefix + std::to_string(e.input.number)
                                       : to.type->inputs[e.input.number].name;
    draft_.report.problems.error(
        draft_.connection_pointer(e.connection), to.written->id,
        "output " + in_quotes(output.name) + " of block " + in_quotes(from.written->id) +
            " is of kind " + std::string(to_string(output.kind)) + ", input " + in_quotes(name) +
            " of block " + in_quotes(to.written->id) + " of kind " + std::string(to_string(kind)),
        "connect an output of kind " + std::string(to_string(kind)));
  }

  bool is_first_into(const edge_draft& e) {
    const auto key =
        (std::uint64_t{e.to} << 33U) | (std::uint64_t{e.input.variadic} << 32U) | e.input.number;
    const auto [other, is_new] = fed_by_.emplace(key, e.connection);
    if (is_new) return true;
    const auto& b = draft_.blocks[e.to];
    draft_.report.problems.error(
        pointer(e.connection, "to", {}), b.written->id,
        "input " + std::to_string(draft_.definition->connections[e.connection].to.index) +
            " of block " + in_quotes(b.written->id) + " is already fed by " +
            draft_.connection_pointer(other->second),
        "remove one of the two connections");
    return false;
  }

  static const std::string* listed_at(const std::vector<std::string>& names, std::uint32_t index) {
    return index < names.size() ? &names[index] : nullptr;
  }
  static bool is_property(const block_type& type, std::string_view name) {
    for (const auto& p : type.properties) {
      if (p.name == name) return true;
    }
    return false;
  }
  std::string pointer(std::uint32_t index, std::string_view side, std::string_view field) const {
    auto out = draft_.connection_pointer(index) + "/" + std::string(side);
    if (!field.empty()) out += "/" + std::string(field);
    return out;
  }

  plan_draft& draft_;
  std::unordered_map<std::string_view, std::uint32_t> by_id_;
  std::vector<std::string_view> ids_;
  std::unordered_map<std::uint64_t, std::uint32_t> fed_by_;
};

}  // namespace

void draft_edges(plan_draft& draft) {
  edge_reader reader(draft);
  const auto count = static_cast<std::uint32_t>(draft.definition->connections.size());
  draft.edges.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) reader.read(i);
}

}  // namespace pitwall
