// The Binance adapter's user data stream: against a venue that does as it is told, and against the
// paper exchange.
#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "net/exchange/server.hpp"
#include "net/venues/binance_messages.hpp"
#include "tests/net/binance_fixture.hpp"
#include "tests/net/hub_fixture.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/net/scripted_streams.hpp"
#include "tests/support/exchange_client.hpp"

namespace pitwall {

using test::http_answer;

namespace {

std::string execution(const char* what, const char* status, const char* now, const char* all,
                      const char* id = "o1") {
  return std::string(R"({"e":"executionReport","E":1,"s":"BTCUSDT","c":")") + id +
         R"(","C":"","S":"BUY",)" + R"("o":"LIMIT","q":"3","i":7,"x":")" + what + R"(","X":")" +
         status + R"(","l":")" + now + R"(","z":")" + all +
         R"(","L":"100","n":"0","N":"USDT","t":1})";
}

std::string order(const char* status, const char* executed, const char* id = "o1") {
  return std::string(R"({"symbol":"BTCUSDT","orderId":7,"clientOrderId":")") + id +
         R"(","origQty":"3",)" + R"("status":")" + status + R"(","executedQty":")" + executed +
         R"(","fills":[]})";
}

struct told_venue {
  explicit told_venue(milliseconds keep = milliseconds(1'800'000),
                      const std::function<void(binance_options&)>& change = {}) {
    binance_options o;
    o.url = server.url();
    o.stream = true;
    o.key = api_key{"key", "secret"};
    o.poll_interval = milliseconds(20);
    o.polls_passed_over = 1'000'000;  // What is told, the stream tells.
    o.poll_units_a_second = 1'000'000;
    o.keep_listen_key = keep;
    if (change) change(o);
    auto opened = binance_venue::open(o, gate, std::make_shared<system_wall_clock>());
    REQUIRE(opened.ok());
    venue = *opened;
    venue->on_report(told.listener());
    gate->publish(std::make_shared<emergency_book>(book));
  }
  ~told_venue() { venue->stop(); }

  std::optional<std::string> answer(const std::string& target) {
    if (target.starts_with("/api/v3/time")) return http_answer(200, R"({"serverTime":1})");
    if (target.starts_with("/api/v3/userDataStream")) {
      if (gone) return http_answer(410, "<html>Gone</html>");
      if (key_lost) return http_answer(400, R"({"code":-1125,"msg":"no such listenKey"})");
      return http_answer(200, R"({"listenKey":"k1"})");
    }
    if (target.starts_with("/api/v3/myTrades"))
      return http_answer(200, R"([{"id":1,"price":"90","qty":"2","commission":"0",)"
                              R"("commissionAsset":"USDT"}])");
    if (target.starts_with("/api/v3/openOrders"))
      return http_answer(
          200, "[" + order("NEW", "0", "o0") + "," +
                   (asked_after_loss ? order("PARTIALLY_FILLED", "2") : order("NEW", "0")) + "]");
    if (holds && target.find("ClientOrderId=o1") != std::string::npos) return std::nullopt;
    if (holds_new && target.find("newClientOrderId=o1") != std::string::npos) return std::nullopt;
    if (canceled && target.find("rigClientOrderId=o1") != std::string::npos)
      return http_answer(200, order("CANCELED", "0"));
    if (target.find("lientOrderId=o0") != std::string::npos) {
      return http_answer(200, order("NEW", "0", "o0"));
    }
    if (target.find("origClientOrderId") != std::string::npos) {
      if (failing > 0 && failing-- > 0) return http_answer(503, "busy");
      return http_answer(200,
                         asked_after_loss ? order("PARTIALLY_FILLED", "2") : order("NEW", "0"));
    }
    return http_answer(200, order("NEW", "0"));
  }
  bool await_stream(bool open) const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(15);
    while (venue->streams_orders() != open)
      if (std::chrono::steady_clock::now() > until) return false;
    return true;
  }
  test::awaited<order_report> send(const char* id = "o1") {
    test::awaited<order_report> out;
    venue->submit(id, test::make_order(order_side::buy, order_kind::limit, "3", "100"),
                  book.grant("binance", "b", "s"), out.completion());
    return out;
  }
  void buy(const char* id = "o1") { CHECK(send(id).get().state == order_state::accepted); }

  std::atomic<bool> key_lost = false, gone = false, asked_after_loss = false, holds = false;
  std::atomic<bool> holds_new = false, canceled = false;
  std::atomic<int> failing = 0;
  test::scripted_streams server{{[this](const std::string& t) { return answer(t); }, {}, {}}};
  std::shared_ptr<order_gate> gate = std::make_shared<order_gate>();
  emergency_book book;
  test::told_reports told;
  std::shared_ptr<binance_venue> venue;
};

}  // namespace

