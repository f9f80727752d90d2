#include "runtime/matching/order_book.hpp"

#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::matching;

namespace {

decimal d(const char* text) { return decimal::parse(text).value(); }

struct desk {
  order_book book;
  std::vector<fill> fills;
  order_id last = 0;

  explicit desk(bool prevent_self_trade = false) : book(prevent_self_trade) {}

  placement place(side way, order_type type, const char* quantity, const char* price = "0",
                  owner_id owner = 0) {
    fills.clear();
    return book.place({++last, owner, way, type, d(quantity), d(price)}, fills).value();
  }
};

}  // namespace

TEST_CASE("a limit order that meets nothing rests", "[order_book]") {
  desk k;
  const auto p = k.place(side::buy, order_type::limit, "2", "100");
  CHECK(p.end == outcome::resting);
  CHECK(p.left == d("2"));
  CHECK(k.fills.empty());
  CHECK(k.book.best(side::buy) == d("100"));
  CHECK_FALSE(k.book.best(side::sell));
}

TEST_CASE("both sides of a trade get a fill, at the resting price", "[order_book]") {
  desk k;
  k.place(side::sell, order_type::limit, "2", "100");
  const auto p = k.place(side::buy, order_type::limit, "3", "105");
  CHECK(p.end == outcome::resting);
  CHECK(p.filled == d("2"));
  REQUIRE(k.fills.size() == 2);
  CHECK(k.fills[0] == fill{1, side::sell, true, d("100"), d("2"), d("0")});
  CHECK(k.fills[1] == fill{2, side::buy, false, d("100"), d("2"), d("1")});
  CHECK(k.book.best(side::buy) == d("105"));
  CHECK_FALSE(k.book.best(side::sell));
}

TEST_CASE("the better price goes first, then the older order", "[order_book]") {
  desk k;
  k.place(side::sell, order_type::limit, "1", "101");
  k.place(side::sell, order_type::limit, "1", "100");
  k.place(side::sell, order_type::limit, "1", "100");
  k.place(side::buy, order_type::market, "2.5");
  REQUIRE(k.fills.size() == 6);
  CHECK(k.fills[0].order == 2);
  CHECK(k.fills[2].order == 3);
  CHECK(k.fills[4].order == 1);
  CHECK(k.fills[4].left == d("0.5"));
}

TEST_CASE("what a market or IOC order does not get is dropped", "[order_book]") {
  desk k;
  k.place(side::sell, order_type::limit, "1", "100");
  k.place(side::sell, order_type::limit, "1", "110");
  auto p = k.place(side::buy, order_type::ioc, "3", "105");
  CHECK(p.end == outcome::exhausted);
  CHECK(p.filled == d("1"));
  p = k.place(side::buy, order_type::market, "3");
  CHECK(p.end == outcome::exhausted);
  CHECK(p.filled == d("1"));
  p = k.place(side::buy, order_type::market, "3");
  CHECK(p.filled == d("0"));
  CHECK(k.book.size() == 0);
}

TEST_CASE("fill or kill is all or nothing", "[order_book]") {
  desk k;
  k.place(side::sell, order_type::limit, "1", "100");
  k.place(side::sell, order_type::limit, "1", "110");
  auto p = k.place(side::buy, order_type::fok, "2", "109");
  CHECK(p.end == outcome::killed);
  CHECK(k.fills.empty());
  CHECK(k.book.size() == 2);
  p = k.place(side::buy, order_type::fok, "2", "110");
  CHECK(p.end == outcome::filled);
  CHECK(k.fills.size() == 4);
}

TEST_CASE("a cancelled order is gone, another stays", "[order_book]") {
  desk k;
  k.place(side::buy, order_type::limit, "1", "100");
  k.place(side::buy, order_type::limit, "2", "100");
  const auto gone = k.book.cancel(1);
  REQUIRE(gone);
  CHECK(gone->left == d("1"));
  CHECK_FALSE(k.book.cancel(1));
  k.place(side::sell, order_type::market, "5");
  REQUIRE(k.fills.size() == 2);
  CHECK(k.fills[0].order == 2);
}

