// math: exact decimal arithmetic on two or more values; mean_std is in math_stats.cpp.
#include "runtime/blocks/math.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/families.hpp"
#include "runtime/blocks/reading.hpp"
#include "runtime/blocks/rolling_window.hpp"

namespace pitwall {

error zero_divisor(std::string_view operand, std::string_view where) {
  std::string message = "division by zero: ";
  message.append(operand).append(" is 0 (").append(where).append(")");
  return error{errc::division_by_zero, std::move(message), "",
               "check what feeds it, or let a condition keep zeros out"};
}

result<spread> spread_between(decimal a, decimal b, std::string_view name_a,
                              std::string_view name_b, std::string_view where) {
  const decimal low = std::min(a, b);
  const std::string_view lower = a <= b ? name_a : name_b;
  if (low.is_negative()) {
    return error{
        errc::invalid_argument,
        std::string(lower) + " is negative (" + std::string(where) + "): a spread needs prices", "",
        "check what feeds it"};
  }
  if (low.is_zero()) return zero_divisor(lower, where);
  PITWALL_TRY(distance, sub(std::max(a, b), low));
  PITWALL_TRY(percent, percent_of(distance, low));
  return spread{distance, percent};
}

namespace blocks {
namespace {

using fold = result<decimal> (*)(decimal, decimal);

result<decimal> lower(decimal a, decimal b) { return std::min(a, b); }
result<decimal> higher(decimal a, decimal b) { return std::max(a, b); }
result<decimal> quotient(decimal a, decimal b) { return div(a, b); }

struct fold_operation {
  std::string_view name;
  fold combine;
  bool divides = false;
};
constexpr std::array<fold_operation, 7> folds{{{"add", add},
                                               {"subtract", sub},
                                               {"multiply", mul},
                                               {"divide", quotient, true},
                                               {"min", lower},
                                               {"max", higher},
                                               {"multiply_chain", mul}}};

result<step> only_result(decimal d) { return step(outputs(d, nullptr, nullptr, nullptr)); }

/// value1 op value2 op value3 ...
class folding final : public block {
 public:
  folding(fold_operation operation, std::vector<std::string> names)
      : operation_(operation), names_(std::move(names)) {}

  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs("math", in);
    PITWALL_TRY(sum, inputs.number(0, names_[0]));
    for (std::size_t i = 1; i < names_.size(); ++i) {
      PITWALL_TRY(next, inputs.number(i, names_[i]));
      if (operation_.divides && next.is_zero()) return zero_divisor(names_[i], "math: divide");
      auto combined = operation_.combine(sum, next);
      if (!combined.ok()) {
        return error{combined.error().code,
                     "math: " + std::string(operation_.name) + " of " + sum.to_string() + " and " +
                         names_[i] + " = " + next.to_string() + ": " + combined.error().message,
                     "", combined.error().remedy};
      }
      sum = *combined;
    }
    return only_result(sum);
  }

 private:
  fold_operation operation_;
  std::vector<std::string> names_;
};

class absolute final : public block {
 public:
  result<step> evaluate(const evaluation& in) const override {
    PITWALL_TRY(v, input_reader("math", in).number(0, "value1"));
    return only_result(v.abs());
  }
};

class percentage_difference final : public block {
 public:
  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs("math", in);
    PITWALL_TRY(from, inputs.number(0, "value1"));
    PITWALL_TRY(to, inputs.number(1, "value2"));
    if (from.is_zero()) return zero_divisor("value1", "math: percentage_diff");
    PITWALL_TRY(change, sub(to, from));
    PITWALL_TRY(percent, percent_of(change, from.abs()));
    return only_result(percent);
  }
};

class spread_percent final : public block {
 public:
  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs("math", in);
    PITWALL_TRY(a, inputs.number(0, "value1"));
    PITWALL_TRY(b, inputs.number(1, "value2"));
    PITWALL_TRY(s, spread_between(a, b, "value1", "value2", "math: spread_pct"));
    return only_result(s.percent);
  }
};

const std::vector<std::string>& operations() {
  static const std::vector<std::string> all{
      "add", "subtract",        "multiply",   "divide",         "min",     "max",
      "abs", "percentage_diff", "spread_pct", "multiply_chain", "mean_std"};
  return all;
}

result<block_ptr> make_math(const block_config& config) {
  const property_reader properties(config);
  PITWALL_TRY(name, properties.required_text("operation"));
  if (name == "abs") return built<absolute>();
  if (name == "percentage_diff") return built<percentage_difference>();
  if (name == "spread_pct") return built<spread_percent>();
  if (name == "mean_std") return make_mean_std(config);
  const auto known = std::ranges::find(folds, name, &fold_operation::name);
  if (known == folds.end()) {
    std::string all;
    for (const auto& o : operations()) all += (all.empty() ? "use " : ", ") + o;
    return properties.fault("operation", "is the unknown '" + name + "'", all);
  }
  auto names = config.inputs;
  if (names.size() < 2) names = {"value1", "value2"};
  return built<folding>(*known, std::move(names));
}

}  // namespace

std::vector<block_type> math_types() {
  using namespace declare;
  block_type t;
  t.name = "math";
  t.category = "conditions";
  t.summary =
      "Exact decimal arithmetic. add, subtract, multiply, divide, min, max and multiply_chain go "
      "through value1, value2, ... from left to right; abs is the size of value1; percentage_diff "
      "is (value2 - value1) / |value1| x 100; spread_pct is the distance of value1 and value2 in "
      "percent of the lower one; mean_std keeps the last `window` values of value1 over executions "
      "and gives their mean (also as result), sample standard deviation, and how many deviations "
      "value1 is above the mean. A division by zero is a failure.";
  t.inputs = {required("value1", port_kind::number, "Null is a failure."),
              optional("value2", port_kind::number,
                       "Needed by all but abs and mean_std; value3, value4, ... may follow.")};
  t.variadic_prefix = "value";
  t.outputs = {{"result", port_kind::number, "Null while mean_std warms up."},
               {"mean", port_kind::number, "mean_std only; null until `window` values are there."},
               {"std", port_kind::number, "mean_std only; with n - 1 in the denominator."},
               {"zscore", port_kind::number, "mean_std only; 0 where all values are equal."}};
  t.properties = {
      among(operations(), required("operation", port_kind::text, "What to compute.")),
      between(2, decimal(max_rolling_window),
              defaulted("window", port_kind::number, 20, "mean_std: how many values."))};
  t.stateful = true;
  t.stateful_operations = {"mean_std"};
  t.make = make_math;
  return {t};
}

}  // namespace blocks
}  // namespace pitwall
