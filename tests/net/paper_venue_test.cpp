#include "net/venues/paper_venue.hpp"

#include <atomic>
#include <optional>
#include <thread>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

decimal d(const char* text) { return decimal::parse(text).value(); }

class set_clock final : public wall_clock {
 public:
  timestamp now() const noexcept override { return timestamp{microseconds(us_.load())}; }
  void pass(microseconds by) { us_ += by.count(); }

 private:
  std::atomic<std::int64_t> us_{1'772'366'400'000'000};  // 2026-03-01T12:00:00Z
};

// Prices stand still: BTC mid 60,000, bid 59,994, ask 60,006.
paper_options still() {
  paper_options o;
  o.volatility_ppb = 0;
  return o;
}

struct desk {
  std::shared_ptr<order_gate> gate = std::make_shared<order_gate>();
  std::shared_ptr<set_clock> clock = std::make_shared<set_clock>();
  emergency_book book;
  paper_venue venue;

  explicit desk(paper_options o = still()) : venue(std::move(o), gate, clock) { set({}); }

  void set(emergency_change change) {
    if (!change.scope.empty()) book.apply(change);
    gate->publish(std::make_shared<emergency_book>(book));
  }
  void halt() { set({"global", emergency_level::normal, emergency_level::halt}); }
  void resume() { set({"global", emergency_level::halt, emergency_level::normal}); }

  result<market_data> fetch(market_request request = {"paper", "BTCUSDT"}) {
    std::optional<result<market_data>> out;
    venue.fetch_market(request, [&](result<market_data> r) { out = std::move(r); });
    REQUIRE(out);
    return *out;
  }
  order_report submit(const std::string& id, order_side side, order_kind kind, const char* amount,
                      const char* price = "0", const std::string& bot = "b") {
    return submit_with(book.grant("paper", bot, "s"), id, side, kind, amount, price);
  }
  order_report submit_with(const order_permit& permit, const std::string& id, order_side side,
                           order_kind kind, const char* amount, const char* price = "0") {
    std::optional<order_report> out;
    venue.submit(id, {"paper", "BTCUSDT", side, kind, d(amount), d(price)}, permit,
                 [&](order_report r) { out = std::move(r); });
    REQUIRE(out);
    return *out;
  }
  result<order_report> query(const std::string& id) {
    std::optional<result<order_report>> out;
    venue.query(id, {}, [&](result<order_report> r) { out = std::move(r); });
    REQUIRE(out);
    return *out;
  }
  std::vector<std::string> cancel(const std::vector<std::string>& ids = {},
                                  const std::string& symbol = {}) {
    std::optional<result<cancel_report>> out;
    venue.cancel({"paper", symbol}, ids, [&](result<cancel_report> r) { out = std::move(r); });
    REQUIRE(out);
    return out->value().canceled;
  }
  decimal free(const char* asset) {
    return fetch({"paper", "BTCUSDT", false, false, true, false})
        .value()
        .balance.find(asset)
        ->as_number();
  }
};

constexpr auto buy = order_side::buy;
constexpr auto sell = order_side::sell;
using kind = order_kind;
using state = order_state;

}  // namespace

TEST_CASE("market data has the shape of the contract", "[paper_venue]") {
  desk k;
  k.submit("one", buy, kind::market, "0.5");
  k.clock->pass(milliseconds(42));
  const auto m = k.fetch().value();
  CHECK(m.price_feed.as_number() == d("60000"));
  CHECK(m.observed_at == k.clock->now());
  const auto& bids = m.orderbook.find("bids")->as_list();
  REQUIRE(bids.size() == 10);
  CHECK(bids[0].as_list()[0].as_number() == d("59994"));
  CHECK(m.orderbook.find("asks")->as_list()[0].as_list()[0].as_number() == d("60006"));
  CHECK(m.orderbook.find("time")->as_text() == "2026-03-01T12:00:00.000000Z");
  CHECK(m.balance.find("BTC")->as_number() == d("100.5"));
  CHECK(m.balance.find("USDT")->as_number() == d("969966.997"));
  CHECK(m.positions.find("BTCUSDT")->as_number() == d("0.5"));
}

