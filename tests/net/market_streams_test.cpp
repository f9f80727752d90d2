// What the streams of market_types() say, frame by frame, as the venues document it.
#include <functional>

#include "net/venues/feed_state.hpp"
#include "net/venues/market_dialects.hpp"
#include "net/venues/market_text.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/net/market_samples.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

std::string side(const char* name, const book_levels& levels) {
  std::string out = std::string(" ") + name;
  for (const auto& l : levels) out += " " + l.price.to_string() + "x" + l.quantity.to_string();
  return out;
}

struct in_words {
  std::string operator()(const book_snapshot& b) const {
    return "book" + side("bids", b.bids) + side("asks", b.asks) +
           (b.checksum ? " sum " + std::to_string(*b.checksum) : "");
  }
  std::string operator()(const book_delta& b) const {
    return "change" + side("bids", b.bids) + side("asks", b.asks) +
           (b.checksum ? " sum " + std::to_string(*b.checksum) : "") +
           (b.best_bid ? " best bid " + b.best_bid->to_string() : "") +
           (b.best_ask ? " best ask " + b.best_ask->to_string() : "");
  }
  std::string operator()(const price_news&) const { return "price"; }
  std::string operator()(const heartbeat&) const { return "alive"; }
  std::string operator()(const subscribed&) const { return "subscribed"; }
  std::string operator()(const subscription_refused& r) const { return "refused " + r.why.message; }
  std::string operator()(const feed_reply& r) const { return "reply " + r.frame; }
};

/// One line for each update: symbol, numbers, and what it says.
std::string shown(const feed_update& u) {
  std::string numbers;
  if (u.sequence.rule == sequence_rule::timed) {
    CHECK(u.sequence.channel == u.symbol);
    numbers = " at " + std::to_string(u.sequence.last);
  } else if (u.sequence.rule != sequence_rule::none) {
    REQUIRE(u.sequence.rule == sequence_rule::counted);
    CHECK(u.sequence.first == u.sequence.last);
    numbers = " [" + u.sequence.channel + "#" + std::to_string(u.sequence.last) +
              (u.sequence.begins ? " begins" : "") + "]";
  }
  return u.symbol + numbers + ": " + std::visit(in_words{}, u.says);
}

std::string read(stream_reader& from, const std::string& frame) {
  const auto got = from.read(frame);
  if (!got.ok()) return "error " + got.error().message;
  std::string out;
  for (const auto& u : *got) out += (out.empty() ? "" : "\n") + shown(u);
  return out;
}

constexpr const char* kraken_snapshot =
    R"({"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[
    {"price":45283.5,"qty":0.10000000},{"price":45283.4,"qty":1.54582015},
    {"price":45282.1,"qty":0.10000000},{"price":45281.0,"qty":0.10000000},
    {"price":45280.3,"qty":1.54592586},{"price":45279.0,"qty":0.07990000},
    {"price":45277.6,"qty":0.03310103},{"price":45277.5,"qty":0.30000000},
    {"price":45277.3,"qty":1.54602737},{"price":45276.6,"qty":0.15445238}],"asks":[
    {"price":45285.2,"qty":0.00100000},{"price":45286.4,"qty":1.54571953},
    {"price":45286.6,"qty":1.54571109},{"price":45289.6,"qty":1.54560911},
    {"price":45290.2,"qty":0.15890660},{"price":45291.8,"qty":1.54553491},
    {"price":45294.7,"qty":0.04454749},{"price":45296.1,"qty":0.35380000},
    {"price":45297.5,"qty":0.09945542},{"price":45299.5,"qty":0.18772827}],
    "checksum":3310070434}]})";

}  // namespace

TEST_CASE("streams that demand a key are not there", "[markets]") {
  for (const char* type : {"luno", "kalshi"}) {
    const auto dialect = make_market_dialect(type);
    CHECK(dialect->stream().url.empty());
    CHECK(dialect->open({"X"}, {}).error().message.find("API key") != std::string::npos);
  }
}

