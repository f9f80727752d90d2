// Market data calls that nobody waits for any more, that take too long, or that the venue refuses.
#include <atomic>
#include <ctime>
#include <map>
#include <thread>

#include "net/venues/binance_market.hpp"
#include "tests/net/binance_fixture.hpp"
#include "tests/net/scripted_server.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

constexpr const char* price = "/api/v3/ticker/bookTicker";
constexpr const char* rules = "/api/v3/exchangeInfo";
constexpr const char* account = "/api/v3/account";
constexpr const char* its_time = "/api/v3/time";

const std::string usual_rules =
    http_answer(200, R"({"symbols":[{"filters":[{"filterType":"LOT_SIZE","stepSize":"0.001"}]}]})");

/// A venue with one price, whose answers a test replaces, by path; nothing: never answered.
class scripted_venue {
 public:
  void set(const std::string& path, std::optional<std::string> answer) {
    const std::lock_guard lock(mutex_);
    answers_[path] = std::move(answer);
  }
  void mute(const std::string& path) { set(path, std::nullopt); }
  void restore() {
    const std::lock_guard lock(mutex_);
    answers_ = usual();
  }
  std::optional<std::string> operator()(const std::string& target) {
    const std::lock_guard lock(mutex_);
    const auto it = answers_.find(target.substr(0, target.find('?')));
    return it != answers_.end() ? it->second : http_answer(404, "{}");
  }

 private:
  using answers = std::map<std::string, std::optional<std::string>>;
  static answers usual() {
    return {
        {price, http_answer(200, R"({"bidPrice":"99","askPrice":"101"})")},
        {rules, usual_rules},
        {account, http_answer(200, R"({"balances":[{"asset":"USDT","free":"5"}]})")},
        {its_time, http_answer(200, R"({"serverTime":1772366400000})")},
    };
  }
  std::mutex mutex_;
  answers answers_ = usual();
};

struct wants {
  bool price = true, balance = false;
};

struct calling {
  std::shared_ptr<scripted_venue> says = std::make_shared<scripted_venue>();
  scripted_server server{[says = says](const std::string& target) { return (*says)(target); }};
  std::shared_ptr<binance_venue> venue;

  explicit calling(
      const std::function<void(binance_options&)>& change = [](auto&) {}, bool mute_clock = false) {
    if (mute_clock) says->mute(its_time);
    binance_options o;
    o.url = server.url();
    o.poll_interval = milliseconds(60'000);
    o.timeout = milliseconds(60'000);
    change(o);
    venue = *binance_venue::open(o, std::make_shared<order_gate>(),
                                 std::make_shared<system_wall_clock>());
  }
  /// The clock is read when the adapter opens: after this, every connection is a fetch's.
  void settle() { REQUIRE(fetch({.balance = true}).get().ok()); }

  awaited<result<market_data>> fetch(wants w, cancel_call* cancel = nullptr,
                                     const char* symbol = "BTCUSDT") {
    awaited<result<market_data>> out;
    auto call = venue->fetch_market({"binance", symbol, w.price, false, w.balance, false},
                                    out.completion());
    if (cancel != nullptr) *cancel = std::move(call);
    return out;
  }
  error failure(wants w = {}) { return fetch(w).get().error(); }
};

/// As of RFC 9110.
std::string http_date(std::chrono::seconds from_now) {
  const std::time_t at =
      std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) + from_now.count();
  std::tm utc{};
  gmtime_r(&at, &utc);
  char text[40];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return text;
}

}  // namespace

TEST_CASE("a cancelled fetch closes its connections, and the next one works", "[binance]") {
  calling k;
  k.settle();
  REQUIRE(k.server.open() > 0);
  k.says->mute(price);
  k.says->mute(account);
  cancel_call cancel;
  auto never = k.fetch({.balance = true}, &cancel);
  REQUIRE(k.server.await_arrived(price, 2));
  REQUIRE(k.server.await_arrived(account, 2));
  const auto idle = k.server.open() - 2;
  CHECK_FALSE(never.is_there());
  cancel();
  CHECK(never.get().error().code == errc::cancelled);
  CHECK(k.server.await_open(idle));
  cancel();
  k.says->restore();
  CHECK(k.fetch({.balance = true}).get().value().price_feed.as_number() == d("100"));
}

