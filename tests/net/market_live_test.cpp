// Venues with market data alone whose streams are public, over real sockets: a price by the stream,
// a loss, a line that breaks, and a stream that falls silent. One table for all of them.
#include "tests/net/market_live_samples.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("a price comes by the stream as soon as it has one, and by REST before",
          "[markets][live]") {
  for (const auto& sample : live_samples()) {
    INFO(sample.type);
    streaming k(sample);
    k.begin();
    const auto asked = k.server.targets().size();
    k.server.tell(sample.change(k.told.changed_bid));
    CHECK(k.await([&] { return k.price() == k.told.changed_mid; }));
    const auto got = k.fetch();
    REQUIRE(got.ok());
    CHECK(got->orderbook.find("bids")->as_list().size() == 2);
    CHECK(got->balance.is_null());
    CHECK(k.server.targets().size() == asked);
  }
}

TEST_CASE("after a loss the stream is not believed, until a whole book has come again",
          "[markets][live]") {
  for (const auto& sample : live_samples()) {
    INFO(sample.type);
    streaming k(sample);
    k.begin();
    k.server.tell(sample.change(k.told.changed_bid));
    k.server.tell(sample.lossy);
    CHECK(k.await([&] { return k.venue->feed().gaps == 1; }));
    CHECK(k.await([&] { return k.venue->feed().live == 1 && k.books >= 2; }));
    CHECK(k.price() == k.told.later_mid);
  }
}

TEST_CASE("a line that breaks is opened anew, and its books are other ones", "[markets][live]") {
  for (const auto& sample : live_samples()) {
    INFO(sample.type);
    streaming k(sample);
    k.begin();
    k.server.cut();
    CHECK(k.server.await_sockets(2));
    CHECK(k.await([&] { return k.venue->feed().live == 1 && k.books >= 2; }));
    CHECK(k.price() == k.told.later_mid);
    CHECK(k.venue->feed().reconnects >= 1);
  }
}

TEST_CASE("a stream that has fallen silent gives no price: REST does, or nobody",
          "[markets][live]") {
  for (const auto& sample : live_samples()) {
    INFO(sample.type);
    streaming k(sample, milliseconds(300));
    CHECK(k.price() == k.rest.mid());
    REQUIRE(k.server.await_frame("subscribe"));
    // Sooner or later; REST may have to wait for its turn.
    CHECK(k.await([&] { return k.venue->feed().live == 0 && k.venue->feed().last_news; }));
    CHECK(k.await([&] { return k.price() == k.rest.mid(); }));
    k.rest_answers = false;
    const auto got = k.fetch();
    REQUIRE(!got.ok());
    CHECK((got.error().code == errc::unavailable || got.error().code == errc::resource_exhausted));
    CHECK(got.error().message.find("by the stream") != std::string::npos);
  }
}

TEST_CASE("a book that lacks the level that the venue calls best is not believed",
          "[markets][live]") {
  for (const auto& sample : live_samples()) {
    if (sample.type != std::string("polymarket")) continue;
    streaming k(sample);
    k.begin();
    // A change was lost: that of a bid of 0.62.
    k.server.tell(polymarket_change("2000", "0.58", "0.62"));
    CHECK(k.await([&] { return k.price() == k.rest.mid(); }));
    k.rest_answers = false;
    const auto got = k.fetch();
    REQUIRE(!got.ok());
    CHECK(got.error().message.find("lacks the level of 0.62") != std::string::npos);
    k.server.tell(polymarket_change("2001", "0.62", "0.62"));
    CHECK(k.await([&] { return k.price() == "0.63"; }));
  }
}

TEST_CASE("a type without public streams has none, and says so", "[markets][live]") {
  for (const char* type : {"luno", "kalshi"}) {
    market_options o;
    o.name = "here";
    o.stream = true;
    const auto made = market_venue::open(type, o, std::make_shared<system_wall_clock>());
    REQUIRE(!made.ok());
    CHECK(made.error().code == errc::invalid_argument);
    CHECK(!market_venue::check(type, o).ok());
  }
}
