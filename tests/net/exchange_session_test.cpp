// Streams of the exchange over real sockets.
#include <future>
#include <map>
#include <random>

#include "net/exchange/server.hpp"
#include "tests/net/hub_fixture.hpp"
#include "tests/net/stream_client.hpp"
#include "tests/support/exchange_client.hpp"

namespace pitwall::sim {
namespace {

using test::ask_port;
using test::stream_client;

struct memory_log final : log_port {
  void write(log_level, std::string_view, std::string_view text, const log_context&) override {
    if (text.find("did not read") != std::string_view::npos) unread = true;
  }
  std::atomic<bool> unread = false;
};

struct server_fixture {
  explicit server_fixture(stream_bounds bounds = {},
                          std::function<status(std::string_view)> commit = {}) {
    exchange_options o;
    o.floor = hub_fixture::options_of(7, false);
    o.api.rates = {1'000'000'000, 1'000'000'000, 1'000'000'000};
    o.streams = bounds;
    o.clock = std::make_shared<system_wall_clock>();
    o.log = log;
    o.commit = std::move(commit);
    auto opened = exchange_server::open(std::move(o), {});
    if (!opened.ok()) FAIL(opened.error().to_string());
    server = std::move(*opened);
  }

  test::wire_answer ask(const std::string& method, const std::string& path, std::string query = {},
                        const std::string& body = {}) const {
    if (path != "/sim/faults") {
      query += (query.empty() ? "timestamp=" : "&timestamp=") + std::to_string(test::wall_ms());
    }
    return ask_port(server->port(), method + " " + path + "?" + query +
                                        " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                                        "Content-Length: " +
                                        std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  test::wire_answer faults(const std::string& json) const {
    return ask("POST", "/sim/faults", {}, json);
  }
  std::int64_t bid() const {
    const auto best = ask("GET", "/api/v3/ticker/bookTicker", "symbol=BTCUSDT").at("bidPrice");
    return decimal::parse(best).value().round(0).to_int().value();
  }
  stream_client open(const std::string& target) const {
    return stream_client(server->port(), target);
  }

  std::shared_ptr<memory_log> log = std::make_shared<memory_log>();
  std::unique_ptr<exchange_server> server;
};

}  // namespace

TEST_CASE("streams are spoken on the port of the REST part") {
  server_fixture x;
  auto raw = x.open("/ws/btcusdt@bookTicker");
  REQUIRE(raw.connected());
  CHECK(text_at(raw.hear_json(), "s") == "BTCUSDT");
  auto both = x.open("/stream?streams=btcusdt@depth5@100ms/ethusdt@bookTicker");
  REQUIRE(both.connected());
  std::map<std::string, std::size_t> seen;
  while (seen.size() < 2) {
    const auto v = both.hear_json();
    REQUIRE(v.find("data") != nullptr);
    ++seen[text_at(v, "stream")];
  }
  CHECK(seen.contains("btcusdt@depth5@100ms"));
  // Nothing yet, then what is asked for, then no more of it.
  auto bare = x.open("/ws");
  REQUIRE(bare.connected());
  bare.say(R"({"method":"SUBSCRIBE","params":["btcusdt@bookTicker"],"id":1})");
  CHECK(bare.hear() == R"({"result":null,"id":1})");
  CHECK(text_at(bare.hear_json(), "s") == "BTCUSDT");
  bare.say(R"({"method":"UNSUBSCRIBE","params":["btcusdt@bookTicker"],"id":2})");
  bare.say(R"({"method":"LIST_SUBSCRIPTIONS","id":3})");
  while (true) {
    const auto v = bare.hear_json();
    if (v.find("result") == nullptr) continue;
    if (number_at(v, "id") == 3) break;
  }
  bare.say(R"({"method":"SUBSCRIBE"})");
  CHECK(number_at(bare.hear_json(), "code") == 2);
}

TEST_CASE("a handshake to what is not there is refused, with the reason") {
  server_fixture x;
  auto unknown = x.open("/ws/btcusdt@nothing");
  CHECK_FALSE(unknown.connected());
  CHECK(unknown.status() == 400);
  CHECK(x.open("/ws/abcdef@trade").status() == 400);
  auto key = x.open("/ws/" + std::string(64, 'k'));
  CHECK(key.status() == 400);
  CHECK(key.body().find("-1125") != std::string::npos);
  CHECK(x.open("/elsewhere").status() == 404);
  REQUIRE(x.faults(R"({"error_rate":1})").status == 200);
  CHECK(x.open("/ws").status() == 503);
  REQUIRE(x.faults(R"({"error_rate":0,"disconnect_rate":1})").status == 200);
  auto cut = x.open("/ws");
  CHECK(cut.failure == boost::beast::http::error::end_of_stream);
}

TEST_CASE("over sockets, too, a book is kept from updates and a snapshot") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  server_fixture x;
  auto stream = x.open("/ws/btcusdt@depth@100ms");
  REQUIRE(stream.connected());
  local_book book;
  book.take(stream.hear_json());
  const auto depth = [&] {
    return x.ask("GET", "/api/v3/depth", "symbol=BTCUSDT&limit=5000").json();
  };
  while (!book.begin(depth())) {
  }
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 20; ++i) {
      const auto r = random_order(random, x.bid());
      x.ask(r.method, r.path, r.query);
      if (i % 5 == 0) book.take(stream.hear_json());
    }
    // Quiet: the market stands still, and what was before is on its way.
    REQUIRE(x.faults(R"({"stale_prices":true})").status == 200);
    const auto truth = depth();
    while (book.last() < number_at(truth, "lastUpdateId")) book.take(stream.hear_json());
    REQUIRE(book.last() == number_at(truth, "lastUpdateId"));
    for (const bool bids : {true, false}) {
      std::map<decimal, decimal> side;
      for (const auto& row : truth.find(bids ? "bids" : "asks")->as_list()) {
        side.emplace(decimal::parse(row.as_list()[0].as_text()).value(),
                     decimal::parse(row.as_list()[1].as_text()).value());
      }
      CHECK(book.side(bids) == side);
    }
    REQUIRE(x.faults(R"({"stale_prices":false})").status == 200);
  }
  CHECK(book.gaps() == 0);
}

TEST_CASE("over sockets, too, the user's stream tells the account") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  server_fixture x;
  const auto key = x.ask("POST", "/api/v3/userDataStream").at("listenKey");
  auto stream = x.open("/ws/" + key);
  REQUIRE(stream.connected());
  for (int i = 0; i < 150; ++i) {
    const auto r = random_order(random, x.bid());
    x.ask(r.method, r.path, r.query);
  }
  x.ask("DELETE", "/api/v3/openOrders", "symbol=BTCUSDT");
  const auto last = x.ask("POST", "/api/v3/order",
                          "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01&"
                          "newClientOrderId=last");
  REQUIRE(last.at("status") == "FILLED");
  std::map<std::string, std::pair<std::string, std::string>> balances;
  std::vector<std::pair<std::int64_t, std::string>> trades;
  for (bool over = false; !over;) {
    const auto e = stream.hear_json();
    if (text_at(e, "e") == "outboundAccountPosition") {
      over = !trades.empty() && trades.back().second.starts_with("last");
      for (const auto& b : e.find("B")->as_list()) {
        balances[text_at(b, "a")] = {text_at(b, "f"), text_at(b, "l")};
      }
    } else if (text_at(e, "x") == "TRADE") {
      trades.emplace_back(number_at(e, "t"), (text_at(e, "c") == "last" ? "last " : "") +
                                                 text_at(e, "L") + " " + text_at(e, "l") + " " +
                                                 text_at(e, "n"));
    }
  }
  const auto account = x.ask("GET", "/api/v3/account").json();
  std::size_t compared = 0;
  for (const auto& b : account.find("balances")->as_list()) {
    const auto seen = balances.find(text_at(b, "asset"));
    if (seen == balances.end()) continue;
    ++compared;
    CHECK(seen->second == std::pair(text_at(b, "free"), text_at(b, "locked")));
  }
  CHECK(compared == 2);
  const auto truth = x.ask("GET", "/api/v3/myTrades", "symbol=BTCUSDT&limit=1000&fromId=0").json();
  REQUIRE(truth.as_list().size() <= trades.size());
  for (std::size_t i = 0; i < truth.as_list().size(); ++i) {
    const auto& t = truth.as_list()[i];
    CHECK(trades[i].first == number_at(t, "id"));
    CHECK(trades[i].second.ends_with(text_at(t, "price") + " " + text_at(t, "qty") + " " +
                                     text_at(t, "commission")));
  }
  x.ask("DELETE", "/api/v3/userDataStream", "listenKey=" + key);
  stream.hear_out();
  CHECK(stream.close_code() == 1000);
}

