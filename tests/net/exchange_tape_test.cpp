// The exchange's own trades as its public sees them: rows, gathered rows, the figures of a day.
#include "net/exchange/tape.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::sim {
namespace {

constexpr std::int64_t hour_ms = 3'600'000;

/// The tape of a test; each call is one order's part of a trade.
struct tape {
  std::deque<trade_record> all;

  void add(order_id order, trade_id trade, const char* price, const char* quantity,
           std::int64_t time_ms, bool maker = false, matching::side way = matching::side::buy) {
    all.push_back({{order,
                    trade,
                    decimal::parse(price).value(),
                    decimal::parse(quantity).value(),
                    {},
                    maker,
                    time_ms},
                   "BTCUSDT",
                   way});
  }
};

std::string at(const value& v, std::string_view name) {
  const auto* m = v.find(name);
  REQUIRE(m != nullptr);
  return m->is_text() ? m->as_text() : to_json(*m);
}

best_prices market() {
  return {{decimal::parse("99.99").value(), 2},
          {decimal::parse("100.04").value(), 3},
          decimal::parse("0.01").value()};
}

}  // namespace

TEST_CASE("what one order takes at one price at once is one gathered row") {
  tape t;
  t.add(1, 1, "100", "1", 5);
  t.add(1, 2, "100", "2", 5);
  t.add(1, 3, "101", "1", 5);  // Another price,
  t.add(2, 4, "101", "1", 5);  // another order,
  t.add(2, 5, "101", "1", 6);  // another moment.
  // A step of the prices meets two resting orders: nobody here took them.
  t.add(3, 6, "101", "1", 7, true);
  t.add(4, 7, "101", "1", 7, true);
  const auto rows = prints(t.all, "BTCUSDT", {{}, {}, {}, 500, true});
  REQUIRE(rows.size() == 6);
  CHECK(to_json(gathered_view(rows[0])) ==
        R"({"a":1,"p":"100.00000000","q":"3.00000000","f":1,"l":2,"T":5,"m":false,"M":true})");
  CHECK(rows[1].first == 3);
  CHECK(rows[2].taker == 2);
  CHECK(rows[4].buyer_made);
  CHECK(prints(t.all, "BTCUSDT", {}).size() == 7);
  CHECK(prints(t.all, "ETHUSDT", {}).empty());
}

TEST_CASE("two orders here that meet make one row, of the order that took") {
  for (const bool taker_first : {true, false}) {
    tape t;
    if (taker_first) t.add(2, 1, "100", "1", 5, false, matching::side::sell);
    t.add(1, 1, "100", "1", 5, true, matching::side::buy);
    if (!taker_first) t.add(2, 1, "100", "1", 5, false, matching::side::sell);
    const auto rows = prints(t.all, "BTCUSDT", {});
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].taker == 2);
    CHECK(to_json(trade_view(rows[0])) ==
          R"({"id":1,"price":"100.00000000","qty":"1.00000000","quoteQty":"100.00000000",)"
          R"("time":5,"isBuyerMaker":true,"isBestMatch":true})");
  }
}

TEST_CASE("a beginning that is named gives the first rows from there, else the last ones") {
  tape t;
  for (trade_id i = 1; i <= 9; ++i) t.add(i, i, "100", "1", static_cast<std::int64_t>(i) * 10);
  const auto ids = [&](const tape_wish& wish) {
    std::string out;
    for (const auto& p : prints(t.all, "BTCUSDT", wish)) out += std::to_string(p.first);
    return out;
  };
  CHECK(ids({{}, {}, {}, 3}) == "789");
  CHECK(ids({4, {}, {}, 3}) == "456");
  CHECK(ids({{}, 50, {}, 3}) == "567");
  CHECK(ids({{}, {}, 50, 3}) == "345");
  CHECK(ids({{}, 50, 60, 9}) == "56");
  CHECK(ids({{}, 91, {}, 9}).empty());
}

TEST_CASE("the day's figures are of the trades of 24 hours, each once") {
  tape t;
  const std::int64_t now = 100 * hour_ms;
  t.add(1, 1, "90", "7", now - 24 * hour_ms);
  t.add(2, 2, "100", "1", now - 24 * hour_ms + 1);
  t.add(3, 3, "110", "1", now - hour_ms);
  t.add(4, 3, "110", "1", now - hour_ms, true, matching::side::sell);
  t.add(5, 4, "105", "2", now);
  const auto v = day_view("BTCUSDT", last_day(t.all, "BTCUSDT", now), market(), now, false);
  CHECK(at(v, "prevClosePrice") == "90.00000000");
  CHECK(at(v, "openPrice") == "100.00000000");
  CHECK(at(v, "highPrice") == "110.00000000");
  CHECK(at(v, "lowPrice") == "100.00000000");
  CHECK(at(v, "lastPrice") == "105.00000000");
  CHECK(at(v, "lastQty") == "2.00000000");
  CHECK(at(v, "priceChange") == "5.00000000");
  CHECK(at(v, "priceChangePercent") == "5");
  CHECK(at(v, "volume") == "4.00000000");
  CHECK(at(v, "quoteVolume") == "420.00000000");
  CHECK(at(v, "weightedAvgPrice") == "105.00000000");
  CHECK(at(v, "bidPrice") == "99.99000000");
  CHECK(at(v, "askQty") == "3.00000000");
  CHECK(at(v, "firstId") == "2");
  CHECK(at(v, "lastId") == "4");
  CHECK(at(v, "count") == "3");
  CHECK(day_view("BTCUSDT", {}, market(), now, true).find("bidPrice") == nullptr);
}

TEST_CASE("a day without a trade stands at the last price, and that before any trade mid book") {
  tape t;
  const std::int64_t now = 100 * hour_ms;
  const auto none = day_view("BTCUSDT", last_day(t.all, "BTCUSDT", now), market(), now, false);
  CHECK(at(none, "lastPrice") == "100.01000000");  // 100.015, on the tick.
  CHECK(at(none, "firstId") == "-1");
  t.add(1, 1, "90", "7", now - 30 * hour_ms);
  const auto old = day_view("BTCUSDT", last_day(t.all, "BTCUSDT", now), market(), now, false);
  for (const char* name :
       {"lastPrice", "openPrice", "highPrice", "lowPrice", "weightedAvgPrice", "prevClosePrice"})
    CHECK(at(old, name) == "90.00000000");
  CHECK(at(old, "priceChangePercent") == "0");
  CHECK(at(old, "volume") == "0.00000000");
  CHECK(at(old, "count") == "0");
}

}  // namespace pitwall::sim
