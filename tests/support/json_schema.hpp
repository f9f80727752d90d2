// Job: checks a value against a JSON Schema (2020-12), for the keywords our schemas use. A schema
//      with any other keyword fails the check, so that nothing is taken for checked that is not.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/workflow/json.hpp"

namespace pitwall::test {

class json_schema {
 public:
  explicit json_schema(value root) : root_(std::move(root)) {}

  /// Empty where the instance is valid. `definition`: a name in $defs (of an AsyncAPI or OpenAPI
  /// document: in components/schemas); empty: the whole schema.
  std::vector<std::string> problems(const value& instance, std::string_view definition = {}) const {
    std::vector<std::string> out;
    const auto* schema = &root_;
    if (!definition.empty()) schema = find(definition);
    if (schema == nullptr) return {"no definition " + std::string(definition)};
    check(*schema, instance, "", out);
    return out;
  }

  /// The same against a schema of this document.
  std::vector<std::string> problems_of(const value& instance, const value& schema) const {
    std::vector<std::string> out;
    check(schema, instance, "", out);
    return out;
  }

  const value& root() const { return root_; }

 private:
  using findings = std::vector<std::string>;

  const value* find(std::string_view definition) const {
    if (const auto* defs = root_.find("$defs")) return defs->find(definition);
    const auto* components = root_.find("components");
    const auto* schemas = components == nullptr ? nullptr : components->find("schemas");
    return schemas == nullptr ? nullptr : schemas->find(definition);
  }

  const value* resolve(const std::string& reference) const {
    for (const std::string_view prefix : {"#/$defs/", "#/components/schemas/"}) {
      if (reference.starts_with(prefix)) {
        return find(std::string_view(reference).substr(prefix.size()));
      }
    }
    return nullptr;
  }

  void check(const value& schema, const value& v, const std::string& at, findings& out) const {
    for (const auto& [keyword, argument] : schema.as_object()) {
      if (keyword == "$ref") {
        const auto* target = resolve(argument.as_text());
        if (target == nullptr) {
          out.push_back(at + ": the schema refers to nothing: " + argument.as_text());
        } else {
          check(*target, v, at, out);
        }
      } else if (!check_any(keyword, argument, v, at, out) &&
                 !check_number(keyword, argument, v, at, out) &&
                 !check_text_or_list(keyword, argument, v, at, out) &&
                 !check_object(keyword, argument, v, at, out) &&
                 !check_others(schema, keyword, argument, v, at, out) && !is_annotation(keyword)) {
        out.push_back(at + ": the schema uses " + keyword + ", which this check does not know");
      }
    }
  }

  static bool is_annotation(std::string_view keyword) {
    return keyword == "$schema" || keyword == "$id" || keyword == "$defs" || keyword == "title" ||
           keyword == "description" || keyword == "default";
  }

  static bool is_of_type(const value& v, std::string_view type) {
    if (type == "null") return v.is_null();
    if (type == "boolean") return v.is_bool();
    if (type == "number") return v.is_number();
    if (type == "integer") return v.is_number() && v.as_number().round(0) == v.as_number();
    if (type == "string") return v.is_text();
    if (type == "array") return v.is_list();
    return type == "object" && v.is_object();
  }

  bool check_any(std::string_view keyword, const value& argument, const value& v,
                 const std::string& at, findings& out) const {
    if (keyword == "type") {
      const auto types = argument.is_list() ? argument.as_list() : value::list{argument};
      if (std::none_of(types.begin(), types.end(),
                       [&](const value& t) { return is_of_type(v, t.as_text()); })) {
        out.push_back(at + ": is no " + to_json(argument) + ": " + to_json(v).substr(0, 80));
      }
      return true;
    }
    if (keyword == "const") {
      if (!(v == argument)) out.push_back(at + ": is not " + to_json(argument));
      return true;
    }
    if (keyword == "enum") {
      const auto& allowed = argument.as_list();
      if (std::find(allowed.begin(), allowed.end(), v) == allowed.end()) {
        out.push_back(at + ": is none of " + to_json(argument));
      }
      return true;
    }
    if (keyword != "oneOf") return false;
    std::size_t fitting = 0;
    findings reasons;
    for (const auto& option : argument.as_list()) {
      findings one;
      check(option, v, at, one);
      if (one.empty()) ++fitting;
      reasons.insert(reasons.end(), one.begin(), one.end());
    }
    if (fitting == 1) return true;
    out.push_back(at + ": fits " + std::to_string(fitting) + " of oneOf");
    if (fitting == 0) out.insert(out.end(), reasons.begin(), reasons.end());
    return true;
  }

  static bool check_number(std::string_view keyword, const value& argument, const value& v,
                           const std::string& at, findings& out) {
    const bool known =
        keyword == "minimum" || keyword == "maximum" || keyword == "exclusiveMinimum";
    if (!known || !v.is_number()) return known;
    const auto n = v.as_number();
    const auto bound = argument.as_number();
    const bool fits = keyword == "minimum"   ? n >= bound
                      : keyword == "maximum" ? n <= bound
                                             : n > bound;
    if (!fits) out.push_back(at + ": " + n.to_string() + " is beyond " + std::string(keyword));
    return true;
  }

  bool check_text_or_list(std::string_view keyword, const value& argument, const value& v,
                          const std::string& at, findings& out) const {
    const auto characters = [](const std::string& text) {
      return std::count_if(text.begin(), text.end(),
                           [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
    };
    const auto within = [&](bool measured, auto size, bool at_least) {
      const auto bound = argument.as_number().to_int().value();
      const auto n = static_cast<std::int64_t>(size);
      if (measured && (at_least ? n < bound : n > bound)) {
        out.push_back(at + ": " + std::to_string(n) + " is beyond " + std::string(keyword));
      }
      return true;
    };
    if (keyword == "minLength" || keyword == "maxLength") {
      return within(v.is_text(), v.is_text() ? characters(v.as_text()) : 0, keyword == "minLength");
    }
    if (keyword == "minItems" || keyword == "maxItems") {
      return within(v.is_list(), v.is_list() ? v.as_list().size() : 0, keyword == "minItems");
    }
    if (keyword != "items") return false;
    if (!v.is_list()) return true;
    for (std::size_t i = 0; i < v.as_list().size(); ++i) {
      check(argument, v.as_list()[i], at + "/" + std::to_string(i), out);
    }
    return true;
  }

  bool check_object(std::string_view keyword, const value& argument, const value& v,
                    const std::string& at, findings& out) const {
    if (keyword == "required") {
      if (!v.is_object()) return true;
      for (const auto& name : argument.as_list()) {
        if (v.find(name.as_text()) == nullptr) out.push_back(at + ": lacks " + name.as_text());
      }
      return true;
    }
    if (keyword != "properties") return false;
    for (const auto& [name, schema] : argument.as_object()) {
      if (const auto* member = v.find(name)) check(schema, *member, at + "/" + name, out);
    }
    return true;
  }

  /// additionalProperties: false, or the schema of what `properties` does not name.
  bool check_others(const value& schema, std::string_view keyword, const value& argument,
                    const value& v, const std::string& at, findings& out) const {
    if (keyword != "additionalProperties") return false;
    if (!v.is_object()) return true;
    const auto* known = schema.find("properties");
    for (const auto& [name, member] : v.as_object()) {
      if (known != nullptr && known->find(name) != nullptr) continue;
      if (argument.is_object()) check(argument, member, at + "/" + name, out);
      if (argument.is_bool() && !argument.as_bool()) out.push_back(at + ": does not know " + name);
    }
    return true;
  }

  value root_;
};

}  // namespace pitwall::test
