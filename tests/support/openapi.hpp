// Job: holds answers to an OpenAPI document: the operation that a request is, and what its answer
//      must be. Notes which operations succeeded.
// Threads: one.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/json_schema.hpp"
#include "tests/support/plain_http.hpp"

namespace pitwall::test {

class openapi {
 public:
  using route = std::pair<std::string, std::string>;  ///< Method in capitals, path.

  explicit openapi(value document) : schema_(std::move(document)) {}

  std::set<route> routes() const {
    std::set<route> all;
    for (const auto& [path, item] : paths())
      for (const auto& [method, _] : item.as_object()) all.emplace(capitals(method), path);
    return all;
  }

  /// The scope that a token needs for it; empty: none.
  std::string scope_of(const route& r) const {
    for (const auto& [path, item] : paths())
      for (const auto& [method, operation] : item.as_object()) {
        if (route(capitals(method), path) != r) continue;
        const auto& schemes = operation.find("security")->as_list();
        return schemes.empty() ? "" : schemes.at(0).find("token")->as_list().at(0).as_text();
      }
    return "it is not there";
  }

  /// Whether it says more of this status than of errors at large.
  bool names(const route& r, unsigned status) const {
    for (const auto& [path, item] : paths())
      for (const auto& [method, operation] : item.as_object())
        if (route(capitals(method), path) == r)
          return operation.find("responses")->find(std::to_string(status)) != nullptr;
    return false;
  }

  /// What is wrong with this answer to that request; empty: nothing.
  std::vector<std::string> problems(const plain_request& asked, const plain_reply& got) {
    const std::string where = asked.method + " " + asked.target;
    if (got.status == 0) return {where + ": no whole answer"};
    const bool failed = got.status >= 400;
    const auto* operation = operation_of(asked);
    const auto* response =
        failed ? schema_.root().find("components")->find("responses")->find("problem")
               : success_of(operation, got.status);
    if (response == nullptr)
      return {where + ": the document does not know the answer " + std::to_string(got.status)};
    const auto type = got.content_type.substr(0, got.content_type.find(';'));
    const auto* content = response->find("content");
    const auto* media = content != nullptr ? content->find(type) : nullptr;
    if (media == nullptr) return {where + ": the document does not know the type " + type};
    if (!failed) succeeded.emplace(asked.method, pattern_);
    if (!type.ends_with("json")) return {};
    const auto body = parse_json(got.body);
    if (!body.ok()) return {where + ": no JSON: " + got.body};
    auto wrong = schema_.problems_of(*body, *media->find("schema"));
    for (auto& w : wrong) w = where + " " + std::to_string(got.status) + w;
    const auto* status = body->find("status");
    if (failed && (status == nullptr || !(*status == value(static_cast<int>(got.status)))))
      wrong.push_back(where + ": the problem names another status");
    return wrong;
  }

  /// References that lead nowhere, operations without a summary, an id, or the answer to errors.
  std::vector<std::string> own_problems() const {
    std::vector<std::string> wrong;
    std::set<std::string> ids;
    for (const auto& [path, item] : paths()) {
      for (const auto& [method, o] : item.as_object()) {
        const auto* id = o.find("operationId");
        if (id == nullptr || !ids.insert(id->as_text()).second)
          wrong.push_back(method + " " + path + ": its operationId");
        const auto* error = o.find("responses")->find("default");
        if (error == nullptr || o.find("summary") == nullptr)
          wrong.push_back(method + " " + path + ": no summary, or nothing of errors");
        if (placeholders(path) != path_parameters(o))
          wrong.push_back(method + " " + path + ": its path parameters");
      }
    }
    look_for_references(schema_.root(), wrong);
    return wrong;
  }

  std::set<route> succeeded;
  const json_schema& schema() const { return schema_; }

 private:
  const value::object& paths() const { return schema_.root().find("paths")->as_object(); }

  static std::string capitals(std::string text) {
    for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return text;
  }
  static std::vector<std::string> segments_of(std::string_view path) {
    std::vector<std::string> all;
    path = path.substr(0, path.find('?'));
    while (!path.empty()) {
      const auto end = std::min(path.find('/', 1), path.size());
      all.emplace_back(path.substr(1, end - 1));
      path.remove_prefix(end);
    }
    return all;
  }
  static bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
    if (pattern.size() != path.size()) return false;
    for (std::size_t i = 0; i < path.size(); ++i)
      if (!pattern[i].starts_with('{') && pattern[i] != path[i]) return false;
    return true;
  }

  /// The one with the fewest captures.
  const value* operation_of(const plain_request& asked) {
    const auto wanted = segments_of(asked.target);
    const value* found = nullptr;
    std::size_t captures = SIZE_MAX;
    for (const auto& [path, item] : paths()) {
      const auto pattern = segments_of(path);
      const auto n = placeholders(path).size();
      if (!fits(pattern, wanted) || n >= captures) continue;
      captures = n;
      pattern_ = path;
      found = nullptr;
      for (const auto& [method, o] : item.as_object())
        if (capitals(method) == asked.method) found = &o;
    }
    return found;
  }
  static const value* success_of(const value* operation, unsigned status) {
    return operation == nullptr ? nullptr
                                : operation->find("responses")->find(std::to_string(status));
  }
  static std::set<std::string> placeholders(const std::string& path) {
    std::set<std::string> all;
    for (const auto& s : segments_of(path))
      if (s.starts_with('{')) all.insert(s.substr(1, s.size() - 2));
    return all;
  }
  static std::set<std::string> path_parameters(const value& operation) {
    std::set<std::string> all;
    if (const auto* list = operation.find("parameters"))
      for (const auto& p : list->as_list())
        if (p.find("in")->as_text() == "path") all.insert(p.find("name")->as_text());
    return all;
  }
  void look_for_references(const value& in, std::vector<std::string>& wrong) const {
    if (in.is_list())
      for (const auto& v : in.as_list()) look_for_references(v, wrong);
    if (!in.is_object()) return;
    for (const auto& [name, v] : in.as_object()) {
      if (name != "$ref") {
        look_for_references(v, wrong);
        continue;
      }
      const value* at = &schema_.root();
      for (const auto& s : segments_of(v.as_text().substr(1)))
        if (at != nullptr) at = at->find(s);
      if (at == nullptr) wrong.push_back("nothing is at " + v.as_text());
    }
  }

  json_schema schema_;
  std::string pattern_;
};

}  // namespace pitwall::test
