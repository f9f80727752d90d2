// The adapter where the network or the venue fails, fills that come later, cancels, and the end.
#include <csignal>
#include <set>

#include "net/venues/binance_venue.hpp"
#include "tests/net/binance_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

using desk = binance_desk_fixture;
using kind = order_kind;
using state = order_state;
constexpr auto buy = order_side::buy;
constexpr auto sell = order_side::sell;

binance_options with(std::function<void(binance_options&)> change) {
  binance_options o;
  o.poll_interval = milliseconds(20);
  change(o);
  return o;
}
binance_options polling() {
  return with([](auto&) {});
}

}  // namespace

TEST_CASE("a venue that is down: not sent, and it says so", "[binance]") {
  desk k({}, {"--still", "--faults", R"({"down": true})"});
  auto r = k.buy("one", "1");
  CHECK(r.state == state::rejected);
  CHECK(r.code == "not_sent");
  CHECK(r.reason.find("cannot connect") != std::string::npos);
  CHECK(k.await_all_answered());
  CHECK(k.query("one").error().code == errc::unavailable);
  CHECK(k.fetch({"binance", "BTCUSDT"}).error().code == errc::unavailable);
  CHECK(k.cancel({"one"}, "BTCUSDT").error().code == errc::deadline_exceeded);
  k.exchange.set_faults(R"({"down": false})");
  CHECK(k.buy("one", "1").state == state::filled);
  // Connections that the venue has closed meanwhile are replaced before anything is written.
  k.exchange.set_faults(R"({"down": true})");
  REQUIRE(k.exchange.await_state("\"connections\":1,"));  // that of this question
  r = k.buy("two", "1");
  CHECK(r.code == "not_sent");
  CHECK(r.reason.find("cannot connect") != std::string::npos);
  k.exchange.set_faults(R"({"down": false})");
  CHECK(k.buy("three", "1").state == state::filled);
  CHECK(k.logged() == 2);
}

TEST_CASE("a venue that dies with orders in flight leaves doubts", "[binance]") {
  desk k;
  k.exchange.set_faults(R"({"hold": true})");
  auto sent = k.send_buy("one");
  REQUIRE(k.exchange.await_state("\"held\":1"));
  k.exchange.process().signal(SIGKILL);
  const auto r = sent.get();
  CHECK(r.state == state::in_doubt);
  CHECK(r.code == "no_answer");
  CHECK(k.query("one").error().code == errc::unavailable);
  CHECK(k.venue->unanswered() == std::vector<std::string>{"one"});
}

TEST_CASE("answers that cannot be read end a question as unavailable", "[binance]") {
  desk k;
  CHECK(k.submit("one", make_order(buy, kind::limit, "1", "50000")).state == state::accepted);
  const auto fault = GENERATE(std::string("garbage"), std::string("unavailable"),
                              std::string("drop_answer"), std::string("close_unread"));
  CAPTURE(fault);
  k.exchange.set_faults("{\"all\": true, \"" + fault + "\": 1}");
  CHECK(k.query("one").error().code == errc::unavailable);
  CHECK(k.fetch({"binance", "BTCUSDT"}).error().code == errc::unavailable);
  CHECK_FALSE(k.cancel({"one"}).ok());
  k.exchange.set_faults("{\"all\": false, \"" + fault + "\": 0}");
  // A cancel whose answer was lost has happened.
  const bool reached = fault == "garbage" || fault == "drop_answer";
  CHECK(k.query("one").value().state == (reached ? state::canceled : state::accepted));
}

TEST_CASE("a limit of requests is told apart", "[binance]") {
  desk k;
  REQUIRE(k.buy("one", "1").state == state::filled);
  k.exchange.set_faults(R"({"all": true, "rate_limited": 1})");
  const auto e = k.fetch({"binance", "BTCUSDT"}).error();
  CHECK(e.code == errc::resource_exhausted);
  CHECK(e.message.find("7 s") != std::string::npos);
  CHECK(k.query("one").error().code == errc::unavailable);
}