TEST_CASE("only what is asked for is there", "[paper_venue]") {
  desk k;
  auto m = k.fetch({"paper", "BTCUSDT", true, false, false, false}).value();
  CHECK(m.price_feed.is_number());
  CHECK(m.orderbook.is_null());
  CHECK(m.balance.is_null());
  CHECK(m.positions.is_null());
  m = k.fetch({"paper", "BTCUSDT", false, true, false, true}).value();
  CHECK(m.price_feed.is_null());
  CHECK(m.orderbook.is_object());
  CHECK(m.positions.is_object());
}

TEST_CASE("within a step a fetch shares its values, the next step has others", "[paper_venue]") {
  desk k{paper_options{}};
  const auto a = k.fetch().value(), b = k.fetch().value();
  CHECK(&a.orderbook.as_object() == &b.orderbook.as_object());
  CHECK(&a.balance.as_object() == &b.balance.as_object());
  k.clock->pass(milliseconds(100));
  const auto c = k.fetch().value();
  CHECK_FALSE(c.orderbook == a.orderbook);
  CHECK_FALSE(c.price_feed == a.price_feed);
  CHECK(&a.balance.as_object() == &c.balance.as_object());
  // A clock set back shows the same past again.
  k.clock->pass(milliseconds(-100));
  CHECK(k.fetch().value().orderbook == a.orderbook);
}

TEST_CASE("the same seed gives the same prices and fills", "[paper_venue]") {
  desk a{paper_options{}}, b{paper_options{}};
  for (int i = 0; i < 20; ++i) {
    const auto id = std::to_string(i);
    CHECK(a.submit(id, buy, kind::market, "1") == b.submit(id, buy, kind::market, "1"));
    a.clock->pass(milliseconds(250));
    b.clock->pass(milliseconds(250));
  }
  CHECK(a.fetch().value().orderbook == b.fetch().value().orderbook);
}

TEST_CASE("a market order is filled with its fee, and query() says the same", "[paper_venue]") {
  desk k;
  const auto r = k.submit("one", buy, kind::market, "0.5");
  CHECK(r.state == state::filled);
  CHECK(r.client_order_id == "one");
  CHECK_FALSE(r.venue_order_id.empty());
  CHECK(r.at == k.clock->now());
  REQUIRE(r.fills.size() == 1);
  CHECK(r.fills[0] == order_fill{d("60006"), d("0.5"), d("30.003"), "USDT"});
  CHECK(k.query("one").value() == r);
  CHECK(k.query("two").error().code == errc::not_found);
  CHECK(k.venue.unanswered().empty());
}

TEST_CASE("what is not there within the price is dropped, or kills a FOK", "[paper_venue]") {
  desk k;
  auto r = k.submit("fok", buy, kind::fok, "1", "60005");
  CHECK(r.state == state::canceled);
  CHECK(r.code == "not_fillable");
  CHECK(r.fills.empty());
  r = k.submit("ioc", buy, kind::ioc, "10", "60006");
  CHECK(r.state == state::canceled);
  CHECK(r.code == "no_liquidity");
  CHECK(r.fills.size() == 1);
  CHECK(k.query("ioc").value() == r);
  r = k.submit("fok2", buy, kind::fok, "1", "60006");
  CHECK(r.state == state::filled);
}

TEST_CASE("rejections carry codes and change nothing", "[paper_venue]") {
  desk k;
  const auto code = [&](const char* id, order_side side, kind type, const char* amount,
                        const char* price = "0") {
    const auto r = k.submit(id, side, type, amount, price);
    CHECK(r.state == state::rejected);
    CHECK_FALSE(r.reason.empty());
    CHECK(r.fills.empty());
    return r.code;
  };
  CHECK(code("a", buy, kind::market, "0") == "invalid_amount");
  CHECK(code("a", buy, kind::market, "0.000000001") == "invalid_amount");
  CHECK(code("a", buy, kind::limit, "1") == "invalid_price");
  CHECK(code("a", buy, kind::gtc, "1", "-3") == "invalid_price");
  CHECK(code("a", buy, kind::market, "16.7") == "insufficient_balance");
  CHECK(code("a", sell, kind::market, "100.1") == "insufficient_balance");
  CHECK(code("", buy, kind::market, "1") == "invalid_order_id");
  CHECK(k.query("a").error().code == errc::not_found);
  CHECK(k.submit("a", buy, kind::market, "1").state == state::filled);
  CHECK(code("a", buy, kind::market, "1") == "duplicate_order");
  CHECK(k.free("BTC") == d("101"));
  CHECK(k.venue.quantity_step("BTCUSDT") == d("0.00000001"));
  CHECK(k.fetch({"paper", ""}).error().code == errc::invalid_argument);
}