TEST_CASE("what is sent is JSON, and names each symbol", "[markets]") {
  for (const char* type : {"coinbase", "kraken", "bybit", "polymarket", "dydx"}) {
    INFO(type);
    const auto dialect = make_market_dialect(type);
    CHECK(dialect->stream().url.starts_with("wss://"));
    auto frames = dialect->subscribe({"AA", "BB"});
    const auto opening = dialect->open({"AA", "BB"}, {});
    REQUIRE(opening.ok());
    CHECK(opening->target.starts_with("/"));
    std::string all;
    for (const auto& f : frames) all += f;
    CHECK(all.find("AA") != std::string::npos);
    CHECK(all.find("BB") != std::string::npos);
    for (const auto& f : opening->frames) frames.push_back(f);
    for (const auto& f : dialect->resync("AA")) frames.push_back(f);
    for (const auto& f : frames) {
      INFO(f);
      CHECK(parse_json(f).ok());
    }
  }
}

TEST_CASE("Coinbase counts every message of a connection", "[markets]") {
  const auto r = make_market_dialect("coinbase")->reader();
  CHECK(read(*r, R"({"channel":"l2_data","client_id":"","timestamp":"2026-05-01T00:00:00Z",
        "sequence_num":0,"events":[{"type":"snapshot","product_id":"BTC-USD","updates":[
        {"side":"bid","event_time":"x","price_level":"100.50","new_quantity":"2"},
        {"side":"offer","event_time":"1970-01-01T00:00:00Z","price_level":"101","new_quantity":"1"}
        ]}]})") ==
        "BTC-USD [#0 begins]: subscribed\nBTC-USD [#0 begins]: book bids 100.5x2 asks 101x1");
  CHECK(read(*r, R"({"channel":"subscriptions","sequence_num":1,"events":[{"subscriptions":
        {"level2":["BTC-USD"]}}]})") == " [#1]: subscribed");
  CHECK(read(*r, R"({"channel":"l2_data","sequence_num":2,"events":[{"type":"update",
        "product_id":"BTC-USD","updates":[{"side":"offer","price_level":"101","new_quantity":"0"}]}
        ]})") == "BTC-USD [#2]: change bids asks 101x0");
  CHECK(read(*r, R"({"channel":"heartbeats","sequence_num":3,"events":[{"current_time":"x",
        "heartbeat_counter":"3049"}]})") == " [#3]: alive");
  CHECK(read(*r, R"({"type":"error","message":"failed to subscribe"})") ==
        ": refused Coinbase refuses: failed to subscribe");
  CHECK(read(*r, R"({"type":"error","message":"no","sequence_num":4})") ==
        " [#4]: refused Coinbase refuses: no");
  // That of the heartbeats, which are subscribed first, answers for no product.
  CHECK(read(*r, R"({"channel":"subscriptions","sequence_num":5,"events":[{"subscriptions":
        {"heartbeats":["heartbeats"]}}]})") == " [#5]: alive");
  for (const char* bad :
       {"", "{}", "[]", R"({"channel":"l2_data","sequence_num":4})",
        R"({"channel":"l2_data","events":[]})", R"({"channel":"heartbeats","sequence_num":-1})",
        R"({"channel":"l2_data","sequence_num":4,"events":[{"type":"update","product_id":"B",
            "updates":[{"side":"off","price_level":"1","new_quantity":"0"}]}]})",
        R"({"channel":"l2_data","sequence_num":4,"events":[{"type":"update","product_id":"B",
            "updates":[{"side":"bid","price_level":"NaN","new_quantity":"0"}]}]})"}) {
    INFO(bad);
    CHECK(read(*make_market_dialect("coinbase")->reader(), bad).starts_with("error"));
  }
}

TEST_CASE("Coinbase's refusal of one product is of that one alone", "[markets]") {
  const std::shared_ptr<const market_dialect> coinbase = make_market_dialect("coinbase");
  feed_state state(coinbase, {});
  const auto r = coinbase->reader();
  feed_time now{};
  feed_state::actions todo;
  const auto tell = [&](const std::string& frame) {
    std::string out;
    const auto told = state.on_frame(r->read(frame).value(), now);
    for (const auto& a : told) {
      const auto* sent = std::get_if<feed_state::send_frame>(&a);
      out += sent == nullptr ? "!" : sent->text.substr(sent->text.find("product_ids") + 13);
    }
    return out;
  };
  const auto book = [](const std::string& symbol, int number) {
    return R"({"channel":"l2_data","sequence_num":)" + std::to_string(number) +
           R"(,"events":[{"type":"snapshot","product_id":")" + symbol +
           R"(","updates":[{"side":"bid","price_level":"1","new_quantity":"1"},
             {"side":"offer","price_level":"2","new_quantity":"1"}]}]})";
  };
  for (const char* symbol : {"AA-USD", "BB-USD"}) state.want(symbol, now, todo);
  REQUIRE(state.on_open(now).size() == 1);
  CHECK(tell(R"({"channel":"subscriptions","sequence_num":0,"events":[{"subscriptions":
        {"heartbeats":["heartbeats"]}}]})")
            .empty());
  CHECK(tell(R"({"type":"error","message":"no such product"})") == R"(["AA-USD"]})");
  CHECK(tell(R"({"type":"error","message":"no such product"})") == R"(["BB-USD"]})");
  CHECK(tell(book("BB-USD", 1)).empty());
  CHECK(tell(R"({"channel":"subscriptions","sequence_num":2,"events":[{"subscriptions":
        {"heartbeats":["heartbeats"],"level2":["BB-USD"]}}]})")
            .empty());
  CHECK(state.phase("AA-USD", now) == feed_phase::refused);
  CHECK(state.phase("BB-USD", now) == feed_phase::live);
  now.steady += std::chrono::seconds(30);
  CHECK(state.tick(now).empty());
  CHECK(!coinbase->streams("BTC-USDC"));
  for (const char* own : {"BTC-USD", "USDT-USDC", "EURC-USDC"}) CHECK(coinbase->streams(own));
}

