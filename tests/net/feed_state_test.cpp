#include "net/venues/feed_state.hpp"

#include "tests/net/feed_scene.hpp"

namespace pitwall {

using namespace test;  // NOLINT(google-build-using-namespace)

TEST_CASE("a symbol is live from its first book on", "[feed_state]") {
  feed f;
  CHECK(f.want("A").empty());
  CHECK(f.price("A") == "the feed is not connected");
  CHECK(f.price("Z") == "the feed does not tell of this symbol yet");
  CHECK(f.open() == "sub A");
  CHECK(f.phase("A") == feed_phase::syncing);
  CHECK(f.hear(update("A", counted("A", 4, 4), bid(98, 1))).empty());
  CHECK(f.price("A") == "the feed waits for its first book");
  f.ms = 1'000;
  CHECK(f.hear(update("A", counted("A", 5, 5), book(98, 102))).empty());
  CHECK(f.price("A") == "100");
  const auto all = f.state.latest("A", true, true, f.now());
  REQUIRE(all.ok());
  CHECK(all->observed_at == f.now().wall);
  CHECK(all->orderbook.find("bids")->as_list().size() == 1);
  CHECK(f.want("B") == "sub B");
  f.hear(update("A", counted("A", 6, 6), bid(100, 1)));
  CHECK(f.price("A") == "101");
}

TEST_CASE("a price without news is not tradable", "[feed_state]") {
  feed f;
  f.want("A");
  f.open();
  f.hear(update("A", counted("A", 1, 1), book(98, 102)));
  f.ms = 9'999;
  CHECK(f.price("A") == "100");
  f.ms = 10'000;
  CHECK(f.phase("A") == feed_phase::stale);
  CHECK(f.price("A") == "the feed has told nothing new for 10000 ms");
  // What is of before is no news, nor is a trade.
  f.hear(update("A", counted("A", 1, 1), bid(98, 1)));
  price_news trade;
  trade.last = decimal(100);
  f.hear(update("A", {}, trade));
  CHECK(f.phase("A") == feed_phase::stale);
  f.hear(update("", {}, heartbeat{}));
  CHECK(f.price("A") == "100");
  f.ms = 75'000;
  CHECK(f.tick() == "reconnect: the venue tells nothing any more");
}

TEST_CASE("a quote counts until the next change of the book", "[feed_state]") {
  feed f;
  f.want("A");
  f.open();
  price_news q;
  q.bid = level(99, 1);
  q.ask = level(103, 1);
  f.hear(update("A", {}, q));
  CHECK(f.phase("A") == feed_phase::syncing);
  f.hear(update("A", counted("A", 1, 1), book(98, 102)));
  f.ms = 8'000;
  f.hear(update("A", {}, q));
  CHECK(f.price("A") == "101");
  f.hear(update("A", counted("A", 2, 2), bid(96, 1)));
  CHECK(f.price("A") == "100");
  q.ask.reset();
  f.hear(update("A", {}, q));
  CHECK(f.price("A") == "the venue quotes no price on both sides");
}

TEST_CASE("after a loss a symbol waits for a new book", "[feed_state]") {
  feed f;
  f.want("A");
  f.want("B");
  CHECK(f.open() == "sub A B");
  f.hear(update("A", counted("", 1, 1), book(98, 102)));
  f.hear(update("B", counted("", 2, 2), book(8, 12)));
  CHECK(f.hear(update("A", counted("", 4, 4), bid(97, 1))) == "resync A; resync B");
  CHECK(f.phase("A") == feed_phase::gap);
  CHECK(f.phase("B") == feed_phase::gap);
  CHECK(f.state.gaps() == 1);
  CHECK(f.price("A") == "the feed waits for a new book: numbers before 4 are missing");
  f.hear(update("A", counted("", 5, 5), bid(96, 1)));
  f.hear(update("A", counted("", 6, 6), book(98, 104)));
  CHECK(f.price("A") == "101");
  CHECK(f.phase("B") == feed_phase::gap);
  f.ms = 10'000;
  CHECK(f.tick() == "resync B");

  feed numbered_apart;
  numbered_apart.want("A");
  numbered_apart.want("B");
  numbered_apart.open();
  numbered_apart.hear(update("A", beginning("A", 1), book(98, 102)));
  numbered_apart.hear(update("B", beginning("B", 1), book(8, 12)));
  CHECK(numbered_apart.hear(update("A", counted("A", 3, 3), bid(97, 1))) == "resync A");
  CHECK(numbered_apart.price("B") == "10");
}

TEST_CASE("several updates of one frame are one step", "[feed_state]") {
  feed f;
  f.want("A");
  f.want("B");
  f.open();
  f.state.on_frame(
      {update("A", counted("", 1, 1), book(98, 102)), update("B", counted("", 1, 1), book(8, 12))},
      f.now());
  CHECK(f.price("A") == "100");
  CHECK(f.price("B") == "10");
  const auto todo = f.state.on_frame(
      {update("A", counted("", 3, 3), bid(97, 1)), update("B", counted("", 3, 3), bid(7, 1))},
      f.now());
  CHECK(f.did(todo) == "resync A; resync B");
  CHECK(f.state.gaps() == 1);
}

TEST_CASE("where a venue has no frame for a new book, its connection is opened anew",
          "[feed_state]") {
  model_style s;
  s.resyncs = false;
  feed f(s);
  f.want("A");
  f.open();
  f.hear(update("A", counted("A", 1, 1), book(98, 102)));
  CHECK(f.hear(update("A", counted("A", 3, 3), bid(97, 1))) ==
        "reconnect: A: numbers before 3 are missing (A)");
  f.state.on_lost(f.now());
  CHECK(f.price("A") == "the feed is not connected");
  CHECK(f.open() == "sub A");
  CHECK(f.phase("A") == feed_phase::syncing);
}

TEST_CASE("changes before a snapshot by REST are kept and joined to it", "[feed_state]") {
  model_style s;
  s.by_rest = s.confirms = true;
  feed f(s);
  f.want("A");
  CHECK(f.open() == "sub A");
  CHECK(f.hear(update("A", counted("A", 5, 8), bid(97, 7))).empty());
  CHECK(f.hear(update("", {}, subscribed{})) == "ask A");
  CHECK(f.hear(update("A", counted("A", 9, 12), bid(99, 1))).empty());
  f.hear(update("A", counted("A", 13, 13), bid(99, 2)));
  auto answer = update("A", beginning("A", 10), book(98, 103));
  CHECK(f.did(f.state.on_snapshot("A", f.attempt + 1, answer, f.now())).empty());
  CHECK(f.phase("A") == feed_phase::syncing);
  CHECK(f.did(f.state.on_snapshot("A", f.attempt, answer, f.now())).empty());
  CHECK(f.price("A") == "101");
  CHECK(f.state.latest("A", false, true, f.now())->orderbook.find("bids")->as_list().size() == 2);

  // One that is older than what was kept joins nothing, and the next is asked for later.
  CHECK(f.hear(update("A", counted("A", 15, 15), bid(96, 1))) == "ask A");
  answer.sequence = beginning("A", 12);
  CHECK(f.did(f.state.on_snapshot("A", f.attempt, answer, f.now())).empty());
  CHECK(f.phase("A") == feed_phase::gap);
  CHECK(f.tick().empty());
  f.ms = 1'000;
  CHECK(f.tick() == "ask A");
  answer.sequence = beginning("A", 15);
  f.state.on_snapshot("A", f.attempt, answer, f.now());
  CHECK(f.phase("A") == feed_phase::live);
}

TEST_CASE("a snapshot that cannot be had is asked for less and less often", "[feed_state]") {
  model_style s;
  s.by_rest = true;
  feed f(s);
  f.want("A");
  CHECK(f.open() == "sub A; ask A");
  error busy{errc::resource_exhausted, "too often", {}, {}};
  busy.retry_after_ms = 7'000;
  f.state.on_snapshot("A", f.attempt, busy, f.now());
  f.ms = 6'999;
  CHECK(f.tick().empty());
  f.ms = 7'000;
  CHECK(f.tick() == "ask A");
  f.state.on_snapshot("A", f.attempt, error{errc::unavailable, "down", {}, {}}, f.now());
  f.ms = 8'999;
  CHECK(f.tick().empty());
  f.ms = 9'000;
  CHECK(f.tick() == "ask A");
  f.state.on_snapshot("A", f.attempt, error{errc::invalid_argument, "no such symbol", {}, {}},
                      f.now());
  CHECK(f.phase("A") == feed_phase::refused);
  CHECK(f.price("A") == "no such symbol");
  CHECK(f.want("A").empty());
  f.ms += 300'000;
  CHECK(f.want("A") == "sub A; ask A");
}

TEST_CASE("one symbol that a venue does not know harms no other", "[feed_state]") {
  model_style s;
  s.confirms = true;
  feed f(s);
  for (const char* symbol : {"A", "B", "X"}) f.want(symbol);
  CHECK(f.open() == "sub A B X");
  CHECK(f.want("C").empty());
  const auto no = update("", {}, subscription_refused{{errc::invalid_argument, "unknown", {}, {}}});
  CHECK(f.hear(no) == "sub C");
  CHECK(f.hear(update("", {}, subscribed{})) == "sub A");
  CHECK(f.hear(update("", {}, subscribed{})) == "sub B");
  CHECK(f.hear(update("", {}, subscribed{})) == "sub X");
  CHECK(f.hear(no).empty());
  CHECK(f.price("X") == "unknown");
  CHECK(f.phase("A") == feed_phase::syncing);
  CHECK(f.state.opening() == std::vector<std::string>{"A", "B", "C"});
}

TEST_CASE("a request that is not answered breaks the connection", "[feed_state]") {
  model_style s;
  s.confirms = true;
  feed f(s);
  f.want("A");
  f.open();
  f.ms = 9'999;
  CHECK(f.tick().empty());
  f.ms = 10'000;
  CHECK(f.tick() == "reconnect: a subscription was not answered");
}

TEST_CASE("where symbols stand in the path, a further one opens the connection anew",
          "[feed_state]") {
  model_style s;
  s.by_path = true;
  feed f(s);
  f.want("A");
  CHECK(f.open().empty());
  CHECK(f.phase("A") == feed_phase::syncing);
  CHECK(f.want("B") == "reconnect: a further symbol is wanted");
  f.state.on_lost(f.now());
  CHECK(f.open().empty());
  CHECK(f.phase("B") == feed_phase::syncing);
}

TEST_CASE("a symbol of which nothing comes is given up, and makes room", "[feed_state]") {
  feed_limits l;
  l.max_symbols = 2;
  feed f({}, l);
  f.want("A");
  f.want("B");
  CHECK(f.want("C") == "full");
  f.open();
  f.hear(update("A", counted("A", 1, 1), book(98, 102)));
  for (int i = 1; i <= 3; ++i) {
    f.ms = i * 10'000;
    CHECK(f.tick() == "resync B");
  }
  f.ms = 40'000;
  CHECK(f.tick().empty());
  CHECK(f.price("B") == "the venue's feed tells nothing of it");
  CHECK(f.want("C") == "sub C");
}

TEST_CASE("a book that does not fit its checksum is no book", "[feed_state]") {
  feed f;
  f.want("A");
  f.open();
  auto b = book(98, 102);
  b.checksum = sum_of(b.bids, b.asks);
  CHECK(f.hear(update("A", {}, b)).empty());
  auto d = bid(97, 2);
  d.checksum = sum_of({level(98, 1), level(97, 2)}, b.asks);
  CHECK(f.hear(update("A", {}, d)).empty());
  CHECK(f.price("A") == "100");
  CHECK(f.hear(update("A", {}, d)).empty());
  d.bids = {level(97, 3)};
  CHECK(f.hear(update("A", {}, d)) == "resync A");
  CHECK(f.price("A") == "the feed waits for a new book: a book did not fit its checksum");
}

TEST_CASE("a crossed book has no price, and is fetched anew where it stays so", "[feed_state]") {
  feed f;
  f.want("A");
  f.open();
  f.hear(update("A", {}, book(98, 102)));
  f.hear(update("A", {}, bid(103, 1)));
  CHECK(f.price("A") == "the feed's book is crossed");
  CHECK(f.tick().empty());
  f.ms = 4'999;
  CHECK(f.tick().empty());
  f.ms = 5'000;
  CHECK(f.tick() == "resync A");
}

TEST_CASE("a book without the level that the venue calls best has no price", "[feed_state]") {
  feed f;
  f.want("A");
  f.open();
  f.hear(update("A", {}, book(98, 102)));
  auto lost = bid(90, 1);
  lost.best_bid = decimal(99);
  f.hear(update("A", {}, lost));
  const std::string why = "the feed's book lacks the level of 99, which the venue calls the best";
  CHECK(f.price("A") == why);
  f.tick();
  // A change that does not say so changes nothing of that; the level itself does.
  f.hear(update("A", {}, bid(91, 1)));
  CHECK(f.price("A") == why);
  f.hear(update("A", {}, bid(99, 1)));
  CHECK(f.price("A") == "100.5");
  f.tick();
  auto asks = bid(99, 2);
  asks.best_bid = decimal(99);
  asks.best_ask = decimal(101);
  f.hear(update("A", {}, asks));
  CHECK(f.price("A") == "the feed's book lacks the level of 101, which the venue calls the best");
  f.tick();
  f.ms = 5'000;
  CHECK(f.tick() == "resync A");
  f.hear(update("A", {}, book(98, 102)));
  CHECK(f.price("A") == "100");
}

TEST_CASE("a stream of prices alone has prices alone", "[feed_state]") {
  model_style s;
  s.books = false;
  feed f(s);
  f.want("A");
  f.open();
  price_news p;
  p.last = decimal(100);
  f.hear(update("A", {}, p));
  CHECK(f.price("A") == "100");
  CHECK(f.state.latest("A", true, true, f.now()).error().message == "the feed tells of no books");
}

TEST_CASE("quotes are no news of the book", "[feed_state]") {
  feed f;
  f.want("A");
  f.open();
  f.hear(update("A", counted("A", 1, 1), book(98, 102)));
  price_news q;
  q.bid = level(99, 1);
  q.ask = level(103, 1);
  f.ms = 9'000;
  f.hear(update("A", {}, q));
  CHECK(f.state.latest("A", true, true, f.now())->observed_at == at_ms(0).wall);
  f.ms = 10'000;
  CHECK(f.phase("A") == feed_phase::stale);
}

TEST_CASE("heartbeats are as good as news for a while", "[feed_state]") {
  feed f;
  f.want("A");
  f.open();
  f.hear(update("A", counted("A", 1, 1), book(98, 102)));
  for (int i = 1; i < 12; ++i) {
    f.ms = i * 5'000;
    f.hear(update("", {}, heartbeat{}));
    CHECK(f.price("A") == "100");
  }
  f.ms = 65'000;
  f.hear(update("", {}, heartbeat{}));
  CHECK(f.phase("A") == feed_phase::stale);
  f.hear(update("A", counted("A", 2, 2), bid(97, 1)));
  f.ms = 70'000;
  f.hear(update("", {}, heartbeat{}));
  f.ms = 79'999;
  CHECK(f.price("A") == "100");
}

TEST_CASE("many symbols are asked for in several requests", "[feed_state]") {
  feed_limits l;
  l.max_batch = 2;
  model_style s;
  s.confirms = true;
  for (const bool confirms : {true, false}) {
    s.confirms = confirms;
    feed f(s, l);
    for (const char* symbol : {"A", "B", "C", "D", "E"}) f.want(symbol);
    const auto first = f.open();
    if (!confirms) {
      CHECK(first == "sub A B; sub C D; sub E");
      continue;
    }
    CHECK(first == "sub A B");
    CHECK(f.hear(update("", {}, subscribed{})) == "sub C D");
    CHECK(f.hear(update("", {}, subscribed{})) == "sub E");
    CHECK(f.hear(update("", {}, subscribed{})).empty());
  }
}

TEST_CASE("without frames for a new book one symbol does not cost the others theirs",
          "[feed_state]") {
  model_style s;
  s.resyncs = false;
  feed f(s);
  for (const char* symbol : {"A", "B", "C"}) f.want(symbol);
  f.open();
  f.hear(update("A", counted("A", 1, 1), book(98, 102)));
  f.hear(update("B", counted("B", 1, 1), book(8, 12)));
  f.ms = 10'000;
  f.hear(update("A", counted("A", 2, 2), bid(97, 1)));
  f.hear(update("B", counted("B", 2, 2), bid(7, 1)));
  CHECK(f.tick().empty());
  CHECK(f.price("C") == "no book of it came");

  auto wrong = bid(6, 1);
  wrong.checksum = 1;
  CHECK(f.hear(update("B", counted("B", 3, 3), wrong)).empty());
  CHECK(f.price("B") == "a book did not fit its checksum");
  CHECK(f.price("A") == "100");
  f.ms = 300'000;
  CHECK(f.want("B").empty());
  f.ms = 310'000;
  f.hear(update("A", counted("A", 3, 3), bid(96, 1)));
  CHECK(f.want("B") == "sub B");

  // A crossed one is only not believed; what all have lost takes a new connection.
  f.hear(update("A", counted("A", 4, 4), bid(103, 1)));
  f.tick();
  f.ms = 315'000;
  CHECK(f.tick().empty());
  CHECK(f.price("A") == "the feed's book is crossed");
  f.hear(update("A", counted("A", 5, 5), bid(103, 0)));
  CHECK(f.price("A") == "100");
  CHECK(f.hear(update("A", counted("A", 7, 7), bid(97, 1))) ==
        "reconnect: A: numbers before 7 are missing (A)");
}

TEST_CASE("a change that a quote has in it already leaves the quote", "[feed_state]") {
  feed f;
  f.want("A");
  f.open();
  f.hear(update("A", counted("A", 10, 10), book(98, 102)));
  price_news q;
  q.bid = level(100, 1);
  q.ask = level(102, 1);
  q.book_number = 13;
  f.hear(update("A", {}, q));
  CHECK(f.price("A") == "101");
  f.hear(update("A", counted("A", 11, 12), bid(99, 1)));
  CHECK(f.price("A") == "101");
  f.hear(update("A", counted("A", 13, 14), bid(101, 1)));
  CHECK(f.price("A") == "101.5");
  q.book_number = 13;
  f.hear(update("A", {}, q));
  CHECK(f.price("A") == "101.5");
}

TEST_CASE("a book that was used up comes back deeper", "[feed_state]") {
  model_style s;
  s.by_rest = true;
  feed f(s);
  f.want("A");
  CHECK(f.open() == "sub A; ask A");
  book_snapshot shallow;
  for (int i = 0; i < 10; ++i) {
    shallow.bids.push_back(level(90 - i, 1));
    shallow.asks.push_back(level(100 + i, 1));
  }
  shallow.bids_whole = shallow.asks_whole = false;
  f.state.on_snapshot("A", f.attempt, update("A", beginning("A", 1), shallow), f.now());
  CHECK(f.price("A") == "95");
  CHECK(f.hear(update("A", counted("A", 2, 2), bid(90, 0))) == "ask A deeply");
}

}  // namespace pitwall
