// The adapter against a real exchange process over real sockets.
#include "net/venues/binance_venue.hpp"

#include "tests/net/binance_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

using desk = binance_desk_fixture;
using kind = order_kind;
using state = order_state;
constexpr auto buy = order_side::buy;
constexpr auto sell = order_side::sell;

binance_options with(std::function<void(binance_options&)> change) {
  binance_options o;
  change(o);
  return o;
}

}  // namespace

TEST_CASE("market data comes with exact decimals", "[binance]") {
  desk k;
  const auto before = k.clock->now();
  const auto m = k.fetch({"binance", "BTC/USDT"}).value();
  CHECK(m.price_feed.as_number() == d("60000"));
  CHECK(m.observed_at >= before);
  CHECK(m.observed_at <= k.clock->now());
  const auto& bids = m.orderbook.find("bids")->as_list();
  REQUIRE(bids.size() == 10);
  CHECK(bids[0].as_list()[0].as_number() == d("59994"));
  CHECK(m.orderbook.find("asks")->as_list()[0].as_list()[0].as_number() == d("60006"));
  CHECK(m.balance.find("USDT")->as_number() == d("10000000"));
  CHECK(m.positions.is_null());
  // A fetch has brought the symbol's rules along.
  CHECK(k.venue->quantity_step("BTCUSDT") == d("0.00001"));
  CHECK(k.venue->quantity_step("btc-usdt") == d("0.00001"));
  CHECK(k.venue->quantity_step("ETHUSDT") == d("0.00000001"));

  const auto price = k.fetch({"binance", "ETHUSDT", true, false, false, false}).value();
  CHECK(price.price_feed.as_number() == d("3000"));
  CHECK(price.orderbook.is_null());
  CHECK(price.balance.is_null());
  CHECK(k.fetch({"binance", "NOPE"}).error().code == errc::invalid_argument);
  CHECK(k.fetch({"binance", "../order?"}).error().code == errc::invalid_argument);
}

TEST_CASE("a market order is filled, and query() says the same with all its fills", "[binance]") {
  desk k;
  k.exchange.set_faults(R"({"split_fills": 3})");
  const auto r = k.buy("one", "0.10001");
  CHECK(r.state == state::filled);
  CHECK(r.client_order_id == "one");
  CHECK_FALSE(r.venue_order_id.empty());
  REQUIRE(r.fills.size() == 3);
  CHECK(r.fills[0] == order_fill{d("60006"), d("0.03333"), d("1.99999998").round(8), "USDT"});
  CHECK(r.filled_quantity() == d("0.10001"));
  CHECK(r.average_price() == d("60006"));
  const auto asked = k.query("one").value();
  CHECK(asked.fills == r.fills);
  CHECK(asked.venue_order_id == r.venue_order_id);
  CHECK(asked.state == state::filled);
  CHECK(k.await_all_answered());
  const auto orders = k.exchange.orders();
  REQUIRE(orders.size() == 1);
  CHECK(orders[0].client_order_id == "one");
  CHECK(orders[0].symbol == "BTCUSDT");
  CHECK(orders[0].side == "BUY");
  CHECK(orders[0].quantity == "0.10001");
}

TEST_CASE("all kinds of order, to the last digit", "[binance]") {
  desk k;
  CHECK(k.submit("gtc", make_order(buy, kind::gtc, "0.00001", "50000.01")).state ==
        state::accepted);
  CHECK(k.submit("limit", make_order(sell, kind::limit, "0.12345", "70000.99")).state ==
        state::accepted);
  auto r = k.submit("fok", make_order(buy, kind::fok, "1", "60005.99"));
  CHECK(r.state == state::canceled);
  CHECK(r.code == "expired");
  CHECK(r.fills.empty());
  r = k.submit("ioc", make_order(sell, kind::ioc, "2.5", "59994"));
  CHECK(r.state == state::filled);
  CHECK(r.fills.at(0) == order_fill{d("59994"), d("2.5"), d("149.985"), "USDT"});
  r = k.submit("crosses", make_order(buy, kind::limit, "1", "60006"));
  CHECK(r.state == state::filled);
  CHECK(k.query("limit").value().state == state::accepted);
  const auto orders = k.exchange.orders();
  REQUIRE(orders.size() == 5);
  CHECK(orders[1].quantity == "0.12345");
}