TEST_CASE("a cancelled fetch that has not left does not leave", "[binance]") {
  calling k([](auto& o) { o.max_connections = 1; });
  k.settle();
  const auto before = k.server.arrived(price);
  k.says->mute(price);
  cancel_call first, second;
  auto leaving = k.fetch({}, &first);
  REQUIRE(k.server.await_arrived(price, before + 1));
  auto waiting = k.fetch({}, &second);
  second();
  CHECK(waiting.get().error().code == errc::cancelled);
  CHECK_FALSE(leaving.is_there());
  first();
  CHECK(leaving.get().error().code == errc::cancelled);
  // Cancelled before the adapter's thread has looked at it.
  std::promise<void> go;
  std::promise<std::thread::id> began;
  k.says->restore();
  k.venue->fetch_market({"binance", "BTCUSDT", true, false, false, false},
                        [&, gone = go.get_future().share()](const result<market_data>&) {
                          began.set_value(std::this_thread::get_id());
                          gone.wait();
                        });
  REQUIRE(began.get_future().get() != std::this_thread::get_id());
  cancel_call third;
  auto unseen = k.fetch({}, &third);
  third();
  go.set_value();
  CHECK(unseen.get().error().code == errc::cancelled);
  CHECK(k.fetch({}).get().ok());
  CHECK(k.server.arrived(price) == before + 3);
}

TEST_CASE("what several wait for goes on while one of them does", "[binance]") {
  calling k;
  k.says->mute(rules);
  cancel_call first, second;
  auto a = k.fetch({}, &first), b = k.fetch({}, &second);
  REQUIRE(k.server.await_arrived(rules));
  first();
  CHECK(a.get().error().code == errc::cancelled);
  CHECK_FALSE(b.is_there());
  k.server.release(rules, usual_rules);
  CHECK(b.get().ok());
  CHECK(k.venue->quantity_step("BTCUSDT") == d("0.001"));
  CHECK(k.server.arrived(rules) == 1);
  // Asked by nobody else, the question ends with its last caller, and the next asks anew.
  const auto before = k.server.arrived(price);
  auto c = k.fetch({}, &second, "ETHUSDT");
  REQUIRE(k.server.await_arrived(price, before + 1));
  REQUIRE(k.server.await_arrived(rules, 2));
  const auto open = k.server.open();
  second();
  CHECK(c.get().error().code == errc::cancelled);
  CHECK(k.server.await_closed(open));
  k.says->restore();
  CHECK(k.fetch({}, nullptr, "ETHUSDT").get().ok());
  CHECK(k.server.arrived(rules) == 3);
  CHECK(k.venue->quantity_step("ETHUSDT") == d("0.001"));
}

TEST_CASE("rules that an order wants are not given up with a cancelled fetch", "[binance]") {
  calling k;
  k.says->mute(rules);
  cancel_call cancel;
  auto a = k.fetch({}, &cancel);
  REQUIRE(k.server.await_arrived(rules));
  CHECK(k.venue->quantity_step("BTCUSDT") == d("0.00000001"));
  cancel();
  CHECK(a.get().error().code == errc::cancelled);
  k.server.release(rules, usual_rules);
  CHECK(k.fetch({}).get().ok());
  CHECK(k.venue->quantity_step("BTCUSDT") == d("0.001"));
  CHECK(k.server.arrived(rules) == 1);
}

TEST_CASE("the venue's clock is read on for those who still wait", "[binance]") {
  calling k([](auto&) {}, true);
  REQUIRE(k.server.await_arrived(its_time));
  cancel_call first;
  auto a = k.fetch({.price = false, .balance = true}, &first);
  auto b = k.fetch({.price = false, .balance = true});
  first();
  CHECK(a.get().error().code == errc::cancelled);
  CHECK_FALSE(b.is_there());
  k.server.release(its_time, http_answer(200, R"({"serverTime":1772366400000})"));
  CHECK(b.get().value().balance.find("USDT")->as_number() == d("5"));
  CHECK(k.server.arrived(account) == 1);
  CHECK(k.server.arrived(its_time) == 1);
}

