// venue_price, calculate_spread, calculate_profit, threshold_check: the second, unfinished node set
// of the Python predecessor, with a meaning.
#include <utility>

#include "runtime/blocks/compare.hpp"
#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/families.hpp"
#include "runtime/blocks/math.hpp"
#include "runtime/blocks/reading.hpp"

namespace pitwall::blocks {
namespace {

class venue_price final : public block {
 public:
  explicit venue_price(market_request request) : request_(std::move(request)) {}

  result<step> evaluate(const evaluation&) const override { return step(request_); }

  result<completion> resume(const evaluation&, const answer& a) const override {
    const auto* m = std::get_if<market_data>(&a);
    if (m == nullptr) return wrong_answer("venue_price", "market data");
    completion c = outputs(m->price_feed);
    c.observed_at = m->observed_at;
    return c;
  }

 private:
  market_request request_;
};

class calculate_spread final : public block {
 public:
  explicit calculate_spread(decimal minimum) : minimum_(minimum) {}

  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs("calculate_spread", in);
    PITWALL_TRY(a, inputs.number(0, "price_a"));
    PITWALL_TRY(b, inputs.number(1, "price_b"));
    PITWALL_TRY(s, spread_between(a, b, "price_a", "price_b", "calculate_spread"));
    const value& cheaper = a < b ? a_ : b < a ? b_ : none_;
    return step(outputs(s.absolute, s.percent, s.percent > minimum_, cheaper));
  }

 private:
  decimal minimum_;
  value a_ = "a", b_ = "b", none_ = "none";
};

class calculate_profit final : public block {
 public:
  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs("calculate_profit", in);
    PITWALL_TRY(revenue, inputs.number(0, "revenue"));
    PITWALL_TRY(cost, inputs.not_below_zero(1, "cost"));
    PITWALL_TRY(fees, inputs.number(2, "fees"));
    PITWALL_TRY(invested, add(cost, fees));
    PITWALL_TRY(profit, sub(revenue, invested));
    if (cost.is_zero()) return zero_divisor("cost", "calculate_profit: profit_pct");
    if (invested <= decimal(0)) return zero_divisor("cost + fees", "calculate_profit: roi");
    PITWALL_TRY(profit_pct, percent_of(profit, cost));
    PITWALL_TRY(roi, percent_of(profit, invested));
    return step(outputs(profit, profit_pct, roi));
  }
};

class threshold_check final : public block {
 public:
  threshold_check(comparison how, decimal limit) : how_(how), limit_(limit) {}

  result<step> evaluate(const evaluation& in) const override {
    PITWALL_TRY(v, input_reader("threshold_check", in).number(0, "value"));
    return step(outputs(holds(how_, v, limit_), v));
  }

 private:
  comparison how_;
  decimal limit_;
};

result<block_ptr> make_venue_price(const block_config& config) {
  const property_reader properties(config);
  market_request request;
  request.balance = request.positions = request.book = false;
  PITWALL_TRY(venue, properties.text("venue", "paper"));
  PITWALL_TRY(symbol, properties.text("symbol", "BTC/USDT"));
  request.venue = venue;
  request.symbol = symbol;
  return built<venue_price>(std::move(request));
}

result<block_ptr> make_calculate_spread(const block_config& config) {
  PITWALL_TRY(minimum, property_reader(config).number("min_spread_pct", decimal(0)));
  return built<calculate_spread>(minimum);
}

result<block_ptr> make_threshold_check(const block_config& config) {
  const property_reader properties(config);
  PITWALL_TRY(limit, properties.number("threshold", std::nullopt));
  PITWALL_TRY(op, properties.text("operator", ">="));
  const auto how = comparison_from_string(op);
  if (!how) return properties.fault("operator", "must be one of == != > < >= <=");
  return built<threshold_check>(*how, limit);
}

block_type condition(std::string name, std::string summary) {
  block_type t;
  t.name = std::move(name);
  t.category = "conditions";
  t.summary = std::move(summary);
  return t;
}

block_type venue_price_type() {
  using namespace declare;
  block_type t = condition("venue_price", "The mid price of `symbol` at `venue`, fetched anew.");
  t.effect = effect_class::idempotent;
  t.outputs = {{"price", port_kind::number, "Mid price."}};
  t.properties = {defaulted("venue", port_kind::text, "paper", "Profile or venue type."),
                  defaulted("symbol", port_kind::text, "BTC/USDT", "Passed on as written.")};
  t.make = make_venue_price;
  return t;
}

block_type calculate_spread_type() {
  using namespace declare;
  block_type t = condition("calculate_spread",
                           "The distance of two prices: what buying at the lower and selling at "
                           "the higher one earns per unit, before fees.");
  t.inputs = {required("price_a", port_kind::number, "Not negative; the lower one not 0."),
              required("price_b", port_kind::number, "Not negative; the lower one not 0.")};
  t.outputs = {{"spread", port_kind::number, "|price_a - price_b|."},
               {"spread_pct", port_kind::number, "In percent of the lower price."},
               {"profitable", port_kind::boolean, "spread_pct is above min_spread_pct."},
               {"cheaper", port_kind::text, "a, b or none: where to buy."}};
  t.properties = {at_least(0, defaulted("min_spread_pct", port_kind::number, 0,
                                        "What fees and slippage cost, in percent."))};
  t.make = make_calculate_spread;
  return t;
}

block_type calculate_profit_type() {
  using namespace declare;
  block_type t =
      condition("calculate_profit", "revenue - cost - fees, and what that is in percent.");
  t.inputs = {required("revenue", port_kind::number, "What came in."),
              required("cost", port_kind::number, "What was paid; not negative, not 0."),
              defaulted("fees", port_kind::number, 0, "Negative: a rebate.")};
  t.outputs = {{"profit", port_kind::number, "revenue - cost - fees."},
               {"profit_pct", port_kind::number, "In percent of the cost."},
               {"roi", port_kind::number, "In percent of cost + fees."}};
  t.make = built_plain<calculate_profit>;
  return t;
}

block_type threshold_check_type() {
  using namespace declare;
  block_type t =
      condition("threshold_check", "value operator threshold; the value passes through.");
  t.inputs = {required("value", port_kind::number, "Null is a failure.")};
  t.outputs = {{"passed", port_kind::boolean, ""}, {"value", port_kind::number, "The input."}};
  t.properties = {required("threshold", port_kind::number, "What the value is compared with."),
                  among({"==", "!=", ">", "<", ">=", "<="},
                        defaulted("operator", port_kind::text, ">=", "How they compare."))};
  t.make = make_threshold_check;
  return t;
}

}  // namespace

std::vector<block_type> predecessor_types() {
  return {venue_price_type(), calculate_spread_type(), calculate_profit_type(),
          threshold_check_type()};
}

}  // namespace pitwall::blocks