TEST_CASE("orders' fates come by the WebSocket API where a venue has that", "[binance_streams]") {
  std::atomic<bool> refuses = false;
  test::scripted_streams api{{{},
                              [](const std::string& target) -> std::optional<std::string> {
                                if (target == "/ws-api/v3") return std::nullopt;
                                return http_answer(404, "");
                              },
                              [&refuses](const std::string&) {
                                return std::vector<std::string>{
                                    refuses ? R"({"id":1,"status":401,"error":{"code":-2015,)"
                                              R"("msg":"no such key"}})"
                                            : R"({"id":1,"status":200,)"
                                              R"("result":{"subscriptionId":0}})"};
                              }}};
  told_venue x(milliseconds(1'800'000),
               [&](binance_options& o) { o.ws_api = "ws" + api.url().substr(4); });
  const auto wrapped = [](const std::string& event) {
    return R"({"subscriptionId":0,"event":)" + event + "}";
  };
  REQUIRE(x.await_stream(true));
  CHECK(api.frames().front().starts_with(
      R"({"id":1,"method":"userDataStream.subscribe.signature","params":{"apiKey":"key",)"));
  x.buy();
  api.tell(wrapped(execution("TRADE", "PARTIALLY_FILLED", "1", "1")));
  CHECK(x.told.await(1).filled_quantity() == decimal(1));
  api.tell(R"({"event":{"e":"eventStreamTerminated","E":1}})");
  REQUIRE(api.await_frame("userDataStream.subscribe.signature", 2));
  REQUIRE(x.await_stream(true));
  api.tell(wrapped(execution("TRADE", "FILLED", "2", "3")));
  CHECK(x.told.await(2).state == order_state::filled);
  refuses = true;
  api.cut();
  REQUIRE(api.await_frame("userDataStream.subscribe.signature", 4));
  CHECK_FALSE(x.venue->streams_orders());
  CHECK(x.venue->feed()->orders_error.find("-2015 no such key") != std::string::npos);
  for (const auto& target : x.server.targets()) {
    CHECK(target.find("userDataStream") == std::string::npos);
  }
}

TEST_CASE("fills are told as the stream tells them", "[binance_streams]") {
  told_venue x;
  REQUIRE(x.await_stream(true));
  x.buy();
  x.server.tell(execution("NEW", "NEW", "0", "0"));
  x.server.tell(execution("TRADE", "PARTIALLY_FILLED", "1", "1"));
  x.server.tell(execution("TRADE", "PARTIALLY_FILLED", "1", "1"));
  const auto first = x.told.await(1);
  CHECK(first.state == order_state::partially_filled);
  CHECK(first.filled_quantity() == decimal(1));
  x.server.tell(execution("TRADE", "FILLED", "2", "3"));
  const auto last = x.told.await(2);
  CHECK(last.state == order_state::filled);
  CHECK(last.fills.size() == 2);
  CHECK(x.told.count() == 2);
}

TEST_CASE("fills that the stream tells before the order is answered are not lost",
          "[binance_streams]") {
  told_venue x;
  REQUIRE(x.await_stream(true));
  x.buy("o0");
  x.holds = true;
  test::awaited<order_report> sent;
  test::awaited<result<order_report>> asked;
  const bool by_query = GENERATE(false, true);
  if (by_query) {
    x.venue->query("o1", test::make_order(order_side::buy, order_kind::limit, "3", "100"),
                   asked.completion());
    REQUIRE(x.server.await_request("origClientOrderId=o1"));
  } else {
    sent = x.send();
    REQUIRE(x.server.await_request("newClientOrderId=o1"));
  }
  x.server.tell(execution("NEW", "NEW", "0", "0"));
  x.server.tell(execution("TRADE", "PARTIALLY_FILLED", "1", "1"));
  x.server.tell(execution("TRADE", "FILLED", "2", "3"));
  // Once this one is told, the adapter has heard those before it.
  x.server.tell(execution("TRADE", "FILLED", "3", "3", "o0"));
  CHECK(x.told.await(1).client_order_id == "o0");
  x.server.answer_held(http_answer(200, order("NEW", "0")));
  if (by_query) {
    CHECK(asked.get()->state == order_state::accepted);
  } else {
    CHECK(sent.get().state == order_state::accepted);
  }
  CHECK(x.told.await(2).state == order_state::partially_filled);
  const auto last = x.told.await(3);
  CHECK(last.client_order_id == "o1");
  CHECK(last.state == order_state::filled);
  CHECK(last.fills.size() == 2);
}

