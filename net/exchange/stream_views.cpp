#include "net/exchange/stream_views.hpp"

#include <algorithm>

#include "net/exchange/views.hpp"

namespace pitwall::sim {

namespace {

value rows(const std::vector<matching::level>& all, std::size_t most) {
  value::list out;
  for (std::size_t i = 0; i < all.size() && i < most; ++i) out.push_back(view_of(all[i]));
  return value(std::move(out));
}

decimal product(decimal a, decimal b) { return mul(a, b).value_or(decimal{}); }

/// What one event says of its order, beside what the order itself says.
struct happening {
  std::string_view what;
  const order_traded* fill = nullptr;
  std::string canceled_by;
  std::int64_t time_ms = 0;
};

value report(const order_record& o, const happening& h) {
  const order_traded none{};
  const order_traded& f = h.fill != nullptr ? *h.fill : none;
  const bool canceled = !h.canceled_by.empty();
  const bool rests =
      is_open(o.status) && o.as.kind != order_kind::market && o.as.lasts == lifetime::gtc;
  value::object out{
      {"e", "executionReport"},
      {"E", number(h.time_ms)},
      {"s", o.as.symbol},
      {"c", canceled ? h.canceled_by : o.as.client_id},
      {"S", to_string(o.as.way)},
      {"o", to_string(o.as.kind)},
      {"f", to_string(o.as.lasts)},
      {"q", wire(o.as.quantity)},
      {"p", wire(o.as.price)},
      {"P", wire({})},
      {"F", wire({})},
      {"g", -1},
      {"C", canceled ? o.as.client_id : std::string{}},
      {"x", h.what},
      {"X", to_string(o.status)},
      {"r", "NONE"},
      {"i", number(o.as.id)},
      {"l", wire(f.quantity)},
      {"z", wire(o.executed)},
      {"L", wire(f.price)},
      {"n", h.fill != nullptr ? wire(f.fee) : "0"},
      {"N", h.fill == nullptr            ? value{}
            : !h.fill->fee_asset.empty() ? value(h.fill->fee_asset)
                                         : value(matching::split_symbol(o.as.symbol).quote)},
      {"T", number(h.time_ms)},
      {"t", h.fill != nullptr ? number(f.trade) : value(-1)},
      {"w", rests},
      {"m", f.maker},
      {"M", h.fill != nullptr},
      {"O", number(o.as.time_ms)},
      {"Z", wire(o.notional)},
      {"Y", wire(product(f.price, f.quantity))},
      {"Q", wire({})}};
  if (o.as.kind != order_kind::market) out.emplace_back("W", number(o.as.time_ms));
  out.emplace_back("V", o.as.meets_own ? "NONE" : "EXPIRE_TAKER");
  return value(std::move(out));
}

}  // namespace

value ticker_event(const std::string& symbol, const book_feed& f) {
  const matching::level none{};
  const auto& bid = f.now().bids.empty() ? none : f.now().bids.front();
  const auto& ask = f.now().asks.empty() ? none : f.now().asks.front();
  return value::object{{"u", number(f.last())}, {"s", symbol},
                       {"b", wire(bid.price)},  {"B", wire(bid.quantity)},
                       {"a", wire(ask.price)},  {"A", wire(ask.quantity)}};
}

value depth_event(const std::string& symbol, const book_feed::diff& d, std::int64_t now_ms) {
  return value::object{{"e", "depthUpdate"},
                       {"E", number(now_ms)},
                       {"s", symbol},
                       {"U", number(d.first)},
                       {"u", number(d.last)},
                       {"b", rows(d.bids, d.bids.size())},
                       {"a", rows(d.asks, d.asks.size())}};
}

value partial_depth(const book_feed& f, std::size_t levels) {
  return value::object{{"lastUpdateId", number(f.last())},
                       {"bids", rows(f.now().bids, levels)},
                       {"asks", rows(f.now().asks, levels)}};
}

value trade_event(const trade_record& t, std::int64_t now_ms) {
  return value::object{{"e", "trade"},
                       {"E", number(now_ms)},
                       {"s", t.symbol},
                       {"t", number(t.part.trade)},
                       {"p", wire(t.part.price)},
                       {"q", wire(t.part.quantity)},
                       {"T", number(t.part.time_ms)},
                       {"m", (t.way == matching::side::buy) == t.part.maker},
                       {"M", true}};
}

value kline_event(const stream_name& name, const running_candle& c, std::int64_t now_ms) {
  const candle& k = c.so_far;
  return value::object{{"e", "kline"},
                       {"E", number(now_ms)},
                       {"s", name.symbol},
                       {"k", value::object{{"t", number(k.open_ms)},
                                           {"T", number(k.close_ms)},
                                           {"s", name.symbol},
                                           {"i", name.interval_text},
                                           {"f", k.trades > 0 ? number(c.first) : value(-1)},
                                           {"L", k.trades > 0 ? number(c.last) : value(-1)},
                                           {"o", wire(k.open)},
                                           {"c", wire(k.close)},
                                           {"h", wire(k.high)},
                                           {"l", wire(k.low)},
                                           {"v", wire(k.volume)},
                                           {"n", number(k.trades)},
                                           {"x", now_ms > k.close_ms},
                                           {"q", wire(k.quote_volume)},
                                           {"V", wire(k.bought)},
                                           {"Q", wire(k.quote_bought)},
                                           {"B", "0"}}}};
}

value execution_report(const book_event& e, const records& all) {
  if (const auto* a = std::get_if<order_accepted>(&e)) {
    return report(*all.find(a->id), {"NEW", nullptr, {}, a->time_ms});
  }
  if (const auto* t = std::get_if<order_traded>(&e)) {
    return report(*all.find(t->id), {"TRADE", t, {}, t->time_ms});
  }
  const auto* ended = std::get_if<order_ended>(&e);
  if (ended == nullptr) return {};
  const order_record& o = *all.find(ended->id);
  if (ended->status == order_status::canceled) {
    return report(o, {"CANCELED", nullptr, ended->canceled_by, ended->time_ms});
  }
  const bool met = ended->status == order_status::expired_in_match;
  return report(o, {met ? "TRADE_PREVENTION" : "EXPIRED", nullptr, {}, ended->time_ms});
}

value account_position(const std::vector<matching::ledger::balance>& balances,
                       const std::vector<std::string>& assets, std::int64_t now_ms) {
  value::list rows;
  for (const auto& b : balances) {
    if (std::ranges::find(assets, b.asset) == assets.end()) continue;
    rows.emplace_back(value::object{{"a", b.asset}, {"f", wire(b.free)}, {"l", wire(b.held)}});
  }
  return value::object{{"e", "outboundAccountPosition"},
                       {"E", number(now_ms)},
                       {"u", number(now_ms)},
                       {"B", std::move(rows)}};
}

value listen_key_expired(const std::string& key, std::int64_t now_ms) {
  return value::object{{"e", "listenKeyExpired"}, {"E", number(now_ms)}, {"listenKey", key}};
}

}  // namespace pitwall::sim
