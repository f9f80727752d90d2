#include "net/venues/live_market.hpp"

#include <optional>

#include "tests/support/catch.hpp"

namespace pitwall {

namespace {

market_data data(int price, int at) {
  market_data d;
  d.price_feed = value(decimal(price));
  d.observed_at = timestamp(std::chrono::seconds(at));
  return d;
}

/// A fetch by REST that answers as told, and what it was asked.
struct rest {
  result<market_data> answers;
  std::optional<market_request> asked{};
  int now = 10;

  live_market::by_rest way() {
    return [this](const market_request& r, const live_market::completion& then) {
      asked = r;
      then(answers);
      return cancel_call{};
    };
  }
  result<market_data> fetch(const result<market_data>& live, const market_request& r) {
    std::optional<result<market_data>> out;
    live_market::fetch(live, timestamp(std::chrono::seconds(now)), r, way(),
                       [&](result<market_data> got) { out = std::move(got); });
    REQUIRE(out);
    return *out;
  }
};

market_request wanting(bool balance) {
  market_request r;
  r.balance = balance;
  return r;
}

const error away{errc::unavailable, "the feed is stale", {}, {}};

}  // namespace

TEST_CASE("what the feed says needs no request", "[live_market]") {
  rest r{data(2, 20)};
  const auto got = r.fetch(data(1, 10), wanting(false));
  CHECK_FALSE(r.asked);
  CHECK(got->price_feed.as_number() == decimal(1));
}

TEST_CASE("what the feed said a while ago REST says anew, if it can", "[live_market]") {
  rest r{data(2, 13)};
  r.now = 12;
  CHECK(r.fetch(data(1, 10), wanting(false))->price_feed.as_number() == decimal(1));
  CHECK_FALSE(r.asked);
  r.now = 13;
  CHECK(r.fetch(data(1, 10), wanting(false))->price_feed.as_number() == decimal(2));
  CHECK(r.asked->price);
  r.answers = data(2, 9);  // From a cache.
  CHECK(r.fetch(data(1, 10), wanting(false))->price_feed.as_number() == decimal(1));
  r.answers = error{errc::resource_exhausted, "too often", {}, {}};
  const auto kept = r.fetch(data(1, 10), wanting(false));
  REQUIRE(kept.ok());
  CHECK(kept->observed_at == timestamp(std::chrono::seconds(10)));
  CHECK_FALSE(r.fetch(data(1, 10), wanting(true)).ok());
  r.answers = error{errc::cancelled, "nobody waits", {}, {}};
  CHECK(r.fetch(data(1, 10), wanting(false)).error().code == errc::cancelled);
}

TEST_CASE("balances come by REST, and the older observation counts", "[live_market]") {
  rest r{data(0, 5)};
  r.answers->balance = value(7);
  const auto got = r.fetch(data(1, 10), wanting(true));
  REQUIRE(r.asked);
  CHECK_FALSE(r.asked->price);
  CHECK_FALSE(r.asked->book);
  CHECK(got->price_feed.as_number() == decimal(1));
  CHECK(got->balance.as_number() == decimal(7));
  CHECK(got->observed_at == timestamp(std::chrono::seconds(5)));
  r.answers = error{errc::deadline_exceeded, "late", {}, {}};
  CHECK(r.fetch(data(1, 10), wanting(true)).error().code == errc::deadline_exceeded);
}

TEST_CASE("where the feed is not to be believed, REST is asked for all", "[live_market]") {
  rest r{data(2, 20)};
  CHECK(r.fetch(away, wanting(false))->price_feed.as_number() == decimal(2));
  CHECK(r.asked->price);
  r.answers = error{errc::deadline_exceeded, "late", {}, {}};
  const auto failed = r.fetch(away, wanting(false));
  CHECK(failed.error().code == errc::unavailable);
  CHECK(failed.error().message == "late; and by the stream: the feed is stale");
  for (const auto code : {errc::invalid_argument, errc::cancelled, errc::resource_exhausted}) {
    r.answers = error{code, "no", {}, {}};
    CHECK(r.fetch(away, wanting(false)).error().code == code);
  }
}

TEST_CASE("without a feed all is REST's", "[live_market]") {
  rest r{data(2, 20)};
  std::optional<result<market_data>> out;
  live_market::fetch(nullptr, "A", wanting(false), r.way(),
                     [&](result<market_data> got) { out = std::move(got); });
  REQUIRE(out);
  CHECK((*out)->price_feed.as_number() == decimal(2));
}

}  // namespace pitwall
