#include "runtime/workflow/block_ports.hpp"

#include <algorithm>
#include <charconv>

namespace pitwall {

namespace {

/// No block has more variadic inputs: a typing error does not make a million slots.
constexpr std::uint32_t highest_variadic = 9'999;

std::optional<std::uint32_t> number_after(std::string_view prefix, std::string_view name) {
  if (prefix.empty() || !name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  if (name.empty() || name.front() < '1' || name.front() > '9') return std::nullopt;
  std::uint32_t n = 0;
  const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), n);
  if (failed != std::errc{} || end != name.data() + name.size() || n > highest_variadic) {
    return std::nullopt;
  }
  return n;
}

template <class Items>
std::optional<std::uint32_t> place_of(const Items& items, std::string_view name) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const auto& i) { return i.name == name; });
  if (found == items.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - items.begin());
}

template <class Items>
std::vector<std::string_view> names_of(const Items& items) {
  std::vector<std::string_view> names;
  for (const auto& i : items) names.emplace_back(i.name);
  return names;
}

/// The highest N that the type lists itself.
std::uint32_t last_listed(const block_type& type) {
  std::uint32_t last = 0;
  for (const auto& p : type.inputs) {
    last = std::max(last, number_after(type.variadic_prefix, p.name).value_or(0));
  }
  return last;
}

std::string numbered(const std::vector<std::string_view>& names) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < names.size(); ++i) {
    items.push_back(std::to_string(i) + " " + std::string(names[i]));
  }
  return listed({items.begin(), items.end()});
}

}  // namespace

std::optional<std::uint32_t> variadic_number(const block_type& type, std::string_view name) {
  const auto number = number_after(type.variadic_prefix, name);
  return number && !place_of(type.inputs, name) ? number : std::nullopt;
}

block_ports::block_ports(const block_definition& block, const block_type& type,
                         const std::string& pointer, form_report& report)
    : block_(&block), type_(&type) {
  for (std::size_t i = 0; i < block.inputs.size(); ++i) {
    const auto& name = block.inputs[i];
    const auto input = input_named(name);
    inputs_.push_back(input);
    if (input) continue;
    const auto at = pointer + "/inputs/" + std::to_string(i);
    if (place_of(type.properties, name)) {
      report.problems.warning(at, block.id,
                              in_quotes(name) + " is a property of " + type.name + ", not an input",
                              "set it in 'properties'; nothing can be connected to it");
      continue;
    }
    auto known = names_of(type.inputs);
    report.problems.error(
        at, block.id, "the type " + type.name + " has no input " + in_quotes(name),
        known.empty() ? "it has no inputs: leave it out" : "its inputs are: " + listed(known));
  }
  for (std::size_t i = 0; i < block.outputs.size(); ++i) {
    const auto output = place_of(type.outputs, block.outputs[i]);
    outputs_.push_back(output);
    if (output) continue;
    report.problems.error(pointer + "/outputs/" + std::to_string(i), block.id,
                          "the type " + type.name + " has no output " + in_quotes(block.outputs[i]),
                          "its outputs are: " + listed(names_of(type.outputs)));
  }
}

std::optional<input_ref> block_ports::input_named(std::string_view name) const {
  if (const auto place = place_of(type_->inputs, name)) return input_ref{false, *place};
  if (const auto number = variadic_number(*type_, name)) return input_ref{true, *number};
  return std::nullopt;
}

std::optional<input_ref> block_ports::input_at(std::uint32_t index) const {
  if (block_->inputs_given) return index < inputs_.size() ? inputs_[index] : std::nullopt;
  const auto count = static_cast<std::uint32_t>(type_->inputs.size());
  if (index < count) return input_ref{false, index};
  if (type_->variadic_prefix.empty()) return std::nullopt;
  const auto number = last_listed(*type_) + 1 + (index - count);
  return number <= highest_variadic ? std::optional(input_ref{true, number}) : std::nullopt;
}

std::optional<std::uint32_t> block_ports::output_at(std::uint32_t index) const {
  if (block_->outputs_given) return index < outputs_.size() ? outputs_[index] : std::nullopt;
  return index < type_->outputs.size() ? std::optional(index) : std::nullopt;
}

void block_ports::use(input_ref input) {
  if (input.variadic) variadic_.push_back(input.number);
}

void block_ports::settle() {
  std::sort(variadic_.begin(), variadic_.end());
  variadic_.erase(std::unique(variadic_.begin(), variadic_.end()), variadic_.end());
}

std::uint32_t block_ports::slot_of(input_ref input) const {
  if (!input.variadic) return input.number;
  const auto at = std::lower_bound(variadic_.begin(), variadic_.end(), input.number);
  return static_cast<std::uint32_t>(type_->inputs.size() +
                                    static_cast<std::size_t>(at - variadic_.begin()));
}

std::uint32_t block_ports::slots() const noexcept {
  return static_cast<std::uint32_t>(type_->inputs.size() + variadic_.size());
}

std::string block_ports::name_of(std::uint32_t slot) const {
  if (slot < type_->inputs.size()) return type_->inputs[slot].name;
  return type_->variadic_prefix + std::to_string(variadic_[slot - type_->inputs.size()]);
}

port_kind block_ports::kind_of(input_ref input) const {
  if (!input.variadic) return type_->inputs[input.number].kind;
  // The ones beyond are of the kind of the last that is listed.
  for (auto p = type_->inputs.rbegin(); p != type_->inputs.rend(); ++p) {
    if (number_after(type_->variadic_prefix, p->name)) return p->kind;
  }
  return port_kind::any;
}

std::string block_ports::input_list() const {
  if (block_->inputs_given) return numbered({block_->inputs.begin(), block_->inputs.end()});
  return numbered(names_of(type_->inputs));
}

std::string block_ports::output_list() const {
  if (block_->outputs_given) return numbered({block_->outputs.begin(), block_->outputs.end()});
  return numbered(names_of(type_->outputs));
}

}  // namespace pitwall
