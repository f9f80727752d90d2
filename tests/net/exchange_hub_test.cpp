// The streams of the exchange, without sockets: what is sent to whom, and that books and accounts
// that are kept from it are those of the exchange.
#include "tests/net/hub_fixture.hpp"

namespace pitwall::sim {
namespace {

const std::string buy = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC";

}  // namespace

TEST_CASE("a book that is kept from updates and a snapshot is the exchange's") {
  const auto seed = GENERATE(1U, 2U, 3U, 4U, 5U, 6U);
  const bool fast = GENERATE(true, false);
  CAPTURE(seed, fast);
  hub_fixture x(seed, seed % 3 == 0);
  std::mt19937_64 random(seed);
  const auto sink = x.join({fast ? "btcusdt@depth@100ms" : "btcusdt@depth"});
  local_book book;
  std::size_t compared = 0, orders = 0;
  for (int step = 0; step < 2'000; ++step) {
    if (random() % 3 == 0) x.pass(static_cast<std::int64_t>(random() % 130));
    const auto r = random_order(random, x.bid());
    if (x.privately(r.method, r.path, r.query).status == 200) ++orders;
    const bool asks = random() % 20 == 0;
    value snapshot;
    if (asks) snapshot = x.json(x.ask("GET", "/api/v3/depth", "symbol=BTCUSDT&limit=5000"));
    if (random() % 2 == 0) x.publish();
    while (!sink->all.empty()) book.take(sink->next());
    if (asks && !book.ready()) book.begin(snapshot);
    if (!book.ready() || random() % 10 != 0) continue;
    // Quiet: what is to come of this second is sent, and nothing happens.
    x.pass(1'000);
    x.publish();
    while (!sink->all.empty()) book.take(sink->next());
    const auto truth = x.json(x.ask("GET", "/api/v3/depth", "symbol=BTCUSDT&limit=5000"));
    REQUIRE(number_at(truth, "lastUpdateId") == book.last());
    for (const bool bids : {true, false}) {
      std::map<decimal, decimal> side;
      for (const auto& row : truth.find(bids ? "bids" : "asks")->as_list()) {
        side.emplace(decimal::parse(row.as_list()[0].as_text()).value(),
                     decimal::parse(row.as_list()[1].as_text()).value());
      }
      REQUIRE(book.side(bids) == side);
    }
    ++compared;
  }
  CHECK(book.gaps() == 0);
  CHECK(compared > 50);
  CHECK(orders > 500);
}

TEST_CASE("an account that is kept from the user's stream is the exchange's") {
  const auto seed = GENERATE(11U, 12U, 13U, 14U, 15U, 16U);
  CAPTURE(seed);
  hub_fixture x(seed);
  std::mt19937_64 random(seed);
  const auto key = text_at(x.json(x.ask("POST", "/api/v3/userDataStream", "")), "listenKey");
  const auto sink = x.join({key});
  struct seen_order {
    std::string status, executed, notional;
  };
  std::map<std::int64_t, seen_order> orders;
  std::map<std::string, std::size_t> executions;
  std::vector<std::pair<std::int64_t, std::int64_t>> trades;  // trade, order
  std::map<std::string, std::pair<std::string, std::string>> balances;
  for (const auto& b : x.floor.balances()) balances[b.asset] = {wire(b.free), wire(b.held)};
  const auto hear = [&] {
    while (!sink->all.empty()) {
      const value e = sink->next();
      if (text_at(e, "e") == "outboundAccountPosition") {
        for (const auto& b : e.find("B")->as_list()) {
          balances[text_at(b, "a")] = {text_at(b, "f"), text_at(b, "l")};
        }
        continue;
      }
      const auto id = number_at(e, "i");
      const auto what = text_at(e, "x"), status = text_at(e, "X");
      ++executions[what + " " + status];
      const bool known = orders.contains(id);
      // No order is heard of twice as new, or without having been new, or after its end.
      REQUIRE(known == (what != "NEW"));
      if (known) {
        REQUIRE((orders[id].status == "NEW" || orders[id].status == "PARTIALLY_FILLED"));
        const auto before = decimal::parse(orders[id].executed).value();
        const auto step = decimal::parse(text_at(e, "l")).value();
        REQUIRE(add(before, step).value() == decimal::parse(text_at(e, "z")).value());
      }
      if (what == "TRADE") trades.emplace_back(number_at(e, "t"), id);
      orders[id] = {status, text_at(e, "z"), text_at(e, "Z")};
    }
  };
  for (int step = 0; step < 1'500; ++step) {
    if (random() % 3 == 0) x.pass(static_cast<std::int64_t>(random() % 300));
    const auto r = random_order(random, x.bid());
    x.privately(r.method, r.path, r.query);
    if (random() % 3 != 0) continue;
    CHECK(sink->all.empty());
    x.publish();
    hear();
    for (const auto& b : x.floor.balances()) {
      REQUIRE(balances[b.asset] == std::pair(wire(b.free), wire(b.held)));
    }
  }
  x.publish();
  hear();
  std::vector<std::pair<std::int64_t, std::int64_t>> truth;
  for (const auto& t : x.floor.book().trades()) {
    truth.emplace_back(t.part.trade, t.part.id);
  }
  CHECK(trades == truth);
  CHECK(orders.size() == x.floor.book().last_order());
  for (const auto& [id, seen] : orders) {
    const auto* o = x.floor.book().find(static_cast<order_id>(id));
    REQUIRE(o != nullptr);
    CHECK(seen.status == to_string(o->status));
    CHECK(seen.executed == wire(o->executed));
    CHECK(seen.notional == wire(o->notional));
  }
  for (const char* kind : {"NEW NEW", "TRADE PARTIALLY_FILLED", "TRADE FILLED", "CANCELED CANCELED",
                           "EXPIRED EXPIRED", "TRADE_PREVENTION EXPIRED_IN_MATCH"}) {
    CAPTURE(kind);
    CHECK(executions[kind] > 0);
  }
  CHECK(executions.size() == 6);
}

TEST_CASE("nothing is sent before it is durable, and then in the order of matching") {
  hub_fixture x(1, true);
  const auto key = text_at(x.json(x.ask("POST", "/api/v3/userDataStream", "")), "listenKey");
  const auto sink = x.join({key, "btcusdt@trade", "btcusdt@bookTicker"}, true);
  REQUIRE(
      x.privately("POST", "/api/v3/order", buy + "&quantity=0.01&price=59000&newClientOrderId=a")
          .status == 200);
  REQUIRE(x.privately("DELETE", "/api/v3/order",
                      "symbol=BTCUSDT&origClientOrderId=a&newClientOrderId=b")
              .status == 200);
  CHECK(sink->all.empty());
  x.publish();
  REQUIRE(sink->all.size() == 4);
  const auto fresh = sink->next();
  CHECK(text_at(fresh, "stream") == key);
  const value* e = fresh.find("data");
  CHECK(text_at(*e, "x") == "NEW");
  CHECK(text_at(*e, "c") == "a");
  CHECK(text_at(*e, "C").empty());
  CHECK(text_at(*e, "w") == "true");
  const auto held = sink->next();
  CHECK(to_json(*held.find("data")->find("B")).find("\"l\":\"590.59000000\"") != std::string::npos);
  const auto canceled = sink->next();
  e = canceled.find("data");
  CHECK(text_at(*e, "x") == "CANCELED");
  CHECK(text_at(*e, "c") == "b");
  CHECK(text_at(*e, "C") == "a");
  CHECK(text_at(*e, "w") == "false");
  sink->all.clear();
  // Better than any quote, and then taken from: the best level, and one trade for both of its
  // parts.
  REQUIRE(x.privately("POST", "/api/v3/order", buy + "&quantity=0.01&price=59999.99").status ==
          200);
  x.publish();
  const auto ticker = [&]() -> value {
    while (!sink->all.empty()) {
      const auto v = sink->next();
      if (text_at(v, "stream") == "btcusdt@bookTicker") return *v.find("data");
    }
    return {};
  };
  const auto better = ticker();
  CHECK(text_at(better, "b") == "59999.99000000");
  CHECK(text_at(better, "B") == "0.01000000");
  CHECK(number_at(better, "u") ==
        number_at(x.json(x.ask("GET", "/api/v3/depth", "symbol=BTCUSDT")), "lastUpdateId"));
  REQUIRE(x.privately("POST", "/api/v3/order",
                      "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.01&"
                      "selfTradePreventionMode=NONE")
              .status == 200);
  x.publish();
  std::size_t trades = 0;
  for (const auto& text : sink->all) {
    if (text.find("btcusdt@trade") == std::string::npos) continue;
    ++trades;
    CHECK(text.find("\"p\":\"59999.99000000\",\"q\":\"0.01000000\"") != std::string::npos);
    CHECK(text.find("\"m\":true") != std::string::npos);
  }
  CHECK(trades == 1);
}

TEST_CASE("partial depths come at their pace, whether anything changed or not") {
  hub_fixture x(1, true);
  const auto fast = x.join({"btcusdt@depth5@100ms"}), slow = x.join({"ethusdt@depth20"});
  for (int i = 0; i < 30; ++i) {
    x.pass(100);
    x.publish();
    x.publish();
  }
  CHECK(fast->all.size() == 29);
  CHECK(slow->all.size() == 3);
  fast->all.erase(fast->all.begin(), fast->all.end() - 1);
  const auto v = fast->next();
  CHECK(v.find("bids")->as_list().size() == 5);
  CHECK(number_at(v, "lastUpdateId") ==
        number_at(x.json(x.ask("GET", "/api/v3/depth", "symbol=BTCUSDT")), "lastUpdateId"));
}

TEST_CASE("candles of a stream are those that REST tells") {
  hub_fixture x(5);
  std::mt19937_64 random(5);
  const auto sink = x.join({"btcusdt@kline_1s", "btcusdt@kline_1m"}, true);
  std::map<std::pair<std::string, std::int64_t>, value> closed;
  for (int step = 0; step < 3'000; ++step) {
    if (random() % 2 == 0) x.pass(static_cast<std::int64_t>(random() % 160));
    const auto r = random_order(random, x.bid());
    x.privately(r.method, r.path, r.query);
    x.publish();
    while (!sink->all.empty()) {
      const value v = sink->next(), k = *v.find("data")->find("k");
      if (k.find("x")->as_bool()) closed[{text_at(k, "i"), number_at(k, "t")}] = k;
    }
  }
  std::size_t traded = 0, minutes = 0;
  for (const auto& [at, k] : closed) {
    CAPTURE(at.first, to_json(k));
    const auto rows = x.json(x.ask(
        "GET", "/api/v3/klines",
        "symbol=BTCUSDT&limit=1&interval=" + at.first + "&startTime=" + std::to_string(at.second)));
    const auto& row = rows.as_list().at(0).as_list();
    const char* names[] = {"t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q"};
    for (std::size_t i = 0; i < std::size(names); ++i) CHECK(row[i] == *k.find(names[i]));
    if (number_at(k, "n") > 0) ++traded;
    if (at.first == "1m") ++minutes;
  }
  CHECK(traded > 20);
  CHECK(minutes >= 1);
}

TEST_CASE("a listen key lives for an hour from its last keep-alive, and ends its streams") {
  hub_fixture x(1, true);
  const auto key = text_at(x.json(x.ask("POST", "/api/v3/userDataStream", "")), "listenKey");
  CHECK(key.size() == 64);
  const auto sink = x.join({key});
  x.pass(3'599'999);
  CHECK(text_at(x.json(x.ask("POST", "/api/v3/userDataStream", "")), "listenKey") == key);
  x.pass(3'599'999);
  CHECK(x.ask("PUT", "/api/v3/userDataStream", "listenKey=" + key).status == 200);
  x.pass(3'599'999);
  x.publish();
  CHECK(sink->ended.empty());
  x.pass(1);
  x.publish();
  CHECK(text_at(sink->next(), "e") == "listenKeyExpired");
  CHECK_FALSE(sink->ended.empty());
  CHECK(x.hub.subscribers() == 0);
  const auto gone = x.ask("PUT", "/api/v3/userDataStream", "listenKey=" + key);
  CHECK(text_at(x.json(gone), "code") == "-1125");
  CHECK(x.hub.join(std::make_shared<kept_sink>(), {key}, false, x.now)->code == -1125);
  const auto next = text_at(x.json(x.ask("POST", "/api/v3/userDataStream", "")), "listenKey");
  CHECK(next != key);
  const auto other = x.join({next});
  CHECK(x.ask("DELETE", "/api/v3/userDataStream", "listenKey=" + next).status == 200);
  x.publish();
  CHECK_FALSE(other->ended.empty());
}

TEST_CASE("subscriptions change while they run") {
  hub_fixture x(1, true);
  const auto sink = x.join({});
  const auto say = [&](const std::string& frame) {
    x.hub.hear(sink.get(), frame, x.now);
    return to_json(sink->next());
  };
  CHECK(say(R"({"method":"SUBSCRIBE","params":["btcusdt@trade","ethusdt@depth"],"id":1})") ==
        R"({"result":null,"id":1})");
  CHECK(say(R"({"method":"LIST_SUBSCRIPTIONS","id":"a"})") ==
        R"({"result":["btcusdt@trade","ethusdt@depth"],"id":"a"})");
  CHECK(say(R"({"method":"UNSUBSCRIBE","params":["btcusdt@trade","ethusdt@trade"],"id":null})") ==
        R"({"result":null,"id":null})");
  CHECK(say(R"({"method":"LIST_SUBSCRIPTIONS","id":3})") ==
        R"({"result":["ethusdt@depth"],"id":3})");
  CHECK(say(R"({"method":"GET_PROPERTY","params":["combined"],"id":4})") ==
        R"({"result":false,"id":4})");
  CHECK(say(R"({"method":"SET_PROPERTY","params":["combined",true],"id":5})") ==
        R"({"result":null,"id":5})");
  CHECK(say(R"({"method":"GET_PROPERTY","params":["combined"],"id":6})") ==
        R"({"result":true,"id":6})");
  CHECK(say(R"({"method":"SUBSCRIBE","params":["xxxyyy@trade"],"id":7})") ==
        R"({"code":-1121,"msg":"Invalid symbol.","id":7})");
  x.hub.leave(sink.get());
  CHECK(x.hub.subscribers() == 0);
}

TEST_CASE("a subscriber holds 1024 streams and not one more") {
  hub_fixture x(1, true, 60);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < 60; ++i) {
    const auto symbol = "c" + std::to_string(100 + i) + "usdt@";
    for (const char* interval : {"1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h",
                                 "12h", "1d", "3d", "1w", "1M"}) {
      names.push_back(symbol + "kline_" + interval);
    }
    for (const char* what : {"trade", "bookTicker", "depth"}) names.push_back(symbol + what);
  }
  names.resize(stream_hub::max_streams);
  const auto sink = x.join(names);
  const auto say = [&](const std::string& method, const std::string& name) {
    x.hub.hear(sink.get(), R"({"method":")" + method + R"(","params":[")" + name + R"("],"id":1})",
               x.now);
    return to_json(sink->next());
  };
  CHECK(say("SUBSCRIBE", names.front()) == R"({"result":null,"id":1})");
  CHECK(say("SUBSCRIBE", "btcusdt@trade") ==
        R"({"code":2,"msg":"Invalid request: too many streams","id":1})");
  CHECK(say("UNSUBSCRIBE", names.front()) == R"({"result":null,"id":1})");
  CHECK(say("SUBSCRIBE", "btcusdt@trade") == R"({"result":null,"id":1})");
  names.push_back("btcusdt@trade");
  CHECK(x.hub.join(std::make_shared<kept_sink>(), names, false, x.now)->code == 2);
}

TEST_CASE("a subscriber that takes no more is forgotten, and the others hear on") {
  hub_fixture x(2);
  const auto slow = x.join({"btcusdt@bookTicker"}), other = x.join({"btcusdt@bookTicker"});
  slow->full = true;
  for (int i = 0; i < 20; ++i) {
    x.pass(100);
    x.publish();
  }
  CHECK(x.hub.subscribers() == 1);
  CHECK(other->all.size() > 10);
}

TEST_CASE("streams meet the faults: stale prices, updates that are dropped, cut connections") {
  hub_fixture x(3);
  const auto sink =
      x.join({"btcusdt@depth@100ms", "btcusdt@bookTicker", "btcusdt@trade", "btcusdt@kline_1s"});
  const auto run = [&](int steps) {
    for (int i = 0; i < steps; ++i) {
      x.pass(100);
      x.privately("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01");
      x.publish();
    }
  };
  run(20);
  CHECK(sink->all.size() > 50);
  REQUIRE(x.ask("POST", "/sim/faults", R"({"stale_prices":true})").status == 200);
  x.publish();
  sink->all.clear();
  run(20);
  CHECK(sink->all.empty());
  REQUIRE(x.ask("POST", "/sim/faults", R"({"stale_prices":false})").status == 200);
  run(1);
  CHECK_FALSE(sink->all.empty());
  x.hub.leave(sink.get());
  // Dropped updates are seen by whoever looks at their numbers.
  const auto depth = x.join({"btcusdt@depth@100ms"});
  REQUIRE(x.ask("POST", "/sim/faults", R"({"stream_gap_rate":0.3,"seed":4})").status == 200);
  local_book book;
  REQUIRE(book.begin(x.json(x.ask("GET", "/api/v3/depth", "symbol=BTCUSDT&limit=5000"))));
  run(50);
  const auto sent = depth->all.size();
  while (!depth->all.empty()) book.take(depth->next());
  CHECK(sent > 20);
  CHECK(sent < 45);
  CHECK(book.gaps() > 3);
  REQUIRE(x.ask("POST", "/sim/faults", R"({"stream_gap_rate":0,"disconnect_rate":1})").status ==
          200);
  x.pass(100);
  x.publish();
  CHECK(depth->was_cut);
  CHECK(x.hub.subscribers() == 0);
}

}  // namespace pitwall::sim
