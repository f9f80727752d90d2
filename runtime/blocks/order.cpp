// buy, sell: propose an order. The execution journals the intent, the router sends it, and resume()
// turns the venue's word into outputs.
#include <utility>

#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/families.hpp"
#include "runtime/blocks/reading.hpp"

namespace pitwall::blocks {
namespace {

value fills_value(const std::vector<order_fill>& fills) {
  value::list out;
  out.reserve(fills.size());
  for (const auto& f : fills) {
    value::object o;
    o.reserve(4);
    o.emplace_back("price", f.price);
    o.emplace_back("quantity", f.quantity);
    o.emplace_back("fee", f.fee);
    o.emplace_back("fee_asset", f.fee_asset);
    out.emplace_back(std::move(o));
  }
  return value(std::move(out));
}

value order_value(const order_request& order, const order_report& report) {
  const bool nothing_filled = report.filled_quantity().is_zero();
  value::object o;
  o.reserve(8);
  o.emplace_back("client_order_id", report.client_order_id);
  o.emplace_back("venue_order_id",
                 report.venue_order_id.empty() ? value() : value(report.venue_order_id));
  o.emplace_back("status", to_string(report.state));
  o.emplace_back("side", to_string(order.side));
  o.emplace_back("symbol", order.symbol);
  o.emplace_back("filled", report.filled_quantity());
  o.emplace_back("average_price", nothing_filled ? value() : value(report.average_price()));
  o.emplace_back("fills", fills_value(report.fills));
  return value(std::move(o));
}

error rejection(const order_request& order, const order_report& report) {
  const errc code = report.code == "halted" ? errc::halted : errc::failed_precondition;
  const std::string what = report.code.empty() ? "no code" : report.code;
  return error{code,
               "the " + std::string(to_string(order.side)) + " order for " + order.symbol +
                   " was rejected: " + what +
                   (report.reason.empty() ? std::string() : ": " + report.reason),
               "venue '" + order.venue + "'", ""};
}

class trade final : public block {
 public:
  explicit trade(order_request order) : order_(std::move(order)), type_(to_string(order_.side)) {}

  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs(type_, in);
    PITWALL_TRY(signal, inputs.signal(0));
    if (!signal) return step(outputs(nullptr));
    order_request order = order_;
    PITWALL_TRY(amount, inputs.positive(1, "amount"));
    order.amount = amount;
    if (order.kind != order_kind::market) {
      PITWALL_TRY(price, inputs.positive(2, "price"));
      order.price = price;
    }
    return step(std::move(order));
  }

  result<completion> resume(const evaluation&, const answer& a) const override {
    const auto* report = std::get_if<order_report>(&a);
    if (report == nullptr) return wrong_answer(type_, "an order report");
    if (report->state == order_state::rejected) return rejection(order_, *report);
    return outputs(order_value(order_, *report));
  }

 private:
  order_request order_;
  std::string_view type_;
};

result<block_ptr> make_trade(const block_config& config, order_side side) {
  const property_reader properties(config);
  order_request order;
  order.side = side;
  PITWALL_TRY(symbol, properties.required_text("symbol"));
  PITWALL_TRY(venue, properties.text("venue", "paper"));
  PITWALL_TRY(kind_text, properties.text("order_type", "market"));
  const auto kind = order_kind_from_string(kind_text);
  if (!kind.ok()) {
    return properties.fault("order_type", "is the unknown '" + kind_text + "'",
                            "use market, limit, FOK, IOC or GTC");
  }
  order.symbol = symbol;
  order.venue = venue.empty() ? "paper" : venue;
  order.kind = *kind;
  return built<trade>(std::move(order));
}

block_type trade_type(std::string name, order_side side, std::string summary) {
  using namespace declare;
  block_type t;
  t.name = std::move(name);
  t.category = "actions";
  t.effect = effect_class::effectful;
  t.summary = std::move(summary) +
              " Where the signal is false or null nothing is sent and the order is null. Completes "
              "when a limit order is accepted, or a market, IOC or FOK order is final; a rejected "
              "order is a failure that carries the venue's code and reason.";
  t.inputs = {
      required("signal", port_kind::boolean, "Null counts as false."),
      at_least(0, required("amount", port_kind::number,
                           "In the base asset, above 0; rounded down to the venue's step.")),
      at_least(0, optional("price", port_kind::number,
                           "Limit price, above 0; not used by market orders."))};
  t.outputs = {{"order", port_kind::object,
                "{client_order_id, venue_order_id, status, side, symbol, filled, average_price, "
                "fills: [{price, quantity, fee, fee_asset}]}; average_price is null until "
                "something is filled."}};
  t.properties = {required("symbol", port_kind::text, "Passed on as written."),
                  defaulted("order_type", port_kind::text, "market",
                            "market, limit, FOK, IOC or GTC, in any case; all but market need a "
                            "price."),
                  defaulted("venue", port_kind::text, "paper", "Profile or venue type.")};
  t.make = [side](const block_config& c) { return make_trade(c, side); };
  return t;
}

}  // namespace

std::vector<block_type> order_types() {
  return {trade_type("buy", order_side::buy, "Buys `amount` of `symbol`."),
          trade_type("sell", order_side::sell, "Sells `amount` of `symbol`.")};
}

}  // namespace pitwall::blocks
