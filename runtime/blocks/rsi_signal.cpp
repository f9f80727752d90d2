// rsi_signal: the relative strength index of J. Welles Wilder, New Concepts in Technical Trading
// Systems, 1978: the first averages are simple means of `period` changes, later ones are smoothed
// by average + (change - average) / period; an index above 70 or below 30 marks an extreme.
#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/families.hpp"
#include "runtime/blocks/reading.hpp"

namespace pitwall::blocks {
namespace {

/// While count < period, gain and loss are sums; from then on, averages.
struct wilder_state {
  decimal price, gain, loss;
  std::int64_t count = 0, period = 0;

  static std::optional<wilder_state> read(const value& v, std::int64_t period) {
    const auto price = state_number(v, "price"), gain = state_number(v, "gain"),
               loss = state_number(v, "loss"), count = state_number(v, "n"),
               length = state_number(v, "period");
    // Averages over another period mean nothing for this one: start anew.
    if (!price || !gain || !loss || !count || !length || *length != decimal(period)) return {};
    const auto n = count->to_int();
    if (!n.ok() || *n < 0 || *n > period) return {};
    return wilder_state{*price, *gain, *loss, *n, period};
  }

  value written() const {
    value::object o;
    o.reserve(5);
    o.emplace_back("price", price);
    o.emplace_back("gain", gain);
    o.emplace_back("loss", loss);
    o.emplace_back("n", decimal(count));
    o.emplace_back("period", decimal(period));
    return value(std::move(o));
  }

  result<decimal> next_average(decimal average, decimal change) const {
    if (count < period) {
      PITWALL_TRY(sum, add(average, change));
      return count + 1 < period ? result<decimal>(sum) : div(sum, decimal(period));
    }
    PITWALL_TRY(distance, sub(change, average));
    PITWALL_TRY(part, div(distance, decimal(period)));
    return add(average, part);
  }

  status take(decimal next) {
    PITWALL_TRY(change, sub(next, price));
    PITWALL_TRY(g, next_average(gain, change.is_negative() ? decimal(0) : change));
    PITWALL_TRY(l, next_average(loss, change.is_negative() ? -change : decimal(0)));
    gain = g;
    loss = l;
    price = next;
    if (count < period) ++count;
    return done{};
  }

  /// 100 - 100 / (1 + gain / loss), written so that no loss is 100; no movement at all is 50.
  result<decimal> index() const {
    PITWALL_TRY(both, add(gain, loss));
    if (both.is_zero()) return decimal(50);
    return percent_of(gain, both);
  }
};

class rsi_signal final : public block {
 public:
  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs("rsi_signal", in);
    PITWALL_TRY(price, inputs.positive(0, "price"));
    PITWALL_TRY(period, inputs.whole(1, "period", 2, 1'000));
    PITWALL_TRY(overbought, inputs.number(2, "overbought"));
    PITWALL_TRY(oversold, inputs.number(3, "oversold"));
    if (oversold >= overbought) {
      return inputs.fault("oversold", "must be below overbought (" + overbought.to_string() +
                                          "), but is " + oversold.to_string());
    }
    auto state = wilder_state::read(in.state, period);
    if (!state) {
      state = wilder_state{price, decimal(0), decimal(0), 0, period};
    } else {
      PITWALL_CHECK(state->take(price));
    }
    completion c;
    if (state->count < period) {
      c = outputs(false, nullptr, hold_);
    } else {
      PITWALL_TRY(index, state->index());
      const value& side = index < oversold ? buy_ : index > overbought ? sell_ : hold_;
      c = outputs(index < oversold || index > overbought, index, side);
    }
    c.new_state = state->written();
    return step(std::move(c));
  }

 private:
  value buy_ = "buy", sell_ = "sell", hold_ = "hold";
};

}  // namespace

std::vector<block_type> rsi_signal_types() {
  using namespace declare;
  block_type t;
  t.name = "rsi_signal";
  t.category = "triggers";
  t.summary =
      "Wilder's relative strength index over the prices of this and earlier executions. Side buy "
      "below `oversold`, sell above `overbought`, else hold; the signal is true where side is not "
      "hold. Needs `period` + 1 prices before its first index; a changed `period` starts anew. "
      "Without any movement the index is 50.";
  t.inputs = {required("price", port_kind::number, "Above 0."),
              between(2, 1'000, defaulted("period", port_kind::number, 14, "A whole number.")),
              between(0, 100, defaulted("overbought", port_kind::number, 70, "Sell above this.")),
              between(0, 100, defaulted("oversold", port_kind::number, 30, "Buy below this."))};
  t.outputs = {{"signal", port_kind::boolean, "True where side is not hold."},
               {"rsi", port_kind::number, "0 to 100; null while warming up."},
               {"side", port_kind::text, "buy, sell or hold."}};
  t.stateful = true;
  t.make = built_plain<rsi_signal>;
  return {t};
}

}  // namespace pitwall::blocks
