#include "net/exchange/order_rules.hpp"

#include "net/exchange/views.hpp"
#include "net/venues/binance_messages.hpp"

namespace pitwall::sim {

namespace {

constexpr const char* default_stp = "EXPIRE_TAKER";

verdict read_side(const parameters& p, order_ticket& out) {
  std::string side;
  if (auto refused = p.need("side", side)) return refused;
  if (side != "BUY" && side != "SELL") return refusal{-1117, "Invalid side.", 400};
  out.way = side == "BUY" ? matching::side::buy : matching::side::sell;
  return {};
}

verdict read_kind(const parameters& p, order_ticket& out) {
  std::string kind;
  if (auto refused = p.need("type", kind)) return refused;
  if (kind == "LIMIT") {
    out.kind = order_kind::limit;
  } else if (kind == "MARKET") {
    out.kind = order_kind::market;
  } else if (kind == "LIMIT_MAKER") {
    out.kind = order_kind::limit_maker;
  } else {
    return refusal{-1116, "Invalid orderType.", 400};
  }
  // What would make it another order than this exchange knows must not be passed over.
  for (const char* name : {"stopPrice", "trailingDelta", "icebergQty", "quoteOrderQty"}) {
    if (p.has(name)) return unwanted(name);
  }
  return {};
}

verdict read_lifetime(const parameters& p, order_ticket& out) {
  if (out.kind != order_kind::limit) {
    return p.has("timeInForce") ? verdict(unwanted("timeInForce")) : verdict{};
  }
  std::string text;
  if (auto refused = p.need("timeInForce", text)) return refused;
  if (text == "GTC") {
    out.lasts = lifetime::gtc;
  } else if (text == "IOC") {
    out.lasts = lifetime::ioc;
  } else if (text == "FOK") {
    out.lasts = lifetime::fok;
  } else {
    return refusal{-1115, "Invalid timeInForce.", 400};
  }
  return {};
}

verdict read_amounts(const parameters& p, order_ticket& out) {
  if (auto refused = p.amount("quantity", out.quantity)) return refused;
  if (out.quantity.is_zero()) return refusal{-1013, "Invalid quantity.", 400};
  if (out.kind == order_kind::market) {
    return p.has("price") ? verdict(unwanted("price")) : verdict{};
  }
  if (auto refused = p.amount("price", out.price)) return refused;
  if (out.price.is_zero()) return refusal{-1013, "Invalid price.", 400};
  return {};
}

verdict read_manner(const parameters& p, order_ticket& out) {
  out.client_id = p.text_or("newClientOrderId", {});
  if (p.has("newClientOrderId") && !binance::is_order_id(out.client_id)) {
    return illegal("newClientOrderId", order_id_pattern);
  }
  const std::string form =
      p.text_or("newOrderRespType", out.kind == order_kind::limit_maker ? "ACK" : "FULL");
  if (form == "ACK") {
    out.form = answer_form::ack;
  } else if (form == "RESULT") {
    out.form = answer_form::result;
  } else if (form == "FULL") {
    out.form = answer_form::full;
  } else {
    return refusal{-1102, missing("newOrderRespType").text, 400};
  }
  const std::string mode = p.text_or("selfTradePreventionMode", default_stp);
  if (mode != default_stp && mode != "NONE") {
    return order_rejected("This symbol does not allow the specified self-trade prevention mode.");
  }
  out.meets_own = mode == "NONE";
  return {};
}

bool is_multiple(decimal of, decimal step) { return of == of.round_down(step); }

value filter(const char* type, value::object members) {
  members.insert(members.begin(), {"filterType", type});
  return value(std::move(members));
}

}  // namespace

std::string_view to_string(order_kind k) noexcept {
  return k == order_kind::limit ? "LIMIT" : k == order_kind::market ? "MARKET" : "LIMIT_MAKER";
}
std::string_view to_string(lifetime t) noexcept {
  return t == lifetime::gtc ? "GTC" : t == lifetime::ioc ? "IOC" : "FOK";
}
std::string_view to_string(matching::side s) noexcept {
  return s == matching::side::buy ? "BUY" : "SELL";
}

verdict read_order(const parameters& p, const symbol_rules& rules, order_ticket& out) {
  out = {};
  out.symbol = rules.symbol;
  for (const auto read : {read_side, read_kind, read_lifetime, read_amounts, read_manner}) {
    if (auto refused = read(p, out)) return refused;
  }
  return {};
}

verdict check_filters(const order_ticket& o, const symbol_rules& rules, decimal market_price) {
  const bool priced = o.kind != order_kind::market;
  if (priced && (o.price < rules.min_price || o.price > rules.max_price ||
                 !is_multiple(o.price, rules.tick))) {
    return filter_failure("PRICE_FILTER");
  }
  if (o.quantity < rules.min_quantity || o.quantity > rules.max_quantity ||
      !is_multiple(o.quantity, rules.step)) {
    return filter_failure("LOT_SIZE");
  }
  const auto notional = mul(priced ? o.price : market_price, o.quantity);
  if (!notional.ok() || *notional < rules.min_notional || *notional > rules.max_notional) {
    return filter_failure("NOTIONAL");
  }
  return {};
}

value view_of(const symbol_rules& r) {
  const value::list filters{filter("PRICE_FILTER", {{"minPrice", wire(r.min_price)},
                                                    {"maxPrice", wire(r.max_price)},
                                                    {"tickSize", wire(r.tick)}}),
                            filter("LOT_SIZE", {{"minQty", wire(r.min_quantity)},
                                                {"maxQty", wire(r.max_quantity)},
                                                {"stepSize", wire(r.step)}}),
                            filter("NOTIONAL", {{"minNotional", wire(r.min_notional)},
                                                {"applyMinToMarket", true},
                                                {"maxNotional", wire(r.max_notional)},
                                                {"applyMaxToMarket", true},
                                                {"avgPriceMins", 0}}),
                            filter("MAX_NUM_ORDERS", {{"maxNumOrders", number(r.max_orders)}})};
  return value::object{{"symbol", r.symbol},
                       {"status", "TRADING"},
                       {"baseAsset", r.base},
                       {"baseAssetPrecision", 8},
                       {"quoteAsset", r.quote},
                       {"quotePrecision", 8},
                       {"quoteAssetPrecision", 8},
                       {"baseCommissionPrecision", 8},
                       {"quoteCommissionPrecision", 8},
                       {"orderTypes", value::list{"LIMIT", "LIMIT_MAKER", "MARKET"}},
                       {"icebergAllowed", false},
                       {"ocoAllowed", false},
                       {"otoAllowed", false},
                       {"quoteOrderQtyMarketAllowed", false},
                       {"allowTrailingStop", false},
                       {"cancelReplaceAllowed", false},
                       {"isSpotTradingAllowed", true},
                       {"isMarginTradingAllowed", false},
                       {"filters", filters},
                       {"permissions", value::list{}},
                       {"permissionSets", value::list{value::list{"SPOT"}}},
                       {"defaultSelfTradePreventionMode", default_stp},
                       {"allowedSelfTradePreventionModes", value::list{"NONE", default_stp}}};
}

}  // namespace pitwall::sim
