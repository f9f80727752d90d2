// and, or, not, if, switch: booleans. All take true and false only: null or anything else is a
// failure, so that a condition that could not be computed never passes for an answer.
#include <array>
#include <utility>

#include "runtime/blocks/compare.hpp"
#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/families.hpp"
#include "runtime/blocks/reading.hpp"

namespace pitwall::blocks {
namespace {

/// and, or. All inputs are looked at, also where the first one decides.
class junction final : public block {
 public:
  junction(std::string_view type, bool is_and, std::vector<std::string> names)
      : type_(type), is_and_(is_and), names_(std::move(names)) {}

  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs(type_, in);
    bool all = true, any = false;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      PITWALL_TRY(b, inputs.boolean(i, names_[i]));
      all = all && b;
      any = any || b;
    }
    return step(outputs(is_and_ ? all : any));
  }

 private:
  std::string_view type_;
  bool is_and_;
  std::vector<std::string> names_;
};

class negation final : public block {
 public:
  result<step> evaluate(const evaluation& in) const override {
    PITWALL_TRY(b, input_reader("not", in).boolean(0, "input1"));
    return step(outputs(!b));
  }
};

class branch final : public block {
 public:
  result<step> evaluate(const evaluation& in) const override {
    PITWALL_TRY(b, input_reader("if", in).boolean(0, "condition"));
    return step(outputs(b, !b));
  }
};

class choice final : public block {
 public:
  explicit choice(std::array<value, 3> cases) : cases_(std::move(cases)) {}

  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs("switch", in);
    const value& v = inputs.at(0);
    if (v.is_null()) return inputs.fault("value", "must not be null");
    std::array<bool, 4> taken{};
    std::size_t i = 0;
    while (i < cases_.size() && (cases_[i].is_null() || !same_value(v, cases_[i]))) ++i;
    taken[i] = true;  // cases_.size() is the default.
    return step(outputs(taken[0], taken[1], taken[2], taken[3]));
  }

 private:
  std::array<value, 3> cases_;
};

result<block_ptr> make_choice(const block_config& c) {
  return built<choice>(
      std::array<value, 3>{c.property("case1"), c.property("case2"), c.property("case3")});
}

block_type junction_type(std::string_view name, bool is_and, std::string summary) {
  using namespace declare;
  block_type t;
  t.name = name;
  t.category = "conditions";
  t.summary = std::move(summary);
  t.inputs = {required("input1", port_kind::boolean, "true or false; null is a failure."),
              required("input2", port_kind::boolean, "true or false; null is a failure.")};
  t.outputs = {{"output", port_kind::boolean, ""}};
  t.variadic_prefix = "input";
  t.make = [name, is_and](const block_config& c) {
    auto names = c.inputs;
    if (names.size() < 2) names = {"input1", "input2"};
    return built<junction>(name, is_and, std::move(names));
  };
  return t;
}

}  // namespace

std::vector<block_type> logic_types() {
  using namespace declare;
  block_type no;
  no.name = "not";
  no.category = "conditions";
  no.summary = "True where input1 is false.";
  no.inputs = {required("input1", port_kind::boolean, "true or false; null is a failure."),
               optional("input2", port_kind::any, "Not used; files may list it.")};
  no.outputs = {{"output", port_kind::boolean, ""}};
  no.make = built_plain<negation>;

  block_type fork;
  fork.name = "if";
  fork.category = "conditions";
  fork.summary =
      "Two complementary booleans. Both ways of a workflow run; what depends on the false one gets "
      "false as its signal.";
  fork.inputs = {required("condition", port_kind::boolean, "true or false; null is a failure.")};
  fork.outputs = {{"true", port_kind::boolean, "The condition."},
                  {"false", port_kind::boolean, "Its opposite."}};
  fork.make = built_plain<branch>;

  block_type select;
  select.name = "switch";
  select.category = "conditions";
  select.summary =
      "Exactly one output is true: that of the first case equal to the value, else default. "
      "Numbers equal the texts that spell them: 1 and \"1.0\".";
  select.inputs = {required("value", port_kind::any, "Null is a failure.")};
  select.outputs = {{"case1", port_kind::boolean, ""},
                    {"case2", port_kind::boolean, ""},
                    {"case3", port_kind::boolean, ""},
                    {"default", port_kind::boolean, "True where no case is."}};
  select.properties = {optional("case1", port_kind::any, "Absent: never taken."),
                       optional("case2", port_kind::any, "Absent: never taken."),
                       optional("case3", port_kind::any, "Absent: never taken.")};
  select.make = make_choice;
  return {
      junction_type("and", true, "True where all inputs are; more than two may be connected."),
      junction_type("or", false, "True where any input is; more than two may be connected."),
      no,
      fork,
      select,
  };
}

}  // namespace pitwall::blocks
