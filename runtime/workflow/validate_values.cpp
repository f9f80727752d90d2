#include <algorithm>
#include <exception>

#include "runtime/workflow/json.hpp"
#include "runtime/workflow/plan_draft.hpp"

namespace pitwall {

namespace {

/// A property of one block against its declaration.
class value_reader {
 public:
  value_reader(block_draft& block, form_report& report) : block_(block), report_(report) {}

  /// The value as the block gets it: numbers in texts become numbers. Null where it is not usable.
  value read(std::string_view name, const parameter& p, const value& v) {
    if (p.kind == port_kind::number) {
      const auto number = number_of(v);
      if (!number) return wrong_kind(name, p.kind, v);
      if ((p.minimum && *number < *p.minimum) || (p.maximum && *number > *p.maximum)) {
        fault(name, in_quotes(name) + " is " + number->to_string(), range(p));
        return {};
      }
      return *number;
    }
    if (!is_of(v, p.kind)) return wrong_kind(name, p.kind, v);
    if (v.is_text() && !p.one_of.empty() &&
        std::find(p.one_of.begin(), p.one_of.end(), v.as_text()) == p.one_of.end()) {
      fault(name, in_quotes(name) + " is " + in_quotes(v.as_text()),
            "use one of: " + listed({p.one_of.begin(), p.one_of.end()}));
      return {};
    }
    return v;
  }

  void fault(std::string_view property, std::string message, std::string remedy) {
    block_.sound = false;
    report_.problems.error(pointer(property), block_.written->id, std::move(message),
                           std::move(remedy));
  }
  std::string pointer(std::string_view property) const {
    return block_.pointer + "/properties/" + pointer_token(property);
  }

 private:
  static bool is_of(const value& v, port_kind kind) {
    switch (kind) {
      case port_kind::any:
        return true;
      case port_kind::number:
        return v.is_number();
      case port_kind::boolean:
        return v.is_bool();
      case port_kind::text:
        return v.is_text();
      case port_kind::list:
        return v.is_list();
      case port_kind::object:
        return v.is_object();
    }
    return false;
  }
  value wrong_kind(std::string_view name, port_kind kind, const value& v) {
    const auto shown =
        v.is_text() ? "the text " + in_quotes(v.as_text()) : std::string(kind_in_words(v));
    fault(name, in_quotes(name) + " is " + shown,
          "it must be of kind " + std::string(to_string(kind)) +
              (kind == port_kind::boolean ? ": true or false" : ""));
    return {};
  }
  static std::string range(const parameter& p) {
    std::string out = "it must be ";
    if (p.minimum && p.maximum) {
      return out + "from " + p.minimum->to_string() + " to " + p.maximum->to_string();
    }
    return out +
           (p.minimum ? "at least " + p.minimum->to_string() : "at most " + p.maximum->to_string());
  }

  block_draft& block_;
  form_report& report_;
};

const parameter* declared(const std::vector<parameter>& parameters, std::string_view name) {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const parameter& p) { return p.name == name; });
  return found == parameters.end() ? nullptr : &*found;
}

std::vector<std::string_view> settable_names(const block_type& type) {
  std::vector<std::string_view> names;
  for (const auto& p : type.inputs) names.emplace_back(p.name);
  for (const auto& p : type.properties) names.emplace_back(p.name);
  return names;
}

/// Variadic inputs that only a property feeds are inputs too; told to the ports before they settle.
void use_variadic_properties(block_draft& b) {
  if (b.type->variadic_prefix.empty()) return;
  for (const auto& [name, v] : b.written->properties.as_object()) {
    const auto number = variadic_number(*b.type, name);
    if (number && !v.is_null()) b.ports->use({true, *number});
  }
}

/// Every property in the file: known, and as declared. Those of inputs become their constants.
void read_properties(block_draft& b, form_report& report) {
  value_reader reader(b, report);
  for (const auto& [name, v] : b.written->properties.as_object()) {
    if (v.is_null()) continue;
    if (const auto* p = declared(b.type->inputs, name)) {
      const auto place = static_cast<std::uint32_t>(p - b.type->inputs.data());
      b.inputs[place].fixed = reader.read(name, *p, v);
    } else if (const auto number = variadic_number(*b.type, name)) {
      const input_ref input{true, *number};
      parameter beyond;
      beyond.kind = b.ports->kind_of(input);
      b.inputs[b.ports->slot_of(input)].fixed = reader.read(name, beyond, v);
    } else if (const auto* plain = declared(b.type->properties, name)) {
      reader.read(name, *plain, v);
    } else {
      report.problems.warning(reader.pointer(name), b.written->id,
                              "the type " + b.type->name + " has no property " + in_quotes(name),
                              report.names.suggestion(name, settable_names(*b.type),
                                                      "it has no effect and can be removed"));
    }
  }
}

