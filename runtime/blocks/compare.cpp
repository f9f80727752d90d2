// compare, threshold: a number, or for == and != any value, against another.
#include "runtime/blocks/compare.hpp"

#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/families.hpp"
#include "runtime/blocks/reading.hpp"

namespace pitwall {

std::optional<comparison> comparison_from_string(std::string_view text) noexcept {
  if (text == "==") return comparison::equal;
  if (text == "!=") return comparison::not_equal;
  if (text == ">") return comparison::greater;
  if (text == "<") return comparison::less;
  if (text == ">=") return comparison::at_least;
  if (text == "<=") return comparison::at_most;
  return std::nullopt;
}

bool holds(comparison c, decimal a, decimal b) noexcept {
  switch (c) {
    case comparison::equal:
      return a == b;
    case comparison::not_equal:
      return a != b;
    case comparison::greater:
      return a > b;
    case comparison::less:
      return a < b;
    case comparison::at_least:
      return a >= b;
    case comparison::at_most:
      return a <= b;
  }
  return false;
}

bool same_value(const value& a, const value& b) {
  if (a.is_number() || b.is_number()) {
    const auto x = number_in(a), y = number_in(b);
    return x && y && *x == *y;
  }
  return a == b;
}

namespace blocks {
namespace {

class compare final : public block {
 public:
  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs("compare", in);
    const value &a = inputs.at(0), &b = inputs.at(2);
    if (a.is_null()) return inputs.fault("value1", "must not be null");
    if (b.is_null()) return inputs.fault("value2", "must not be null");
    const value& op = inputs.at(1);
    const auto how = op.is_text() ? comparison_from_string(op.as_text()) : std::nullopt;
    if (!how) {
      return inputs.fault("operator", "must be one of == != > < >= <=, not " + shown(op));
    }
    const auto x = number_in(a), y = number_in(b);
    if (x && y) return step(outputs(holds(*how, *x, *y)));
    if (*how == comparison::equal) return step(outputs(same_value(a, b)));
    if (*how == comparison::not_equal) return step(outputs(!same_value(a, b)));
    return inputs.fault(x ? "value2" : "value1",
                        "must be a number to be compared by size, not " + shown(x ? b : a));
  }
};

class threshold final : public block {
 public:
  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs("threshold", in);
    PITWALL_TRY(v, inputs.number(0, "value"));
    PITWALL_TRY(low, inputs.number_or_none(1, "min"));
    PITWALL_TRY(high, inputs.number_or_none(2, "max"));
    if (low && high && *low > *high) {
      return inputs.fault(
          "min", "must not be above max (" + high->to_string() + "), but is " + low->to_string());
    }
    return step(outputs((!low || v >= *low) && (!high || v <= *high)));
  }
};

}  // namespace

std::vector<block_type> compare_types() {
  using namespace declare;
  block_type c;
  c.name = "compare";
  c.category = "conditions";
  c.summary =
      "value1 operator value2. Numbers, and texts that spell numbers, compare by size; anything "
      "else by == and != only.";
  c.inputs = {required("value1", port_kind::any, "Null is a failure."),
              among({"==", "!=", ">", "<", ">=", "<="},
                    required("operator", port_kind::text, "How the two compare.")),
              required("value2", port_kind::any, "Null is a failure.")};
  c.outputs = {{"result", port_kind::boolean, ""}};
  c.make = built_plain<compare>;

  block_type t;
  t.name = "threshold";
  t.category = "conditions";
  t.summary = "True where min <= value <= max; an absent limit does not limit.";
  t.inputs = {required("value", port_kind::number, "Null is a failure."),
              optional("min", port_kind::number, "Inclusive; absent: unbounded."),
              optional("max", port_kind::number, "Inclusive; absent: unbounded.")};
  t.outputs = {{"pass", port_kind::boolean, ""}};
  t.make = built_plain<threshold>;
  return {c, t};
}

}  // namespace blocks
}  // namespace pitwall
