// What an order may say, limits of rate, faults and their dice, as tables.
#include "net/exchange/faults.hpp"
#include "net/exchange/klines.hpp"
#include "net/exchange/order_rules.hpp"
#include "net/exchange/rate_limits.hpp"
#include "net/exchange/views.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::sim {
namespace {

symbol_rules bitcoin() {
  symbol_rules r;
  r.symbol = "BTCUSDT";
  r.base = "BTC";
  r.quote = "USDT";
  return r;
}

verdict judge(const std::string& query, order_ticket& out) {
  parameters p;
  if (auto bad = parameters::read(query, {}, p)) return bad;
  if (auto bad = read_order(p, bitcoin(), out)) return bad;
  return check_filters(out, bitcoin(), 60'000);
}

value parsed(std::string_view text) { return parse_json(text).value(); }

}  // namespace

TEST_CASE("orders are refused with the codes and texts of the real exchange") {
  const std::string limit = "side=BUY&type=LIMIT&timeInForce=GTC&price=60000&quantity=";
  const struct {
    std::string query;
    int code;
    std::string text;
  } rows[] = {
      {limit + "0.001", 0, ""},
      {"side=SELL&type=MARKET&quantity=0.001", 0, ""},
      {"side=BUY&type=LIMIT_MAKER&price=1&quantity=10", 0, ""},
      {"type=MARKET&quantity=1", -1102,
       "Mandatory parameter 'side' was not sent, was empty/null, or malformed."},
      {"side=HOLD&type=MARKET&quantity=1", -1117, "Invalid side."},
      {"side=BUY&type=STOP_LOSS&quantity=1&stopPrice=1", -1116, "Invalid orderType."},
      {"side=BUY&type=LIMIT&price=1&quantity=10", -1102,
       "Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed."},
      {"side=BUY&type=LIMIT&timeInForce=GTD&price=1&quantity=10", -1115, "Invalid timeInForce."},
      {"side=BUY&type=MARKET&quantity=1&timeInForce=GTC", -1106,
       "Parameter 'timeInForce' sent when not required."},
      {"side=BUY&type=MARKET&quantity=1&price=1", -1106,
       "Parameter 'price' sent when not required."},
      {limit + "0.001&icebergQty=0.0001", -1106, "Parameter 'icebergQty' sent when not required."},
      {"side=BUY&type=MARKET&quoteOrderQty=10", -1106,
       "Parameter 'quoteOrderQty' sent when not required."},
      {limit + "0", -1013, "Invalid quantity."},
      {limit + "0.000001", -1013, "Filter failure: LOT_SIZE"},
      {limit + "9000.00001", -1013, "Filter failure: LOT_SIZE"},
      {limit + "0.00001", -1013, "Filter failure: NOTIONAL"},
      {limit + "150.00001", -1013, "Filter failure: NOTIONAL"},
      {"side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=60000.001", -1013,
       "Filter failure: PRICE_FILTER"},
      {"side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=1000000.01", -1013,
       "Filter failure: PRICE_FILTER"},
      {"side=BUY&type=MARKET&quantity=0.00001", -1013, "Filter failure: NOTIONAL"},
      {limit + "0.001&newClientOrderId=a%20b", -1100,
       "Illegal characters found in parameter 'newClientOrderId'; legal range is "
       "'^[\\.A-Z\\:/a-z0-9_-]{1,36}$'."},
      {limit + "0.001&selfTradePreventionMode=EXPIRE_BOTH", -2010,
       "This symbol does not allow the specified self-trade prevention mode."}};
  for (const auto& row : rows) {
    CAPTURE(row.query);
    order_ticket ticket;
    const auto refused = judge(row.query, ticket);
    CHECK((refused ? refused->code : 0) == row.code);
    CHECK((refused ? refused->text : "") == row.text);
    if (refused) CHECK(refused->status == 400);
  }
}

TEST_CASE("amounts are written with eight digits") {
  CHECK(wire(1) == "1.00000000");
  CHECK(wire(decimal::parse("0.1").value()) == "0.10000000");
  CHECK(wire(decimal::parse("12345.678901234").value()) == "12345.67890123");
  CHECK(wire({}) == "0.00000000");
}

TEST_CASE("weight counts by the minute, orders by ten seconds and by day") {
  rate_limits r({10, 2, 3});
  CHECK_FALSE(r.take(10, false, 60'500));
  const auto much = r.take(1, false, 61'000);
  REQUIRE(much);
  CHECK(much->code == -1003);
  CHECK(much->status == 429);
  CHECK(r.retry_after_s() == 59);
  CHECK_FALSE(r.take(1, true, 120'000));
  CHECK_FALSE(r.take(1, true, 120'001));
  const auto fast = r.take(1, true, 129'999);
  REQUIRE(fast);
  CHECK(fast->code == -1015);
  CHECK(r.retry_after_s() == 1);
  const auto today = r.take(1, true, 130'000);  // a new ten seconds, the same day
  REQUIRE(today);
  CHECK(today->text == "Too many new orders; current limit is 3 orders per 1 DAY.");
  CHECK_FALSE(r.take(1, true, 86'400'000));
  CHECK(r.headers(false).back() ==
        std::pair<std::string, std::string>("X-MBX-USED-WEIGHT-1M", "1"));
}

TEST_CASE("faults come as their seed has it, whatever the other rates") {
  const auto rolls = [](const char* settings) {
    fault_die die;
    REQUIRE(die.change(parsed(settings)).ok());
    std::string out;
    for (int i = 0; i < 200; ++i) out += die.roll().drop_answer ? 'x' : '.';
    return out;
  };
  const auto first = rolls(R"({"drop_answers_rate": 0.25, "seed": 7})");
  CHECK(first == rolls(R"({"drop_answers_rate": 0.25, "seed": 7})"));
  CHECK(first == rolls(R"({"drop_answers_rate": 0.25, "seed": 7, "error_rate": 0.5})"));
  CHECK(first != rolls(R"({"drop_answers_rate": 0.25, "seed": 8})"));
  const auto hits = std::count(first.begin(), first.end(), 'x');
  CHECK(hits > 25);
  CHECK(hits < 80);
  CHECK(rolls(R"({"drop_answers_rate": 1})") == std::string(200, 'x'));
  CHECK(rolls("{}") == std::string(200, '.'));
}

TEST_CASE("a fault that cannot be meant changes nothing") {
  fault_die die;
  for (const char* bad :
       {R"({"error_rate": 0.5, "latency": 1})", R"({"error_rate": 1.1})", R"({"error_rate": "1"})",
        R"({"latency_ms": 60001})", R"({"stale_prices": 1})", R"({"seed": -1})", "[]"}) {
    CAPTURE(bad);
    CHECK(die.change(parsed(bad)).error().code == errc::invalid_argument);
    CHECK(die.settings().error_rate.is_zero());
  }
}

TEST_CASE("candles cover their spans, and repeat the last price where nothing traded") {
  const auto trade = [](trade_id id, const char* price, const char* quantity, bool maker,
                        matching::side way, std::int64_t time) {
    return trade_record{
        {id, id, decimal::parse(price).value(), decimal::parse(quantity).value(), {}, maker, time},
        "BTCUSDT",
        way};
  };
  using matching::side;
  std::deque<trade_record> trades{
      trade(1, "10", "1", false, side::buy, 60'000), trade(2, "12", "2", true, side::buy, 119'999),
      trade(3, "9", "1", true, side::sell, 240'000), trade(3, "9", "1", false, side::buy, 240'000)};
  kline_wish wish{*parse_interval("1m"), {}, {}, 500};
  const auto all = candles(trades, "BTCUSDT", wish, 300'000);
  REQUIRE(all.size() == 5);
  CHECK(to_json(view_of(all[0])) ==
        R"([60000,"10.00000000","12.00000000","10.00000000","12.00000000","3.00000000",119999,)"
        R"("34.00000000",2,"1.00000000","10.00000000","0"])");
  CHECK(all[1].open == decimal(12));
  CHECK(all[1].trades == 0);
  CHECK(all[3].trades == 1);  // both parts are one trade
  CHECK(all[3].bought == decimal(1));
  wish.limit = 2;
  const auto latest = candles(trades, "BTCUSDT", wish, 300'000);
  REQUIRE(latest.size() == 2);
  CHECK(latest.front().open_ms == 240'000);
  wish.start_ms = 60'001;
  CHECK(candles(trades, "BTCUSDT", wish, 300'000).front().open_ms == 120'000);
  CHECK(candles(trades, "BTCUSDT", wish, 300'000).front().close == decimal(12));
  CHECK(candles(trades, "ETHUSDT", wish, 300'000).empty());
  CHECK_FALSE(parse_interval("2m"));
  CHECK(parse_interval("1w")->start_of(1'700'000'000'000) == 1'699'833'600'000);
  CHECK(parse_interval("1M")->start_of(1'700'000'000'000) == 1'698'796'800'000);
  CHECK(parse_interval("1M")->next(1'698'796'800'000) == 1'701'388'800'000);
}

}  // namespace pitwall::sim
