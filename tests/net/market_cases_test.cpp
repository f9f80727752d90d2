// What each venue of market_types() has to get right over real sockets, as one table: the venue,
// the way its prices come (by its stream, by polling), and the case. A type that lacks one fails
// here.
#include <ctime>
#include <map>
#include <mutex>
#include <set>

#include "tests/net/market_live_samples.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

const std::set<std::string> cases{"a typical answer", "an error", "a rate limit",
                                  "a reconnect with a gap", "a stale feed"};

// ---- by polling

std::string date_header(timestamp at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(at));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
  return text;
}

/// The machine's, and perhaps ahead of it.
struct moved_clock final : wall_clock {
  std::atomic<milliseconds> ahead{milliseconds(0)};
  timestamp now() const noexcept override { return system_wall_clock().now() + ahead.load(); }
};

/// A venue that says the same as of `told` again and again, or is ill in the way that it is told.
struct polled {
  enum class mood { good, refusing, down, limiting, mute, hanging_up };

  const market_sample of;
  const std::shared_ptr<moved_clock> clock = std::make_shared<moved_clock>();
  std::mutex mutex;
  mood is = mood::good;
  timestamp told = system_wall_clock().now() - std::chrono::seconds(1);
  scripted_server server;
  std::shared_ptr<market_venue> venue;