TEST_CASE("dYdX brings a new book of one market, and leaves the others", "[markets]") {
  const auto frames = make_market_dialect("dydx")->resync("AA-USD");
  REQUIRE(frames.size() == 2);
  CHECK(frames[0] == R"({"type":"unsubscribe","channel":"v4_orderbook","id":"AA-USD"})");
  CHECK(frames[1] == R"({"type":"subscribe","channel":"v4_orderbook","id":"AA-USD"})");
}

TEST_CASE("Kraken's checksum is that of its document, and sees each digit", "[markets]") {
  const auto kraken = make_market_dialect("kraken");
  const auto r = kraken->reader();
  auto got = r->read(kraken_snapshot);
  if (!got.ok()) FAIL(got.error().to_string());
  REQUIRE(got->size() == 1);
  auto book = std::get<book_snapshot>(got->front().says);
  CHECK(book.checksum == 3'310'070'434U);
  CHECK(kraken->checksum(book.bids, book.asks) == 3'310'070'434U);
  CHECK(kraken->stream().window == 10);
  auto longer = book;
  longer.asks.push_back(longer.asks.front());
  CHECK(kraken->checksum(longer.bids, longer.asks) == 3'310'070'434U);
  --book.bids[3].price_digits;
  CHECK(kraken->checksum(book.bids, book.asks) != 3'310'070'434U);
  CHECK(kraken->checksum({}, {}) == 0);
}

TEST_CASE("Kraken's other words", "[markets]") {
  const auto r = make_market_dialect("kraken")->reader();
  CHECK(read(*r, R"({"channel":"book","type":"update","data":[{"symbol":"MATIC/USD",
        "bids":[{"price":0.5657,"qty":1098.3947}],"asks":[],"checksum":2114181697,
        "timestamp":"2023-10-06T17:35:55.440295Z"}]})") ==
        "MATIC/USD: change bids 0.5657x1098.3947 asks sum 2114181697");
  CHECK(read(*r, R"({"channel":"heartbeat"})") == ": alive");
  CHECK(read(*r, R"({"channel":"status","type":"update","data":[{"system":"online"}]})").empty());
  CHECK(read(*r, R"({"method":"subscribe","success":true,"result":{"channel":"book","depth":10,
        "snapshot":true,"symbol":"BTC/USD"},"time_in":"x","time_out":"y"})") ==
        "BTC/USD: subscribed");
  CHECK(read(*r, R"({"method":"subscribe","success":false,"symbol":"X/USD",
        "error":"Currency pair not supported X/USD"})") ==
        "X/USD: refused Kraken refuses: Currency pair not supported X/USD");
  CHECK(read(*r, R"({"method":"pong","time_in":"x","time_out":"y"})").empty());
  for (const char* bad : {"", "[", R"({"channel":"book","type":"update"})",
                          R"({"channel":"book","type":"update","data":[{"symbol":"A/B","bids":[],
                              "asks":[]}]})",
                          R"({"channel":"book","type":"update","data":[{"symbol":"A/B","asks":[],
                              "bids":[{"price":-1,"qty":1}],"checksum":1}]})"}) {
    INFO(bad);
    CHECK(read(*r, bad).starts_with("error"));
  }
}

