// A Binance adapter with streams against a venue that does as it is told, over real sockets.
#include "net/venues/market_feed.hpp"

#include <atomic>

#include "net/venues/binance_dialect.hpp"
#include "net/venues/stream_url.hpp"
#include "tests/net/binance_fixture.hpp"
#include "tests/net/fixed_clock.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/net/scripted_streams.hpp"

namespace pitwall {

using test::http_answer;

namespace {

std::string depth(int first, int last, const char* bid, const char* ask) {
  return R"({"e":"depthUpdate","s":"BTCUSDT","U":)" + std::to_string(first) + R"(,"u":)" +
         std::to_string(last) + R"(,"b":[[")" + bid + R"(","1"]],"a":[[")" + ask + R"(","1"]]})";
}
std::string ticker(int number, const char* bid, const char* ask) {
  return R"({"u":)" + std::to_string(number) + R"(,"s":"BTCUSDT","b":")" + bid +
         R"(","B":"1","a":")" + ask + R"(","A":"1"})";
}

struct streamed {
  explicit streamed(milliseconds stale_after = milliseconds(60'000)) {
    binance_options o;
    o.url = server.url();
    o.stream = true;
    o.stale_after = stale_after;
    auto opened =
        binance_venue::open(o, std::make_shared<order_gate>(),
                            std::make_shared<test::fixed_clock>(system_wall_clock().now()));
    REQUIRE(opened.ok());
    venue = *opened;
  }
  ~streamed() { venue->stop(); }

  std::optional<std::string> answer(const std::string& target) {
    if (target.starts_with("/api/v3/time")) return http_answer(200, R"({"serverTime":1})");
    if (target.starts_with("/api/v3/exchangeInfo")) return http_answer(400, "{}");
    if (down) return http_answer(down, "{}", "Retry-After: 7\r\n");
    if (target.find("limit=100") != std::string::npos) {
      const auto number = std::to_string(snapshot.load());
      return http_answer(
          200, R"({"lastUpdateId":)" + number + R"(,"bids":[["100","1"]],"asks":[["102","1"]]})");
    }
    if (target.starts_with("/api/v3/depth"))
      return http_answer(200, R"({"lastUpdateId":1,"bids":[],"asks":[]})");
    return http_answer(200, R"({"bidPrice":"1","askPrice":"3","bidQty":"1","askQty":"1"})");
  }
  result<market_data> fetch(const std::string& symbol = "BTC/USDT", bool book = false) {
    test::awaited<result<market_data>> out;
    market_request r;
    r.symbol = symbol;
    r.book = book;
    r.balance = false;
    venue->fetch_market(r, out.completion());
    return out.get();
  }
  std::string price() {
    const auto got = fetch();
    return got.ok() ? got->price_feed.as_number().to_string() : got.error().to_string();
  }
  /// Until it is that; what it was at last.
  template <class Ask>
  std::string await(const std::string& wanted, Ask ask) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(15);
    std::string is = ask();
    while (is != wanted && std::chrono::steady_clock::now() < until) is = ask();
    return is;
  }
  std::string await_price(const std::string& wanted) {
    return await(wanted, [this] { return price(); });
  }
  std::string await_live(std::size_t n) {
    return await(std::to_string(n), [this] { return std::to_string(venue->feed()->live); });
  }

  std::atomic<unsigned> down = 0;
  std::atomic<int> snapshot = 10;
  test::scripted_streams server{{[this](const std::string& t) { return answer(t); },
                                 {},
                                 [](const std::string& f) {
                                   return std::vector<std::string>{
                                       f.find("nono@") == std::string::npos
                                           ? R"({"result":null,"id":1})"
                                           : R"({"code":2,"msg":"no such stream","id":1})"};
                                 }}};
  std::shared_ptr<binance_venue> venue;
};

}  // namespace

TEST_CASE("the first fetch is REST's and subscribes, the next ones are the feed's",
          "[market_feed]") {
  streamed x;
  CHECK(x.price() == "2");
  CHECK(x.server.await_frame("btcusdt@depth@100ms"));
  CHECK(x.await_live(1) == "1");
  CHECK(x.price() == "101");
  const auto asked = x.server.targets().size();
  x.server.tell(depth(9, 12, "101", "103"));
  CHECK(x.await_price("101.5") == "101.5");  // 101 and 102
  x.server.tell(ticker(13, "110", "112"));
  CHECK(x.await_price("111") == "111");
  const auto both = x.fetch("BTC/USDT", true);
  REQUIRE(both.ok());
  CHECK(both->orderbook.find("bids")->as_list().size() == 2);
  CHECK(both->observed_at <= system_wall_clock().now());
  CHECK(x.server.targets().size() == asked);
  const auto health = *x.venue->feed();
  CHECK(health.connections == 1);
  CHECK(health.open == 1);
  CHECK(health.symbols == 1);
  CHECK(health.gaps == 0);
}

TEST_CASE("after a gap the price is REST's until a new book is there", "[market_feed]") {
  streamed x;
  x.price();
  CHECK(x.await_live(1) == "1");
  x.snapshot = 5;  // Older than what comes: it joins nothing.
  x.server.tell(depth(20, 21, "100.5", "102"));
  CHECK(x.await_price("2") == "2");
  CHECK(x.venue->feed()->gaps >= 1);
  REQUIRE(x.server.await_request("limit=100", 2));
  x.snapshot = 20;
  CHECK(x.await_price("101.25") == "101.25");
  CHECK(x.venue->feed()->reconnects == 0);
}