  explicit polled(const market_sample& s, milliseconds stale_after = milliseconds(30'000),
                  milliseconds timeout = milliseconds(10'000))
      : of(s), server([this](const std::string& target) { return answer(target); }) {
    market_options o;
    o.name = "here";
    o.url = server.url();
    o.stale_after = stale_after;
    o.timeout = timeout;
    venue = market_venue::open(of.type, o, clock).value();
  }
  ~polled() { venue->stop(); }

  void be(mood next, std::optional<timestamp> as_told = {}) {
    const std::lock_guard lock(mutex);
    is = next;
    if (as_told) told = *as_told;
  }
  std::optional<std::string> answer(const std::string& target) {
    const std::lock_guard lock(mutex);
    const bool price = target == of.price_target && target != of.book_target;
    switch (is) {
      case mood::good:
        return http_answer(200, as_of(price ? of.price : of.book, told), date_header(told));
      case mood::refusing:
        return http_answer(of.refused_status, of.refused);
      case mood::down:
        return http_answer(503, "<html>maintenance</html>");
      case mood::limiting:
        return http_answer(429, of.too_often, "Retry-After: 30\r\n");
      case mood::mute:
        return std::nullopt;
      case mood::hanging_up:
        return std::string();
    }
    return std::nullopt;
  }
  result<market_data> fetch() {
    // On luno a book takes another second.
    const bool book = of.type != std::string("luno");
    awaited<result<market_data>> out;
    venue->fetch_market({"here", of.symbol, true, book, false, false}, out.completion());
    return out.get();
  }
  std::string price() {
    const auto got = fetch();
    return got.ok() ? got->price_feed.as_number().to_string() : got.error().message;
  }
  error failure() {
    const auto got = fetch();
    if (got.ok()) FAIL("a price came: " + got->price_feed.as_number().to_string());
    return got.error();
  }
};
using mood = polled::mood;

void polled_answer(const market_sample& s) {
  polled k(s);
  const auto got = k.fetch();
  if (!got.ok()) FAIL(got.error().to_string());
  CHECK(got->price_feed == value(d(s.mid().c_str())));
  CHECK(got->observed_at < system_wall_clock().now());
  const auto h = k.venue->feed();
  CHECK(h.polled);
  CHECK(h.symbols == 1);
  CHECK(h.live == 1);
  CHECK(h.gaps == 0);
}

void polled_error(const market_sample& s) {
  polled k(s);
  k.be(mood::refusing);
  CHECK(k.failure().code == errc::invalid_argument);
  k.be(mood::down);
  CHECK(k.failure().code == errc::unavailable);
  CHECK(k.venue->feed().live == 0);
  k.be(mood::good);
  CHECK(k.price() == s.mid());
}

void polled_limit(const market_sample& s) {
  polled k(s);
  k.be(mood::limiting);
  const auto first = k.failure();
  CHECK(first.code == errc::resource_exhausted);
  CHECK(first.retry_after_ms == 30'000);
  k.be(mood::good);
  const auto asked = k.server.arrived("/");
  CHECK(k.failure().code == errc::resource_exhausted);
  CHECK(k.server.arrived("/") == asked);
  CHECK(k.venue->feed().live == 0);
}

void polled_reconnect(const market_sample& s) {
  polled k(s);
  const auto now = system_wall_clock().now();
  CHECK(k.price() == s.mid());
  k.be(mood::hanging_up);
  CHECK(k.failure().code == errc::unavailable);
  // On another connection it knows less than before: behind an address there are many servers.
  k.be(mood::good, now - std::chrono::seconds(6));
  const auto old = k.failure();
  CHECK(old.code == errc::unavailable);
  CHECK(old.message.find("older than the one before it") != std::string::npos);
  CHECK(k.venue->feed().gaps >= 1);
  k.be(mood::good, now);
  CHECK(k.price() == s.mid());
  CHECK(k.venue->feed().live == 1);
}

void polled_stale(const market_sample& s) {
  // Some may be asked once a second alone.
  const bool slow = make_market_dialect(s.type)->limit().units == 1;
  polled k(s, milliseconds(2'500), milliseconds(slow ? 2'500 : 1'200));
  const auto began = k.clock->now();
  k.be(mood::good, began);
  REQUIRE(k.fetch().ok());
  // The same as before.
  k.clock->ahead = milliseconds(4'000);
  const auto old = k.failure();
  CHECK(old.code == errc::unavailable);
  CHECK(old.message.find("has told nothing new since") != std::string::npos);
  CHECK(k.venue->feed().live == 0);
  CHECK(k.venue->feed().symbols == 1);
  k.be(mood::good, k.clock->now());
  CHECK(k.price() == s.mid());
  CHECK(k.venue->feed().live == 1);
  // No answer at all.
  k.be(mood::mute);
  const auto silent = k.failure();
  CHECK((silent.code == errc::deadline_exceeded || silent.code == errc::resource_exhausted));
  while (k.venue->feed().live == 1 && k.clock->now() - began < std::chrono::seconds(30))
    k.failure();
  CHECK(k.venue->feed().live == 0);
}

// ---- by streams

void streamed_answer(const live_sample& s) {
  streaming k(s);
  k.begin();
  k.server.tell(s.change(k.told.changed_bid));
  CHECK(k.await([&] { return k.price() == k.told.changed_mid; }));
  CHECK(k.venue->feed().live == 1);
}

void streamed_error(const live_sample& s) {
  streaming k(s);
  k.refuses = 503;
  CHECK(k.price() == k.rest.mid());
  CHECK(k.await([&] { return !k.venue->feed().last_error.empty(); }));
  CHECK(k.venue->feed().open == 0);
  k.rest_answers = false;
  // REST may have to wait for its turn.
  CHECK(k.await([&] {
    const auto got = k.fetch();
    return !got.ok() && got.error().message.find("by the stream: the feed is not connected") !=
                            std::string::npos;
  }));
  k.refuses = 0;
  REQUIRE(k.await_live());
  CHECK(k.price() == k.told.mid);
}

void streamed_limit(const live_sample& s) {
  streaming k(s);
  k.refuses = 429;
  const auto first = k.fetch();
  REQUIRE(!first.ok());
  CHECK(first.error().code == errc::resource_exhausted);
  CHECK(first.error().retry_after_ms == 30'000);
  CHECK(first.error().message.find("by the stream") != std::string::npos);
  const auto asked = k.server.targets().size();
  CHECK(k.fetch().error().code == errc::resource_exhausted);
  CHECK(k.server.targets().size() == asked);
  // The stream is no request: it may come back before that.
  k.refuses = 0;
  REQUIRE(k.await_live());
  CHECK(k.price() == k.told.mid);
}

void streamed_reconnect(const live_sample& s) {
  streaming k(s);
  k.begin();
  k.server.cut();
  REQUIRE(k.server.await_sockets(2));
  REQUIRE(k.await([&] { return k.venue->feed().live == 1 && k.books >= 2; }));
  CHECK(k.venue->feed().reconnects >= 1);
  CHECK(k.price() == k.told.later_mid);
  const auto before = k.venue->feed().gaps;
  const int books = k.books;
  k.server.tell(s.change(k.told.changed_bid));
  k.server.tell(s.lossy);
  CHECK(k.await([&] { return k.venue->feed().gaps > before; }));
  CHECK(k.await([&] { return k.venue->feed().live == 1 && k.books > books; }));
  CHECK(k.price() == k.told.later_mid);
}

void streamed_stale(const live_sample& s) {
  streaming k(s, milliseconds(1'500));
  CHECK(k.price() == k.rest.mid());
  REQUIRE(k.server.await_frame("subscribe"));
  CHECK(k.await([&] { return k.venue->feed().live == 0 && k.venue->feed().last_news; }));
  k.rest_answers = false;
  CHECK(k.await([&] {
    const auto got = k.fetch();
    return !got.ok() &&
           got.error().message.find("the feed has told nothing new for") != std::string::npos;
  }));
}

// ---- the table

struct cell {
  std::string type, way, name;
  std::function<void()> run;
};

std::vector<cell> table() {
  std::vector<cell> all;
  for (const auto& s : market_samples()) {
    const auto add = [&](const char* name, void (*run)(const market_sample&)) {
      all.push_back({s.type, "polled", name, [s, run] { run(s); }});
    };
    add("a typical answer", polled_answer);
    add("an error", polled_error);
    add("a rate limit", polled_limit);
    add("a reconnect with a gap", polled_reconnect);
    add("a stale feed", polled_stale);
  }
  for (const auto& s : live_samples()) {
    const auto add = [&](const char* name, void (*run)(const live_sample&)) {
      all.push_back({s.type, "streamed", name, [s, run] { run(s); }});
    };
    add("a typical answer", streamed_answer);
    add("an error", streamed_error);
    add("a rate limit", streamed_limit);
    if (!s.lossy.empty()) add("a reconnect with a gap", streamed_reconnect);
    add("a stale feed", streamed_stale);
  }
  return all;
}

}  // namespace

TEST_CASE("each venue has each case, by each way that it has", "[markets][cases]") {
  std::map<std::pair<std::string, std::string>, std::set<std::string>> has;
  for (const auto& c : table()) has[{c.type, c.way}].insert(c.name);
  for (const auto type : market_types()) {
    INFO(type);
    CHECK(has[{std::string(type), "polled"}] == cases);
    const bool streams = !make_market_dialect(type)->stream().url.empty();
    CHECK(has[{std::string(type), "streamed"}] == (streams ? cases : std::set<std::string>{}));
  }
}

TEST_CASE("a venue that is polled, over real sockets", "[markets][cases]") {
  for (const auto& c : table()) {
    if (c.way != "polled") continue;
    INFO(c.type << ", polled: " << c.name);
    c.run();
  }
}

TEST_CASE("a venue by its stream, over real sockets", "[markets][cases]") {
  for (const auto& c : table()) {
    if (c.way != "streamed") continue;
    INFO(c.type << ", streamed: " << c.name);
    c.run();
  }
}
