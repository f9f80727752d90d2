// A venue that is placed on workers, with real processes and the paper exchange as the witness: a
// worker that is killed in the middle of orders, one that is stopped across its lease while a halt
// is acknowledged, and a host that is not there for longer than the lease.
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>

#include "runtime/base/clock.hpp"
#include "tests/process/desk_scene.hpp"

namespace pitwall::test {
namespace {

const std::string buys =
    soak_file("m", soak_order("buy", "buy", "BTC/USDT", "0.002", R"(, "signal": true)"), {});

/// For processes that are started while it lives.
class said_in_environment {
 public:
  said_in_environment(const char* name, const char* text) : name_(name) { ::setenv(name, text, 1); }
  ~said_in_environment() { ::unsetenv(name_); }
  said_in_environment(const said_in_environment&) = delete;
  said_in_environment& operator=(const said_in_environment&) = delete;

 private:
  const char* name_;
};

std::int64_t us_of(const std::string& iso) {
  const auto t = parse_iso8601(iso);
  REQUIRE(t.ok());
  return t->time_since_epoch().count();
}

}  // namespace

TEST_CASE("a worker that is killed in the middle of orders leaves none twice, and none unsettled",
          "[lease]") {
  desk_scene s(buys);
  s.hire("w1");
  s.await_open();
  s.hire("w2");
  s.set(R"({"latency_ms": 100})");
  std::vector<std::string> started;
  for (int i = 0; i < 60; ++i) {
    started.push_back(s.start());
    if (i == 30) s.worker("w1").kill();
  }
  std::map<std::string, int> ends;
  for (const auto& id : started) ++ends[row_text(s.host.await_end(id), "status")];
  for (const auto& [status, n] : ends) UNSCOPED_INFO(status << ": " << n);
  s.await_none_open();
  // The other one has taken the venue over.
  s.set(R"({"latency_ms": 0})");
  s.await([&] { return row_text(s.host.run(), "status") == "completed"; });
  const auto there = read_account(s.exchange);
  INFO(s.host.logged().log());
  CHECK(there.orders.size() > 1);
  CHECK(s.journal().doubts > 0);
  s.check_books();
}

TEST_CASE("a person settles an order in doubt of a host that has no worker any more", "[lease]") {
  desk_scene s(buys);
  auto& w = s.hire("w1");
  s.await_open();
  s.set(R"({"latency_ms": 20000})");
  s.start();
  const auto orders = [&] { return s.host.ask("GET", "/api/v1/orders").find("orders")->as_list(); };
  s.await([&] { return !orders().empty(); });
  const bool restarts = GENERATE(false, true);
  CAPTURE(restarts);
  w.kill();
  if (restarts) {
    s.host.kill();
    s.host.start();
  }
  s.await([&] {
    const auto all = orders();
    return all.size() == 1 && to_json(*all[0].find("why")).find("no worker") != std::string::npos;
  });
  const auto path = "/api/v1/orders/" + row_text(orders()[0], "client_order_id") + "/settle";
  CHECK_FALSE(s.host.ask("POST", path).find("settled")->as_bool());
  const auto said = s.host.ask(
      "POST", path, R"({"as": "not_sent", "reason": "looked at the venue", "operator": "ann"})");
  CHECK(said.find("settled")->as_bool());
  s.await_none_open();
}

TEST_CASE("a worker that is stopped across its lease sends nothing after the time of the halt",
          "[lease]") {
  desk_scene s(buys, "5s", "30s");
  auto& w = s.hire("w1");
  s.await_open();
  REQUIRE(row_text(s.host.run(), "status") == "completed");
  s.set(R"({"latency_ms": 20})");
  std::vector<std::string> started;
  for (int i = 0; i < 40; ++i) {
    started.push_back(s.start());
    if (i == 10) w.process().signal(SIGSTOP);
  }
  const auto before = system_wall_clock().now();
  const auto halt = s.host.ask("POST", "/api/v1/emergency",
                               R"({"action": "halt", "scope": "global", "reason": "test",
                                   "operator": "tester"})");
  INFO(to_json(halt));
  CHECK(row_text(halt, "result") == "done");
  const auto closed = us_of(row_text(halt, "closed_at"));
  CHECK(to_json(*halt.find("warnings")).find("worker 'w1' has not confirmed") != std::string::npos);
  const auto told = closed - before.time_since_epoch().count();
  CHECK(told > 0);
  CHECK(told < 5'200'000);
  s.await([&] { return system_wall_clock().now().time_since_epoch().count() > closed; });
  const auto orders_then = read_account(s.exchange).orders.size();
  w.process().signal(SIGCONT);
  REQUIRE(w.logged().await_log("cut off from the host"));
  for (const auto& id : started) s.host.await_end(id);
  s.await_none_open();
  INFO(s.host.logged().log() << w.logged().log());
  CHECK(read_account(s.exchange).orders.size() == orders_then);
  // By the exchange's own book, and on the same clock.
  const auto rows =
      s.exchange.ask("GET", "/api/v3/allOrders", "symbol=BTCUSDT&recvWindow=60000&limit=1000")
          .json();
  for (const auto& o : rows.as_list())
    CHECK(o.find("time")->as_number().to_int().value() * 1'000 <= closed);
  s.host.ask("POST", "/api/v1/emergency",
             R"({"action": "resume", "scope": "global", "reason": "test", "operator": "tester"})");
  s.await([&] { return row_text(s.host.run(), "status") == "completed"; });
  s.check_books();
}

TEST_CASE("a lease that a restart makes shorter is waited for as it was", "[lease]") {
  desk_scene s(buys, "40s", "30s");
  s.hire("w1");
  s.await_open();
  s.host.kill();
  const said_in_environment shorter("PITWALL__WORKERS__TRADING_LEASE", "1s");
  const auto began = system_wall_clock().now().time_since_epoch().count();
  const auto halt = [&] {
    return s.host.ask("POST", "/api/v1/emergency",
                      R"({"action": "halt", "scope": "global", "reason": "test",
                          "operator": "tester"})");
  };
  for (const bool killed : {false, true, false}) {
    CAPTURE(killed);
    s.host.start();
    const auto answer = halt();
    INFO(to_json(answer));
    CHECK(us_of(row_text(answer, "closed_at")) >= began + 40'000'000);
    CHECK(to_json(*answer.find("warnings")).find("has not heard of since its start") !=
          std::string::npos);
    if (killed) {
      s.host.kill();
    } else {
      s.host.process().signal(SIGTERM);
      s.host.process().wait();
    }
  }
}

