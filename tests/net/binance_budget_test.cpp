// What the Binance adapter keeps of the venue's limits in advance, over real sockets: market data
// stays away before the limit, cancels and what settles orders do not.
#include <atomic>

#include "net/venues/binance_venue.hpp"
#include "tests/net/binance_fixture.hpp"
#include "tests/net/scripted_server.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

/// A venue that says how much is used, and of what.
struct counting_venue {
  counting_venue() {
    binance_options o;
    o.url = server.url();
    o.poll_interval = milliseconds(600'000);
    o.paused = [this](const std::string& text) {
      const std::lock_guard lock(mutex);
      told.push_back(text);
    };
    venue = binance_venue::open(o, gate, std::make_shared<system_wall_clock>()).value();
    gate->publish(std::make_shared<emergency_book>(book));
  }
  ~counting_venue() { venue->stop(); }

  std::string headers(bool order) const {
    std::string out = "X-MBX-USED-WEIGHT: " + std::to_string(weight) +
                      "\r\nx-mbx-used-weight-1m: " + std::to_string(weight) + "\r\n";
    if (order) out += "X-MBX-ORDER-COUNT-10S: " + std::to_string(orders) + "\r\n";
    return out;
  }
  std::optional<std::string> answer(const std::string& target) {
    if (target.starts_with("/api/v3/time"))
      return http_answer(200, R"({"serverTime":1000})", headers(false));
    if (target.starts_with("/api/v3/exchangeInfo"))
      return http_answer(200,
                         R"({"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE",
        "intervalNum":1,"limit":6000},{"rateLimitType":"ORDERS","interval":"SECOND",
        "intervalNum":10,"limit":100}],"symbols":[{"symbol":"BTCUSDT","filters":[{"filterType":
        "LOT_SIZE","stepSize":"0.001"}]}]})",
                         headers(false));
    if (target.starts_with("/api/v3/ticker"))
      return http_answer(200, R"({"bidPrice":"1","askPrice":"3","bidQty":"1","askQty":"1"})",
                         headers(false));
    if (target.starts_with("/api/v3/openOrders")) return http_answer(200, "[]", headers(false));
    const auto at = target.find("newClientOrderId=");
    const bool placed = at != std::string::npos;
    const auto id = placed ? target.substr(at + 17, target.find('&', at) - at - 17) : "one";
    return http_answer(200,
                       R"({"symbol":"BTCUSDT","orderId":7,"clientOrderId":")" + id +
                           R"(","origQty":"1","status":"NEW",
           "executedQty":"0","fills":[]})",
                       headers(placed));
  }
  result<market_data> fetch() {
    awaited<result<market_data>> out;
    market_request r;
    r.symbol = "BTC/USDT";
    r.book = r.balance = false;
    venue->fetch_market(r, out.completion());
    return out.get();
  }
  order_report order(const std::string& id) {
    awaited<order_report> out;
    venue->submit(id, make_order(order_side::buy, order_kind::limit, "1", "90"),
                  book.grant("binance", "b", "s"), out.completion());
    return out.get();
  }
  std::size_t asked(const std::string& start) {
    std::size_t n = 0;
    for (const auto& head : server.heads()) n += head.starts_with(start) ? 1 : 0;
    return n;
  }

  std::atomic<int> weight = 25, orders = 1;
  std::mutex mutex;
  std::vector<std::string> told;  // under mutex
  scripted_server server{[this](const std::string& t) { return answer(t); }};
  std::shared_ptr<order_gate> gate = std::make_shared<order_gate>();
  emergency_book book;
  std::shared_ptr<binance_venue> venue;
};

}  // namespace

TEST_CASE("market data stays away before the venue's limit, and orders do not", "[binance]") {
  counting_venue x;
  REQUIRE(x.fetch().ok());
  x.weight = 4'799;
  REQUIRE(x.fetch().ok());
  const auto before = x.asked("GET /api/v3/ticker");
  for (int i = 0; i < 20; ++i) {
    const auto held = x.fetch();
    REQUIRE(!held.ok());
    CHECK(held.error().code == errc::resource_exhausted);
    CHECK(held.error().status == 0);
    CHECK(held.error().retry_after_ms > 0);
    CHECK(held.error().retry_after_ms <= 60'000);
    CHECK(held.error().message.find("of the 6000 units of weight") != std::string::npos);
  }
  CHECK(x.asked("GET /api/v3/ticker") == before);
  // Nobody asked for a pause: all else goes on.
  CHECK(x.venue->pause().empty());
  CHECK(x.order("one").state == order_state::accepted);
  awaited<result<order_report>> queried;
  x.venue->query("one", make_order(order_side::buy, order_kind::limit, "1", "90"),
                 queried.completion());
  CHECK(queried.get().ok());
  awaited<result<cancel_report>> cancelled;
  x.venue->cancel({"binance", ""}, {"one"}, cancelled.completion());
  CHECK(cancelled.get().ok());
  CHECK(x.asked("DELETE /api/v3/order") == 1);
  {
    const std::lock_guard lock(x.mutex);
    CHECK(x.told.size() == 1);
  }
  // The venue counts anew: what its next answer says opens it.
  x.weight = 5;
  awaited<result<std::vector<std::string>>> listed;
  x.venue->open_orders(listed.completion());
  CHECK(listed.get().ok());
  CHECK(x.fetch().ok());
}

TEST_CASE("an order stays away at the number that the venue allows", "[binance]") {
  counting_venue x;
  REQUIRE(x.fetch().ok());
  x.orders = 99;
  CHECK(x.order("one").state == order_state::accepted);
  x.orders = 100;
  CHECK(x.order("two").state == order_state::accepted);
  const auto before = x.asked("POST");
  const auto r = x.order("three");
  CHECK(r.state == order_state::rejected);
  CHECK(r.code == "not_sent");
  CHECK(r.reason.find("all 100 orders that the venue allows in 10 s") != std::string::npos);
  CHECK(x.asked("POST") == before);
  CHECK(x.fetch().ok());
}
