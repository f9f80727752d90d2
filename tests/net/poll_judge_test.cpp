#include "net/venues/poll_judge.hpp"

#include <random>

#include "tests/net/feed_fixture.hpp"

namespace pitwall {

using test::at_ms;

namespace {

struct polling {
  poll_judge judge{milliseconds(10'000)};
  std::int64_t ms = 0;

  feed_time now() const { return at_ms(ms); }
  timestamp at(std::int64_t t) const { return at_ms(t).wall; }
  /// What became of an answer that says `told` of itself.
  std::string hear(std::optional<std::int64_t> told, std::optional<std::int64_t> date = {},
                   const std::string& target = "/t", const std::string& symbol = "A") {
    judge.begin(symbol, now());
    told_times times;
    if (told) times.told = at(*told);
    if (date) times.date = at(*date);
    const auto observed = std::min(now().wall, times.told.value_or(now().wall));
    const auto is = judge.judge(symbol, target, times, observed, now());
    if (is.ok()) {
      judge.succeed(symbol, observed, now());
      return "news";
    }
    judge.fail(symbol, is.error());
    CHECK(is.error().code == errc::unavailable);
    CHECK(is.error().status == 304);  // Of a venue that did answer.
    return is.error().message;
  }
  std::string health() const {
    const auto h = judge.health(now());
    CHECK(h.polled);
    CHECK(h.connections == 0);
    return std::to_string(h.live) + " of " + std::to_string(h.symbols);
  }
};

}  // namespace

TEST_CASE("an answer that is older than the one before it is no news", "[poll_judge]") {
  polling p;
  p.ms = 5'000;
  CHECK(p.hear(4'000) == "news");
  CHECK(p.hear(4'000) == "news");
  CHECK(p.hear(3'999) == "the venue's answer is 1 ms older than the one before it");
  CHECK(p.judge.health(p.now()).gaps == 1);
  // Of each request by itself.
  CHECK(p.hear(3'000, {}, "/other") == "news");
  CHECK(p.hear(4'001) == "news");
  CHECK(p.judge.health(p.now()).gaps == 1);
}

TEST_CASE("where an answer tells no time its date does, by more than its second", "[poll_judge]") {
  polling p;
  p.ms = 9'000;
  CHECK(p.hear({}, 8'000) == "news");
  CHECK(p.hear({}, 7'000) == "news");
  CHECK(p.hear({}, 6'000) == "the venue's answer is 2000 ms older than the one before it");
  CHECK(p.hear({}) == "news");
  // Its own word goes before.
  CHECK(p.hear(5'000, 8'000) == "news");
  CHECK(p.hear(5'001, 1'000) == "news");
}

TEST_CASE("a time that is far ahead makes nothing old for long", "[poll_judge]") {
  polling p;
  p.ms = 1'000;
  CHECK(p.hear(3'600'000) == "news");
  CHECK(p.hear(1'001) != "news");
  p.ms = 61'000;
  CHECK(p.hear(61'000) == "news");
  CHECK(p.hear({}, 3'600'000, "/dated") == "news");
  CHECK(p.hear({}, 61'000, "/dated") != "news");
  p.ms = 121'000;
  CHECK(p.hear({}, 121'000, "/dated") == "news");
}

TEST_CASE("what is too old is no news, and its symbol not live", "[poll_judge]") {
  polling p;
  p.ms = 1'000;
  CHECK(p.health() == "0 of 0");
  CHECK(p.hear(500) == "news");
  CHECK(p.health() == "1 of 1");
  p.ms = 10'499;
  CHECK(p.hear(500) == "news");
  CHECK(p.health() == "1 of 1");
  p.ms = 10'500;
  CHECK(p.hear(500) == "the venue's answer is of 10000 ms ago: it has told nothing new since");
  CHECK(p.health() == "0 of 1");
  CHECK(p.judge.health(p.now()).last_error.find("nothing new since") != std::string::npos);
  CHECK(p.judge.health(p.now()).last_news == milliseconds(10'000));
  CHECK(p.hear(10'400) == "news");
  CHECK(p.health() == "1 of 1");
  CHECK(p.judge.health(p.now()).last_error.empty());
  CHECK_FALSE(p.judge.health(p.now()).last_news);
}

TEST_CASE("a venue that does not answer is not live after so long", "[poll_judge]") {
  polling p;
  p.judge.begin("A", p.now());
  CHECK(p.health() == "0 of 0");  // Nothing is known yet.
  p.judge.succeed("A", p.now().wall, p.now());
  CHECK(p.health() == "1 of 1");
  // Nobody asks.
  p.ms = 100'000;
  CHECK(p.health() == "1 of 1");
  p.judge.begin("A", p.now());
  p.ms = 109'999;
  CHECK(p.health() == "1 of 1");
  p.ms = 110'000;
  CHECK(p.health() == "0 of 1");
  p.judge.fail("A", {errc::unavailable, "no line", {}, {}});
  CHECK(p.health() == "0 of 1");
  CHECK(p.judge.health(p.now()).last_error == "no line");
  p.judge.begin("A", p.now());
  p.judge.leave("A");
  CHECK(p.health() == "0 of 1");
  p.ms = 110'000 + 300'000;
  CHECK(p.health() == "0 of 0");
}

TEST_CASE("one failure of young news is none, and one without any news is", "[poll_judge]") {
  polling p;
  CHECK(p.hear(0) == "news");
  p.ms = 9'000;
  p.judge.begin("A", p.now());
  p.judge.fail("A", {errc::unavailable, "no line", {}, {}});
  CHECK(p.health() == "1 of 1");
  p.judge.begin("B", p.now());
  p.judge.fail("B", {errc::unavailable, "no line", {}, {}});
  CHECK(p.health() == "1 of 2");
}

TEST_CASE("symbols are bounded, and the one not asked for is forgotten", "[poll_judge]") {
  polling p;
  for (std::size_t i = 0; i < poll_judge::max_symbols; ++i, ++p.ms)
    p.hear(p.ms, {}, "/t", std::to_string(i));
  CHECK(p.hear(p.ms, {}, "/t", "0") == "news");
  CHECK(p.hear(p.ms, {}, "/t", "one more") == "news");
  CHECK(p.judge.health(p.now()).symbols == poll_judge::max_symbols);
  CHECK(p.hear(p.ms - 2, {}, "/t", "0") != "news");  // It is still known.
}

TEST_CASE("of any answers in any order, no price comes from one that goes back or is too old",
          "[poll_judge]") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t n) { return static_cast<std::int64_t>(random() % n); };
  for (int round = 0; round < 200; ++round) {
    polling p;
    p.ms = 100'000;
    std::int64_t newest = 0;
    std::uint64_t back = 0;
    for (int i = 0; i < 100; ++i) {
      p.ms += below(2'000);
      const auto told = p.ms - below(12'000);
      const bool news = p.hear(told) == "news";
      CHECK(news == (told >= newest && p.ms - told < 10'000));
      if (told < newest) ++back;
      if (news) newest = told;
    }
    CHECK(p.judge.health(p.now()).gaps == back);
  }
}

}  // namespace pitwall
