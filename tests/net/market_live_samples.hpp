// Job: what the venues with public streams say by them, and such a venue with its adapter: the
// table
//      that the tests of streams over real sockets share.
#pragma once

#include <atomic>
#include <functional>

#include "net/venues/market_dialects.hpp"
#include "net/venues/market_venue.hpp"
#include "tests/net/binance_fixture.hpp"
#include "tests/net/fixed_clock.hpp"
#include "tests/net/market_samples.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/net/scripted_streams.hpp"

namespace pitwall::test {

using frames = std::vector<std::string>;

/// What a venue tells: a book of bid x 1 against ask x 1, and a new bid.
struct live_sample {
  const char* type;
  std::function<frames(const std::string& bid, const std::string& ask)> begin;
  std::function<std::string(const std::string& bid)> change;
  std::string lossy;  ///< A frame that follows on another, or does not fit.
  /// What begin() is on the same connection, after that; null: the same.
  std::function<frames(const std::string& bid, const std::string& ask)> again{};
};

inline std::string coinbase_frame(const char* type, int number, const std::string& bid,
                                  const std::string& ask) {
  const auto level = [](const char* side, const std::string& price) {
    return std::string(R"({"side":")") + side + R"(","event_time":"x","price_level":")" + price +
           R"(","new_quantity":"1"})";
  };
  return R"({"channel":"l2_data","sequence_num":)" + std::to_string(number) +
         R"(,"events":[{"type":")" + type + R"(","product_id":"BTC-USD","updates":[)" +
         level("bid", bid) + (ask.empty() ? "" : "," + level("offer", ask)) + "]}]}";
}

/// With the checksum of the book that it leads to.
inline std::string kraken_frame(const char* type, const frames& bids, const std::string& ask,
                                const frames& told_bids, std::uint32_t wrong_by = 0) {
  const auto levels = [](const frames& prices) {
    book_levels out;
    for (const auto& p : prices) out.push_back({d(p.c_str()), decimal(1), 0, 0});
    return out;
  };
  const auto shown = [](const frames& prices) {
    std::string out;
    for (const auto& p : prices)
      out += (out.empty() ? "" : ",") + (R"({"price":)" + p) + R"(,"qty":1})";
    return "[" + out + "]";
  };
  const bool whole = std::string(type) == "snapshot";
  return std::string(R"({"channel":"book","type":")") + type +
         R"(","data":[{"symbol":"BTC/USD","bids":)" + shown(told_bids) + R"(,"asks":)" +
         shown(whole ? frames{ask} : frames{}) + R"(,"checksum":)" +
         std::to_string(make_market_dialect("kraken")->checksum(levels(bids), levels({ask})) +
                        wrong_by) +
         "}]}";
}

inline std::string bybit_frame(const char* type, int number, const std::string& bid,
                               const std::string& ask) {
  return std::string(R"({"topic":"orderbook.50.BTCUSDT","ts":1,"type":")") + type +
         R"(","data":{"s":"BTCUSDT","b":[[")" + bid + R"(","1"]],"a":[)" +
         (ask.empty() ? "" : R"([")" + ask + R"(","1"])") + R"(],"u":)" + std::to_string(number) +
         R"(,"seq":1},"cts":1})";
}

inline std::string dydx_frame(const char* type, int number, const std::string& contents) {
  return std::string(R"({"type":")") + type + R"(","connection_id":"c","message_id":)" +
         std::to_string(number) + R"(,"channel":"v4_orderbook","id":"BTC-USD","contents":)" +
         contents + "}";
}

inline std::string dydx_book(int number, const std::string& bid, const std::string& ask) {
  return dydx_frame("subscribed", number,
                    R"({"bids":[{"price":")" + bid + R"(","size":"1"}],"asks":[{"price":")" + ask +
                        R"(","size":"1"}]})");
}

inline std::string polymarket_change(const std::string& time, const std::string& bid,
                                     const std::string& best) {
  return R"({"event_type":"price_change","timestamp":")" + time +
         R"(","price_changes":[{"asset_id":")" + token + R"(","price":")" + bid +
         R"(","size":"1","side":"BUY","best_bid":")" + best + R"("}]})";
}

