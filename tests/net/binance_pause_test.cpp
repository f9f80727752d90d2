// What the Binance adapter asks, and what it does not: the venue's pauses are kept (it bans who
// goes on asking), and open orders are watched by its lists.
#include <algorithm>
#include <atomic>
#include <set>

#include "net/venues/binance_venue.hpp"
#include "tests/net/binance_fixture.hpp"
#include "tests/net/scripted_server.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

using state = order_state;

std::string limited(unsigned status, const std::string& retry_after) {
  return http_answer(status, R"({"code":-1003,"msg":"Too much request weight used."})",
                     retry_after.empty() ? "" : "Retry-After: " + retry_after + "\r\n");
}

std::string order(const std::string& id, const std::string& symbol, const char* executed = "0") {
  return R"({"symbol":")" + symbol + R"(","orderId":7,"clientOrderId":")" + id +
         R"(","origQty":"1","status":")" + (*executed == '0' ? "NEW" : "FILLED") +
         R"(","executedQty":")" + executed + R"(","fills":[]})";
}

std::string parameter(const std::string& target, const std::string& name) {
  const auto at = target.find(name + "=");
  if (at == std::string::npos) return {};
  const auto from = at + name.size() + 1;
  return target.substr(from, target.find('&', from) - from);
}

/// A venue that has open orders, and asks for a pause when it is told to.
struct pausing_venue {
  explicit pausing_venue(const std::function<void(binance_options&)>& change = {},
                         std::string refusal = {})
      : refusal_(std::move(refusal)) {
    binance_options o;
    o.url = server.url();
    o.poll_interval = milliseconds(10);
    o.poll_units_a_second = 1'000'000;
    o.paused = [this](const std::string& text) {
      const std::lock_guard lock(mutex_);
      told_pauses_.push_back(text);
    };
    if (change) change(o);
    venue = binance_venue::open(o, gate, std::make_shared<system_wall_clock>()).value();
    venue->on_report(told.listener());
    gate->publish(std::make_shared<emergency_book>(book));
  }
  ~pausing_venue() { venue->stop(); }

  std::optional<std::string> answer(const std::string& target) {
    const std::lock_guard lock(mutex_);
    if (!refusal_.empty()) return refusal_;
    if (target.starts_with("/api/v3/time")) return http_answer(200, R"({"serverTime":1})");
    const auto symbol = parameter(target, "symbol");
    if (target.starts_with("/api/v3/openOrders")) {
      if (!unlisted_.empty() && symbol == unlisted_) return http_answer(500, "{}");
      std::string all;
      for (const auto& [id, of] : open_)
        if (symbol.empty() || of == symbol) all += (all.empty() ? "" : ",") + order(id, of);
      return http_answer(200, "[" + all + "]");
    }
    if (const auto placed = parameter(target, "newClientOrderId"); !placed.empty()) {
      open_[placed] = symbol;
      return http_answer(200, order(placed, symbol));
    }
    if (target.starts_with("/api/v3/myTrades"))
      return http_answer(200, R"([{"id":1,"price":"90","qty":"1","commission":"0",)"
                              R"("commissionAsset":"USDT"}])");
    const auto id = parameter(target, "origClientOrderId");
    if (!id.empty()) return http_answer(200, order(id, symbol, open_.contains(id) ? "0" : "1"));
    return std::nullopt;
  }
  /// Empty: it answers again.
  void refuse(const std::string& with) {
    const std::lock_guard lock(mutex_);
    refusal_ = with;
  }
  /// Of this symbol it lists nothing any more.
  void hide(const std::string& symbol) {
    const std::lock_guard lock(mutex_);
    unlisted_ = symbol;
  }
  void fill(const std::string& id) {
    const std::lock_guard lock(mutex_);
    open_.erase(id);
  }
  std::vector<std::string> told_pauses() {
    const std::lock_guard lock(mutex_);
    return told_pauses_;
  }

  order_report rest(const std::string& id, const char* symbol = "BTCUSDT") {
    awaited<order_report> out;
    venue->submit(id, make_order(order_side::buy, order_kind::limit, "1", "90", symbol),
                  book.grant("binance", "b", "s"), out.completion());
    return out.get();
  }
  result<order_report> query(const std::string& id) {
    awaited<result<order_report>> out;
    venue->query(id, make_order(order_side::buy, order_kind::limit, "1", "90"), out.completion());
    return out.get();
  }
  result<std::vector<std::string>> list() {
    awaited<result<std::vector<std::string>>> out;
    venue->open_orders(out.completion());
    return out.get();
  }
  result<market_data> fetch() {
    awaited<result<market_data>> out;
    venue->fetch_market({"binance", "BTCUSDT"}, out.completion());
    return out.get();
  }
  result<cancel_report> cancel(const std::vector<std::string>& ids) {
    awaited<result<cancel_report>> out;
    venue->cancel({"binance", ""}, ids, out.completion());
    return out.get();
  }
  std::size_t asked(const std::string& start) {
    std::size_t n = 0;
    for (const auto& head : server.heads()) n += head.starts_with(start) ? 1 : 0;
    return n;
  }