TEST_CASE("a connection that is lost comes back with its symbols and new books", "[market_feed]") {
  streamed x;
  x.price();
  CHECK(x.await_live(1) == "1");
  x.snapshot = 50;
  x.server.cut();
  CHECK(x.await_live(0) == "0");
  CHECK(x.price() == "2");
  REQUIRE(x.server.await_sockets(2));
  CHECK(x.server.await_frame("btcusdt@depth@100ms", 2));
  CHECK(x.await_live(1) == "1");
  x.server.tell(depth(12, 49, "1", "2"));  // Of before.
  x.server.tell(depth(51, 52, "101", "102"));
  CHECK(x.await_price("101.5") == "101.5");
  CHECK(x.venue->feed()->reconnects == 1);
}

TEST_CASE("where the feed is stale and REST fails, both reasons are told", "[market_feed]") {
  streamed x(milliseconds(300));
  x.price();
  CHECK(x.await("yes", [&] { return x.venue->feed()->last_news ? "yes" : "no"; }) == "yes");
  CHECK(x.await_live(0) == "0");
  CHECK(x.price() == "2");
  x.down = 503;
  const auto failed = x.fetch();
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == errc::unavailable);
  CHECK(failed.error().message.find("the venue answered 503") != std::string::npos);
  CHECK(failed.error().message.find("the feed has told nothing new for") != std::string::npos);
  x.down = 429;
  const auto busy = x.fetch();
  REQUIRE_FALSE(busy.ok());
  CHECK(busy.error().code == errc::resource_exhausted);
  CHECK(busy.error().retry_after_ms == 7'000);
  CHECK(busy.error().message.find("the feed has told nothing new for") != std::string::npos);
  int last = 10;
  const auto news = [&] {
    ++last;
    x.server.tell(depth(last, last, "101", "103"));
    return x.price();
  };
  CHECK(x.await("101.5", news) == "101.5");
}

TEST_CASE("a symbol that the stream refuses is asked for by REST", "[market_feed]") {
  streamed x;
  CHECK(x.price() == "2");
  CHECK(x.fetch("NONO").ok());
  CHECK(x.await_live(1) == "1");
  CHECK(x.server.await_frame(R"(["nono@bookTicker","nono@depth@100ms"])"));
  CHECK(x.price() == "101");
  CHECK(x.fetch("NONO")->price_feed.as_number() == decimal(2));
}

TEST_CASE("a feed has room for so many symbols", "[market_feed]") {
  test::scripted_streams server({{}, {}, {}});
  const auto dialect = std::make_shared<binance_dialect>();
  auto home = std::make_shared<io_thread>();
  market_feed_options o;
  o.name = "few";
  o.socket = find_streams(*dialect, server.url(), {}).value();
  o.max_symbols = 2;
  const auto feed = market_feed::open(
      home, dialect, o, [](const std::string&, const auto&) {},
      std::make_shared<system_wall_clock>());
  CHECK(feed->latest("A", true, false).error().code == errc::unavailable);
  CHECK(feed->latest("B", true, false).error().code == errc::unavailable);
  const auto third = feed->latest("C", true, false);
  REQUIRE_FALSE(third.ok());
  CHECK(third.error().code == errc::resource_exhausted);
  feed->stop();
  CHECK(feed->latest("A", true, false).error().message == "the feed is closing");
  home->stop();
}

TEST_CASE("a venue's further hosts have their streams where it says, or nowhere", "[market_feed]") {
  const binance_dialect d;
  const auto at = [&](const std::string& rest) {
    const auto found = find_streams(d, rest, {});
    return found.ok() ? found->host : found.error().where + ": " + found.error().message;
  };
  CHECK(at("https://api3.binance.com") == "stream.binance.com:9443");
  CHECK(at("https://API-GCP.Binance.com") == "stream.binance.com:9443");
  CHECK(at("https://data-api.binance.vision") == "data-stream.binance.vision");
  CHECK(at("https://testnet.binance.vision") == "stream.testnet.binance.vision");
  CHECK(at("https://api.binance.us") == "stream.binance.us:9443");
  CHECK(at("https://api.bybit.eu") == "stream.bybit.eu");
  CHECK(at("https://api9.binance.com") ==
        "https://api9.binance.com: it is not known where api9.binance.com has its streams");
  CHECK(at("https://notbinance.com") == "notbinance.com");
}

TEST_CASE("streams are beside REST, save for the venue's own address", "[market_feed]") {
  const binance_dialect d;
  const auto own = find_streams(d, "https://api.binance.com", {});
  REQUIRE(own.ok());
  CHECK(own->host == "stream.binance.com:9443");
  CHECK(own->at.trust != nullptr);
  CHECK(find_streams(d, "", {})->at.port == 9'443);
  const auto other = find_streams(d, "http://127.0.0.1:8080", {});
  REQUIRE(other.ok());
  CHECK(other->host == "127.0.0.1:8080");
  CHECK(other->at.trust == nullptr);
  CHECK_FALSE(find_streams(d, "nonsense", {}).ok());
}

}  // namespace pitwall