TEST_CASE("an order that is over before its answer is lost is listed no longer",
          "[binance_streams]") {
  told_venue x;
  REQUIRE(x.await_stream(true));
  x.holds_new = x.canceled = true;
  auto sent = x.send();
  REQUIRE(x.server.await_request("newClientOrderId=o1"));
  CHECK(x.venue->unanswered() == std::vector<std::string>{"o1"});
  test::awaited<result<cancel_report>> gone;
  x.venue->cancel({"binance", {}}, {"o1"}, gone.completion());
  CHECK(gone.get().ok());
  CHECK(x.told.await(1).state == order_state::canceled);
  x.server.answer_held(http_answer(503, "busy"));
  CHECK(sent.get().state == order_state::in_doubt);
  // Nobody will ask for it: its end was told.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(15);
  while (!x.venue->unanswered().empty() && std::chrono::steady_clock::now() < until) {
  }
  CHECK(x.venue->unanswered().empty());
}

TEST_CASE("a question that failed is asked again, stream or not", "[binance_streams]") {
  told_venue x;
  REQUIRE(x.await_stream(true));
  x.buy();
  x.asked_after_loss = true;
  x.failing = 3;
  x.server.cut();
  CHECK(x.told.await(1).filled_quantity() == decimal(2));
  CHECK(x.failing == 0);
}

TEST_CASE("an order stream that cannot be had says so", "[binance_streams]") {
  std::mutex guard;
  std::vector<std::string> warned;
  told_venue x(milliseconds(1'800'000), [&](binance_options& o) {
    o.warn = [&](const std::string& text) {
      const std::lock_guard lock(guard);
      warned.push_back(text);
    };
  });
  REQUIRE(x.await_stream(true));
  CHECK(x.venue->feed()->orders_error.empty());
  x.gone = true;
  x.server.cut();
  REQUIRE(x.server.await_request("POST /api/v3/userDataStream", 3));
  CHECK(x.venue->feed()->orders_error.find("410") != std::string::npos);
  CHECK_FALSE(x.venue->streams_orders());
  x.gone = false;
  REQUIRE(x.await_stream(true));
  CHECK(x.venue->feed()->orders_error.empty());
  const std::lock_guard lock(guard);
  const auto told = [](const std::string& w) { return w.find("410") != std::string::npos; };
  CHECK(std::ranges::count_if(warned, told) == 1);
}

TEST_CASE("what the stream has lost is asked for", "[binance_streams]") {
  told_venue x;
  REQUIRE(x.await_stream(true));
  x.buy();
  x.asked_after_loss = true;
  x.server.tell(execution("TRADE", "PARTIALLY_FILLED", "1", "2"));
  const auto report = x.told.await(1);
  CHECK(report.filled_quantity() == decimal(2));
  CHECK(report.fills.front().price == decimal(90));
}

TEST_CASE("a stream that is opened again asks for every open order", "[binance_streams]") {
  told_venue x;
  REQUIRE(x.await_stream(true));
  x.buy();
  x.asked_after_loss = true;
  x.server.cut();
  const auto report = x.told.await(1);
  CHECK(report.filled_quantity() == decimal(2));
  CHECK(x.await_stream(true));
  CHECK(x.server.await_request("POST /api/v3/userDataStream", 2));
}

TEST_CASE("the listen key is kept, and replaced where it is lost", "[binance_streams]") {
  told_venue x(milliseconds(30));
  REQUIRE(x.await_stream(true));
  CHECK(x.server.await_request("PUT /api/v3/userDataStream?listenKey=k1", 2));
  CHECK(x.server.await_request("POST /api/v3/userDataStream", 1));
  x.key_lost = true;
  CHECK(x.await_stream(false));
  x.key_lost = false;
  CHECK(x.await_stream(true));
  REQUIRE(x.server.await_sockets(2));  // The server knows of it a moment later.
  x.server.tell(R"({"e":"listenKeyExpired","listenKey":"k1"})");
  CHECK(x.server.await_closed(2));
  CHECK(x.await_stream(true));
}