TEST_CASE("a thousand cancelled fetches leave nothing behind", "[binance]") {
  calling k([](auto& o) { o.max_pending = 4; });
  k.settle();
  k.says->mute(price);
  k.says->mute(rules);
  const char* symbols[] = {"BTCUSDT", "ETHUSDT", "SOLUSDT"};
  for (int i = 0; i < 1'000; ++i) {
    cancel_call cancel;
    const auto before = k.server.arrived(price);
    auto never = k.fetch({.balance = i % 5 == 0}, &cancel, symbols[i % 3]);
    if (i % 7 == 0) REQUIRE(k.server.await_arrived(price, before + 1));
    cancel();
    REQUIRE(never.get().error().code == errc::cancelled);
  }
  // Four places there were, and four there are.
  std::vector<awaited<result<market_data>>> calls;
  for (int i = 0; i < 4; ++i) calls.push_back(k.fetch({}));
  CHECK(k.failure().code == errc::resource_exhausted);
  k.venue->stop();
  for (auto& c : calls) CHECK(c.get().error().code == errc::unavailable);
  CHECK(k.server.await_open(0));
}

TEST_CASE("a fetch may be cancelled after its answer, and after the adapter's end", "[binance]") {
  calling k;
  cancel_call done, late, closed;
  REQUIRE(k.fetch({}, &done).get().ok());
  const auto open = k.server.open();
  done();
  CHECK(k.fetch({}).get().ok());
  CHECK(k.server.open() == open);
  k.says->mute(price);
  auto ended = k.fetch({}, &late);
  k.venue->stop();
  CHECK(ended.get().error().code == errc::unavailable);
  late();
  CHECK(k.fetch({}, &closed).get().error().code == errc::unavailable);
  CHECK_FALSE(closed);
  k.venue.reset();
  late();
  done();
}

