// Times of a venue's updates: what came too late, and what was long on the way.
#include "net/venues/feed_state.hpp"

#include "tests/net/feed_scene.hpp"

namespace pitwall {

using namespace test;  // NOLINT(google-build-using-namespace)

namespace {

sequence_facts timed(std::uint64_t at) { return {sequence_rule::timed, "A", at, at, 0, false}; }

}  // namespace

TEST_CASE("a late book of a live symbol is not taken, and a late change is a loss",
          "[feed_state][times]") {
  feed f;
  f.want("A");
  f.open();
  f.hear(update("A", timed(10), book(98, 102)));
  f.hear(update("A", timed(12), bid(99, 1)));
  f.hear(update("A", timed(12), bid(100, 1)));
  f.hear(update("A", timed(11), book(50, 52)));
  CHECK(f.price("A") == "101");
  CHECK(f.hear(update("A", timed(11), bid(101, 1))) == "resync A");
  CHECK(f.price("A") == "the feed waits for a new book: its times go back (A)");
  // One that is on its way since before the loss is not the one that was asked for.
  f.hear(update("A", timed(11), book(60, 62)));
  CHECK(f.price("A") == "the feed waits for a new book: its times go back (A)");
  f.hear(update("A", timed(12), book(70, 72)));
  CHECK(f.price("A") == "71");
}

TEST_CASE("a venue whose clock went back is believed when its book was asked for once more",
          "[feed_state][times]") {
  feed f;
  f.want("A");
  f.open();
  // The first change can be there before the book; an older book does not have it.
  f.hear(update("A", timed(20), bid(99, 1)));
  CHECK(f.hear(update("A", timed(19), book(98, 102))).empty());
  CHECK(f.price("A") == "the feed waits for its first book");
  f.ms = 10'000;
  CHECK(f.tick() == "resync A");
  f.hear(update("A", timed(5), book(60, 62)));
  CHECK(f.price("A") == "61");
  CHECK(f.hear(update("A", timed(6), bid(61, 1))).empty());
  CHECK(f.price("A") == "61.5");
  CHECK(f.hear(update("A", timed(5), bid(60, 2))) == "resync A");
  f.hear(update("A", timed(5), book(50, 52)));
  CHECK(f.phase("A") == feed_phase::gap);
  // On a new connection nothing was asked for twice.
  f.ms += 10'000;
  f.tick();
  f.state.on_lost(f.now());
  f.open();
  f.hear(update("A", timed(9), bid(99, 1)));
  f.hear(update("A", timed(8), book(98, 102)));
  CHECK(f.phase("A") == feed_phase::syncing);
}

TEST_CASE("what has been long on the way is old", "[feed_state][times]") {
  feed f;
  f.want("A");
  f.open();
  const auto told = [&](std::uint64_t number, std::int64_t venue_ms) {
    auto u = update("A", counted("A", number, number), bid(97, static_cast<int>(number)));
    u.at = timestamp(milliseconds(venue_ms));
    f.hear(u);
    return f.state.latest("A", true, false, f.now());
  };
  f.hear(update("A", counted("A", 1, 1), book(98, 102)));
  // The venue's clock is ahead of ours; what counts is the difference to the quickest.
  f.ms = 1'000;
  CHECK(told(2, 9'000'000)->observed_at == at_ms(1'000).wall);
  f.ms = 4'000;
  CHECK(told(3, 9'001'000)->observed_at == at_ms(4'000).wall);
  f.ms = 9'000;
  CHECK(told(4, 9'005'000)->observed_at == at_ms(6'000).wall);
  f.ms = 30'000;
  CHECK(told(5, 9'010'000).error().message == "the feed has told nothing new for 19000 ms");
  CHECK(told(6, 9'029'000)->observed_at == at_ms(30'000).wall);
  // A new connection may be another way.
  f.state.on_lost(f.now());
  f.open();
  f.hear(update("A", counted("A", 1, 1), book(98, 102)));
  CHECK(told(2, 9'010'000)->observed_at == at_ms(30'000).wall);
}

TEST_CASE("a book without a time is as late as the changes beside it", "[feed_state][times]") {
  feed f;
  f.want("A");
  f.open();
  std::uint64_t number = 0;
  const auto told = [&](auto says, std::optional<std::int64_t> venue_ms) {
    ++number;
    auto u = update("A", timed(number), std::move(says));
    if (venue_ms) u.at = timestamp(milliseconds(*venue_ms));
    f.hear(u);
    return f.state.latest("A", true, false, f.now());
  };
  (void)told(book(98, 102), std::nullopt);
  CHECK(told(bid(97, 1), 0)->observed_at == at_ms(0).wall);
  f.ms = 20'000;
  CHECK(told(bid(97, 2), 12'000)->observed_at == at_ms(12'000).wall);
  CHECK(told(book(98, 103), std::nullopt)->observed_at == at_ms(12'000).wall);
  // Once it has caught up, so has the book.
  f.ms = 21'000;
  CHECK(told(bid(97, 3), 20'500)->observed_at == at_ms(21'000).wall);
  CHECK(told(book(98, 104), std::nullopt)->observed_at == at_ms(21'000).wall);
}

}  // namespace pitwall
