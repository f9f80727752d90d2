#include "runtime/host/config/show.hpp"

#include <algorithm>

#include "runtime/host/config/key_tree.hpp"
#include "runtime/host/config/layers.hpp"
#include "runtime/host/config/value.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::config {
namespace {

/// A tree that grows member by member.
struct branch {
  std::string name;
  std::vector<branch> members;  // No pair: clang wants a whole type in one.
  value leaf;
  bool is_list = false;

  branch& at(const std::string& wanted) {
    for (auto& b : members)
      if (b.name == wanted) return b;
    return members.emplace_back(branch{wanted, {}, {}});
  }
  value finished() const {
    if (members.empty() && !is_list) return leaf;
    value::object object;
    value::list list;
    for (const auto& b : members) {
      if (is_list)
        list.push_back(b.finished());
      else
        object.emplace_back(b.name, b.finished());
    }
    return is_list ? value(std::move(list)) : value(std::move(object));
  }
};

/// By the place of their key in the table, and there by their pointer.
std::vector<const settings::table::value_type*> in_order(const settings& config) {
  std::vector<const settings::table::value_type*> all;
  for (const auto& one : config.all) all.push_back(&one);
  std::stable_sort(all.begin(), all.end(),
                   [](const auto* a, const auto* b) { return a->second.of < b->second.of; });
  return all;
}

using members = value::object;

value types(std::initializer_list<const char*> names, bool optional) {
  value::list all(names.begin(), names.end());
  if (optional) all.emplace_back("null");
  return all.size() == 1 ? all.front() : value(std::move(all));
}

value schema_of(const key& k) {
  members out;
  const bool off = k.optional || k.how == form::limit || k.how == form::resilience;
  switch (k.how) {
    case form::boolean:
      out.emplace_back("type", types({"boolean"}, off));
      break;
    case form::integer:
      out.emplace_back("type", types({"integer"}, off));
      break;
    case form::number:
      out.emplace_back("type", types({"number"}, off));
      break;
    case form::size:
      out.emplace_back("type", types({"integer", "string"}, off));
      break;
    case form::limit:
    case form::resilience:
      out.emplace_back("type", types({"number", "string"}, off));
      break;
    case form::texts:
      out.emplace_back("type", "array");
      out.emplace_back("items", members{{"type", "string"}, {"minLength", 1}});
      out.emplace_back("maxItems", 64);
      break;
    case form::trigger:
      out.emplace_back("type", types({"string", "object"}, off));
      out.emplace_back("minLength", 1);
      out.emplace_back("required", value::list{value("type")});
      break;
    case form::restart:
      out.emplace_back("type", types({"string"}, off));
      out.emplace_back("minLength", 1);
      break;
    case form::choice: {
      value::list words;
      for (const auto word : words_of(k)) words.emplace_back(word);
      out.emplace_back("enum", std::move(words));
      break;
    }
    default:
      out.emplace_back("type", types({"string"}, off));
      out.emplace_back("minLength", 1);
  }
  const bool numbers = k.how == form::integer || k.how == form::number || k.how == form::size;
  if (numbers && !k.bounds.empty()) {
    const auto [least, most] = range_of(k);
    out.emplace_back("minimum", value(least));
    out.emplace_back("maximum", value(most));
  }
  auto about = k.about + (k.unit.empty() ? "" : " (" + k.unit + ")");
  if (k.how == form::time) about += "; " + what_it_takes(k).substr(2);
  out.emplace_back("description", about);
  const auto fallback = k.path.find_first_of("*#") == std::string::npos ? k.fallback : "";
  if (!fallback.empty())
    out.emplace_back("default", read_text(k, fallback, parts_of(k.path).back()).value_or(value()));
  return value(std::move(out));
}

value schema_below(const key_node& node) {
  if (node.leaf != nullptr) return schema_of(*node.leaf);
  if (node.any_index != nullptr)
    return value(members{{"type", "array"},
                         {"items", schema_below(*node.any_index)},
                         {"maxItems", decimal(static_cast<std::int64_t>(max_bots))}});
  members properties;
  value::list required;
  for (const auto& [name, below] : node.named) {
    properties.emplace_back(name, schema_below(below));
    if (below.leaf != nullptr && below.leaf->required) required.emplace_back(name);
  }
  members out{{"type", "object"}};
  if (!properties.empty()) out.emplace_back("properties", std::move(properties));
  if (!required.empty()) out.emplace_back("required", std::move(required));
  out.emplace_back("additionalProperties",
                   node.any_name != nullptr ? schema_below(*node.any_name) : value(false));
  return value(std::move(out));
}

std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
    text.insert(at, 1, '\\');
  return text;
}

std::string default_cell(const key& k) {
  std::string out = k.fallback.empty() ? "" : "`" + k.fallback + "`";
  for (const auto profile : profiles)
    if (const auto own = default_of(k, profile); own != k.fallback)
      out.append(out.empty() ? "" : "; ").append(profile).append(" `" + own + "`");
  return out;
}

std::string value_cell(const key& k) {
  std::string out;
  switch (k.how) {
    case form::boolean:
      return "boolean";
    case form::choice:
      for (const auto word : words_of(k)) out.append(out.empty() ? "" : ", ").append(word);
      return out;
    case form::texts:
      return "list of texts";
    case form::trigger:
      return "words, or an object";
    case form::restart:
      return "words";
    case form::resilience:
      return k.unit.empty() ? "text" : "number";
    case form::limit:
    case form::number:
      out = "number";
      break;
    case form::integer:
      out = "whole number";
      break;
    case form::size:
      out = "size";
      break;
    case form::time:
      out = "time";
      break;
    case form::path:
      out = k.secret ? "path, of a secret" : "path";
      break;
    case form::text:
      out = "text";
      break;
  }
  if (!k.bounds.empty()) out += ", " + k.bounds;
  return k.optional ? out + ", or null" : out;
}

}  // namespace

value as_file(const settings& config) {
  branch root;
  for (const auto* one : in_order(config)) {
    auto* at = &root;
    std::string_view pattern = one->second.of->path;
    const auto pattern_parts = parts_of(pattern);
    const auto parts = parts_of(one->first);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (pattern_parts[i] == "#") at->is_list = true;
      at = &at->at(parts[i]);
    }
    at->leaf = one->second.is;
  }
  return root.members.empty() ? value(value::object{}) : root.finished();
}

std::vector<std::vector<std::string>> with_origins(const settings& config) {
  std::vector<std::vector<std::string>> rows;
  for (const auto* one : in_order(config))
    rows.push_back({shown(one->first), to_json(one->second.is), one->second.where});
  return rows;
}

value schema() {
  members out{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"$id", "urn:pitwall:schema:configuration"},
              {"title", "Configuration of a Pitwall host"}};
  const auto below = schema_below(key_tree());
  for (const auto& member : below.as_object()) out.push_back(member);
  return value(std::move(out));
}

std::string markdown_table() {
  std::string out =
      "| Key | Value | Unit | Default | Live | Flag of `serve` | Meaning |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const auto& k : keys()) {
    out += "| `" + shown(k.path) + "` | " + cell(value_cell(k)) + " | " + k.unit + " | " +
           default_cell(k) + " | " + (k.live ? "yes" : "") + " | " +
           (k.flag.empty() ? "" : "`" + k.flag + "`") + " | " + cell(k.about) +
           (k.required ? "; required" : "") + " |\n";
  }
  return out;
}

}  // namespace pitwall::config