TEST_CASE("a halt stops orders, not cancels or queries", "[paper_venue]") {
  desk k;
  REQUIRE(k.submit("rests", buy, kind::limit, "1", "50000").state == state::accepted);
  const auto permit = k.book.grant("paper", "b", "s");
  k.halt();
  auto r = k.submit_with(permit, "late", buy, kind::market, "1");
  CHECK(r.state == state::rejected);
  CHECK(r.code == "halted");
  CHECK(k.free("BTC") == d("100"));
  CHECK(k.query("late").error().code == errc::not_found);
  CHECK(k.query("rests").value().state == state::accepted);
  CHECK(k.cancel() == std::vector<std::string>{"rests"});
  // A permit from before the halt stays worthless after the resume; a new one is good.
  k.resume();
  r = k.submit_with(permit, "late", buy, kind::market, "1");
  CHECK(r.code == "halted");
  CHECK(r.reason.find("is lifted by now") != std::string::npos);
  CHECK(k.submit("late", buy, kind::market, "1").state == state::filled);
}

TEST_CASE("a gate that nobody has opened lets nothing pass", "[paper_venue]") {
  const auto gate = std::make_shared<order_gate>();
  paper_venue venue(still(), gate, std::make_shared<set_clock>());
  std::string code;
  venue.submit("x", {"paper", "BTCUSDT", buy, kind::market, d("1"), d("0")}, {1, "paper", "", ""},
               [&](order_report r) { code = r.code; });
  CHECK(code == "halted");
}

TEST_CASE("a resting order fills later and is reported once", "[paper_venue]") {
  desk k{paper_options{}};
  std::vector<order_report> told;
  k.venue.on_report([&](order_report r) { told.push_back(std::move(r)); });
  const decimal bid =
      k.fetch().value().orderbook.find("bids")->as_list()[0].as_list()[0].as_number();
  CHECK(k.submit("low", buy, kind::limit, "0.1", bid.to_string().c_str()).state == state::accepted);
  CHECK(told.empty());
  // The price wanders: some time within the next minutes somebody sells at that bid.
  int steps = 0;
  for (; told.empty() && steps < 20'000; ++steps) {
    k.clock->pass(milliseconds(100));
    CHECK(k.fetch().ok());
  }
  REQUIRE(told.size() == 1);
  CHECK(told[0].client_order_id == "low");
  CHECK(told[0].state == state::filled);
  CHECK(told[0].at == k.clock->now());
  REQUIRE(told[0].fills.size() == 1);
  CHECK(told[0].fills[0].price == bid);
  CHECK(k.query("low").value() == told[0]);
  k.clock->pass(std::chrono::seconds(60));
  CHECK(k.fetch().ok());
  CHECK(told.size() == 1);
}

TEST_CASE("an order that meets a resting one: the answer and the report", "[paper_venue]") {
  desk k;
  std::vector<order_report> told;
  k.venue.on_report([&](order_report r) { told.push_back(std::move(r)); });
  REQUIRE(k.submit("maker", buy, kind::limit, "2", "60000", "b1").state == state::accepted);
  const auto r = k.submit("taker", sell, kind::market, "0.5", "0", "b2");
  CHECK(r.state == state::filled);
  CHECK(r.fills[0].price == d("60000"));
  REQUIRE(told.size() == 1);
  CHECK(told[0].client_order_id == "maker");
  CHECK(told[0].state == state::partially_filled);
  CHECK(told[0].filled_quantity() == d("0.5"));
  CHECK(k.cancel({"maker", "taker", "nobody"}) == std::vector<std::string>{"maker"});
  const auto after = k.query("maker").value();
  CHECK(after.state == state::canceled);
  CHECK(after.fills.size() == 1);
}

TEST_CASE("self-trade prevention goes by bot", "[paper_venue]") {
  auto o = still();
  o.prevent_self_trade = true;
  desk k{o};
  REQUIRE(k.submit("maker", buy, kind::limit, "1", "60000", "b1").state == state::accepted);
  CHECK(k.submit("own", sell, kind::market, "1", "0", "b1").code == "self_trade");
  CHECK(k.submit("other", sell, kind::market, "1", "0", "b2").state == state::filled);
}

