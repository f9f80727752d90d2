// The adapter of venues with market data alone, over real sockets: one table for all of them.
#include "net/venues/market_venue.hpp"

#include <set>

#include "net/server/tls_files.hpp"
#include "net/venues/market_dialects.hpp"
#include "tests/net/binance_fixture.hpp"
#include "tests/net/fixed_clock.hpp"
#include "tests/net/market_samples.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/temp_directory.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

/// A server that answers as `script` says, and the venue that asks it.
struct listed {
  market_sample of;
  scripted_server server;
  std::shared_ptr<market_venue> venue;

  listed(market_sample sample, scripted_server::script script,
         milliseconds timeout = milliseconds(5'000),
         std::shared_ptr<const wall_clock> clock = std::make_shared<system_wall_clock>(),
         milliseconds stale_after = milliseconds(10'000))
      : of(std::move(sample)), server(std::move(script)) {
    market_options o;
    o.name = "here";
    o.url = server.url();
    o.timeout = timeout;
    o.stale_after = stale_after;
    o.pause = milliseconds(60'000);  // Not over while a test looks at it.
    venue = market_venue::open(of.type, o, std::move(clock)).value();
  }
  ~listed() { venue->stop(); }

  awaited<result<market_data>> ask(bool price, bool book, std::string symbol = {},
                                   cancel_call* cancel = nullptr) {
    awaited<result<market_data>> out;
    auto call = venue->fetch_market(
        {"here", symbol.empty() ? of.symbol : symbol, price, book, true, true}, out.completion());
    if (cancel != nullptr) *cancel = std::move(call);
    return out;
  }
};

scripted_server::script typical(const market_sample& s) {
  return [s](const std::string& target) -> std::optional<std::string> {
    // The longer first: one may be the other's beginning.
    const auto now = system_wall_clock().now();
    if (target == s.book_target) return http_answer(200, as_of(s.book, now));
    if (target == s.price_target) return http_answer(200, as_of(s.price, now));
    return http_answer(500, "asked for " + target);
  };
}

scripted_server::script always(unsigned status, const std::string& body,
                               const std::string& headers = {}) {
  return [=](const std::string&) { return std::optional(http_answer(status, body, headers)); };
}

scripted_server::script never() {
  return [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
}

market_sample sample(const std::string& type) {
  for (auto& s : market_samples())
    if (s.type == type) return s;
  FAIL("no sample of " + type);
  return {};
}

}  // namespace

TEST_CASE("each venue's price and book", "[markets]") {
  for (const auto& s : market_samples()) {
    INFO(s.type);
    listed k(s, typical(s));
    const auto both = k.ask(true, true).get();
    if (!both.ok()) FAIL(both.error().to_string());
    CHECK(both->price_feed == value(d(s.mid().c_str())));
    CHECK(both->balance.is_null());
    CHECK(both->positions.is_null());
    const auto& bids = both->orderbook.find("bids")->as_list();
    REQUIRE(bids.size() == 2);
    CHECK(bids[0] ==
          value(value::list{d(s.probability ? "0.48" : "100.5"), d(s.probability ? "30" : "2")}));
    CHECK(both->orderbook.find("asks")->as_list().size() == 2);
    CHECK(both->orderbook.find("time")->as_text() == to_iso8601(both->observed_at));
    CHECK(k.server.arrived("/") == s.both);
  }
}

TEST_CASE("a price alone is asked for alone", "[markets]") {
  for (const auto& s : market_samples()) {
    INFO(s.type);
    listed k(s, typical(s));
    const auto price = k.ask(true, false).get();
    if (!price.ok()) FAIL(price.error().to_string());
    CHECK(price->price_feed == value(d(s.mid().c_str())));
    CHECK(price->orderbook.is_null());
    CHECK(k.server.heads().at(0).find(s.price_target + " HTTP/1.1") != std::string::npos);
  }
}

TEST_CASE("an answer is as old as the venue, its date or its age in caches says", "[markets]") {
  // The time in every sample that has one.
  const auto told = parse_iso8601("2026-05-01T00:00:00Z").value();
  constexpr std::chrono::seconds minute(60);
  const auto observed = [](const market_sample& s, const std::string& headers, timestamp now) {
    listed k(s, always(200, s.book, headers), milliseconds(5'000),
             std::make_shared<fixed_clock>(now), std::chrono::hours(1));
    const auto got = k.ask(false, true).get();
    if (!got.ok()) FAIL(got.error().to_string());
    CHECK(got->orderbook.find("time")->as_text() == to_iso8601(got->observed_at));
    return got->observed_at;
  };
  const std::set<std::string> telling{"coinbase", "bybit", "luno", "polymarket"};
  const std::string date = "Date: Fri, 01 May 2026 00:00:00 GMT\r\n";
  for (const auto& s : market_samples()) {
    INFO(s.type);
    const bool tells = telling.contains(s.type);
    const auto late = told + minute, early = told - minute;
    CHECK(observed(s, {}, late) == (tells ? told : late));
    CHECK(observed(s, {}, early) == early);  // A venue's clock that is ahead.
    CHECK(observed(s, "Age: 30\r\n", late) == (tells ? told : told + minute / 2));
    CHECK(observed(s, "Age: 90\r\n", late) == told - minute / 2);
    CHECK(observed(s, "Age: soon\r\n", early) == early);
    // Of a date its second's end counts, and it does not go before the venue's own word.
    CHECK(observed(s, date, late) == (tells ? told : told + std::chrono::seconds(1)));
    CHECK(observed(s, date, told) == told);
    CHECK(observed(s, "Date: now\r\n", early) == early);
  }
}

TEST_CASE("a market that is paused has no price, with its book neither", "[markets]") {
  for (const char* type : {"luno", "kalshi"}) {
    INFO(type);
    auto s = sample(type);
    s.price = with(s.price, type == std::string("luno") ? "ACTIVE" : "\"active\"",
                   type == std::string("luno") ? "DISABLED" : "\"inactive\"");
    listed k(s, typical(s));
    const auto both = k.ask(true, true).get();
    REQUIRE(!both.ok());
    CHECK(both.error().code == errc::unavailable);
    CHECK(both.error().message.find("is not ") != std::string::npos);
  }
}

TEST_CASE("each venue's refusal of an unknown symbol", "[markets]") {
  for (const auto& s : market_samples()) {
    INFO(s.type);
    listed k(s, always(s.refused_status, s.refused));
    const auto got = k.ask(true, true).get();
    REQUIRE(!got.ok());
    CHECK(got.error().code == errc::invalid_argument);
    CHECK(got.error().status == s.refused_status);
    CHECK(got.error().message.find(s.refused_words) != std::string::npos);
    CHECK(got.error().where == std::string("here ") + s.wire);
  }
}

TEST_CASE("a venue that says 'too often' is left alone for as long as it asks", "[markets]") {
  for (const auto& s : market_samples()) {
    INFO(s.type);
    listed k(s, always(429, s.too_often, "Retry-After: 30\r\n"));
    const auto first = k.ask(true, true).get();
    REQUIRE(!first.ok());
    CHECK(first.error().code == errc::resource_exhausted);
    CHECK(first.error().status == 429);
    CHECK(first.error().retry_after_ms == 30'000);
    // Of other data of that venue, too.
    const auto second = k.ask(true, false).get();
    REQUIRE(!second.ok());
    CHECK(second.error().code == errc::resource_exhausted);
    CHECK(second.error().status == 0);
    CHECK(second.error().retry_after_ms > 20'000);
    CHECK(second.error().retry_after_ms <= 30'000);
    CHECK(k.server.arrived("/") <= s.both);
  }
}

TEST_CASE("a refusal as 'too often' with status 200 counts as well", "[markets]") {
  for (const char* type : {"kraken", "bybit"}) {
    const auto s = sample(type);
    listed k(s, always(200, s.too_often));
    CHECK(k.ask(true, true).get().error().code == errc::resource_exhausted);
    const auto second = k.ask(true, true).get();
    REQUIRE(!second.ok());
    CHECK(second.error().message.find("asked for a pause") != std::string::npos);
    CHECK(k.server.arrived("/") == 1);
  }
}

TEST_CASE("what is no answer, an endless one and none at all are errors", "[markets]") {
  const auto s = sample("coinbase");
  for (const auto& body : {std::string("{}"), s.book.substr(0, 60), std::string("<html>")}) {
    listed k(s, always(200, body));
    CHECK(k.ask(true, true).get().error().code == errc::unavailable);
  }
  listed huge(s, always(200, std::string(5U << 20U, ' ') + s.book));
  CHECK(huge.ask(true, true).get().error().code == errc::unavailable);
  listed mute(s, never(), milliseconds(100));
  CHECK(mute.ask(true, true).get().error().code == errc::deadline_exceeded);
  listed down(s, always(503, "maintenance"));
  CHECK(down.ask(true, true).get().error().code == errc::unavailable);
}

TEST_CASE("who asks for what is under way already gets that answer", "[markets]") {
  const auto s = sample("kraken");
  listed k(s, never());
  std::vector<awaited<result<market_data>>> all;
  for (int i = 0; i < 20; ++i) all.push_back(k.ask(true, true));
  REQUIRE(k.server.await_arrived("/"));
  all.push_back(k.ask(true, true));
  cancel_call leave;
  auto gone = k.ask(true, true, {}, &leave);
  leave();
  CHECK(gone.get().error().code == errc::cancelled);
  k.server.release("/", http_answer(200, s.book));
  for (auto& one : all) CHECK(one.get().ok());
  CHECK(k.server.arrived("/") == 1);
}

TEST_CASE("what would not leave in time is kept back, and says when to come again", "[markets]") {
  // One request a second.
  const auto s = sample("kraken");
  listed k(s, never());
  std::vector<awaited<result<market_data>>> leave;
  for (const char* of : {"A/USD", "B/USD", "C/USD", "D/USD", "E/USD", "F/USD", "G/USD", "H/USD"})
    leave.push_back(k.ask(true, true, of));
  const auto late = k.ask(true, true).get();
  REQUIRE(!late.ok());
  CHECK(late.error().code == errc::resource_exhausted);
  CHECK(late.error().status == 0);
  CHECK(late.error().retry_after_ms > 0);
  CHECK(late.error().retry_after_ms <= 10'000);
  CHECK(k.server.arrived("/") <= leave.size());
}

TEST_CASE("what has to wait for its turn leaves when that has come", "[markets]") {
  const auto s = sample("kraken");
  listed k(s, typical(s));
  const auto began = std::chrono::steady_clock::now();
  auto first = k.ask(true, true), second = k.ask(true, false);
  CHECK(first.get().ok());
  CHECK(second.get().ok());
  CHECK(std::chrono::steady_clock::now() - began >= milliseconds(1'000));
}

TEST_CASE("a call that nobody waits for ends at once, and its request with it", "[markets]") {
  listed k(sample("bybit"), never());
  cancel_call leave;
  auto call = k.ask(true, true, {}, &leave);
  REQUIRE(k.server.await_arrived("/"));
  leave();
  leave();
  CHECK(call.get().error().code == errc::cancelled);
  CHECK(k.server.await_open(0));
}

TEST_CASE("a venue that closes answers what waits, and takes nothing more", "[markets]") {
  listed k(sample("luno"), never());
  auto asked = k.ask(true, true), waits = k.ask(true, false);
  REQUIRE(k.server.await_arrived("/"));
  const auto began = std::chrono::steady_clock::now();
  k.venue->stop();
  CHECK(asked.get().error().code == errc::unavailable);
  CHECK(waits.get().error().code == errc::unavailable);
  CHECK(std::chrono::steady_clock::now() - began < milliseconds(3'000));
  CHECK(k.ask(true, true).get().error().code == errc::unavailable);
}

TEST_CASE("no order leaves for a venue with market data alone", "[markets]") {
  listed k(sample("kraken"), typical(sample("kraken")));
  awaited<order_report> report;
  k.venue->submit("id-1", make_order(order_side::buy, order_kind::market, "1"), {},
                  report.completion());
  const auto r = report.get();
  CHECK(r.state == order_state::rejected);
  CHECK(r.code == "data_only");
  CHECK(r.client_order_id == "id-1");
  CHECK(r.reason.find("nothing was sent") != std::string::npos);
  awaited<result<order_report>> queried;
  k.venue->query("id-1", {}, queried.completion());
  CHECK(queried.get().error().code == errc::unavailable);  // The doubt of another time stays.
  awaited<result<cancel_report>> cancelled;
  k.venue->cancel({}, {}, cancelled.completion());
  CHECK(cancelled.get().error().code == errc::failed_precondition);
  CHECK(k.server.arrived("/") == 0);
}

TEST_CASE("an account is not asked for; a symbol that is none does not leave", "[markets]") {
  listed k(sample("kraken"), typical(sample("kraken")));
  CHECK(k.ask(false, false).get().error().code == errc::failed_precondition);
  const auto bad = k.ask(true, true, "BTC").get();
  CHECK(bad.error().code == errc::invalid_argument);
  CHECK(bad.error().where == "here");
  awaited<result<market_data>> nothing;
  k.venue->fetch_market({"here", "BTC/USD", false, false, false, false}, nothing.completion());
  CHECK(nothing.get().ok());
  CHECK(k.server.arrived("/") == 0);
}

TEST_CASE("calls under way are bounded", "[markets]") {
  const auto s = sample("bybit");
  scripted_server server(never());
  market_options o;
  o.name = "here";
  o.url = server.url();
  o.max_pending = 2;
  const auto venue = market_venue::open("bybit", o, std::make_shared<system_wall_clock>()).value();
  std::vector<awaited<result<market_data>>> all(3);
  for (auto& one : all)
    venue->fetch_market({"here", s.symbol, true, true, false, false}, one.completion());
  CHECK(all[2].get().error().code == errc::resource_exhausted);
  venue->stop();
}

TEST_CASE("a venue is asked under TLS, if it is the one that was meant", "[markets][tls]") {
  temp_directory dir;
  const auto mine = make_certificate(dir.path(), "mine"),
             other = make_certificate(dir.path(), "other");
  const auto s = sample("kraken");
  scripted_server server(typical(s), http::open_tls({mine.certificate, mine.key}).value());
  const auto ask = [&](const std::filesystem::path& ca) {
    market_options o;
    o.name = "here";
    o.url = server.url();
    o.ca_file = ca;
    const auto venue =
        market_venue::open("kraken", o, std::make_shared<system_wall_clock>()).value();
    awaited<result<market_data>> got;
    venue->fetch_market({"here", s.symbol, true, true, false, false}, got.completion());
    auto answer = got.get();
    venue->stop();
    return answer;
  };
  CHECK(ask(mine.certificate).ok());
  const auto refused = ask(other.certificate);
  REQUIRE(!refused.ok());
  CHECK(refused.error().message.find("nobody trusted here") != std::string::npos);
  CHECK(server.arrived("/") == 1);
}

TEST_CASE("a type or an address that is none is told", "[markets]") {
  CHECK(market_venue::check("kraken", {.name = "k"}).ok());
  CHECK(market_venue::check("kranken", {.name = "k"}).error().message ==
        "there is no venue type 'kranken'");
  CHECK(!market_venue::check("kraken", {.name = "k", .url = "ftp://x"}).ok());
  CHECK(!market_venue::check("kraken", {.name = "k", .url = "https://x/y"}).ok());
}