inline std::vector<live_sample> live_samples() {
  std::vector<live_sample> all;
  all.push_back({"coinbase",
                 [](const auto& bid, const auto& ask) {
                   return frames{coinbase_frame("snapshot", 0, bid, ask),
                                 R"({"channel":"subscriptions","sequence_num":1,"events":[]})"};
                 },
                 [](const auto& bid) { return coinbase_frame("update", 2, bid, ""); },
                 coinbase_frame("update", 9, "150", "")});
  all.push_back({"kraken",
                 [](const auto& bid, const auto& ask) {
                   return frames{kraken_frame("snapshot", {bid}, ask, {bid})};
                 },
                 [](const auto& bid) {
                   return kraken_frame("update", {bid, "200"}, "202", {bid});
                 },
                 kraken_frame("update", {"201", "200", "150"}, "202", {"150"}, 1)});
  all.push_back({"bybit",
                 [](const auto& bid, const auto& ask) {
                   return frames{bybit_frame("snapshot", 7, bid, ask)};
                 },
                 [](const auto& bid) { return bybit_frame("delta", 8, bid, ""); },
                 bybit_frame("delta", 12, "150", "")});
  all.push_back({"polymarket",
                 [](const auto& bid, const auto& ask) {
                   return frames{
                       R"([{"event_type":"book","timestamp":"1000","hash":"0x1","asset_id":")" +
                       token + R"(","bids":[{"price":")" + bid +
                       R"(","size":"1"}],"asks":[{"price":")" + ask + R"(","size":"1"}]}])"};
                 },
                 [](const auto& bid) { return polymarket_change("2000", bid, bid); },
                 polymarket_change("1500", "0.63", "0.63")});
  all.push_back({"dydx",
                 [](const auto& bid, const auto& ask) {
                   return frames{R"({"type":"connected","connection_id":"c","message_id":0})",
                                 dydx_book(1, bid, ask)};
                 },
                 [](const auto& bid) {
                   return dydx_frame("channel_data", 2, R"({"bids":[[")" + bid + R"(","1"]]})");
                 },
                 dydx_frame("channel_data", 9, R"({"bids":[["150","1"]]})"),
                 [](const auto& bid, const auto& ask) {
                   return frames{R"({"type":"unsubscribed","connection_id":"c","message_id":10,)"
                                 R"("channel":"v4_orderbook","id":"BTC-USD"})",
                                 dydx_book(11, bid, ask)};
                 }});
  return all;
}

/// Prices of the first book, of the change, and of the books after that.
struct told_prices {
  std::string bid, ask, mid, changed_bid, changed_mid, later_bid, later_ask, later_mid;
};
inline told_prices prices_of(const std::string& type) {
  if (type == "polymarket")
    return {"0.60", "0.64", "0.62", "0.61", "0.625", "0.70", "0.74", "0.72"};
  return {"200", "202", "201", "201", "201.5", "300", "302", "301"};
}

struct streaming {
  market_sample rest;
  live_sample live;
  told_prices told;
  std::atomic<bool> rest_answers = true;
  std::atomic<int> books = 0;
  std::atomic<unsigned> refuses = 0;  ///< Upgrades and requests, with this status.
  const timestamp at = system_wall_clock().now();
  bool same_connection = false;  ///< The server's: an end of a subscription, and no beginning yet.
  scripted_streams server;
  std::shared_ptr<market_venue> venue;

  explicit streaming(const live_sample& of, milliseconds stale_after = milliseconds(30'000))
      : live(of), told(prices_of(of.type)), server(script()) {
    for (auto& s : market_samples())
      if (s.type == std::string(of.type)) rest = std::move(s);
    market_options o;
    o.name = "here";
    o.url = server.url();
    o.stream = true;
    o.stale_after = stale_after;
    venue = market_venue::open(of.type, o, std::make_shared<fixed_clock>(at)).value();
  }
  ~streaming() { venue->stop(); }

  scripted_streams::script script() {
    scripted_streams::script s;
    s.request = [this](const std::string& target) {
      const bool price = target == rest.price_target && target != rest.book_target;
      if (refuses == 429) return std::optional(http_answer(429, "", "Retry-After: 30\r\n"));
      if (!rest_answers) return std::optional(http_answer(503, ""));
      return std::optional(http_answer(200, as_of(price ? rest.price : rest.book, at)));
    };
    s.refuse = [this](const std::string&) {
      return refuses == 0 ? std::nullopt : std::optional(http_answer(refuses, ""));
    };
    s.frame = [this](const std::string& frame) {
      const bool ends = frame.find("unsubscribe") != std::string::npos;
      if (frame.find("subscribe") == std::string::npos || ends ||
          frame.find("heartbeats") != std::string::npos) {
        same_connection = same_connection || ends;
        return frames{};
      }
      if (std::exchange(same_connection, false) && live.again) {
        ++books;
        return live.again(told.later_bid, told.later_ask);
      }
      return books++ == 0 ? live.begin(told.bid, told.ask)
                          : live.begin(told.later_bid, told.later_ask);
    };
    return s;
  }
  result<market_data> fetch() {
    awaited<result<market_data>> out;
    venue->fetch_market({"here", rest.symbol, true, true, false, false}, out.completion());
    return out.get();
  }
  std::string price() {
    const auto got = fetch();
    return got.ok() ? got->price_feed.as_number().to_string() : "error " + got.error().message;
  }
  bool await(const std::function<bool()>& reached) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(15);
    while (!reached()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }
  bool await_live() {
    return await([&] { return venue->feed().live == 1; });
  }
  /// The first call has REST's word, and subscribes.
  void begin() {
    INFO(live.type);
    CHECK(price() == rest.mid());
    if (!await_live()) FAIL("no price by the stream: " + venue->feed().last_error);
    CHECK(price() == told.mid);
  }
};

}  // namespace pitwall::test