TEST_CASE("what could not be made durable is told to nobody") {
  std::size_t commits = 0;
  server_fixture x({}, [&](std::string_view) -> status {
    // The first one opens the assets.
    if (++commits < 3) return done{};
    return error{errc::io_error, "the disk is full", {}, {}};
  });
  const auto key = x.ask("POST", "/api/v3/userDataStream").at("listenKey");
  auto stream = x.open("/ws/" + key);
  REQUIRE(stream.connected());
  const std::string order = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01";
  REQUIRE(x.ask("POST", "/api/v3/order", order).status == 200);
  CHECK(text_at(stream.hear_json(), "x") == "NEW");
  CHECK(x.ask("POST", "/api/v3/order", order).status == 503);
  std::size_t orders = 1;
  while (const auto text = stream.hear()) {
    if (text->find("\"x\":\"NEW\"") != std::string::npos) ++orders;
  }
  CHECK(orders == 1);
  CHECK(x.open("/ws").status() == 503);
}

TEST_CASE("a client that says too much, or too much at once, is closed") {
  stream_bounds few;
  few.max_frame_bytes = 200;
  server_fixture x(few);
  auto loud = x.open("/ws");
  for (int i = 0; i < 100; ++i) {
    if (loud.say(R"({"method":"LIST_SUBSCRIPTIONS","id":1})") || loud.ping()) break;
  }
  loud.hear_out();
  CHECK(loud.close_code() == 1008);
  auto large = x.open("/ws");
  large.say(std::string(201, ' '));
  large.hear_out();
  CHECK(large.close_code() == 1009);
}

