// Job: what each venue of market_types() answers, typed after its public documents: the table that
//      the tests of dialects and of the adapter share.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/clock.hpp"

namespace pitwall::test {

/// The book of every sample is 100.5 x 2, 100 x 3 against 101.5 x 1, 102 x 4; that of the
/// prediction markets 0.48 x 30, 0.47 x 20 against 0.52 x 25, 0.53 x 60.
struct market_sample {
  const char *type, *symbol, *wire;
  std::string price_target, price;  ///< The request for a price alone, and its answer.
  std::string book_target, book;    ///< For both, 10 levels.
  unsigned refused_status = 404;
  std::string refused;        ///< Of a symbol that is not known.
  std::string refused_words;  ///< What of that is told.
  std::string too_often;      ///< The body that comes with 429.
  bool probability = false;
  std::size_t both = 1;  ///< Requests for a price and a book.

  std::string mid() const { return probability ? "0.5" : "101"; }
};

inline const std::string token =
    "71321045679252212594626385532706912750332728571942532289631379312455583992563";

inline std::vector<market_sample> market_samples() {
  std::vector<market_sample> all;
  all.push_back({"coinbase", "BTC/USD", "BTC-USD",
                 "/api/v3/brokerage/market/products/BTC-USD/ticker?limit=1",
                 R"({"trades":[{"trade_id":"1","product_id":"BTC-USD","price":"101.4","size":"0.1",
           "time":"2026-05-01T00:00:00Z","side":"BUY"}],"best_bid":"100.50","best_ask":"101.50"})",
                 "/api/v3/brokerage/market/product_book?product_id=BTC-USD&limit=10",
                 R"({"pricebook":{"product_id":"BTC-USD",
           "bids":[{"price":"100.50","size":"2"},{"price":"100.00","size":"3"}],
           "asks":[{"price":"101.50","size":"1"},{"price":"102.00","size":"4"}],
           "time":"2026-05-01T00:00:00Z"},"last":"101.4","mid_market":"101"})",
                 404, R"({"error":"NOT_FOUND","message":"valid product_id is required"})",
                 "(NOT_FOUND): valid product_id is required",
                 R"({"errors":[{"id":"rate_limit_exceeded","message":"Too many requests"}]})"});
  all.push_back({"kraken", "BTC/USD", "BTC/USD", "/0/public/Ticker?pair=XBTUSD",
                 R"({"error":[],"result":{"XXBTZUSD":{"a":["101.50000","1","1.000"],
           "b":["100.50000","2","2.000"],"c":["101.4","0.1"],"v":["1","2"],"p":["1","2"],
           "t":[1,2],"l":["1","1"],"h":["2","2"],"o":"1"}}})",
                 "/0/public/Depth?pair=XBTUSD&count=10",
                 R"({"error":[],"result":{"XXBTZUSD":{
           "asks":[["101.50000","1.000",1616663113],["102.00000","4.000",1616663112]],
           "bids":[["100.50000","2.000",1616663112],["100.00000","3.000",1616663111]]}}})",
                 200, R"({"error":["EQuery:Unknown asset pair"]})", "(EQuery:Unknown asset pair)",
                 R"({"error":["EGeneral:Too many requests"]})"});
  all.push_back(
      {"bybit", "BTC/USDT", "BTCUSDT", "/v5/market/tickers?category=spot&symbol=BTCUSDT",
       R"({"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[{"symbol":"BTCUSDT",
           "bid1Price":"100.5","bid1Size":"2","ask1Price":"101.5","ask1Size":"1",
           "lastPrice":"101.4"}]},"retExtInfo":{},"time":1777593600000})",
       "/v5/market/orderbook?category=spot&symbol=BTCUSDT&limit=10",
       R"({"retCode":0,"retMsg":"OK","result":{"s":"BTCUSDT","a":[["101.5","1"],["102","4"]],
           "b":[["100.5","2"],["100","3"]],"ts":1777593600000,"u":230704,"seq":1432604333,
           "cts":1777593600000},"retExtInfo":{},"time":1777593600000})",
       200, R"({"retCode":10001,"retMsg":"Not supported symbols","result":{},"time":1})",
       "(10001): Not supported symbols", R"({"retCode":10006,"retMsg":"Too many visits!"})"});
  all.push_back({"luno", "BTC/ZAR", "XBTZAR", "/api/1/ticker?pair=XBTZAR",
                 R"({"pair":"XBTZAR","timestamp":1777593600000,"bid":"100.50","ask":"101.50",
           "last_trade":"101.40","rolling_24_hour_volume":"12.5","status":"ACTIVE"})",
                 "/api/1/orderbook_top?pair=XBTZAR",
                 R"({"timestamp":1777593600000,
           "asks":[{"price":"101.50","volume":"1.00"},{"price":"102.00","volume":"4.00"}],
           "bids":[{"price":"100.50","volume":"2.00"},{"price":"100.00","volume":"3.00"}]})",
                 400,
                 R"({"error":"Currency pair not supported","error_code":"ErrInvalidMarketPair"})",
                 "(ErrInvalidMarketPair): Currency pair not supported",
                 R"({"error":"Too many requests","error_code":"ErrTooManyRequests"})", false, 2});
  all.push_back({"kalshi", "KXHIGHNY-24JAN01-T60", "KXHIGHNY-24JAN01-T60",
                 "/trade-api/v2/markets/KXHIGHNY-24JAN01-T60",
                 R"({"market":{"ticker":"KXHIGHNY-24JAN01-T60","event_ticker":"KXHIGHNY-24JAN01",
           "status":"active","yes_bid_dollars":"0.4800","yes_ask_dollars":"0.5200",
           "no_bid_dollars":"0.4800","no_ask_dollars":"0.5200","last_price_dollars":"0.5100"}})",
                 "/trade-api/v2/markets/KXHIGHNY-24JAN01-T60/orderbook?depth=10",
                 R"({"orderbook_fp":{"yes_dollars":[["0.4700","20.00"],["0.4800","30.00"]],
           "no_dollars":[["0.4700","60.00"],["0.4800","25.00"]]}})",
                 404,
                 R"({"error":{"code":"not_found","message":"not found","service":"exchange"}})",
                 "(not_found): not found", R"({"error":"too many requests"})", true, 2});
  all.push_back({"polymarket", token.c_str(), token.c_str(), "/midpoint?token_id=" + token,
                 R"({"mid":"0.50"})", "/book?token_id=" + token,
                 R"({"market":"0xbd31","asset_id":")" + token +
                     R"(","timestamp":"1777593600000","hash":"0x1",
           "bids":[{"price":".47","size":"20"},{"price":".48","size":"30"}],
           "asks":[{"price":"0.53","size":"60"},{"price":"0.52","size":"25"}],
           "min_order_size":"5","tick_size":"0.01","neg_risk":false})",
                 404, R"({"error":"No orderbook exists for the requested token id"})",
                 "No orderbook exists for the requested token id",
                 R"({"error":"Too Many Requests"})", true, 2});
  const std::string dydx = "/v4/orderbooks/perpetualMarket/BTC-USD";
  const std::string dydx_book =
      R"({"bids":[{"price":"100.5","size":"2"},{"price":"100","size":"3"}],
          "asks":[{"price":"101.5","size":"1"},{"price":"102","size":"4"}]})";
  all.push_back({"dydx", "BTC/USD", "BTC-USD", dydx, dydx_book, dydx, dydx_book, 400,
                 R"({"errors":[{"value":"X","msg":"ticker must be a valid ticker","param":"ticker",
                     "location":"params"}]})",
                 "ticker must be a valid ticker", R"({"errors":[{"msg":"Too many requests"}]})"});
  return all;
}

/// A sample's text as the venue says it at that time, where it tells one.
inline std::string as_of(std::string text, timestamp at) {
  const auto swap = [&](const std::string& from, const std::string& to) {
    for (auto found = text.find(from); found != std::string::npos;
         found = text.find(from, found + to.size()))
      text.replace(found, from.size(), to);
  };
  const auto ms = std::chrono::duration_cast<milliseconds>(at.time_since_epoch()).count();
  swap("1777593600000", std::to_string(ms));
  swap("2026-05-01T00:00:00Z", to_iso8601(at));
  return text;
}

/// `text` with the first `from` replaced: how a good answer goes bad.
inline std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  return at == std::string::npos ? std::string("no such place in the sample")
                                 : text.replace(at, from.size(), to);
}

}  // namespace pitwall::test
