#include "net/exchange/klines.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <utility>

#include "net/exchange/views.hpp"

namespace pitwall::sim {

namespace {

constexpr std::int64_t day_ms = 86'400'000;
// The fifth of January 1970 was a Monday.
constexpr std::int64_t first_monday_ms = 4 * day_ms;

std::chrono::year_month month_of(std::int64_t time_ms) {
  const std::chrono::year_month_day day{std::chrono::sys_days(std::chrono::days(time_ms / day_ms))};
  return day.year() / day.month();
}

std::int64_t start_of_month(std::chrono::year_month m) {
  return std::chrono::sys_days(m / std::chrono::day(1)).time_since_epoch().count() * day_ms;
}

decimal plus(decimal a, decimal b) { return add(a, b).value_or(a); }

}  // namespace

void add_to(candle& c, const trade_record& t) {
  const decimal price = t.part.price, quantity = t.part.quantity;
  const decimal notional = mul(price, quantity).value_or(decimal{});
  if (c.trades++ == 0) c.open = c.high = c.low = price;
  c.high = std::max(c.high, price);
  c.low = std::min(c.low, price);
  c.close = price;
  c.volume = plus(c.volume, quantity);
  c.quote_volume = plus(c.quote_volume, notional);
  const bool taker_buys = (t.way == matching::side::buy) != t.part.maker;
  if (!taker_buys) return;
  c.bought = plus(c.bought, quantity);
  c.quote_bought = plus(c.quote_bought, notional);
}

std::int64_t kline_interval::start_of(std::int64_t time_ms) const {
  if (unit == interval_unit::month) return start_of_month(month_of(time_ms));
  const std::int64_t shift = unit == interval_unit::week ? first_monday_ms : 0;
  const std::int64_t length = unit == interval_unit::week ? 7 * day_ms : length_ms;
  const std::int64_t since = time_ms - shift;
  return (since / length - (since % length < 0 ? 1 : 0)) * length + shift;
}

std::int64_t kline_interval::next(std::int64_t start_ms) const {
  if (unit == interval_unit::month) {
    return start_of_month(month_of(start_ms) + std::chrono::months(1));
  }
  return start_ms + (unit == interval_unit::week ? 7 * day_ms : length_ms);
}

std::optional<kline_interval> parse_interval(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::int64_t>, 14> fixed{
      {{"1s", 1'000},
       {"1m", 60'000},
       {"3m", 180'000},
       {"5m", 300'000},
       {"15m", 900'000},
       {"30m", 1'800'000},
       {"1h", 3'600'000},
       {"2h", 7'200'000},
       {"4h", 14'400'000},
       {"6h", 21'600'000},
       {"8h", 28'800'000},
       {"12h", 43'200'000},
       {"1d", day_ms},
       {"3d", 3 * day_ms}}};
  if (text == "1w") return kline_interval{interval_unit::week, 0};
  if (text == "1M") return kline_interval{interval_unit::month, 0};
  for (const auto& [name, length] : fixed) {
    if (name == text) return kline_interval{interval_unit::fixed, length};
  }
  return {};
}

std::vector<candle> candles(const std::deque<trade_record>& trades, std::string_view symbol,
                            const kline_wish& wish, std::int64_t now_ms) {
  const kline_interval& every = wish.interval;
  const std::int64_t last = std::min(wish.end_ms.value_or(now_ms), now_ms);
  const trade_record* first_trade = nullptr;
  for (const auto& t : trades) {
    if (t.symbol != symbol) continue;
    first_trade = &t;
    break;
  }
  if (first_trade == nullptr || wish.limit == 0) return {};
  std::int64_t begin = every.start_of(first_trade->part.time_ms);
  if (wish.start_ms && *wish.start_ms > begin) {
    begin = every.start_of(*wish.start_ms);
    if (begin < *wish.start_ms) begin = every.next(begin);
  } else if (!wish.start_ms) {
    std::int64_t back = every.start_of(last);
    for (std::size_t i = 1; i < wish.limit && back > begin; ++i) back = every.start_of(back - 1);
    begin = std::max(begin, back);
  }
  std::map<std::int64_t, candle> traded;
  std::optional<decimal> price;
  trade_id seen = 0;
  for (const auto& t : trades) {
    // Both parts of a trade between two orders here are one trade.
    if (t.symbol != symbol || t.part.trade == std::exchange(seen, t.part.trade)) continue;
    if (t.part.time_ms < begin) {
      price = t.part.price;
    } else if (t.part.time_ms <= last) {
      add_to(traded[every.start_of(t.part.time_ms)], t);
    }
  }
  std::vector<candle> out;
  for (std::int64_t at = begin; at <= last && out.size() < wish.limit; at = every.next(at)) {
    const auto found = traded.find(at);
    candle c = found != traded.end() ? found->second : candle{};
    if (c.trades == 0 && !price) continue;
    if (c.trades == 0) c.open = c.high = c.low = c.close = *price;
    c.open_ms = at;
    c.close_ms = every.next(at) - 1;
    price = c.close;
    out.push_back(c);
  }
  return out;
}

value view_of(const candle& c) {
  return value(value::list{number(c.open_ms), wire(c.open), wire(c.high), wire(c.low),
                           wire(c.close), wire(c.volume), number(c.close_ms), wire(c.quote_volume),
                           number(c.trades), wire(c.bought), wire(c.quote_bought), "0"});
}

}  // namespace pitwall::sim