TEST_CASE("with self-trade prevention the newest order is cancelled", "[order_book]") {
  desk k(true);
  k.place(side::sell, order_type::limit, "1", "100", 8);
  k.place(side::sell, order_type::limit, "1", "101", 7);
  auto p = k.place(side::buy, order_type::limit, "3", "105", 7);
  CHECK(p.end == outcome::self_trade);
  CHECK(p.filled == d("1"));
  CHECK(p.left == d("2"));
  CHECK(k.book.size() == 1);
  p = k.place(side::buy, order_type::fok, "1", "105", 7);
  CHECK(p.end == outcome::killed);
  p = k.place(side::buy, order_type::limit, "1", "105", 0);
  CHECK(p.end == outcome::filled);
}

TEST_CASE("quotes fill, behind resting orders of the same price, and are not used up",
          "[order_book]") {
  desk k;
  const std::vector<level> bids{{d("99"), d("1")}};
  const std::vector<level> asks{{d("101"), d("1")}, {d("102"), d("2")}};
  k.book.quote(bids, asks, k.fills);
  k.place(side::sell, order_type::limit, "1", "101");
  const auto p = k.place(side::buy, order_type::market, "3");
  CHECK(p.end == outcome::filled);
  REQUIRE(k.fills.size() == 4);
  CHECK(k.fills[0].order == 1);
  CHECK(k.fills[2].price == d("101"));
  CHECK(k.fills[3].price == d("102"));
  CHECK(k.place(side::buy, order_type::market, "3").end == outcome::filled);
  CHECK(k.place(side::buy, order_type::market, "4").filled == d("3"));
}

TEST_CASE("new quotes fill the resting orders they cross, at their own price", "[order_book]") {
  desk k;
  k.place(side::buy, order_type::limit, "3", "100");
  k.place(side::buy, order_type::limit, "1", "98");
  k.fills.clear();
  const std::vector<level> asks{{d("99"), d("1")}, {d("100"), d("1")}, {d("101"), d("9")}};
  k.book.quote({}, asks, k.fills);
  REQUIRE(k.fills.size() == 1);
  CHECK(k.fills[0] == fill{1, side::buy, true, d("100"), d("2"), d("1")});
  k.fills.clear();
  k.book.quote({}, asks, k.fills);
  REQUIRE(k.fills.size() == 1);
  CHECK(k.fills[0].left == d("0"));
  CHECK(k.book.orders(side::buy).size() == 1);
}

TEST_CASE("a preview is what the order then trades", "[order_book]") {
  desk k;
  k.place(side::sell, order_type::limit, "1", "100");
  k.place(side::sell, order_type::limit, "1", "102");
  const auto e =
      k.book.preview({99, 0, side::buy, order_type::market, d("1.5"), decimal{}}).value();
  CHECK(e.quantity == d("1.5"));
  CHECK(e.notional == d("151"));
  CHECK_FALSE(e.self_trade);
}

TEST_CASE("an order that is wrong changes nothing", "[order_book]") {
  order_book book;
  std::vector<fill> fills;
  const auto code = [&](const new_order& o) { return book.place(o, fills).error().code; };
  CHECK(code({1, 0, side::buy, order_type::limit, d("0"), d("1")}) == errc::out_of_range);
  CHECK(code({1, 0, side::buy, order_type::limit, d("-1"), d("1")}) == errc::out_of_range);
  CHECK(code({1, 0, side::buy, order_type::ioc, d("1"), d("0")}) == errc::out_of_range);
  CHECK(code({1, 0, side::buy, order_type::market, d("10000000001"), d("0")}) ==
        errc::out_of_range);
  REQUIRE(book.place({1, 0, side::buy, order_type::limit, d("1"), d("1")}, fills).ok());
  CHECK(code({1, 0, side::sell, order_type::limit, d("1"), d("1")}) == errc::already_exists);
  CHECK(book.size() == 1);
}