TEST_CASE("cancels that race with answers: one word for each fetch", "[binance]") {
  constexpr int callers = 3, calls = 200;
  calling k([](auto& o) { o.max_pending = callers; });
  std::atomic<int> words{0}, answered{0}, cancelled{0}, others{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < callers; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < calls; ++i) {
        awaited<result<market_data>> out;
        const auto cancel = k.venue->fetch_market(
            {"binance", t == 0 ? "ETHUSDT" : "BTCUSDT", true, false, i % 2 == 0, false},
            [&words, then = out.completion()](result<market_data> r) {
              ++words;
              then(std::move(r));
            });
        if (i % 4 == 3) out.wait();
        const auto until = std::chrono::steady_clock::now() + microseconds(i % 100);
        while (std::chrono::steady_clock::now() < until) continue;
        std::thread other([&] { cancel(); });
        cancel();
        other.join();
        const auto r = out.get();
        ++(r.ok() ? answered : r.error().code == errc::cancelled ? cancelled : others);
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(others == 0);
  CHECK(answered >= callers * calls / 4);
  CHECK(cancelled > 0);
  CHECK(k.fetch({.balance = true}).get().ok());
  k.venue.reset();
  CHECK(words == callers * calls);
  CHECK(k.server.await_open(0));
}

TEST_CASE("a fetch ends within its time, whatever part of it waits", "[binance]") {
  const auto silent = GENERATE(price, account, its_time);
  CAPTURE(silent);
  calling k([](auto& o) { o.timeout = milliseconds(150); }, silent == its_time);
  k.says->mute(silent);
  const auto from = std::chrono::steady_clock::now();
  const auto e = k.failure({.balance = true});
  CHECK(std::chrono::steady_clock::now() - from < std::chrono::seconds(5));
  CHECK(e.code == errc::deadline_exceeded);
  CHECK(e.status == 0);
  CHECK_FALSE(e.remedy.empty());
}

TEST_CASE("a fetch that may take less than its requests ends sooner", "[binance]") {
  calling k;
  k.settle();
  k.says->mute(price);
  const auto clock = std::make_shared<system_wall_clock>();
  binance_options slow;
  slow.timeout = milliseconds(60'000);
  const auto client =
      rest_client::start({{.host = "127.0.0.1", .port = k.server.number()}, "127.0.0.1", {}});
  const auto market =
      std::make_shared<binance_market>(std::make_shared<binance_link>(slow, client, clock), clock);
  const auto others = k.server.open();
  awaited<result<market_data>> out;
  REQUIRE(market->fetch({"binance", "BTCUSDT", true, false, false, false}, milliseconds(50),
                        out.completion()));
  CHECK(out.get().error().code == errc::deadline_exceeded);
  client->stop();
  CHECK(k.server.await_open(others));
}

TEST_CASE("rules that do not come in time keep no price back", "[binance]") {
  calling k([](auto& o) { o.timeout = milliseconds(3'000); });
  k.says->mute(rules);
  CHECK(k.fetch({}).get().value().price_feed.as_number() == d("100"));
  k.says->set(price, http_answer(503, "{}"));
  CHECK(k.failure().status == 503);
}

TEST_CASE("a venue's refusal keeps its status and how long it asks to wait", "[binance]") {
  struct refusal {
    unsigned status;
    std::string headers;
    errc code;
    std::uint32_t least_ms, most_ms;
  };
  const std::string in_a_minute = http_date(std::chrono::seconds(60));
  const std::vector<refusal> all = {
      {429, "Retry-After: 7\r\n", errc::resource_exhausted, 7'000, 7'000},
      {418, "Retry-After: 120\r\n", errc::resource_exhausted, 120'000, 120'000},
      {429, "Retry-After: " + in_a_minute + "\r\n", errc::resource_exhausted, 50'000, 60'000},
      {429, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", errc::resource_exhausted, 0, 0},
      {429, "Retry-After: soon\r\n", errc::resource_exhausted, 0, 0},
      {429, "", errc::resource_exhausted, 0, 0},
      {503, "Retry-After: 2\r\n", errc::unavailable, 2'000, 2'000},
      {503, "Retry-After: 99999999999999\r\n", errc::unavailable, ~0U, ~0U},
      {500, "", errc::unavailable, 0, 0},
      {408, "", errc::unavailable, 0, 0},
      {404, "", errc::invalid_argument, 0, 0},
      {403, "", errc::invalid_argument, 0, 0},
      {302, "", errc::unavailable, 0, 0},
  };
  for (const auto& r : all) {
    CAPTURE(r.status, r.headers);
    calling k;  // One that was told to wait asks nothing for so long.
    k.settle();
    k.says->set(price, http_answer(r.status, "{}", r.headers));
    const auto e = k.failure();
    CHECK(e.code == r.code);
    CHECK(e.status == r.status);
    CHECK(e.retry_after_ms >= r.least_ms);
    CHECK(e.retry_after_ms <= r.most_ms);
    CHECK(e.message.find(std::to_string(r.status)) != std::string::npos);
  }
  calling k;
  k.settle();
  k.says->set(price, http_answer(400, R"({"code":-1021,"msg":"Timestamp."})"));
  CHECK(k.failure().code == errc::unavailable);
  k.says->set(price, http_answer(400, R"({"code":-1121,"msg":"Invalid symbol."})"));
  CHECK(k.failure().code == errc::invalid_argument);
  k.says->set(price, http_answer(200, "what?"));
  CHECK(k.failure().code == errc::unavailable);
  CHECK(k.failure().status == 0);
}

TEST_CASE("of several refusals the longest wait counts, also of the clock's", "[binance]") {
  calling k([](auto&) {}, true);
  REQUIRE(k.server.await_arrived(its_time));
  k.says->set(price, http_answer(503, "{}", "Retry-After: 1\r\n"));
  auto asked = k.fetch({.balance = true});
  REQUIRE(k.server.await_arrived(price));
  k.server.release(its_time, http_answer(429, "{}", "Retry-After: 30\r\n"));
  const auto e = asked.get().error();
  CHECK(e.code == errc::resource_exhausted);
  CHECK(e.status == 429);
  CHECK(e.retry_after_ms == 30'000);
  CHECK(e.message.find("clock") != std::string::npos);
}
