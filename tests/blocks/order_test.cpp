#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

block_fixture market_buy() { return block_fixture("buy", {{"symbol", "BTC/USDT"}}); }

order_report filled_report() {
  order_report r;
  r.client_order_id = "pw-1-0";
  r.venue_order_id = "v7";
  r.state = order_state::filled;
  r.fills = {{100, 1, dec("0.1"), "USDT"}, {200, 3, 0, "USDT"}};
  return r;
}

}  // namespace

TEST_CASE("buy, sell: without a signal nothing happens, whatever the other inputs") {
  for (const char* type : {"buy", "sell"}) {
    block_fixture b(type, {{"symbol", "BTC/USDT"}});
    CHECK(b.run({{"signal", false}, {"amount", 1}})["order"].is_null());
    CHECK(b.run({{"signal", nullptr}, {"amount", nullptr}})["order"].is_null());
    CHECK(b.run()["order"].is_null());
    CHECK(mentions(b.failure({{"signal", 1}, {"amount", 1}}), "'signal' of"));
    CHECK(mentions(b.failure({{"signal", "true"}, {"amount", 1}}), "'signal' of"));
  }
}

TEST_CASE("buy, sell: the order as proposed, with its defaults") {
  auto b = market_buy();
  const auto o = b.request<order_request>({{"signal", true}, {"amount", "0.5"}, {"price", 9}});
  CHECK(o.side == order_side::buy);
  CHECK(o.kind == order_kind::market);
  CHECK(o.venue == "paper");
  CHECK(o.symbol == "BTC/USDT");
  CHECK(o.amount == dec("0.5"));
  CHECK(o.price.is_zero());

  block_fixture s("sell", {{"symbol", "ETH/ZAR"},
                           {"venue", "luno"},
                           {"order_type", "ioc"},
                           {"amount", 2},
                           {"price", "100.25"}});
  const auto limit = s.request<order_request>({{"signal", true}});
  CHECK(limit.side == order_side::sell);
  CHECK(limit.kind == order_kind::ioc);
  CHECK(limit.venue == "luno");
  CHECK(limit.price == dec("100.25"));
}

TEST_CASE("buy, sell: amounts and prices must be above 0") {
  auto b = market_buy();
  for (const value& bad : {value(), value(0), value(-1), value("much"), value(true)}) {
    CAPTURE(bad);
    const auto e = b.failure({{"signal", true}, {"amount", bad}});
    CHECK(e.code == errc::invalid_argument);
    CHECK(mentions(e, "'amount' of buy"));
  }
  for (const char* kind : {"limit", "FOK", "IOC", "GTC"}) {
    block_fixture l("buy", {{"symbol", "X"}, {"order_type", kind}});
    CAPTURE(kind);
    CHECK(mentions(l.failure({{"signal", true}, {"amount", 1}}), "'price' of buy"));
    CHECK(mentions(l.failure({{"signal", true}, {"amount", 1}, {"price", 0}}), "above 0"));
  }
}

TEST_CASE("buy, sell: bad properties are refused when the workflow is made") {
  CHECK(mentions(block_fixture("buy").make_failure(), "'symbol' of buy is missing"));
  CHECK(mentions(block_fixture("buy", {{"symbol", "X"}, {"order_type", "stop"}}).make_failure(),
                 "'stop'"));
}

TEST_CASE("buy: the venue's report becomes the order output") {
  auto b = market_buy();
  b.request<order_request>({{"signal", true}, {"amount", 4}});
  const auto out = b.answered(filled_report());
  const value& o = out["order"];
  CHECK(*o.find("client_order_id") == "pw-1-0");
  CHECK(*o.find("venue_order_id") == "v7");
  CHECK(*o.find("status") == "filled");
  CHECK(*o.find("side") == "buy");
  CHECK(*o.find("symbol") == "BTC/USDT");
  CHECK(*o.find("filled") == 4);
  CHECK(*o.find("average_price") == 175);
  REQUIRE(o.find("fills")->as_list().size() == 2);
  CHECK(*o.find("fills")->as_list()[0].find("fee") == value(dec("0.1")));
}

TEST_CASE("buy: accepted, cancelled and in doubt are outputs; nothing filled has no price") {
  auto b = market_buy();
  b.request<order_request>({{"signal", true}, {"amount", 4}});
  for (const auto state : {order_state::accepted, order_state::canceled, order_state::in_doubt}) {
    order_report r;
    r.client_order_id = "pw-1-0";
    r.state = state;
    const auto out = b.answered(r);
    CHECK(*out["order"].find("status") == value(to_string(state)));
    CHECK(out["order"].find("average_price")->is_null());
    CHECK(out["order"].find("venue_order_id")->is_null());
    CHECK(*out["order"].find("filled") == 0);
  }
}

TEST_CASE("buy: a rejection is a failure with the venue's code and reason") {
  auto b = market_buy();
  b.request<order_request>({{"signal", true}, {"amount", 4}});
  order_report r;
  r.state = order_state::rejected;
  r.code = "insufficient_funds";
  r.reason = "needs 400 USDT";
  auto c = b.resume(r);
  REQUIRE_FALSE(c.ok());
  CHECK(c.error().code == errc::failed_precondition);
  CHECK(mentions(c.error(), "insufficient_funds"));
  CHECK(mentions(c.error(), "needs 400 USDT"));
  r.code = "halted";
  CHECK(b.resume(r).error().code == errc::halted);
  CHECK(b.resume(done{}).error().code == errc::internal);
}