TEST_CASE("a rejection has a code, and nothing was accepted", "[binance]") {
  binance_options o;
  o.pause = milliseconds(0);
  desk k(o);
  const auto code = [&](const order_request& order, const char* id = "a") {
    const auto r = k.submit(id, order);
    CHECK(r.state == state::rejected);
    CHECK_FALSE(r.reason.empty());
    CHECK(k.await_all_answered());
    return r.code;
  };
  CHECK(code(make_order(buy, kind::market, "0.000001")) == "invalid_amount");
  CHECK(code(make_order(buy, kind::market, "0")) == "invalid_amount");
  CHECK(code(make_order(buy, kind::limit, "1", "50000.001")) == "invalid_price");
  CHECK(code(make_order(buy, kind::limit, "1")) == "invalid_price");
  CHECK(code(make_order(buy, kind::market, "1000")) == "insufficient_balance");
  CHECK(code(make_order(buy, kind::market, "1", "0", "NOPE")) == "unknown_symbol");
  CHECK(code(make_order(buy, kind::market, "1", "0", "BTC&side=SELL")) == "unknown_symbol");
  CHECK(code(make_order(buy, kind::market, "1"), "a b") == "invalid_order_id");
  CHECK(code(make_order(buy, kind::market, "1"), "") == "invalid_order_id");
  k.exchange.set_faults(R"({"rate_limited": 1, "retry_after": 0})");
  CHECK(code(make_order(buy, kind::market, "1")) == "rate_limited");
  k.exchange.set_faults(R"({"rate_limited": 0})");
  CHECK(k.logged() == 0);
  // What was rejected may be sent again under its id.
  CHECK(k.buy("a", "1").state == state::filled);
}

TEST_CASE("a halt stops an order before it leaves", "[binance]") {
  desk k;
  const auto old = k.permit();
  k.halt();
  awaited<order_report> a;
  k.venue->submit("late", make_order(buy, kind::market, "1"), old, a.completion());
  auto r = a.get();
  CHECK(r.state == state::rejected);
  CHECK(r.code == "halted");
  CHECK(r.reason == "trading is halted; nothing was sent");
  // A permit from before the halt stays worthless after the resume.
  k.set({"global", emergency_level::halt, emergency_level::normal});
  awaited<order_report> b;
  k.venue->submit("later", make_order(buy, kind::market, "1"), old, b.completion());
  const auto since = b.get();
  CHECK(since.code == "halted");
  CHECK(since.reason.find("is lifted by now") != std::string::npos);
  // What a risk actor that is no more had let through says so.
  k.gate->void_before(1);
  awaited<order_report> c;
  k.venue->submit("void", make_order(buy, kind::market, "1"), k.permit(), c.completion());
  const auto was_void = c.get();
  CHECK(was_void.code == "permit_void");
  CHECK(was_void.reason.find("has died") != std::string::npos);
  CHECK(k.logged() == 0);
  auto good = k.permit();
  good.term = 1;
  awaited<order_report> now;
  k.venue->submit("now", make_order(buy, kind::market, "1"), good, now.completion());
  CHECK(now.get().state == state::filled);
  CHECK(k.logged() == 1);
}

TEST_CASE("a halt stops what waits for the write, and lists what was written", "[binance]") {
  desk k(with([](auto& o) { o.max_connections = 1; }));
  k.exchange.set_faults(R"({"hold": true})");
  auto first = k.send_buy("first");
  REQUIRE(k.exchange.await_state("\"held\":1"));
  auto second = k.send_buy("second");
  k.halt();
  CHECK(k.venue->unanswered() == std::vector<std::string>{"first"});
  k.exchange.set_faults(R"({"hold": false})");
  CHECK(first.get().state == state::filled);
  CHECK(second.get().code == "halted");
  const auto orders = k.exchange.orders();
  REQUIRE(orders.size() == 1);
  CHECK(orders[0].client_order_id == "first");
}

TEST_CASE("an order is listed as unanswered until its answer was handed on", "[binance]") {
  desk k;
  std::promise<std::vector<std::string>> seen;
  k.venue->submit("one", make_order(buy, kind::market, "1"), k.permit(),
                  [&](order_report) { seen.set_value(k.venue->unanswered()); });
  CHECK(seen.get_future().get() == std::vector<std::string>{"one"});
}

