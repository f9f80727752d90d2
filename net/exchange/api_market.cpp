// Job: the public part of the exchange's API: its clock, its rules, its prices.
#include "net/exchange/api.hpp"
#include "net/exchange/klines.hpp"
#include "net/exchange/views.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::sim {

namespace {

value levels_of(const std::vector<matching::level>& all, std::size_t limit) {
  value::list out;
  for (std::size_t i = 0; i < all.size() && i < limit; ++i) out.push_back(view_of(all[i]));
  return value(std::move(out));
}

value ticker_of(const std::string& symbol, const trading_floor::depth& d) {
  const matching::level none{};
  const auto& bid = d.bids.empty() ? none : d.bids.front();
  const auto& ask = d.asks.empty() ? none : d.asks.front();
  return value::object{{"symbol", symbol},
                       {"bidPrice", wire(bid.price)},
                       {"bidQty", wire(bid.quantity)},
                       {"askPrice", wire(ask.price)},
                       {"askQty", wire(ask.quantity)}};
}

}  // namespace

api::outcome api::ping(const call&) { return value(value::object{}); }

api::outcome api::time(const call& c) {
  return value(value::object{{"serverTime", number(c.now_ms)}});
}

/// symbol=A or symbols=["A","B"]; neither: all.
verdict api::read_symbols(const parameters& p, std::vector<const symbol_rules*>& out) const {
  value::list wanted;
  if (const auto* one = p.find("symbol")) wanted.emplace_back(*one);
  if (const auto* several = p.find("symbols")) {
    if (!wanted.empty()) return unwanted("symbols");
    const auto parsed = parse_json(*several);
    if (!parsed.ok() || !parsed->is_list()) return illegal("symbols", "[\"BTCUSDT\",\"ETHUSDT\"]");
    wanted = parsed->as_list();
  }
  for (const value& v : wanted) {
    const auto* r = v.is_text() ? floor_.rules(v.as_text()) : nullptr;
    if (r == nullptr) return unknown_symbol();
    out.push_back(r);
  }
  if (!p.has("symbol") && !p.has("symbols")) {
    for (const auto& r : floor_.symbols()) out.push_back(&r);
  }
  return {};
}

api::outcome api::exchange_info(const call& c) {
  std::vector<const symbol_rules*> wanted;
  if (auto bad = read_symbols(c.p, wanted)) return *bad;
  value::list symbols;
  for (const auto* r : wanted) symbols.push_back(view_of(*r));
  return value(value::object{{"timezone", "UTC"},
                             {"serverTime", number(c.now_ms)},
                             {"rateLimits", rates_.view()},
                             {"exchangeFilters", value::list{}},
                             {"symbols", std::move(symbols)}});
}

/// One object where one symbol was asked for, else a list.
api::outcome api::by_symbol(const parameters& p,
                            const std::function<value(const symbol_rules& r)>& view) const {
  std::vector<const symbol_rules*> wanted;
  if (auto bad = read_symbols(p, wanted)) return *bad;
  if (p.has("symbol")) return view(*wanted.front());
  value::list out;
  for (const auto* r : wanted) out.push_back(view(*r));
  return value(std::move(out));
}

api::outcome api::book_ticker(const call& c) {
  return by_symbol(c.p,
                   [&](const symbol_rules& r) { return ticker_of(r.symbol, view_.look(r).now()); });
}

api::outcome api::depth(const call& c) {
  const symbol_rules* r = nullptr;
  if (auto bad = read_symbol(c.p, r)) return *bad;
  std::optional<std::int64_t> limit = 100;
  if (auto bad = c.p.whole("limit", 1, 5'000, limit)) return *bad;
  const book_feed& feed = view_.look(*r);
  const auto& d = feed.now();
  const auto most = static_cast<std::size_t>(*limit);
  return value(value::object{{"lastUpdateId", number(feed.last())},
                             {"bids", levels_of(d.bids, most)},
                             {"asks", levels_of(d.asks, most)}});
}

api::outcome api::klines(const call& c) {
  const symbol_rules* r = nullptr;
  if (auto bad = read_symbol(c.p, r)) return *bad;
  std::string text;
  if (auto bad = c.p.need("interval", text)) return *bad;
  const auto interval = parse_interval(text);
  if (!interval) return refusal{-1120, "Invalid interval.", 400};
  kline_wish wish{*interval, {}, {}, 0};
  std::optional<std::int64_t> limit = 500;
  if (auto bad = c.p.whole("limit", 1, 1'000, limit)) return *bad;
  // A time beyond the clock's reach is no time.
  constexpr std::int64_t latest = 4'102'444'800'000;
  if (auto bad = c.p.whole("startTime", 0, latest, wish.start_ms)) return *bad;
  if (auto bad = c.p.whole("endTime", 0, latest, wish.end_ms)) return *bad;
  wish.limit = static_cast<std::size_t>(*limit);
  value::list out;
  for (const auto& row : candles(floor_.book().trades(), r->symbol, wish, c.now_ms)) {
    out.push_back(view_of(row));
  }
  return value(std::move(out));
}

}  // namespace pitwall::sim
