#include "net/venues/order_book_view.hpp"

#include "tests/net/feed_fixture.hpp"

namespace pitwall {

using test::level;

namespace {

std::string text(const order_book_view& b, std::size_t most = 10) {
  std::string out;
  for (const auto& l : b.bids(most))
    out += l.price.to_string() + "x" + l.quantity.to_string() + " ";
  out += "|";
  for (const auto& l : b.asks(most))
    out += " " + l.price.to_string() + "x" + l.quantity.to_string();
  return out;
}

book_snapshot small() {
  book_snapshot s;
  s.bids = {level(98, 1), level(99, 2), level(97, 0)};
  s.asks = {level(102, 4), level(101, 3)};
  return s;
}

}  // namespace

TEST_CASE("a book is a snapshot and the changes after it, best first", "[order_book_view]") {
  order_book_view b;
  b.set(small());
  CHECK(text(b) == "99x2 98x1 | 101x3 102x4");
  CHECK(text(b, 1) == "99x2 | 101x3");
  book_delta d;
  d.bids = {level(99, 0), level(100, 7), level(98, 5)};
  d.asks = {level(103, 1), level(102, 0), level(150, 0)};
  REQUIRE(b.apply(d).ok());
  CHECK(text(b) == "100x7 98x5 | 101x3 103x1");
  CHECK_FALSE(b.is_thin(1'000));
  CHECK_FALSE(b.is_crossed());
  d.bids = {level(101, 1)};
  d.asks = {};
  REQUIRE(b.apply(d).ok());
  CHECK(b.is_crossed());
  b.clear();
  CHECK(text(b) == "|");
}

TEST_CASE("relative changes add up, and never to less than nothing", "[order_book_view]") {
  order_book_view b;
  b.set(small());
  book_delta d;
  d.relative = true;
  d.bids = {level(99, -1), level(96, 4), level(98, -1)};
  REQUIRE(b.apply(d).ok());
  CHECK(text(b) == "99x1 96x4 | 101x3 102x4");
  d.bids = {level(99, -2)};
  const auto bad = b.apply(d);
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().code == errc::failed_precondition);
}

TEST_CASE("beyond what is known of a book nothing is taken in", "[order_book_view]") {
  order_book_view b(0, 3);
  auto s = small();
  s.bids_whole = false;
  b.set(s);
  book_delta d;
  d.bids = {level(97, 9)};  // Whether 97.5 is there, nobody has told.
  REQUIRE(b.apply(d).ok());
  CHECK(text(b) == "99x2 98x1 | 101x3 102x4");
  CHECK(b.is_thin(3));
  CHECK_FALSE(b.is_thin(2));

  d.bids = {level(95, 0)};
  d.asks = {level(103, 1), level(104, 1), level(105, 1)};
  REQUIRE(b.apply(d).ok());
  CHECK(text(b) == "99x2 98x1 | 101x3 102x4 103x1");
  d.bids = {};
  d.asks = {level(101, 0), level(104, 2)};
  REQUIRE(b.apply(d).ok());
  CHECK(text(b) == "99x2 98x1 | 102x4 103x1");
  CHECK(b.is_thin(3));

  book_snapshot nothing;
  nothing.bids_whole = nothing.asks_whole = false;
  b.set(nothing);
  d.bids = {level(99, 1)};
  d.asks = {level(100, 1)};
  REQUIRE(b.apply(d).ok());
  CHECK(text(b) == "|");
}

TEST_CASE("of a window the venue tells what comes into it", "[order_book_view]") {
  order_book_view b(2);
  b.set(small());
  book_delta d;
  d.bids = {level(100, 1)};
  REQUIRE(b.apply(d).ok());
  CHECK(text(b) == "100x1 99x2 | 101x3 102x4");
  d.bids = {level(100, 0), level(98, 6)};
  REQUIRE(b.apply(d).ok());
  CHECK(text(b) == "99x2 98x6 | 101x3 102x4");
  CHECK_FALSE(b.is_thin(10));
}

}  // namespace pitwall