TEST_CASE("an error quotes the frame that could not be read", "[markets]") {
  static_assert(!std::is_constructible_v<market_text::answer, std::string>);
  const auto got = make_market_dialect("kraken")->reader()->read(
      R"({"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":"none at all"}]})");
  REQUIRE(!got.ok());
  CHECK(got.error().where ==
        R"({"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":"none at all"}]})");
}

TEST_CASE("Bybit counts the updates of a book, and a snapshot begins anew", "[markets]") {
  const auto r = make_market_dialect("bybit")->reader();
  CHECK(read(*r, R"({"success":true,"ret_msg":"subscribe","conn_id":"c","req_id":"BTCUSDT",
        "op":"subscribe"})") == "BTCUSDT: subscribed");
  CHECK(read(*r, R"({"success":false,"ret_msg":"Invalid symbol :[orderbook.50.XUSDT]",
        "conn_id":"c","req_id":"XUSDT","op":"subscribe"})") ==
        "XUSDT: refused Bybit refuses: Invalid symbol :[orderbook.50.XUSDT]");
  CHECK(read(*r, R"({"success":true,"ret_msg":"pong","conn_id":"c","op":"ping"})").empty());
  CHECK(read(*r, R"({"topic":"orderbook.50.BTCUSDT","ts":1,"type":"snapshot","data":{"s":"BTCUSDT",
        "b":[["16493.50","0.006"]],"a":[["16611.00","0.029"]],"u":18521288,"seq":7961638724},
        "cts":1})") ==
        "BTCUSDT [BTCUSDT#18521288 begins]: book bids 16493.5x0.006 asks 16611x0.029");
  CHECK(read(*r, R"({"topic":"orderbook.50.BTCUSDT","ts":2,"type":"delta","data":{"s":"BTCUSDT",
        "b":[["16493.50","0"]],"a":[],"u":18521289,"seq":7961638725},"cts":2})") ==
        "BTCUSDT [BTCUSDT#18521289]: change bids 16493.5x0 asks");
  for (const char* bad : {"", "nonsense", R"({"topic":"orderbook.50.X","type":"delta"})",
                          R"({"topic":"orderbook.50.X","type":"delta","data":{"s":"X","b":[],
                              "a":[],"u":"x"}})",
                          R"({"topic":"orderbook.50.X","type":"delta","data":{"s":"X",
                              "b":[["1","-1"]],"a":[],"u":1}})"}) {
    INFO(bad);
    CHECK(read(*r, bad).starts_with("error"));
  }
}

TEST_CASE("Polymarket tells of whole books and of changes, of several tokens at once",
          "[markets]") {
  const auto r = make_market_dialect("polymarket")->reader();
  CHECK(read(*r, "PONG").empty());
  CHECK(read(*r, R"([{"event_type":"book","asset_id":"1","market":"0x","timestamp":"1","hash":"0x",
        "bids":[{"price":".48","size":"30"}],"asks":[{"price":".52","size":"25"}]}])") ==
        "1 at 1: book bids 0.48x30 asks 0.52x25");
  CHECK(read(*r, R"({"event_type":"price_change","market":"0x","timestamp":"2","price_changes":[
        {"asset_id":"1","price":"0.5","size":"200","side":"BUY","hash":"x","best_bid":"0.5",
         "best_ask":"1"},
        {"asset_id":"2","price":"0.5","size":"0","side":"SELL","hash":"y","best_bid":"0",
         "best_ask":"0.5"}]})") ==
        "1 at 2: change bids 0.5x200 asks best bid 0.5\n2 at 2: change bids asks 0.5x0\n"
        "1 at 2: change bids asks 0.52x0");
  CHECK(read(*r, R"({"event_type":"last_trade_price","asset_id":"1","price":"0.4"})").empty());
  for (const char* bad : {"", "x", R"({"event_type":"book","asset_id":"1","bids":[]})",
                          R"({"event_type":"book","asset_id":"1","asks":[],
                              "bids":[{"price":"1.2","size":"3"}]})",
                          R"({"event_type":"price_change","price_changes":[{"asset_id":"1",
                              "price":"0.5","size":"1","side":"HOLD"}]})"}) {
    INFO(bad);
    CHECK(read(*r, bad).starts_with("error"));
  }
}