TEST_CASE("a worker whose host is away for longer than its lease has cancelled what rests",
          "[lease]") {
  desk_scene s(rests, "2s", "30s");
  auto& w = s.hire("w1");
  s.await_open();
  const auto ran = s.host.run();
  INFO(to_json(ran) << s.host.logged().log());
  REQUIRE(row_text(ran, "status") == "completed");
  REQUIRE(s.open_there() == 1);
  const bool killed = GENERATE(false, true);
  CAPTURE(killed);
  const auto gone = std::chrono::steady_clock::now();
  killed ? s.host.kill() : s.host.process().signal(SIGSTOP);
  s.await([&] { return s.open_there() == 0; });
  const auto took = std::chrono::steady_clock::now() - gone;
  // The lease, and what a busy machine adds.
#ifdef __SANITIZE_ADDRESS__
  CHECK(took < std::chrono::seconds(6));
#else
  CHECK(took < std::chrono::seconds(3));
#endif
  REQUIRE(w.logged().await_log("cancelled 1 orders at 'sim'"));
  if (killed)
    s.host.start();
  else
    s.host.process().signal(SIGCONT);
  REQUIRE(s.host.logged().await_log("was cut off from this host"));
  s.await_none_open();
  const auto events =
      run_program({pitwall_binary(), "events", "--json", "--data-dir", s.host.data()}).out;
  CHECK(events.find("order_canceled") != std::string::npos);
  if (!killed) CHECK(events.find("worker 'w1' was cut off from this host") != std::string::npos);
  s.check_books();
}

}  // namespace pitwall::test