TEST_CASE("cancel takes ids or all, and a symbol restricts it", "[paper_venue]") {
  desk k;
  for (const char* id : {"a", "b", "c"}) k.submit(id, buy, kind::limit, "1", "50000");
  CHECK(k.cancel({}, "ETHUSDT").empty());
  CHECK(k.cancel({"b"}, "BTCUSDT") == std::vector<std::string>{"b"});
  CHECK(k.cancel({"b"}).empty());
  CHECK(k.cancel() == std::vector<std::string>{"a", "c"});
  CHECK(k.free("USDT") == d("1000000"));
}

TEST_CASE("faults on demand", "[paper_venue]") {
  desk k{paper_options{}};
  k.venue.set_faults({.fail_fetches = true});
  CHECK(k.fetch().error().code == errc::unavailable);
  k.venue.set_faults({.reject_all = true});
  CHECK(k.submit("r", buy, kind::market, "1").code == "rejected_on_demand");
  k.venue.set_faults({.drop_answers_after_accept = true});
  CHECK(k.submit("x", buy, kind::market, "1").state == state::in_doubt);
  CHECK(k.query("x").value().state == state::filled);
  CHECK(k.submit("y", buy, kind::market, "0").state == state::rejected);
  k.venue.set_faults({});
  const auto before = k.fetch().value();
  k.venue.set_faults({.stale_prices = true});
  k.clock->pass(std::chrono::seconds(10));
  auto m = k.fetch().value();
  CHECK(m.observed_at == before.observed_at);
  CHECK(m.price_feed == before.price_feed);
  k.submit("z", buy, kind::market, "1");
  CHECK(k.fetch().value().orderbook == before.orderbook);
  k.venue.set_faults({});
  m = k.fetch().value();
  CHECK(m.observed_at == k.clock->now());
  CHECK_FALSE(m.price_feed == before.price_feed);
}

TEST_CASE("deferred completions wait for flush, in their order", "[paper_venue]") {
  desk k;
  k.venue.set_deferred(true);
  std::vector<std::string> seen;
  const auto permit = k.book.grant("paper", "b", "s");
  const order_request order{"paper", "BTCUSDT", buy, kind::market, d("1"), d("0")};
  k.venue.fetch_market({"paper", "BTCUSDT"}, [&](result<market_data>) { seen.push_back("fetch"); });
  k.venue.submit("one", order, permit, [&](order_report r) {
    seen.push_back(r.client_order_id);
    // Listed until its answer has been handed on.
    CHECK(k.venue.unanswered() == std::vector<std::string>{"one"});
    k.venue.query("one", {}, [&](result<order_report>) { seen.push_back("query"); });
  });
  CHECK(seen.empty());
  CHECK(k.venue.unanswered() == std::vector<std::string>{"one"});
  CHECK(k.venue.flush() == 2);
  CHECK(seen == std::vector<std::string>{"fetch", "one"});
  CHECK(k.venue.unanswered().empty());
  CHECK(k.venue.flush() == 1);
  CHECK(seen.back() == "query");
  CHECK(k.venue.flush() == 0);

  k.venue.set_deferred(false);
  k.venue.set_deferred_submits(true);
  CHECK(k.fetch().ok());
  k.venue.submit("two", order, permit, [&](order_report r) { seen.push_back(r.client_order_id); });
  CHECK(k.venue.unanswered() == std::vector<std::string>{"two"});
  CHECK(k.query("two").value().state == state::filled);
  CHECK(k.venue.flush() == 1);
  CHECK(seen.back() == "two");
}

TEST_CASE("a deferred fetch that is cancelled ends at once, and flush() passes it over",
          "[paper_venue]") {
  auto k = std::make_unique<desk>();
  k->venue.set_deferred(true);
  std::vector<std::string> seen;
  const auto fetch = [&](const std::string& name) {
    return k->venue.fetch_market({"paper", "BTCUSDT"}, [&, name](const result<market_data>& r) {
      seen.push_back(name + (r.ok() ? "" : " " + std::string(to_string(r.error().code))));
    });
  };
  const auto a = fetch("a"), b = fetch("b"), c = fetch("c");
  REQUIRE(b);
  b();
  CHECK(seen == std::vector<std::string>{"b cancelled"});
  b();
  CHECK(k->venue.flush() == 2);
  CHECK(seen == std::vector<std::string>{"b cancelled", "a", "c"});
  a();
  CHECK(k->venue.flush() == 0);
  // A call that is answered at once is nothing to cancel; one of a venue that is gone neither.
  const auto left = fetch("left");
  k->venue.set_deferred(false);
  CHECK_FALSE(fetch("now"));
  k.reset();
  left();
  CHECK(seen == std::vector<std::string>{"b cancelled", "a", "c", "now"});
}