TEST_CASE("an answer lost after the order was accepted is a doubt, and query() settles it",
          "[binance]") {
  desk k;
  const auto fault =
      GENERATE(std::string("drop_answer"), std::string("unsure"), std::string("garbage"));
  CAPTURE(fault);
  k.exchange.set_faults("{\"" + fault + "\": 1}");
  const auto r = k.buy("one", "0.5");
  CHECK(r.state == state::in_doubt);
  CHECK(r.code == (fault == "drop_answer" ? "no_answer"
                   : fault == "unsure"    ? "unknown_outcome"
                                          : "unreadable_answer"));
  CHECK_FALSE(r.reason.empty());
  CHECK(k.venue->unanswered() == std::vector<std::string>{"one"});
  const auto found = k.query("one").value();
  CHECK(found.state == state::filled);
  CHECK(found.filled_quantity() == d("0.5"));
  CHECK(k.venue->unanswered().empty());
  CHECK(k.logged() == 1);
}

TEST_CASE("a doubt that a person has settled is not listed, and stays unproven until it is",
          "[binance]") {
  desk k;
  k.exchange.set_faults(R"({"close_unread": 1})");
  CHECK(k.buy("one", "0.5").state == state::in_doubt);
  CHECK(k.venue->unanswered() == std::vector<std::string>{"one"});
  k.venue->settled_elsewhere("another");
  k.venue->settled_elsewhere("one");
  // Answered behind it: as proof of absence it is too early for the venue's clock.
  CHECK(k.query("one").error().code == errc::unavailable);
  CHECK(k.venue->unanswered().empty());
  k.exchange.advance_clock(milliseconds(21'100));
  CHECK(k.query("one").error().code == errc::not_found);
}

TEST_CASE("an order of an earlier life is listed until its fate is known", "[binance]") {
  desk k;
  CHECK(k.buy("arrived", "0.5").state == state::filled);
  for (const char* id : {"arrived", "never", "settled"}) k.venue->expect(id);
  CHECK(k.venue->unanswered() == std::vector<std::string>{"arrived", "never", "settled"});
  CHECK(k.query("arrived").value().state == state::filled);
  k.venue->settled_elsewhere("settled");
  // It might still be on its way.
  CHECK(k.query("never").error().code == errc::unavailable);
  CHECK(k.venue->unanswered() == std::vector<std::string>{"never"});
  k.exchange.advance_clock(milliseconds(21'100));
  CHECK(k.query("never").error().code == errc::not_found);
  CHECK(k.venue->unanswered().empty());
}

TEST_CASE("an order that never arrived is not found only once the venue's clock proves it",
          "[binance]") {
  desk k;
  const auto fault = GENERATE(std::string("unavailable"), std::string("close_unread"));
  CAPTURE(fault);
  k.exchange.set_faults("{\"" + fault + "\": 1}");
  const auto r = k.buy("one", "0.5");
  CHECK(r.state == state::in_doubt);
  CHECK(r.code == (fault == "unavailable" ? "server_error" : "no_answer"));
  const auto early = k.query("one");
  CHECK(early.error().code == errc::unavailable);
  CHECK(early.error().message.find("until 20") != std::string::npos);
  CHECK(k.venue->unanswered() == std::vector<std::string>{"one"});
  k.exchange.advance_clock(milliseconds(21'100));
  CHECK(k.query("one").error().code == errc::not_found);
  CHECK(k.venue->unanswered().empty());
  CHECK(k.query("one").error().code == errc::not_found);
  CHECK(k.logged() == 0);
}

TEST_CASE("an order that is accepted after its time-out is never declared not found", "[binance]") {
  desk k(with([](auto& o) {
    o.timeout = milliseconds(3'000);
    o.recv_window = milliseconds(30'000);
  }));
  k.exchange.set_faults(R"({"hold": true})");
  auto sent = k.send_buy("late");
  REQUIRE(k.exchange.await_state("\"held\":1"));
  const auto r = sent.get();
  CHECK(r.state == state::in_doubt);
  CHECK(r.code == "no_answer");
  // The venue does not know it, but it is still on its way.
  CHECK(k.query("late").error().code == errc::unavailable);
  k.exchange.set_faults(R"({"hold": false})");
  CHECK(k.query("late").value().state == state::filled);
  CHECK(k.logged() == 1);
}

TEST_CASE("an order that arrives after its window is refused by the venue", "[binance]") {
  // One connection: what is asked first is answered first.
  desk k(with([](auto& o) { o.max_connections = 1; }));
  k.exchange.set_faults(R"({"hold": true})");
  auto sent = k.send_buy("stale");
  REQUIRE(k.exchange.await_state("\"held\":1"));
  k.exchange.advance_clock(milliseconds(20'500));
  k.exchange.set_faults(R"({"hold": false})");
  const auto r = sent.get();
  CHECK(r.state == state::rejected);
  CHECK(r.code == "timestamp_refused");
  // The clock is read again, and the next order passes.
  CHECK(k.buy("fresh", "1").state == state::filled);
  CHECK(k.logged() == 1);
}

TEST_CASE("after a restart an unknown order is proven absent by the venue's clock", "[binance]") {
  desk k;
  k.exchange.set_faults(R"({"drop_answer": 1})");
  CHECK(k.buy("arrived", "1").state == state::in_doubt);
  k.exchange.set_faults(R"({"drop_answer": 0, "close_unread": 1})");
  CHECK(k.buy("lost", "1").state == state::in_doubt);
  k.open();
  CHECK(k.query("arrived").value().state == state::filled);
  CHECK(k.query("lost").error().code == errc::unavailable);
  CHECK(k.query("never sent").error().code == errc::invalid_argument);
  k.exchange.advance_clock(milliseconds(21'100));
  CHECK(k.query("lost").error().code == errc::not_found);
  CHECK(k.query("arrived").value().state == state::filled);
}

TEST_CASE("what an earlier process signed for longer is waited for as long", "[binance]") {
  desk k(with([](auto& o) { o.recv_window = milliseconds(20'000); }));
  k.exchange.set_faults(R"({"close_unread": 1})");
  CHECK(k.buy("lost", "1").state == state::in_doubt);
  k.options.recv_window = milliseconds(3'000);
  k.options.earlier_window = milliseconds(20'000);
  k.open();
  k.exchange.set_faults(R"({"close_unread": 0})");
  CHECK(k.query("lost").error().code == errc::unavailable);
  CHECK(k.buy("own", "1").state == state::filled);
  k.exchange.set_faults(R"({"close_unread": 1})");
  CHECK(k.buy("own-lost", "1").state == state::in_doubt);
  k.exchange.advance_clock(milliseconds(5'000));
  CHECK(k.query("lost").error().code == errc::unavailable);
  CHECK(k.query("own-lost").error().code == errc::not_found);  // This one's window is its own.
  k.exchange.advance_clock(milliseconds(16'100));
  CHECK(k.query("lost").error().code == errc::not_found);
}

TEST_CASE("a doubt that was forgotten still counts against a proof", "[binance]") {
  desk k(with([](auto& o) { o.max_doubts = 1; }));
  REQUIRE(k.query("x").error().code == errc::unavailable);
  k.exchange.advance_clock(milliseconds(60'000));
  REQUIRE(k.query("x").error().code == errc::not_found);
  k.exchange.set_faults(R"({"close_unread": 1})");
  CHECK(k.buy("one", "1").state == state::in_doubt);
  CHECK(k.buy("two", "1").state == state::in_doubt);
  CHECK(k.venue->unanswered() == std::vector<std::string>{"two"});
  CHECK(k.query("one").error().code == errc::unavailable);
  k.exchange.advance_clock(milliseconds(21'100));
  CHECK(k.query("one").error().code == errc::not_found);
}

TEST_CASE("an order that is open under the same id leaves a doubt, not a reject", "[binance]") {
  desk k;
  CHECK(k.submit("one", make_order(buy, kind::limit, "1", "50000")).state == state::accepted);
  const auto r = k.buy("one", "1");
  CHECK(r.state == state::in_doubt);
  CHECK(r.code == "duplicate_order");
  CHECK(k.query("one").value().state == state::accepted);
  CHECK(k.logged() == 1);
  // Once it is over the venue takes the id again: a double send is seen there.
  CHECK(k.cancel({"one"}).value().canceled == std::vector<std::string>{"one"});
  CHECK(k.buy("one", "1").state == state::filled);
  CHECK(k.logged() == 2);
}

TEST_CASE("an order under way is not sent a second time", "[binance]") {
  desk k;
  k.exchange.set_faults(R"({"hold": true})");
  auto first = k.send_buy("one");
  REQUIRE(k.exchange.await_state("\"held\":1"));
  const auto second = k.buy("one", "1");
  CHECK(second.state == state::in_doubt);
  CHECK(second.code == "duplicate_order");
  CHECK(k.venue->unanswered() == std::vector<std::string>{"one"});
  k.exchange.set_faults(R"({"hold": false})");
  CHECK(first.get().state == state::filled);
  CHECK(k.logged() == 1);
}
