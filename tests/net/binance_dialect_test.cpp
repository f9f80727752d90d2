#include "net/venues/binance_dialect.hpp"

#include "tests/support/catch.hpp"

namespace pitwall {

namespace {

feed_update one(std::string_view frame) {
  const auto got = binance_dialect().reader()->read(frame);
  REQUIRE(got.ok());
  REQUIRE(got->size() == 1);
  return got->front();
}

}  // namespace

TEST_CASE("a depth update carries its numbers and levels", "[binance_dialect]") {
  const auto u = one(R"({"e":"depthUpdate","E":1,"s":"BNBBTC","U":157,"u":160,
                         "b":[["0.0024","10"],["0.0023","0"]],"a":[["0.0026","100"]]})");
  CHECK(u.symbol == "BNBBTC");
  CHECK(u.sequence.rule == sequence_rule::counted);
  CHECK(u.sequence.first == 157);
  CHECK(u.sequence.last == 160);
  CHECK_FALSE(u.sequence.begins);
  const auto& d = std::get<book_delta>(u.says);
  REQUIRE(d.bids.size() == 2);
  CHECK(d.bids[0].price.to_string() == "0.0024");
  CHECK(d.bids[1].quantity.is_zero());
  CHECK(d.asks[0].quantity == decimal(100));
  CHECK_FALSE(d.relative);
}

TEST_CASE("of a combined stream the data counts", "[binance_dialect]") {
  const auto u = one(R"({"stream":"bnbusdt@bookTicker","data":{"u":400900217,"s":"BNBUSDT",
      "b":"25.3","B":"31.21","a":"25.5","A":"40.66"}})");
  CHECK(u.symbol == "BNBUSDT");
  CHECK(u.sequence.rule == sequence_rule::rising);
  CHECK(u.sequence.last == 400'900'217);
  CHECK(price_of(std::get<price_news>(u.says))->to_string() == "25.4");
}

TEST_CASE("a side without orders is no price", "[binance_dialect]") {
  const auto u = one(R"({"u":1,"s":"A","b":"0.00000000","B":"0","a":"5","A":"1"})");
  CHECK_FALSE(std::get<price_news>(u.says).bid);
  CHECK_FALSE(price_of(std::get<price_news>(u.says)));
}

TEST_CASE("a trade has its price", "[binance_dialect]") {
  const auto u = one(R"({"e":"trade","E":1,"s":"BNBBTC","t":12345,"p":"0.001","q":"100","T":1,
                         "m":true,"M":true})");
  CHECK(std::get<price_news>(u.says).last->to_string() == "0.001");
  CHECK(u.sequence.last == 12'345);
}

TEST_CASE("subscriptions are confirmed or refused", "[binance_dialect]") {
  CHECK(std::holds_alternative<subscribed>(one(R"({"result":null,"id":1})").says));
  const auto no = one(R"({"code":2,"msg":"Invalid request: no such stream","id":1})");
  CHECK(std::get<subscription_refused>(no.says).why.code == errc::invalid_argument);
  const auto nested = one(R"({"error":{"code":2,"msg":"Invalid request"},"id":1})");
  CHECK(std::holds_alternative<subscription_refused>(nested.says));
}

TEST_CASE("what cannot be read breaks the connection, what is of no interest does not",
          "[binance_dialect]") {
  const auto reader = binance_dialect().reader();
  for (const char* bad :
       {"", "[]", "{}", R"({"e":"depthUpdate","s":"A","U":1,"b":[],"a":[]})",
        R"({"e":"depthUpdate","s":"A","U":1,"u":2,"b":[["x","1"]],"a":[]})",
        R"({"e":"depthUpdate","s":"A","U":-1,"u":2,"b":[],"a":[]})",
        R"({"e":"trade","s":"A","t":1})", R"({"u":1,"s":"A","b":"x","B":"1","a":"1","A":"1"})"}) {
    INFO(bad);
    const auto got = reader->read(bad);
    REQUIRE_FALSE(got.ok());
    CHECK(got.error().code == errc::unavailable);
  }
  CHECK(reader->read(R"({"e":"kline","s":"A"})")->empty());
}

TEST_CASE("a snapshot begins the count of depth updates", "[binance_dialect]") {
  const binance_dialect d;
  CHECK(d.snapshot_target("BTCUSDT", false) == "/api/v3/depth?symbol=BTCUSDT&limit=100");
  CHECK(d.snapshot_target("BTCUSDT", true) == "/api/v3/depth?symbol=BTCUSDT&limit=1000");
  const auto u = d.read_snapshot(
      "BTCUSDT", R"({"lastUpdateId":1027024,"bids":[["4.0","431"]],"asks":[["4.2","12"]]})");
  REQUIRE(u.ok());
  CHECK(u->sequence.begins);
  CHECK(u->sequence.last == 1'027'024);
  CHECK(u->sequence.channel == "BTCUSDT@depth");
  const auto& s = std::get<book_snapshot>(u->says);
  CHECK(s.bids_whole);
  CHECK(mid_of(s.bids, s.asks)->to_string() == "4.1");
  CHECK_FALSE(d.read_snapshot("BTCUSDT", R"({"bids":[],"asks":[]})").ok());
}

TEST_CASE("requests of Binance's dialect", "[binance_dialect]") {
  const binance_dialect d;
  CHECK(d.wire_symbol("btc/usdt").value() == "BTCUSDT");
  CHECK(d.subscribe({"BTCUSDT", "ETHUSDT"}) ==
        std::vector<std::string>{
            R"({"method":"SUBSCRIBE","params":["btcusdt@bookTicker","btcusdt@depth@100ms",)"
            R"("ethusdt@bookTicker","ethusdt@depth@100ms"],"id":1})"});
  const auto asked = d.ask("BTCUSDT", true, true, 10);
  REQUIRE(asked.size() == 2);
  market_reading a;
  REQUIRE(d.read(asked[0], R"({"bidPrice":"4","askPrice":"6","bidQty":"1","askQty":"1"})", a).ok());
  REQUIRE(d.read(asked[1], R"({"lastUpdateId":1,"bids":[["4","1"]],"asks":[]})", a).ok());
  CHECK(*a.price == decimal(5));
  CHECK(a.book->bids.size() == 1);
  const auto busy = d.refusal(429, R"({"code":-1003,"msg":"Too many requests."})", "3", {});
  CHECK(busy.code == errc::resource_exhausted);
  CHECK(busy.retry_after_ms == 3'000);
  CHECK(busy.status == 429);
  CHECK(d.refusal(400, R"({"code":-1121,"msg":"Invalid symbol."})", "", {}).code ==
        errc::invalid_argument);
  CHECK(d.refusal(502, "<html>", "", {}).code == errc::unavailable);
}

}  // namespace pitwall
