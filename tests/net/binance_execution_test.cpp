#include "net/venues/binance_execution.hpp"

#include "net/venues/binance_messages.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::binance {

namespace {

order_report report(const char* filled = nullptr) {
  order_report r;
  r.client_order_id = "a";
  r.state = order_state::accepted;
  if (filled != nullptr) {
    r.state = order_state::partially_filled;
    r.fills.push_back({decimal(10), decimal::parse(filled).value(), decimal{}, "USDT"});
  }
  return r;
}

execution event(const char* status, const char* executed, const char* now = nullptr) {
  execution e{"a", "7", status, decimal(3), decimal::parse(executed).value(), {}};
  if (now != nullptr)
    e.fill = order_fill{decimal(11), decimal::parse(now).value(), decimal{}, "USDT"};
  return e;
}

}  // namespace

TEST_CASE("an execution report is read as it is documented", "[binance_execution]") {
  const auto got = parse_user_event(R"({"e":"executionReport","E":1,"s":"ETHBTC",
      "c":"mine","S":"BUY","o":"LIMIT","f":"GTC","q":"1.5","p":"0.1","C":"","x":"TRADE",
      "X":"PARTIALLY_FILLED","r":"NONE","i":4293153,"l":"0.5","z":"0.75","L":"0.0999",
      "n":"0.001","N":"BNB","T":1,"t":9})");
  REQUIRE(got.ok());
  REQUIRE(got->order);
  CHECK(got->order->client_order_id == "mine");
  CHECK(got->order->venue_order_id == "4293153");
  CHECK(got->order->executed.to_string() == "0.75");
  REQUIRE(got->order->fill);
  CHECK(got->order->fill->price.to_string() == "0.0999");
  CHECK(got->order->fill->quantity.to_string() == "0.5");
  const auto cancel = parse_user_event(R"({"e":"executionReport","c":"cancel-1","C":"mine","q":"1",
      "x":"CANCELED","X":"CANCELED","i":1,"z":"0"})");
  CHECK(cancel->order->client_order_id == "mine");
  CHECK_FALSE(cancel->order->fill);
  CHECK(parse_user_event(R"({"e":"listenKeyExpired","listenKey":"k"})")->ends);
  CHECK_FALSE(parse_user_event(R"({"e":"outboundAccountPosition"})")->order);
  CHECK_FALSE(parse_user_event(R"({"e":"executionReport","c":"x"})").ok());
  CHECK_FALSE(parse_user_event("[]").ok());
}

TEST_CASE("a fill at no price, or of nothing, cannot be read: it could never be booked",
          "[binance_execution]") {
  const auto text = [](const std::string& price, const std::string& quantity) {
    return std::pair("\"" + price + "\"", "\"" + quantity + "\"");
  };
  for (const auto& [price, quantity] :
       {text("10", "1"), text("0", "1"), text("10", "0"), text("-10", "1"), text("10", "-1")}) {
    CAPTURE(price, quantity);
    const bool good = price == "\"10\"" && quantity == "\"1\"";
    const std::string fill = R"({"id":1,"price":)" + price + R"(,"qty":)" + quantity +
                             R"(,"commission":"0","commissionAsset":"USDT"})";
    CHECK(parse_trades("[" + fill + "]").ok() == good);
    CHECK(parse_order(R"({"symbol":"BTCUSDT","orderId":7,"clientOrderId":"a","origQty":"1",)"
                      R"("status":"FILLED","executedQty":"1","fills":[)" +
                      fill + "]}")
              .ok() == good);
    CHECK(parse_user_event(R"({"e":"executionReport","c":"mine","q":"1","x":"TRADE","X":"FILLED",)"
                           R"("i":1,"z":"1","n":"0","N":"USDT","L":)" +
                           price + R"(,"l":)" + quantity + "}")
              .ok() == good);
  }
}

TEST_CASE("the WebSocket API tells the same in a wrapping", "[binance_execution]") {
  CHECK(subscribe_frame({"key", "secret"}, milliseconds(2'000), 77) ==
        R"({"id":1,"method":"userDataStream.subscribe.signature","params":{"apiKey":"key",)"
        R"("recvWindow":2000,"timestamp":77,"signature":")" +
            hmac_sha256_hex("secret", "apiKey=key&recvWindow=2000&timestamp=77") + R"("}})");
  const auto got = parse_user_event(R"({"subscriptionId":0,"event":{"e":"executionReport",
      "c":"mine","q":"1","x":"NEW","X":"NEW","i":1,"z":"0"}})");
  REQUIRE(got.ok());
  CHECK(got->order->client_order_id == "mine");
  CHECK(parse_user_event(R"({"id":1,"status":200,"result":{"subscriptionId":0}})")->subscribed);
  const auto no =
      parse_user_event(R"({"id":1,"status":400,"error":{"code":-2014,"msg":"bad key"}})");
  CHECK_FALSE(no->subscribed);
  CHECK(no->refused->message.find("-2014 bad key") != std::string::npos);
  CHECK(parse_user_event(R"({"event":{"e":"eventStreamTerminated","E":1}})")->ends);
}

TEST_CASE("an execution goes on where the last report ended", "[binance_execution]") {
  const auto first = after(report(), event("PARTIALLY_FILLED", "1", "1"), {});
  REQUIRE(first.ok());
  REQUIRE(*first);
  CHECK((*first)->state == order_state::partially_filled);
  CHECK((*first)->filled_quantity() == decimal(1));
  const auto last = after(**first, event("FILLED", "3", "2"), {});
  REQUIRE(*last);
  CHECK((*last)->state == order_state::filled);
  CHECK((*last)->fills.size() == 2);
  const auto gone = after(**first, event("CANCELED", "1"), {});
  CHECK((*gone)->state == order_state::canceled);
}

TEST_CASE("what is told twice is no news, and what was missed is asked for",
          "[binance_execution]") {
  CHECK_FALSE(after(report("1"), event("PARTIALLY_FILLED", "1", "1"), {}).value());
  CHECK_FALSE(after(report("2"), event("PARTIALLY_FILLED", "1", "1"), {}).value());
  CHECK_FALSE(after(report(), event("NEW", "0"), {}).value());
  CHECK_FALSE(after(report(), event("PARTIALLY_FILLED", "2", "1"), {}).ok());
  CHECK_FALSE(after(report(), event("CANCELED", "1"), {}).ok());
}

}  // namespace pitwall::binance