TEST_CASE("a client that answers pings stays, one that does not is closed") {
  stream_bounds often;
  often.ping_every = milliseconds(1'000);
  often.messages_a_second = 1'000;
  server_fixture x(often);
  auto silent = x.open("/ws");
  auto answering = x.open("/ws/btcusdt@bookTicker");
  while (answering.pings < 5) REQUIRE(answering.hear());
  // It did not read, and so never answered; what was sent before its end can still be read.
  silent.hear_out();
  CHECK(silent.failure);
  CHECK(silent.pings <= 3);
  CHECK(answering.hear());
}

TEST_CASE("a client that does not read is cut off, and slows nobody") {
  stream_bounds small;
  small.max_queue_bytes = 64U << 10U;
  server_fixture x(small);
  stream_client lazy(x.server->port(), "/ws", {.receive_buffer = 65'536});
  auto other = x.open("/ws/btcusdt@depth20@100ms");
  REQUIRE(lazy.connected());
  // What the kernel's buffers take does not count yet: orders fill them.
  const auto key = x.ask("POST", "/api/v3/userDataStream").at("listenKey");
  lazy.say(R"({"method":"SUBSCRIBE","params":[")" + key + R"("],"id":2})");
  std::chrono::steady_clock::duration slowest{};
  std::size_t orders = 0;
  while (!x.log->unread) {
    const auto started = std::chrono::steady_clock::now();
    REQUIRE(x.ask("POST", "/api/v3/order",
                  "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=IOC&quantity=0.001&price=1")
                .status != 0);
    REQUIRE(x.ask("POST", "/api/v3/order",
                  "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=IOC&quantity=0.001&price=50000")
                .status != 0);
    slowest = std::max(slowest, std::chrono::steady_clock::now() - started);
    REQUIRE(++orders < 10'000);
  }
  CHECK(slowest < std::chrono::seconds(15));
  CHECK(other.hear());
  lazy.hear_out();
  CHECK(lazy.close_code() == 0);
}

TEST_CASE("an exchange that stops says so to its streams") {
  server_fixture x;
  auto stream = x.open("/ws/btcusdt@depth");
  REQUIRE(stream.connected());
  auto stopped = std::async(std::launch::async, [&] { x.server->stop(); });
  stream.hear_out();
  CHECK(stream.close_code() == 1001);
  stopped.get();
}

}  // namespace pitwall::sim
