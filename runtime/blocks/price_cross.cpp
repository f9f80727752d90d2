// price_cross: the price moved by at least so many percent since the last execution.
#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/families.hpp"
#include "runtime/blocks/reading.hpp"

namespace pitwall::blocks {
namespace {

class price_cross final : public block {
 public:
  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs("price_cross", in);
    // A price of 0 is a dead feed; storing it would make every later change incomputable.
    PITWALL_TRY(price, inputs.positive(0, "price"));
    PITWALL_TRY(threshold, inputs.not_below_zero(1, "threshold"));
    const auto last = state_number(in.state, "last");
    if (last && *last == price) return step(outputs(false, decimal(0), flat_));

    completion c;
    if (!last || *last <= decimal(0)) {
      c = outputs(false, decimal(0), flat_);
    } else {
      PITWALL_TRY(moved, sub(price, *last));
      const auto change = percent_of(moved, *last);
      // Beyond what a decimal can hold it is beyond every threshold too.
      const bool fires = !change.ok() || change->abs() >= threshold;
      c = outputs(fires, change.ok() ? value(*change) : value(), moved.is_negative() ? down_ : up_);
    }
    value::object state;
    state.emplace_back("last", price);
    c.new_state = value(std::move(state));
    return step(std::move(c));
  }

 private:
  value up_ = "up", down_ = "down", flat_ = "flat";
};

}  // namespace

std::vector<block_type> price_cross_types() {
  using namespace declare;
  block_type t;
  t.name = "price_cross";
  t.category = "triggers";
  t.summary =
      "Fires when the change from the previous price, in percent, reaches the threshold in size, "
      "up or down. The previous price is that of the execution before, kept across restarts. The "
      "first price never fires, nor does an unchanged one.";
  t.inputs = {required("price", port_kind::number, "Above 0; a price of 0 is a failure."),
              at_least(0, required("threshold", port_kind::number, "Percent: 5 is 5 %."))};
  t.outputs = {{"signal", port_kind::boolean, "True where it fires."},
               {"change", port_kind::number,
                "Percent from the previous price; 0 for the first; null where it is too large "
                "for a number."},
               {"direction", port_kind::text, "up, down or flat."}};
  t.stateful = true;
  t.make = built_plain<price_cross>;
  return {t};
}

}  // namespace pitwall::blocks