 private:
  std::mutex mutex_;
  std::string refusal_, unlisted_;
  std::vector<std::string> told_pauses_;
  std::map<std::string, std::string> open_;  ///< Symbols by client order id.

 public:
  scripted_server server{[this](const std::string& t) { return answer(t); }};
  std::shared_ptr<order_gate> gate = std::make_shared<order_gate>();
  emergency_book book;
  told_reports told;
  std::shared_ptr<binance_venue> venue;
};

}  // namespace

TEST_CASE("after a 429 or 418 nothing but cancels leaves until the venue's time", "[binance]") {
  const unsigned status = GENERATE(429U, 418U);
  pausing_venue x;
  REQUIRE(x.rest("one").state == state::accepted);
  x.refuse(limited(status, "600"));
  // Whoever asks first is told so by the venue, perhaps the poll.
  CHECK_FALSE(x.list().ok());
  const auto before = x.server.heads().size();
  CHECK(x.venue->pause().find("pause (" + std::to_string(status) + ")") != std::string::npos);
  CHECK(x.venue->pause().find(" s;") != std::string::npos);
  for (int i = 0; i < 50; ++i) {
    const auto e = x.list().error();
    CHECK(e.code == errc::resource_exhausted);
    CHECK(e.status == 0);
    CHECK(e.retry_after_ms > 590'000);
    CHECK(x.query("one").error().code == errc::unavailable);
    CHECK(x.fetch().error().code == errc::resource_exhausted);
    const auto r = x.rest("two");
    CHECK(r.state == state::rejected);
    CHECK(r.code == "not_sent");
  }
  // Several poll intervals have passed. Those that were under way may have come since.
  CHECK(x.server.heads().size() <= before + 3);
  const auto still = x.server.heads().size();
  x.refuse({});
  CHECK(x.cancel({"one"}).ok());
  CHECK(x.asked("DELETE /api/v3/order") == 1);
  CHECK(x.cancel({"somebodys"}).ok());  // Which is looked for in the list.
  CHECK(x.server.heads().size() <= still + 4);
  CHECK(x.told_pauses().size() == 1);
}

TEST_CASE("a cancel reads the venue's clock if it must, pause or not", "[binance]") {
  pausing_venue x({}, limited(429, "600"));
  CHECK_FALSE(x.list().ok());
  x.refuse({});
  CHECK_FALSE(x.list().ok());
  CHECK(x.asked("GET /api/v3/openOrders") == 0);
  CHECK(x.cancel({"somebodys"}).ok());
  CHECK_FALSE(x.list().ok());
}

TEST_CASE("when the venue's time is over all is asked again", "[binance]") {
  pausing_venue x;
  REQUIRE(x.rest("one").state == state::accepted);
  x.refuse(limited(429, "1"));
  CHECK_FALSE(x.list().ok());
  x.refuse({});
  x.fill("one");
  CHECK(x.told.await(1).state == state::filled);
  CHECK(x.venue->pause().empty());
  CHECK(x.list().ok());
  const auto told = x.told_pauses().size();
  CHECK(told >= 1);  // Twice, where its second was over before it stopped refusing.
  x.refuse(limited(429, "600"));
  CHECK_FALSE(x.list().ok());
  CHECK(x.told_pauses().size() == told + 1);
}

TEST_CASE("a refusal that names no time has one of ours, a ban a longer one", "[binance]") {
  pausing_venue x([](auto& o) {
    o.pause = milliseconds(100'000);
    o.ban = milliseconds(900'000);
  });
  x.refuse(limited(429, {}));
  CHECK_FALSE(x.list().ok());
  const auto wait = x.list().error().retry_after_ms;
  CHECK((wait > 90'000 && wait <= 100'000));
  // A cancel is answered; a longer time counts, a shorter one does not.
  x.refuse(limited(418, {}));
  CHECK_FALSE(x.cancel({"one"}).ok());
  CHECK(x.list().error().retry_after_ms > 890'000);
  x.refuse(limited(429, "2"));
  CHECK_FALSE(x.cancel({"one"}).ok());
  CHECK(x.list().error().retry_after_ms > 890'000);
  CHECK(x.venue->pause().find("(418)") != std::string::npos);
  CHECK(x.told_pauses().size() == 1);
}

TEST_CASE("what waits for a connection when the pause begins does not leave", "[binance]") {
  pausing_venue x([](auto& o) {
    o.max_connections = 1;
    o.poll_interval = milliseconds(60'000);
  });
  REQUIRE(x.rest("one").state == state::accepted);
  awaited<result<market_data>> first;
  market_request price{"binance", "BTCUSDT"};
  price.balance = price.book = false;
  x.venue->fetch_market(price, first.completion());  // Not answered.
  REQUIRE(x.server.await_arrived("/api/v3/ticker"));
  std::vector<awaited<order_report>> orders(3);
  for (std::size_t i = 0; i < orders.size(); ++i)
    x.venue->submit("n" + std::to_string(i),
                    make_order(order_side::buy, order_kind::limit, "1", "90"),
                    x.book.grant("binance", "b", "s"), orders[i].completion());
  x.refuse(limited(429, "600"));
  x.server.release("/api/v3/ticker", limited(429, "600"));
  for (auto& o : orders) {
    const auto r = o.get();
    CHECK(r.code == "not_sent");
    CHECK(r.reason.find("pause") != std::string::npos);
  }
  CHECK(first.get().error().code == errc::resource_exhausted);
  CHECK(x.venue->unanswered().empty());
  CHECK(x.asked("POST") == 1);
}

TEST_CASE("open orders are watched by one list for each symbol, not one by one", "[binance]") {
  pausing_venue x;
  std::set<std::string> ids;
  for (int i = 0; i < 20; ++i) {
    ids.insert("n" + std::to_string(i));
    REQUIRE(x.rest("n" + std::to_string(i), i % 2 == 0 ? "BTCUSDT" : "ETHUSDT").state ==
            state::accepted);
  }
  REQUIRE(x.server.await_arrived("/api/v3/openOrders?symbol=BTCUSDT", 20));
  REQUIRE(x.server.await_arrived("/api/v3/openOrders?symbol=ETHUSDT", 20));
  CHECK(x.asked("GET /api/v3/order?") == 0);
  x.fill("n3");
  const auto r = x.told.await(1);
  CHECK(r.client_order_id == "n3");
  CHECK(r.state == state::filled);
  CHECK(x.asked("GET /api/v3/order?") == 1);
  for (const auto& id : ids) x.fill(id);
  for (std::size_t n = 2; n <= 20; ++n) ids.erase(x.told.await(n).client_order_id);
  CHECK(ids == std::set<std::string>{"n3"});
  CHECK(x.asked("GET /api/v3/order?") == 20);
  CHECK(x.told.count() == 20);
}

TEST_CASE("orders of many symbols are watched by one list of all", "[binance]") {
  pausing_venue x;
  for (int i = 0; i < 14; ++i)
    REQUIRE(x.rest("n" + std::to_string(i), ("S" + std::to_string(i) + "USDT").c_str()).state ==
            state::accepted);
  REQUIRE(x.server.await_arrived("/api/v3/openOrders?recvWindow", 5));
  CHECK(x.asked("GET /api/v3/order?") == 0);
  x.fill("n13");
  CHECK(x.told.await(1).client_order_id == "n13");
}

TEST_CASE("polling keeps to its share of what the venue lets everybody ask", "[binance]") {
  // 6 units a list: two a second at most, however short the interval.
  pausing_venue x([](auto& o) { o.poll_units_a_second = 12; });
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(x.rest("one").state == state::accepted);
  REQUIRE(x.server.await_arrived("/api/v3/openOrders", 4));
  CHECK(std::chrono::steady_clock::now() - began >= milliseconds(1'400));
}

TEST_CASE("one symbol whose list cannot be had hides neither the others' fills nor its own",
          "[binance]") {
  pausing_venue x;
  REQUIRE(x.rest("btc", "BTCUSDT").state == state::accepted);
  REQUIRE(x.rest("eth", "ETHUSDT").state == state::accepted);
  x.hide("ETHUSDT");
  REQUIRE(x.server.await_arrived("/api/v3/openOrders?symbol=ETHUSDT", 3));
  x.fill("btc");
  CHECK(x.told.await(1).client_order_id == "btc");
  // Its own orders are asked for one by one.
  x.fill("eth");
  CHECK(x.told.await(2).client_order_id == "eth");
  CHECK(x.told.await(2).state == state::filled);
}