bool is_set(const block_draft& b, std::string_view name) {
  const auto* found = b.written->properties.find(name);
  return found != nullptr && !found->is_null();
}

/// Defaults, and what is missing. `fed` says which slots a connection feeds.
void complete_inputs(block_draft& b, const std::vector<bool>& fed, form_report& report) {
  value_reader reader(b, report);
  for (std::size_t slot = 0; slot < b.type->inputs.size(); ++slot) {
    const auto& p = b.type->inputs[slot];
    if (fed[slot] || is_set(b, p.name)) continue;
    b.inputs[slot].fixed = p.fallback;
    if (!p.required || !p.fallback.is_null()) continue;
    b.sound = false;
    report.problems.error(
        b.pointer, b.written->id,
        "input " + in_quotes(p.name) + " of block " + in_quotes(b.written->id) + " has no value",
        "connect an output to it, or set the property " + in_quotes(p.name));
  }
  for (const auto& p : b.type->properties) {
    if (!p.required || !p.fallback.is_null() || is_set(b, p.name)) continue;
    reader.fault(p.name, "the property " + in_quotes(p.name) + " is missing",
                 "set it in 'properties'");
  }
  for (std::size_t i = 0; i < b.written->inputs.size(); ++i) {
    const auto number = variadic_number(*b.type, b.written->inputs[i]);
    if (!number) continue;
    const auto slot = b.ports->slot_of({true, *number});
    if (slot < b.ports->slots() && b.ports->name_of(slot) == b.written->inputs[i]) continue;
    report.problems.warning(
        b.pointer + "/inputs/" + std::to_string(i), b.written->id,
        "nothing feeds input " + in_quotes(b.written->inputs[i]) + "; it is left out",
        "connect it or remove it");
  }
}

/// What the block itself says of its properties.
void try_make(block_draft& b, const std::filesystem::path& base_directory, form_report& report) {
  block_config config{*b.written, {}, base_directory};
  for (std::uint32_t slot = 0; slot < b.ports->slots(); ++slot) {
    config.inputs.push_back(b.ports->name_of(slot));
  }
  error failure{errc::internal, "the block type " + b.type->name + " cannot be made", {}, {}};
  try {
    if (b.type->make) {
      auto made = b.type->make(config);
      if (made.ok()) return;
      failure = std::move(made).error();
    }
  } catch (const std::exception& e) {
    failure.message = "the block could not be made: " + std::string(e.what());
    failure.remedy = "this is a defect of the block type " + b.type->name;
  }
  b.sound = false;
  // The block's id stands in every problem; a place beyond it is worth telling.
  const bool says_more =
      !failure.where.empty() && failure.where.find(b.written->id) == std::string::npos;
  if (says_more) failure.message += " (at " + failure.where + ")";
  report.problems.error(b.pointer, b.written->id, std::move(failure.message),
                        std::move(failure.remedy));
}

}  // namespace

void draft_values(plan_draft& draft, const std::filesystem::path& base_directory) {
  std::vector<std::vector<bool>> fed(draft.blocks.size());
  for (std::size_t i = 0; i < draft.blocks.size(); ++i) {
    auto& b = draft.blocks[i];
    if (b.type == nullptr) continue;
    use_variadic_properties(b);
    b.ports->settle();
    b.inputs.resize(b.ports->slots());
    fed[i].resize(b.ports->slots());
  }
  for (const auto& e : draft.edges) {
    fed[e.to][draft.blocks[e.to].ports->slot_of(e.input)] = true;
  }
  for (std::size_t i = 0; i < draft.blocks.size(); ++i) {
    auto& b = draft.blocks[i];
    if (b.type == nullptr) continue;
    read_properties(b, draft.report);
    complete_inputs(b, fed[i], draft.report);
    if (b.sound) try_make(b, base_directory, draft.report);
  }
}

}  // namespace pitwall
