#include "runtime/blocks/describe.hpp"

#include <array>
#include <string_view>

#include "runtime/workflow/json.hpp"

namespace pitwall {
namespace {

struct chapter {
  std::string_view category, title;
};
constexpr std::array<chapter, 5> chapters{{{"providers", "Providers"},
                                           {"triggers", "Triggers"},
                                           {"conditions", "Conditions"},
                                           {"actions", "Actions"},
                                           {"risk", "Risk"}}};

/// For a cell of a table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string code(std::string_view text) { return "`" + cell(text) + "`"; }

std::string joined(const std::string& a, const std::string& b, std::string_view between) {
  return a.empty() ? b : b.empty() ? a : a + std::string(between) + b;
}

std::string allowed(const parameter& p) {
  std::string out;
  for (const auto& text : p.one_of) out = joined(out, code(text), ", ");
  if (!out.empty()) return "One of " + out + ".";
  if (p.minimum && p.maximum) return p.minimum->to_string() + " to " + p.maximum->to_string() + ".";
  if (p.minimum) return "From " + p.minimum->to_string() + ".";
  if (p.maximum) return "To " + p.maximum->to_string() + ".";
  return "";
}

void append_parameters(const std::vector<parameter>& parameters, std::string_view role,
                       std::string& out) {
  for (const auto& p : parameters) {
    const std::string fallback = p.required             ? "required"
                                 : p.fallback.is_null() ? "none"
                                                        : code(to_json(p.fallback));
    out += "| " + code(p.name) + " | " + std::string(role) + " | " +
           std::string(to_string(p.kind)) + " | " + fallback + " | " +
           joined(cell(p.help), allowed(p), " ") + " |\n";
  }
}

std::string kept_by(const block_type& t) {
  std::string out;
  for (const auto& o : t.stateful_operations) out += (out.empty() ? " (" : ", ") + code(o);
  return out.empty() ? out : out + ")";
}

void append_type(const block_type& t, std::string& out) {
  out += "### " + t.name + "\n\n" + t.summary + "\n\n";
  out += "Effect: " + std::string(to_string(t.effect)) +
         (t.stateful ? "; keeps state between executions" : "") + kept_by(t) + ".\n\n";
  out += "| name | role | kind | default | meaning |\n|---|---|---|---|---|\n";
  append_parameters(t.inputs, "input", out);
  if (!t.variadic_prefix.empty()) {
    out += "| " + code(t.variadic_prefix + "N") + " | input | " +
           std::string(t.inputs.empty() ? "any" : to_string(t.inputs.front().kind)) +
           " | none | Further inputs, numbered on. |\n";
  }
  append_parameters(t.properties, "property", out);
  for (const auto& o : t.outputs) {
    out += "| " + code(o.name) + " | output | " + std::string(to_string(o.kind)) + " | | " +
           cell(o.help) + " |\n";
  }
  out += "\n";
}

}  // namespace

std::string describe_blocks(const block_catalog& catalog) {
  std::string out =
      "# Block library\n\n"
      "Generated from the block types themselves; a test compares. An input takes its value from "
      "its connection, else from the property of the same name, else from its default. Numbers "
      "may be written as texts. Null where a value is needed is a failure of the node, and so is a "
      "division by zero; its dependents are skipped.\n\n";
  const auto types = catalog.all();
  for (const auto& c : chapters) {
    std::string names;
    for (const auto* t : types) {
      if (t->category == c.category) {
        names = joined(names, "[" + t->name + "](#" + t->name + ")", " · ");
      }
    }
    if (names.empty()) continue;
    out += "## " + std::string(c.title) + "\n\n" + names + "\n\n";
    for (const auto* t : types) {
      if (t->category == c.category) append_type(*t, out);
    }
  }
  out.pop_back();  // One newline at the end.
  return out;
}

}  // namespace pitwall
