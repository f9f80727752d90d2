// Job: the public part of the exchange's API: its own trades, and what they say of the day.
#include "net/exchange/api.hpp"
#include "net/exchange/tape.hpp"
#include "net/exchange/views.hpp"

namespace pitwall::sim {

namespace {

// A time beyond the clock's reach is no time.
constexpr std::int64_t latest = 4'102'444'800'000;
constexpr std::int64_t most_rows = 1'000;

verdict read_limit(const parameters& p, tape_wish& out) {
  std::optional<std::int64_t> limit = 500;
  if (auto bad = p.whole("limit", 1, most_rows, limit)) return bad;
  out.limit = static_cast<std::size_t>(*limit);
  return {};
}

value rows(const std::vector<print>& all, value (*view)(const print&)) {
  value::list out;
  for (const print& p : all) out.push_back(view(p));
  return value(std::move(out));
}

best_prices best_of(const trading_floor::depth& d, const symbol_rules& r) {
  best_prices b;
  if (!d.bids.empty()) b.bid = d.bids.front();
  if (!d.asks.empty()) b.ask = d.asks.front();
  b.tick = r.tick;
  return b;
}

}  // namespace

api::outcome api::trades(const call& c) {
  const symbol_rules* r = nullptr;
  if (auto bad = read_symbol(c.p, r)) return *bad;
  tape_wish wish;
  if (auto bad = read_limit(c.p, wish)) return *bad;
  return rows(prints(floor_.book().trades(), r->symbol, wish), trade_view);
}

api::outcome api::gathered_trades(const call& c) {
  const symbol_rules* r = nullptr;
  if (auto bad = read_symbol(c.p, r)) return *bad;
  tape_wish wish;
  wish.gathered = true;
  if (auto bad = read_limit(c.p, wish)) return *bad;
  std::optional<std::int64_t> from;
  if (auto bad = c.p.whole("fromId", 0, INT64_MAX, from)) return *bad;
  if (auto bad = c.p.whole("startTime", 0, latest, wish.start_ms)) return *bad;
  if (auto bad = c.p.whole("endTime", 0, latest, wish.end_ms)) return *bad;
  if (from) wish.from = static_cast<trade_id>(*from);
  return rows(prints(floor_.book().trades(), r->symbol, wish), gathered_view);
}

api::outcome api::day_ticker(const call& c) {
  const std::string type = c.p.text_or("type", "FULL");
  if (type != "FULL" && type != "MINI") return refusal{-1139, "Invalid ticker type.", 400};
  return by_symbol(c.p, [&](const symbol_rules& r) {
    return day_view(r.symbol, last_day(floor_.book().trades(), r.symbol, c.now_ms),
                    best_of(view_.look(r).now(), r), c.now_ms, type == "MINI");
  });
}

api::outcome api::price_ticker(const call& c) {
  return by_symbol(c.p, [&](const symbol_rules& r) {
    const auto d = last_day(floor_.book().trades(), r.symbol, c.now_ms);
    return value(value::object{{"symbol", r.symbol},
                               {"price", wire(shown_price(d, best_of(view_.look(r).now(), r)))}});
  });
}

}  // namespace pitwall::sim
