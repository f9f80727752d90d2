#include "net/exchange/tape.hpp"

#include <algorithm>

#include "net/exchange/views.hpp"

namespace pitwall::sim {

namespace {

constexpr std::int64_t day_ms = 86'400'000;

decimal plus(decimal a, decimal b) { return add(a, b).value_or(a); }
decimal minus(decimal a, decimal b) { return sub(a, b).value_or(decimal{}); }
decimal product(decimal a, decimal b) { return mul(a, b).value_or(decimal{}); }
/// 0 where there is nothing to divide by.
decimal ratio(decimal a, decimal b) {
  return b == decimal{} ? b : div(a, b).value_or(decimal{}).round(8);
}

print print_of(const trade_record& t) {
  const bool buys = t.way == matching::side::buy;
  return {t.part.trade,
          t.part.trade,
          t.part.price,
          t.part.quantity,
          t.part.time_ms,
          buys == t.part.maker,
          t.part.maker ? order_id{} : t.part.id};
}

bool belongs(const print& to, const print& p) {
  return to.taker != 0 && to.taker == p.taker && to.price == p.price && to.time_ms == p.time_ms;
}

}  // namespace

std::vector<print> prints(const std::deque<trade_record>& trades, std::string_view symbol,
                          const tape_wish& wish) {
  std::vector<print> all;
  for (const auto& t : trades) {
    if (t.symbol != symbol) continue;
    const print p = print_of(t);
    // Both parts of a trade between two orders here are one trade; one of them took it.
    if (!all.empty() && all.back().last == p.last) {
      if (p.taker != 0) all.back().taker = p.taker;
    } else {
      all.push_back(p);
    }
  }
  if (wish.gathered) {
    std::vector<print> rows;
    for (const print& p : all) {
      if (rows.empty() || !belongs(rows.back(), p)) {
        rows.push_back(p);
        continue;
      }
      rows.back().last = p.last;
      rows.back().quantity = plus(rows.back().quantity, p.quantity);
    }
    all = std::move(rows);
  }
  std::erase_if(all, [&](const print& p) {
    return (wish.from && p.first < *wish.from) || (wish.start_ms && p.time_ms < *wish.start_ms) ||
           (wish.end_ms && p.time_ms > *wish.end_ms);
  });
  if (all.size() <= wish.limit) return all;
  if (wish.from || wish.start_ms) {
    all.resize(wish.limit);
  } else {
    all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(wish.limit));
  }
  return all;
}

day_figures last_day(const std::deque<trade_record>& trades, std::string_view symbol,
                     std::int64_t now_ms) {
  day_figures d;
  std::optional<trade_id> seen;
  for (const auto& t : trades) {
    if (t.symbol != symbol || t.part.trade == seen) continue;
    seen = t.part.trade;
    d.last_price = t.part.price;
    d.last_quantity = t.part.quantity;
    if (t.part.time_ms <= now_ms - day_ms) {
      d.before = t.part.price;
      continue;
    }
    add_to(d.of, t);
    if (!d.first) d.first = t.part.trade;
    d.last = t.part.trade;
  }
  return d;
}

value trade_view(const print& p) {
  return value::object{
      {"id", number(p.first)},     {"price", wire(p.price)},
      {"qty", wire(p.quantity)},   {"quoteQty", wire(product(p.price, p.quantity))},
      {"time", number(p.time_ms)}, {"isBuyerMaker", p.buyer_made},
      {"isBestMatch", true}};
}

value gathered_view(const print& p) {
  return value::object{{"a", number(p.first)},  {"p", wire(p.price)},
                       {"q", wire(p.quantity)}, {"f", number(p.first)},
                       {"l", number(p.last)},   {"T", number(p.time_ms)},
                       {"m", p.buyer_made},     {"M", true}};
}

decimal shown_price(const day_figures& d, const best_prices& now) {
  if (d.last_price != decimal{}) return d.last_price;
  const auto middle = div(plus(now.bid.price, now.ask.price), decimal(2));
  return middle.ok() ? middle->round_down(now.tick) : now.bid.price;
}

value day_view(const std::string& symbol, const day_figures& d, const best_prices& now,
               std::int64_t now_ms, bool short_form) {
  const candle& c = d.of;
  const decimal last = shown_price(d, now);
  // A day without a trade stands at the last price.
  const auto or_last = [&](decimal price) { return c.trades > 0 ? price : last; };
  const decimal open = or_last(c.open);
  value::object out{{"symbol", symbol}};
  if (!short_form) {
    const decimal change = minus(last, open);
    const decimal average = c.trades > 0 ? ratio(c.quote_volume, c.volume) : last;
    out.emplace_back("priceChange", wire(change));
    out.emplace_back("priceChangePercent",
                     ratio(product(change, decimal(100)), open).round(3).to_string());
    out.emplace_back("weightedAvgPrice", wire(average));
    out.emplace_back("prevClosePrice", wire(d.before));
  }
  out.emplace_back("lastPrice", wire(last));
  if (!short_form) {
    out.emplace_back("lastQty", wire(d.last_quantity));
    out.emplace_back("bidPrice", wire(now.bid.price));
    out.emplace_back("bidQty", wire(now.bid.quantity));
    out.emplace_back("askPrice", wire(now.ask.price));
    out.emplace_back("askQty", wire(now.ask.quantity));
  }
  out.emplace_back("openPrice", wire(open));
  out.emplace_back("highPrice", wire(or_last(c.high)));
  out.emplace_back("lowPrice", wire(or_last(c.low)));
  out.emplace_back("volume", wire(c.volume));
  out.emplace_back("quoteVolume", wire(c.quote_volume));
  out.emplace_back("openTime", number(now_ms - day_ms));
  out.emplace_back("closeTime", number(now_ms));
  out.emplace_back("firstId", d.first ? number(*d.first) : value(-1));
  out.emplace_back("lastId", d.last ? number(*d.last) : value(-1));
  out.emplace_back("count", number(c.trades));
  return value(std::move(out));
}

}  // namespace pitwall::sim
