#include "net/exchange/views.hpp"

#include "net/exchange/records.hpp"

namespace pitwall::sim {

std::string wire(decimal amount) {
  std::string text = amount.round(8).to_string();
  const auto point = text.find('.');
  if (point == std::string::npos) return text + ".00000000";
  return text + std::string(9 - (text.size() - point), '0');
}

value view_of(const order_record& o) {
  const auto& as = o.as;
  return value::object{{"symbol", as.symbol},
                       {"orderId", number(as.id)},
                       {"orderListId", -1},
                       {"clientOrderId", as.client_id},
                       {"price", wire(as.price)},
                       {"origQty", wire(as.quantity)},
                       {"executedQty", wire(o.executed)},
                       {"origQuoteOrderQty", wire({})},
                       {"cummulativeQuoteQty", wire(o.notional)},
                       {"status", to_string(o.status)},
                       {"timeInForce", to_string(as.lasts)},
                       {"type", to_string(as.kind)},
                       {"side", to_string(as.way)},
                       {"stopPrice", wire({})},
                       {"icebergQty", wire({})},
                       {"time", number(as.time_ms)},
                       {"updateTime", number(o.updated_ms)},
                       {"isWorking", true},
                       {"workingTime", number(as.time_ms)},
                       {"selfTradePreventionMode", as.meets_own ? "NONE" : "EXPIRE_TAKER"}};
}

value view_of(const trade_record& t, const std::string& fee_asset) {
  const auto& p = t.part;
  return value::object{{"symbol", t.symbol},
                       {"id", number(p.trade)},
                       {"orderId", number(p.id)},
                       {"orderListId", -1},
                       {"price", wire(p.price)},
                       {"qty", wire(p.quantity)},
                       {"quoteQty", wire(mul(p.price, p.quantity).value_or(decimal{}))},
                       {"commission", wire(p.fee)},
                       {"commissionAsset", p.fee_asset.empty() ? fee_asset : p.fee_asset},
                       {"time", number(p.time_ms)},
                       {"isBuyer", t.way == matching::side::buy},
                       {"isMaker", p.maker},
                       {"isBestMatch", true}};
}

value fills_of(const order_record& o, const records& all) {
  const std::string asset = matching::split_symbol(o.as.symbol).quote;
  value::list out;
  for (const trade_record* t : all.trades_of(o)) {
    out.emplace_back(
        value::object{{"price", wire(t->part.price)},
                      {"qty", wire(t->part.quantity)},
                      {"commission", wire(t->part.fee)},
                      {"commissionAsset", t->part.fee_asset.empty() ? asset : t->part.fee_asset},
                      {"tradeId", number(t->part.trade)}});
  }
  return value(std::move(out));
}

value view_of(const matching::level& l) {
  return value(value::list{wire(l.price), wire(l.quantity)});
}

value view_of(const std::vector<matching::ledger::balance>& balances) {
  value::list out;
  for (const auto& b : balances) {
    out.emplace_back(
        value::object{{"asset", b.asset}, {"free", wire(b.free)}, {"locked", wire(b.held)}});
  }
  return value(std::move(out));
}

}  // namespace pitwall::sim