namespace {

/// The paper exchange, and an adapter with streams.
struct paper_streams {
  paper_streams() {
    sim::exchange_options e;
    e.floor = sim::hub_fixture::options_of(7, false);
    e.api.rates = {1'000'000'000, 1'000'000'000, 1'000'000'000};
    e.clock = std::make_shared<system_wall_clock>();
    e.log = std::make_shared<quiet>();
    auto opened = sim::exchange_server::open(std::move(e), {});
    REQUIRE(opened.ok());
    server = std::move(*opened);
    binance_options o;
    o.url = "http://127.0.0.1:" + std::to_string(server->port());
    o.stream = true;
    o.key = api_key{"any", "any"};
    o.recv_window = milliseconds(20'000);
    o.polls_passed_over = 1'000'000;
    gate->publish(std::make_shared<emergency_book>(book));
    venue = binance_venue::open(o, gate, std::make_shared<system_wall_clock>()).value();
    venue->on_report(told.listener());
  }
  ~paper_streams() { venue->stop(); }

  result<market_data> fetch() const {
    test::awaited<result<market_data>> out;
    market_request r;
    r.symbol = "BTC/USDT";
    r.balance = false;
    venue->fetch_market(r, out.completion());
    return out.get();
  }
  test::wire_answer ask(const std::string& head, const std::string& body = {}) const {
    return test::ask_port(server->port(),
                          head + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
                              std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  template <class Reached>
  bool await(Reached reached) const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!reached())
      if (std::chrono::steady_clock::now() > until) return false;
    return true;
  }
  bool await_live() const {
    return await([&] {
      const auto got = fetch();
      return got.ok() && venue->feed()->live == 1 && venue->streams_orders();
    });
  }

  struct quiet final : log_port {
    void write(log_level, std::string_view, std::string_view, const log_context&) override {}
  };
  std::unique_ptr<sim::exchange_server> server;
  std::shared_ptr<order_gate> gate = std::make_shared<order_gate>();
  emergency_book book;
  test::told_reports told;
  std::shared_ptr<binance_venue> venue;
};

}  // namespace

TEST_CASE("what happens to an order at the paper exchange comes by its stream",
          "[binance_streams]") {
  paper_streams x;
  REQUIRE(x.await_live());
  // Far below the price: it rests, until somebody else cancels it.
  test::awaited<order_report> out;
  x.venue->submit("rests", test::make_order(order_side::buy, order_kind::limit, "0.01", "1000"),
                  x.book.grant("binance", "b", "s"), out.completion());
  const auto placed = out.get();
  INFO(placed.reason);
  REQUIRE(placed.state == order_state::accepted);
  x.ask("DELETE /api/v3/order?symbol=BTCUSDT&origClientOrderId=rests&timestamp=" +
        std::to_string(test::wall_ms()));
  const auto report = x.told.await(1);
  CHECK(report.client_order_id == "rests");
  CHECK(report.state == order_state::canceled);
}

TEST_CASE("whatever the paper exchange's streams lose, the book in the end is its own",
          "[binance_streams]") {
  paper_streams x;
  REQUIRE(x.await_live());
  REQUIRE(x.ask("POST /sim/faults", R"({"stream_gap_rate":0.3,"seed":4})").status == 200);
  CHECK(x.await([&] { return x.venue->feed()->gaps >= 3; }));
  REQUIRE(x.ask("POST /sim/faults", R"({"stream_gap_rate":0,"stale_prices":true})").status == 200);
  // From now on the market that is shown stands still.
  const auto depth = x.ask("GET /api/v3/depth?symbol=BTCUSDT&limit=10");
  REQUIRE(depth.status == 200);
  const auto wanted = binance::parse_depth(depth.body, {}).value();
  const auto same = [&](const char* side, const value& is) {
    return to_json(*wanted.find(side)) == to_json(*is.find(side));
  };
  std::string last;
  CHECK(x.await([&] {
    // Else REST has answered.
    if (x.venue->feed()->live == 0) return false;
    const auto got = x.fetch();
    if (x.venue->feed()->live == 0 || !got.ok()) return false;
    last = to_json(got->orderbook);
    return same("bids", got->orderbook) && same("asks", got->orderbook);
  }));
  INFO(last << " instead of " << depth.body);
  CHECK(x.venue->feed()->live == 1);
}

}  // namespace pitwall