TEST_CASE("cancels that race with flush(): one word each", "[paper_venue]") {
  desk k;
  k.venue.set_deferred(true);
  constexpr int calls = 2'000;
  std::atomic<int> answered{0}, cancelled{0};
  std::atomic<bool> over{false};
  std::thread flusher([&] {
    while (!over) k.venue.flush();
  });
  for (int i = 0; i < calls; ++i) {
    const auto cancel = k.venue.fetch_market(
        {"paper", "BTCUSDT"}, [&](const auto& r) { ++(r.ok() ? answered : cancelled); });
    if (i % 3 == 0) std::this_thread::yield();
    cancel();
  }
  over = true;
  flusher.join();
  k.venue.flush();
  CHECK(answered + cancelled == calls);
  CHECK(cancelled > 0);
}

TEST_CASE("an order being answered is listed as unanswered", "[paper_venue]") {
  desk k;
  std::vector<std::string> listed;
  k.venue.submit("one", {"paper", "BTCUSDT", buy, kind::market, d("1"), d("0")},
                 k.book.grant("paper", "b", "s"),
                 [&](order_report) { listed = k.venue.unanswered(); });
  CHECK(listed == std::vector<std::string>{"one"});
  CHECK(k.venue.unanswered().empty());
}

TEST_CASE("of ended orders only the last are remembered; open ones always", "[paper_venue]") {
  auto o = still();
  o.remembered_orders = 4;
  o.max_open_orders = 3;
  desk k{o};
  for (const char* id : {"a", "b", "c"}) k.submit(id, buy, kind::limit, "1", "50000");
  CHECK(k.submit("d", buy, kind::limit, "1", "50000").code == "too_many_open_orders");
  for (int i = 0; i < 10; ++i) k.submit(std::to_string(i), buy, kind::market, "0.1");
  CHECK(k.query("a").ok());
  CHECK_FALSE(k.query("5").ok());
  for (const char* id : {"6", "7", "8", "9"}) CHECK(k.query(id).ok());
  CHECK(k.submit("6", buy, kind::market, "0.1").code == "duplicate_order");
  // Cancelling more than are remembered answers all of them.
  CHECK(k.cancel().size() == 3);
  CHECK_FALSE(k.query("8").ok());
  CHECK(k.query("9").ok());
  CHECK(k.query("a").ok());
}

TEST_CASE("an order cannot collect fills without end", "[paper_venue]") {
  desk k;
  k.submit("maker", buy, kind::limit, "5", "60000");
  for (std::size_t i = 0; i < paper_venue::max_fills; ++i) {
    REQUIRE(k.query("maker").value().state != state::canceled);
    k.submit(std::to_string(i), sell, kind::market, "0.001");
  }
  const auto r = k.query("maker").value();
  CHECK(r.state == state::canceled);
  CHECK(r.code == "too_many_fills");
  CHECK(r.filled_quantity() == d("1"));
}

TEST_CASE("many threads: nothing is lost and nothing passes a closed gate", "[paper_venue]") {
  auto o = still();
  o.quote_balance = d("1000000000");
  desk k{o};
  const auto permit = k.book.grant("paper", "b", "s");
  std::atomic<int> filled{0}, halted{0}, ready{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      ++ready;
      for (int i = 0; i < 500; ++i) {
        k.venue.fetch_market({"paper", "BTCUSDT"}, [](result<market_data>) {});
        k.venue.submit(std::to_string(t) + "-" + std::to_string(i),
                       {"paper", "BTCUSDT", buy, kind::market, d("0.01"), d("0")}, permit,
                       [&](order_report r) { ++(r.state == state::filled ? filled : halted); });
      }
    });
  }
  while (filled < 100) std::this_thread::yield();
  k.halt();
  // Whoever asks now waits for the order that is under way; later ones are refused.
  k.venue.unanswered();
  const decimal held = k.free("BTC");
  for (auto& t : threads) t.join();
  CHECK(filled + halted == 2'000);
  CHECK(k.free("BTC") == held);
  CHECK(held == add(100, mul(decimal(filled.load()), d("0.01")).value()).value());
  CHECK(k.venue.unanswered().empty());
}
