// Job: the private part of the exchange's API: the account and its orders.
#include <algorithm>

#include "net/exchange/api.hpp"
#include "net/exchange/views.hpp"
#include "net/venues/binance_messages.hpp"

namespace pitwall::sim {

namespace {

constexpr std::size_t most_rows = 1'000;

/// The answer that placed an order, as long as it was asked for.
value placed_view(const order_record& o, answer_form form, const records& all) {
  value::object out{{"symbol", o.as.symbol},
                    {"orderId", number(o.as.id)},
                    {"orderListId", -1},
                    {"clientOrderId", o.as.client_id},
                    {"transactTime", number(o.as.time_ms)}};
  if (form == answer_form::ack) return value(std::move(out));
  const value whole = view_of(o);
  for (const char* name :
       {"price", "origQty", "executedQty", "origQuoteOrderQty", "cummulativeQuoteQty", "status",
        "timeInForce", "type", "side", "workingTime", "selfTradePreventionMode"}) {
    out.emplace_back(name, *whole.find(name));
  }
  if (form == answer_form::full) out.emplace_back("fills", fills_of(o, all));
  return value(std::move(out));
}

}  // namespace

verdict api::read_symbol(const parameters& p, const symbol_rules*& out) const {
  std::string symbol;
  if (auto bad = p.need("symbol", symbol)) return bad;
  out = floor_.rules(symbol);
  return out == nullptr ? verdict(unknown_symbol()) : verdict{};
}

api::outcome api::account(const call& c) {
  return value(value::object{{"makerCommission", 10},
                             {"takerCommission", 10},
                             {"buyerCommission", 0},
                             {"sellerCommission", 0},
                             {"commissionRates", value::object{{"maker", "0.00100000"},
                                                               {"taker", "0.00100000"},
                                                               {"buyer", "0.00000000"},
                                                               {"seller", "0.00000000"}}},
                             {"canTrade", true},
                             {"canWithdraw", false},
                             {"canDeposit", false},
                             {"brokered", false},
                             {"requireSelfTradePrevention", false},
                             {"preventSor", false},
                             {"updateTime", number(c.now_ms)},
                             {"accountType", "SPOT"},
                             {"balances", view_of(floor_.balances())},
                             {"permissions", value::list{"SPOT"}},
                             {"uid", 1}});
}

api::outcome api::place(const call& c) {
  const symbol_rules* r = nullptr;
  if (auto bad = read_symbol(c.p, r)) return *bad;
  order_ticket ticket;
  if (auto bad = read_order(c.p, *r, ticket)) return *bad;
  const order_record* placed = nullptr;
  if (auto bad = floor_.place(ticket, c.now, placed)) return *bad;
  return placed_view(*placed, ticket.form, floor_.book());
}

api::outcome api::test_order(const call& c) {
  const symbol_rules* r = nullptr;
  if (auto bad = read_symbol(c.p, r)) return *bad;
  order_ticket ticket;
  if (auto bad = read_order(c.p, *r, ticket)) return *bad;
  const auto d = floor_.look(*r);
  const auto& side = ticket.way == matching::side::buy ? d.asks : d.bids;
  if (auto bad = check_filters(ticket, *r, side.empty() ? decimal{} : side.front().price)) {
    return *bad;
  }
  return value(value::object{});
}

verdict api::read_order_id(const call& c, const refusal& unknown, const order_record*& out) const {
  const symbol_rules* r = nullptr;
  if (auto bad = read_symbol(c.p, r)) return bad;
  std::optional<std::int64_t> id;
  if (auto bad = c.p.whole("orderId", 0, INT64_MAX, id)) return bad;
  const std::string* name = c.p.find("origClientOrderId");
  if (!id && name == nullptr) {
    return refusal{-1102,
                   "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
                   400};
  }
  out = id ? floor_.book().find(static_cast<order_id>(*id)) : floor_.book().find(*name);
  // With both the number finds the order, and the name has to fit it.
  if (out == nullptr || out->as.symbol != r->symbol ||
      (id && name != nullptr && out->as.client_id != *name)) {
    return unknown;
  }
  return {};
}

api::outcome api::find(const call& c) {
  const order_record* o = nullptr;
  if (auto bad = read_order_id(c, no_such_order(), o)) return *bad;
  return view_of(*o);
}

value api::canceled(const order_record& o, const std::string& named, std::int64_t now_ms) const {
  const value whole = view_of(o);
  value::object out{{"symbol", o.as.symbol},      {"origClientOrderId", o.as.client_id},
                    {"orderId", number(o.as.id)}, {"orderListId", -1},
                    {"clientOrderId", named},     {"transactTime", number(now_ms)}};
  for (const char* name :
       {"price", "origQty", "executedQty", "origQuoteOrderQty", "cummulativeQuoteQty", "status",
        "timeInForce", "type", "side", "selfTradePreventionMode"}) {
    out.emplace_back(name, *whole.find(name));
  }
  return value(std::move(out));
}

api::outcome api::cancel(const call& c) {
  const order_record* o = nullptr;
  if (auto bad = read_order_id(c, cancel_rejected(), o)) return *bad;
  const order_id id = o->as.id;
  const auto named = c.p.text_or("newClientOrderId", "cancel-" + std::to_string(id));
  if (!binance::is_order_id(named)) return illegal("newClientOrderId", order_id_pattern);
  const order_record* ended = floor_.cancel(id, named, c.now);
  if (ended == nullptr) return cancel_rejected();
  return canceled(*ended, named, c.now_ms);
}

api::outcome api::open_orders(const call& c) {
  const symbol_rules* r = nullptr;
  if (c.p.has("symbol")) {
    if (auto bad = read_symbol(c.p, r)) return *bad;
  }
  value::list out;
  for (const auto* o : floor_.book().open_orders(r != nullptr ? r->symbol : std::string{})) {
    out.push_back(view_of(*o));
  }
  return value(std::move(out));
}

api::outcome api::all_orders(const call& c) {
  const symbol_rules* r = nullptr;
  if (auto bad = read_symbol(c.p, r)) return *bad;
  std::optional<std::int64_t> from, limit = 500, start, end;
  if (auto bad = c.p.whole("orderId", 0, INT64_MAX, from)) return *bad;
  if (auto bad = c.p.whole("limit", 1, most_rows, limit)) return *bad;
  if (auto bad = c.p.whole("startTime", 0, INT64_MAX, start)) return *bad;
  if (auto bad = c.p.whole("endTime", 0, INT64_MAX, end)) return *bad;
  const auto found = floor_.book().orders_of(r->symbol, [&](const order_record& o) {
    return (!from || o.as.id >= static_cast<order_id>(*from)) &&
           (!start || o.as.time_ms >= *start) && (!end || o.as.time_ms <= *end);
  });
  // The latest, unless a beginning was named.
  const auto most = std::min(found.size(), static_cast<std::size_t>(*limit));
  const auto first =
      found.begin() + static_cast<std::ptrdiff_t>(from || start ? 0 : found.size() - most);
  value::list out;
  for (std::size_t i = 0; i < most; ++i)
    out.push_back(view_of(*first[static_cast<std::ptrdiff_t>(i)]));
  return value(std::move(out));
}

api::outcome api::cancel_all(const call& c) {
  const symbol_rules* r = nullptr;
  if (auto bad = read_symbol(c.p, r)) return *bad;
  const auto open = floor_.book().open_orders(r->symbol);
  if (open.empty()) return cancel_rejected();
  std::vector<order_id> ids;
  for (const auto* o : open) ids.push_back(o->as.id);
  value::list out;
  for (const order_id id : ids) {
    const auto named = "cancel-" + std::to_string(id);
    const order_record* ended = floor_.cancel(id, named, c.now);
    if (ended != nullptr) out.push_back(canceled(*ended, named, c.now_ms));
  }
  return value(std::move(out));
}

api::outcome api::my_trades(const call& c) {
  const symbol_rules* r = nullptr;
  if (auto bad = read_symbol(c.p, r)) return *bad;
  std::optional<std::int64_t> id, limit = 500, from, start, end;
  if (auto bad = c.p.whole("orderId", 0, INT64_MAX, id)) return *bad;
  if (auto bad = c.p.whole("limit", 1, most_rows, limit)) return *bad;
  if (auto bad = c.p.whole("fromId", 0, INT64_MAX, from)) return *bad;
  if (auto bad = c.p.whole("startTime", 0, INT64_MAX, start)) return *bad;
  if (auto bad = c.p.whole("endTime", 0, INT64_MAX, end)) return *bad;
  std::vector<const trade_record*> found;
  const auto wanted = [&](const trade_record& t) {
    return t.symbol == r->symbol && (!id || t.part.id == static_cast<order_id>(*id)) &&
           (!from || t.part.trade >= static_cast<trade_id>(*from)) &&
           (!start || t.part.time_ms >= *start) && (!end || t.part.time_ms <= *end);
  };
  if (id) {
    const auto* o = floor_.book().find(static_cast<order_id>(*id));
    if (o != nullptr) {
      for (const auto* t : floor_.book().trades_of(*o)) {
        if (wanted(*t)) found.push_back(t);
      }
    }
  } else {
    for (const auto& t : floor_.book().trades()) {
      if (wanted(t)) found.push_back(&t);
    }
  }
  // The latest, unless a beginning was named.
  const auto most = static_cast<std::size_t>(*limit);
  if (found.size() > most) {
    if (from || start) {
      found.resize(most);
    } else {
      found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(most));
    }
  }
  value::list out;
  for (const auto* t : found) out.push_back(view_of(*t, r->quote));
  return value(std::move(out));
}

}  // namespace pitwall::sim
