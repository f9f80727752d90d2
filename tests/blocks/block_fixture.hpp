// Job: a block from its properties in one line, evaluated in the next:
//        block_fixture b("compare", {{"operator", ">"}});
//        CHECK(b.run({{"value1", 2}, {"value2", 1}})["result"] == true);
//      Inputs bind as in a workflow: given here, else property, else the type's default, else null.
//      State is kept from one evaluation to the next, as the node does.
#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "runtime/blocks/registry.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"

namespace Catch {
template <>
struct StringMaker<pitwall::value> {
  static std::string convert(const pitwall::value& v) { return pitwall::to_json(v); }
};
template <>
struct StringMaker<pitwall::decimal> {
  static std::string convert(const pitwall::decimal& d) { return d.to_string(); }
};
template <>
struct StringMaker<pitwall::errc> {
  static std::string convert(pitwall::errc c) { return std::string(pitwall::to_string(c)); }
};
}  // namespace Catch

namespace pitwall::test {

inline const block_registry& library() {
  static const block_registry r = make_builtin_registry();
  return r;
}

inline decimal dec(std::string_view text) {
  auto d = decimal::parse(text);
  INFO("decimal " << text);
  REQUIRE(d.ok());
  return *d;
}

inline timestamp at(std::string_view text) {
  auto t = parse_iso8601(text);
  INFO("time " << text);
  REQUIRE(t.ok());
  return *t;
}

inline bool mentions(const error& e, std::string_view text) {
  return e.to_string().find(text) != std::string::npos;
}

/// Outputs by name.
class named_outputs {
 public:
  named_outputs(const block_type& type, completion c) : type_(&type), completion_(std::move(c)) {
    REQUIRE(completion_.outputs.size() == type.outputs.size());
  }
  const value& operator[](std::string_view name) const {
    const auto it = std::ranges::find(type_->outputs, name, &output_port::name);
    INFO("output " << name);
    REQUIRE(it != type_->outputs.end());
    return completion_.outputs[static_cast<std::size_t>(it - type_->outputs.begin())];
  }
  const completion& all() const { return completion_; }

 private:
  const block_type* type_;
  completion completion_;
};

class block_fixture {
 public:
  using pairs = value::object;

  /// `slots`: the input slots where there are more than the type lists (variadic ones).
  explicit block_fixture(const std::string& type, pairs properties = {},
                         std::vector<std::string> slots = {})
      : properties_(std::move(properties)), slots_(std::move(slots)) {
    type_ = library().find(type);
    INFO("type " << type);
    REQUIRE(type_ != nullptr);
    if (slots_.empty()) {
      for (const auto& p : type_->inputs) slots_.push_back(p.name);
    }
    definition_.id = "under_test";
    definition_.name = "Under test";
    definition_.type = type;
    definition_.category = type_->category;
    definition_.properties = value(properties_);
  }

  result<std::unique_ptr<const block>> make() const {
    return type_->make(block_config{definition_, slots_, base_directory});
  }

  result<step> evaluate(const pairs& given = {}) {
    if (!block_) {
      auto made = make();
      INFO((made.ok() ? std::string() : made.error().to_string()));
      REQUIRE(made.ok());
      block_ = std::move(made).value();
    }
    bound_ = bind(given);
    auto next = block_->evaluate(seen());
    if (next.ok()) {
      if (auto* c = std::get_if<completion>(&*next)) keep(*c);
    }
    return next;
  }

  named_outputs run(const pairs& given = {}) {
    auto next = evaluate(given);
    INFO((next.ok() ? std::string() : next.error().to_string()));
    REQUIRE(next.ok());
    REQUIRE(std::holds_alternative<completion>(*next));
    return {*type_, std::get<completion>(*next)};
  }

  template <class Request>
  Request request(const pairs& given = {}) {
    auto next = evaluate(given);
    INFO((next.ok() ? std::string() : next.error().to_string()));
    REQUIRE(next.ok());
    REQUIRE(std::holds_alternative<Request>(*next));
    return std::get<Request>(*next);
  }

  /// Answers the request of the last evaluation.
  result<completion> resume(const answer& a) {
    auto c = block_->resume(seen(), a);
    if (c.ok()) keep(*c);
    return c;
  }
  named_outputs answered(const answer& a) {
    auto c = resume(a);
    INFO((c.ok() ? std::string() : c.error().to_string()));
    REQUIRE(c.ok());
    return {*type_, *c};
  }

  error failure(const pairs& given = {}) {
    auto next = evaluate(given);
    REQUIRE_FALSE(next.ok());
    return next.error();
  }
  error make_failure() const {
    auto made = make();
    REQUIRE_FALSE(made.ok());
    return made.error();
  }

  const block_type& type() const { return *type_; }
  const std::vector<value>& bound() const { return bound_; }

  value state;
  value trigger;
  timestamp now = timestamp(std::chrono::seconds(1'772'366'400));  // 2026-03-01T12:00:00Z
  std::filesystem::path base_directory;

 private:
  evaluation seen() const { return {now, bound_, state, trigger}; }

  void keep(const completion& c) {
    if (c.new_state) state = *c.new_state;
  }

  static const value* in(const pairs& all, std::string_view name) {
    const auto it = std::ranges::find(all, name, &pairs::value_type::first);
    return it == all.end() ? nullptr : &it->second;
  }

  std::vector<value> bind(const pairs& given) const {
    for (const auto& [name, v] : given) {
      INFO("input " << name);
      REQUIRE(std::ranges::find(slots_, name) != slots_.end());
    }
    std::vector<value> out;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      const value* v = in(given, slots_[i]);
      if (v == nullptr) v = in(properties_, slots_[i]);
      if (v != nullptr) {
        out.push_back(*v);
      } else {
        out.push_back(i < type_->inputs.size() ? type_->inputs[i].fallback : value());
      }
    }
    return out;
  }

  const block_type* type_ = nullptr;
  pairs properties_;
  std::vector<std::string> slots_;
  block_definition definition_;
  std::unique_ptr<const block> block_;
  std::vector<value> bound_;
};

}  // namespace pitwall::test