TEST_CASE("what finds no free connection in time was not sent", "[binance]") {
  desk k(with([](auto& o) {
    o.max_connections = 1;
    o.timeout = milliseconds(3'000);
    o.recv_window = milliseconds(30'000);
  }));
  k.exchange.set_faults(R"({"hold": true, "all": true})");
  auto first = k.send_buy("first");
  REQUIRE(k.exchange.await_state("\"held\":1"));
  std::vector<awaited<order_report>> more;
  for (const char* id : {"second", "third", "fourth", "fifth"}) more.push_back(k.send_buy(id));
  CHECK(first.get().code == "no_answer");
  // One of them may get the connection when the first gives it up.
  std::set<std::string> not_sent;
  for (auto& a : more) {
    const auto r = a.get();
    if (r.code == "not_sent") not_sent.insert(r.client_order_id);
  }
  CHECK_FALSE(not_sent.empty());
  k.exchange.set_faults(R"({"hold": false})");
  CHECK(k.query("first").value().state == state::filled);
  for (const auto& o : k.exchange.orders()) CHECK_FALSE(not_sent.contains(o.client_order_id));
}

TEST_CASE("slow answers are waited for", "[binance]") {
  desk k;
  k.exchange.set_faults(R"({"delay_answer": 1, "delay_ms": 120, "all": true})");
  CHECK(k.buy("one", "1").state == state::filled);
  CHECK(k.query("one").value().state == state::filled);
}

TEST_CASE("calls at once are bounded; cancels have room of their own", "[binance]") {
  desk k(with([](auto& o) { o.max_pending = 2; }));
  REQUIRE(k.submit("rests", make_order(buy, kind::limit, "1", "50000")).state == state::accepted);
  k.exchange.set_faults(R"({"hold": true})");
  auto first = k.send_buy("first");
  auto second = k.send_buy("second");
  const auto r = k.buy("third", "1");
  CHECK(r.state == state::rejected);
  CHECK(r.code == "not_sent");
  CHECK(k.query("first").error().code == errc::unavailable);
  CHECK(k.fetch({"binance", "BTCUSDT"}).error().code == errc::resource_exhausted);
  CHECK(k.cancel({"rests"}).value().canceled.size() == 1);
  k.exchange.set_faults(R"({"hold": false})");
  CHECK(first.get().state == state::filled);
  CHECK(second.get().state == state::filled);
  CHECK(k.logged() == 3);
}

TEST_CASE("many orders at once over few connections, each exactly once", "[binance]") {
  desk k;
  std::vector<awaited<order_report>> sent;
  for (int i = 0; i < 200; ++i) {
    sent.push_back(k.send("n" + std::to_string(i), make_order(buy, kind::market, "0.001")));
  }
  for (auto& a : sent) CHECK(a.get().state == state::filled);
  std::set<std::string> ids;
  for (const auto& o : k.exchange.orders()) ids.insert(o.client_order_id);
  CHECK(ids.size() == 200);
  CHECK(k.logged() == 200);
}

TEST_CASE("the venue's clock counts, not the one here", "[binance]") {
  desk k({}, {"--still", "--clock-offset-ms", "-86400000"});
  CHECK(k.buy("one", "1").state == state::filled);
  CHECK(k.query("one").value().state == state::filled);
}

TEST_CASE("fills of a resting order are reported whole, as they come", "[binance]") {
  desk k(polling());
  REQUIRE(k.submit("one", make_order(sell, kind::limit, "1", "70000")).state == state::accepted);
  k.exchange.fill("one", "0.25");
  auto r = k.told.await(1);
  CHECK(r.client_order_id == "one");
  CHECK(r.state == state::partially_filled);
  CHECK(r.fills.size() == 1);
  k.exchange.fill("one");
  r = k.told.await(2);
  CHECK(r.state == state::filled);
  REQUIRE(r.fills.size() == 2);
  CHECK(r.fills[0] == order_fill{d("70000"), d("0.25"), d("17.5"), "USDT"});
  CHECK(r.fills[1] == order_fill{d("70000"), d("0.75"), d("52.5"), "USDT"});
  CHECK(k.query("one").value().fills == r.fills);
}

TEST_CASE("an order with more trades than the venue tells at once is known whole", "[binance]") {
  // A page is 1,000: just one, one full, some, and one whose last page is empty.
  const auto count = GENERATE(999, 1'000, 1'001, 2'345, 3'000);
  desk k(polling());
  const auto amount = decimal(count * 2);
  k.exchange.set_faults(R"({"split_fills":)" + std::to_string(count) + "}");
  REQUIRE(k.submit("one", {"binance", "BTC/USDT", sell, kind::limit, div(amount, 10'000).value(),
                           d("70000")})
              .state == state::accepted);
  k.exchange.fill("one", div(decimal(count), 10'000).value().to_string());
  auto r = k.told.await(1);
  CHECK(r.state == state::partially_filled);
  CHECK(r.fills.size() == static_cast<std::size_t>(count));
  k.exchange.fill("one");
  r = k.told.await(2);
  CHECK(r.state == state::filled);
  CHECK(r.fills.size() == 2 * static_cast<std::size_t>(count));
  CHECK(r.filled_quantity() == div(amount, 10'000).value());
  k.open();  // It knows nothing of it.
  CHECK(k.query("one").value().fills == r.fills);
}

TEST_CASE("after a restart, an order that query() finds open is watched again", "[binance]") {
  desk k(polling());
  REQUIRE(k.submit("one", make_order(sell, kind::limit, "1", "70000")).state == state::accepted);
  k.venue.reset();
  k.exchange.fill("one", "0.25");
  k.open();
  const auto r = k.query("one").value();
  CHECK(r.state == state::partially_filled);
  CHECK(r.filled_quantity() == d("0.25"));
  k.exchange.fill("one");
  CHECK(k.told.await(1).state == state::filled);
  CHECK(k.told.await(1).fills.size() == 2);
}

TEST_CASE("more open orders than one round asks for all get their turn", "[binance]") {
  desk k(with([](auto& o) {
    o.polls_at_once = 3;
    o.poll_units_a_second = 1'000'000;
  }));
  for (int i = 0; i < 10; ++i) {
    const auto r = k.submit("n" + std::to_string(i), make_order(sell, kind::limit, "1", "70000"));
    REQUIRE(r.state == state::accepted);
  }
  for (int i = 0; i < 10; ++i) k.exchange.fill("n" + std::to_string(i));
  std::set<std::string> ids;
  for (std::size_t n = 1; n <= 10; ++n) ids.insert(k.told.await(n).client_order_id);
  CHECK(ids.size() == 10);
  CHECK(k.told.count() == 10);
}

TEST_CASE("an order whose fills nobody would watch is not sent", "[binance]") {
  desk k(with([](auto& o) { o.max_watched = 2; }));
  const auto rest = [&](const char* id) {
    const auto r = k.submit(id, make_order(sell, kind::limit, "1", "70000"));
    CHECK(k.await_all_answered());
    return r;
  };
  CHECK(rest("a").state == state::accepted);
  CHECK(rest("b").state == state::accepted);
  const auto refused = rest("c");
  CHECK(refused.state == state::rejected);
  CHECK(refused.code == "not_sent");
  CHECK(refused.reason.find("2 orders are open") != std::string::npos);
  CHECK(k.logged() == 2);
  // What cannot rest needs no place; one that is there already is no new one.
  CHECK(k.buy("market", "1").state == state::filled);
  CHECK(k.submit("a", make_order(sell, kind::limit, "1", "70000")).code == "duplicate_order");
  CHECK(k.query("a").value().state == state::accepted);
  REQUIRE(k.cancel({"a"}).ok());
  CHECK(rest("c").state == state::accepted);
  // All that were accepted are watched, those of before a restart too.
  k.exchange.fill("b");
  CHECK(k.told.await(2).client_order_id == "b");
}

TEST_CASE("cancels: by id, by symbol, all; also while halted", "[binance]") {
  desk k;
  for (const char* id : {"a", "b", "c"}) {
    REQUIRE(k.submit(id, make_order(buy, kind::limit, "1", "50000")).state == state::accepted);
  }
  REQUIRE(k.submit("e", make_order(buy, kind::limit, "1", "2000", "ETHUSDT")).state ==
          state::accepted);
  k.halt();
  CHECK(k.cancel({"a", "gone"}).value().canceled == std::vector<std::string>{"a"});
  CHECK(k.cancel({"a"}, "BTC/USDT").value().canceled.empty());
  CHECK(k.cancel({"e"}, "BTC/USDT").value().canceled.empty());
  CHECK(k.cancel({}, "ETH/USDT").value().canceled == std::vector<std::string>{"e"});
  // A new adapter knows nothing of the orders; the venue lists them.
  k.open();
  CHECK(k.cancel({"b"}).value().canceled == std::vector<std::string>{"b"});
  CHECK(k.cancel({}).value().canceled == std::vector<std::string>{"c"});
  CHECK(k.query("c").value().state == state::canceled);
  // Each was told, too, before the cancel's answer.
  CHECK(k.told.count() == 4);
}

TEST_CASE("a fill on the way to a cancel is reported before the cancel's answer", "[binance]") {
  desk k(with([](auto& o) { o.poll_interval = milliseconds(60'000); }));
  REQUIRE(k.submit("one", make_order(sell, kind::limit, "1", "70000")).state == state::accepted);
  k.exchange.fill("one", "0.25");
  std::promise<std::size_t> told;
  k.venue->cancel({"binance", ""}, {"one"},
                  [&](result<cancel_report>) { told.set_value(k.told.count()); });
  CHECK(told.get_future().get() == 1);
  const auto r = k.told.await(1);
  CHECK(r.state == state::canceled);
  CHECK(r.filled_quantity() == d("0.25"));
}

TEST_CASE("closing answers everything that waits", "[binance]") {
  desk k(with([](auto& o) { o.max_connections = 1; }));
  k.exchange.set_faults(R"({"hold": true})");
  auto first = k.send_buy("first");
  REQUIRE(k.exchange.await_state("\"held\":1"));
  auto second = k.send_buy("second");
  awaited<result<order_report>> asked;
  k.venue->query("first", make_order(buy, kind::market, "1"), asked.completion());
  k.venue->stop();
  REQUIRE(first.is_there());
  CHECK(first.get().code == "no_answer");
  CHECK(second.get().code == "not_sent");
  CHECK(asked.get().error().code == errc::unavailable);
  CHECK(k.buy("third", "1").code == "not_sent");
  CHECK(k.query("third").error().code == errc::unavailable);
  CHECK(k.cancel({}).error().code == errc::unavailable);
  CHECK(k.fetch({"binance", "BTCUSDT"}).error().code == errc::unavailable);
  k.venue->stop();
}

TEST_CASE("the adapter may be let go by its own completion", "[binance]") {
  desk k;
  std::promise<void> ended;
  auto held = std::make_shared<std::shared_ptr<binance_venue>>(std::move(k.venue));
  auto& venue = **held;
  venue.submit("one", make_order(buy, kind::market, "1"), k.permit(), [held, &ended](order_report) {
    held->reset();
    ended.set_value();
  });
  auto waited = ended.get_future();
  REQUIRE(waited.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
}

TEST_CASE("a venue's URL is checked before anything is sent", "[binance]") {
  const auto open = [](const char* url) {
    binance_options o;
    o.url = url;
    return binance_venue::open(o, std::make_shared<order_gate>(),
                               std::make_shared<system_wall_clock>());
  };
  CHECK(open("http://localhost:8080").ok());
  CHECK(open("http://127.0.0.1").ok());
  CHECK(open("https://api.binance.com").ok());
  for (const char* bad : {"", "127.0.0.1:80", "ftp://x", "http://", "http://a:0", "http://a:65536",
                          "http://a:b", "http://a/path", "http://user@a", "http://a b"}) {
    CAPTURE(bad);
    const auto opened = open(bad);
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == errc::invalid_argument);
    CHECK_FALSE(opened.error().remedy.empty());
  }
}