TEST_CASE("a change of Polymarket's has its time, from which its way here is told; a book has not",
          "[markets]") {
  const auto r = make_market_dialect("polymarket")->reader();
  const auto book =
      r->read(R"({"event_type":"book","timestamp":"1000","asset_id":"7","bids":[{"price":"0.5",)"
              R"("size":"1"}],"asks":[]})");
  const auto change = r->read(
      R"({"event_type":"price_change","timestamp":"2500","price_changes":[
      {"asset_id":"7","price":"0.4","size":"1","side":"BUY","best_bid":"0.4","best_ask":"1"}]})");
  REQUIRE((book.ok() && change.ok()));
  REQUIRE(book->size() == 1);
  CHECK(!book->front().at);
  REQUIRE(change->size() == 2);
  for (const auto& u : *change) CHECK(u.at == timestamp(milliseconds(2'500)));
}

TEST_CASE("what Polymarket's best levels leave out of a book is gone", "[markets]") {
  const auto r = make_market_dialect("polymarket")->reader();
  const auto change = [&](const std::string& price, const std::string& best) {
    return read(*r, R"({"event_type":"price_change","price_changes":[{"asset_id":"1","side":"BUY",
        "size":"5","price":")" +
                        price + R"("})" + best + "]}");
  };
  const auto best = [](const char* bid, const char* ask) {
    return R"(,{"asset_id":"1","side":"BUY","size":"5","price":"0.10","best_bid":")" +
           std::string(bid) + R"(","best_ask":")" + ask + R"("})";
  };
  REQUIRE(!read(*r, R"({"event_type":"book","asset_id":"1","bids":[{"price":"0.48","size":"1"},
      {"price":"0.47","size":"1"},{"price":"0.46","size":"1"}],"asks":[{"price":"0.52","size":"1"},
      {"price":"0.53","size":"1"}]})")
               .starts_with("error"));
  const std::string two = "1: change bids 0.11x5 asks\n1: change bids 0.1x5 asks";
  CHECK(change("0.11", best("0.48", ".52")) == two + " best bid 0.48 best ask 0.52");
  CHECK(change("0.11", best("", "x")) == two);
  // What was lost there cannot be made up, and shows.
  CHECK(change("0.11", best("0.60", "0.40")) == two + " best bid 0.6 best ask 0.4");
  const std::string best_now = two + " best bid 0.46 best ask 0.53";
  CHECK(change("0.11", best(".46", "0.53")) ==
        best_now + "\n1: change bids 0.48x0 0.47x0 asks 0.52x0");
  CHECK(change("0.11", best("0.46", "0.53")) == best_now);
  CHECK(change("0.11", best("0", "1")) == two + "\n1: change bids 0.46x0 0.11x0 0.1x0 asks 0.53x0");
}

TEST_CASE("dYdX counts every message of a connection", "[markets]") {
  const auto r = make_market_dialect("dydx")->reader();
  CHECK(read(*r, R"({"type":"connected","connection_id":"c","message_id":0})") ==
        " [#0 begins]: alive");
  CHECK(read(*r, R"({"type":"subscribed","connection_id":"c","message_id":1,
        "channel":"v4_orderbook","id":"BTC-USD","contents":{"bids":[{"price":"100","size":"2"}],
        "asks":[{"price":"101","size":"1"}]}})") == "BTC-USD [#1]: book bids 100x2 asks 101x1");
  CHECK(read(*r, R"({"type":"channel_data","connection_id":"c","message_id":2,"id":"BTC-USD",
        "channel":"v4_orderbook","version":"1.0.0","contents":{"asks":[["101","0"]]}})") ==
        "BTC-USD [#2]: change bids asks 101x0");
  CHECK(read(*r, R"({"type":"channel_batch_data","connection_id":"c","message_id":3,"id":"BTC-USD",
        "channel":"v4_orderbook","version":"1.0.0","contents":[{"bids":[["99","5"]]},
        {"asks":[["102","1"]]}]})") ==
        "BTC-USD [#3]: change bids 99x5 asks\nBTC-USD [#3]: change bids asks 102x1");
  CHECK(read(*r, R"({"type":"error","message":"Invalid subscription id for channel",
        "connection_id":"c","message_id":4,"id":"X-USD","channel":"v4_orderbook"})") ==
        "X-USD [#4]: refused dYdX refuses: Invalid subscription id for channel");
  for (const char* bad : {"", "{}", R"({"type":"channel_data","id":"X"})",
                          R"({"type":"subscribed","message_id":1,"id":"X","contents":{}})",
                          R"({"type":"channel_data","message_id":1,"id":"X",
                              "contents":{"bids":[["0","1"]]}})"}) {
    INFO(bad);
    CHECK(read(*r, bad).starts_with("error"));
  }
}
