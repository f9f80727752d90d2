#include "average_cross.hpp"

#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/reading.hpp"

namespace desk {
namespace {

using namespace pitwall;

/// `last` moved towards `price` by 2 / (length + 1) of the way.
result<decimal> moved(decimal last, decimal price, decimal length) {
  PITWALL_TRY(way, sub(price, last));
  PITWALL_TRY(twice, mul(way, decimal(2)));
  PITWALL_TRY(steps, add(length, decimal(1)));
  PITWALL_TRY(step, div(twice, steps));
  return add(last, step);
}

class average_cross final : public block {
 public:
  average_cross(decimal quick, decimal slow) : quick_(quick), slow_(slow) {}

  result<step> evaluate(const evaluation& in) const override {
    PITWALL_TRY(price, input_reader("average_cross", in).positive(0, "price"));
    const auto last_quick = state_number(in.state, "quick");
    const auto last_slow = state_number(in.state, "slow");
    PITWALL_TRY(quick, moved(last_quick.value_or(price), price, quick_));
    PITWALL_TRY(slow, moved(last_slow.value_or(price), price, slow_));
    const bool was_above = last_quick && last_slow && *last_quick > *last_slow;
    const bool above = quick > slow;
    completion c = outputs(above && !was_above, was_above && !above, quick, slow);
    c.new_state = value(value::object{{"quick", quick}, {"slow", slow}});
    return step(std::move(c));
  }

 private:
  decimal quick_, slow_;
};

}  // namespace

block_type average_cross_type() {
  using namespace pitwall::declare;
  block_type t;
  t.name = "average_cross";
  t.category = "triggers";
  t.effect = effect_class::pure;
  t.stateful = true;
  t.summary =
      "Two exponential averages of a price, and whether the quick one crosses the slow one.";
  t.inputs = {required("price", port_kind::number, "Above 0.")};
  t.outputs = {{"up", port_kind::boolean, "True where the quick one has come above the slow one."},
               {"down", port_kind::boolean, "True where it has come back."},
               {"quick", port_kind::number, "The quick average."},
               {"slow", port_kind::number, "The slow average."}};
  t.properties = {
      at_least(1, defaulted("quick", port_kind::number, 3, "Over about so many prices.")),
      at_least(1, defaulted("slow", port_kind::number, 8, "Over about so many prices."))};
  t.make = [](const block_config& config) -> result<block_ptr> {
    PITWALL_TRY(quick, property_reader(config).number("quick", decimal(3)));
    PITWALL_TRY(slow, property_reader(config).number("slow", decimal(8)));
    return built<average_cross>(quick, slow);
  };
  return t;
}

}  // namespace desk
