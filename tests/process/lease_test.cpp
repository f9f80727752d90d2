// A venue that is placed on workers, with real processes and the paper exchange as the witness: a
// worker that is killed in the middle of orders, one that is stopped across its lease while a halt
// is acknowledged, and a host that is not there for longer than the lease.
#include <algorithm>
#include <optional>
#include <set>

#include "runtime/base/clock.hpp"
#include "tests/process/exchange_account.hpp"
#include "tests/process/soak_workflows.hpp"
#include "tests/process/worker_hosts.hpp"

namespace pitwall::test {
namespace {

std::string text(const value& v, const char* name) { return v.find(name)->as_text(); }

const std::string buys =
    soak_file("m", soak_order("buy", "buy", "BTC/USDT", "0.002", R"(, "signal": true)"), {});
const std::string rests =
    soak_file("r",
              soak_order("rest", "buy", "BTC/USDT", "0.01",
                         R"(, "order_type": "GTC", "price": 1000, "signal": true)"),
              {});

/// The exchange, a host that has no key for it, and workers that do.
class desk_scene {
 public:
  explicit desk_scene(const std::string& workflow, std::string_view lease = "1s",
                      std::string_view lost_after = "1s")
      : exchange(pitwall_binary(),
                 {"--data-dir", (d_.path() / "book").string(), "--seed", "7", "--still",
                  "--weight-limit", "1000000000", "--order-limit", "1000000000", "--balance",
                  "USDT=1000000000", "--balance", "BTC=10000"}),
        host(papers_, workflow,
             {"--limit", "max_position_size=none", "--limit", "daily_loss_limit=none", "--limit",
              "max_drawdown_percent=none", "--resilience", "breaker.failures=0"},
             lost_after, "127.0.0.1",
             R"(, "trading_lease": ")" + std::string(lease) +
                 R"("}, "venues": {"sim": {"type": "binance", "placement": ["venue=sim"]})") {
    worker_config_ =
        papers_
            .write("worker.json", R"({"venues": {"sim": {"type": "binance", "url": ")" +
                                      exchange.url() + R"(", "key_file": ")" +
                                      (d_.path() / "book" / "api_key").string() + R"("}}})")
            .string();
  }
  worker_of& hire(const std::string& name) {
    auto& w = workers_[name];
    w = std::make_unique<worker_of>(papers_, host, papers_.issue(name), "venue=sim",
                                    std::vector<std::string>{"--config", worker_config_});
    host.await_worker(name, "joined");
    return *w;
  }
  worker_of& worker(const std::string& name) { return *workers_.at(name); }
  void set(const char* faults) const { REQUIRE(exchange.faults(faults).status == 200); }
  std::string start() const {
    return text(host.ask("POST", "/api/v1/workflows/w/executions"), "execution_id");
  }
  value sim() const {
    const auto health = host.ask("GET", "/health");
    for (const auto& v : health.find("venues")->as_list())
      if (text(v, "name") == "sim") return v;
    return {};
  }
  std::string trouble() const { return to_json(sim()); }
  /// Until a worker has the venue, and what was open there is known.
  void await_open() {
    await([&] {
      const auto now = sim();
      return now.is_object() && now.find("error")->is_null() && text(now, "status") == "open";
    });
  }
  template <class Happens>
  void await(const Happens& happens) {
    const auto end = std::chrono::steady_clock::now() + workers_patience;
    while (!happens()) {
      if (std::chrono::steady_clock::now() > end) FAIL(trouble() + "\n" + host.logged().log());
    }
  }
  void await_none_open() {
    await([&] { return host.ask("GET", "/api/v1/orders").find("orders")->as_list().empty(); });
  }
  std::size_t open_there() const {
    return exchange.ask("GET", "/api/v3/openOrders", "recvWindow=60000").json().as_list().size();
  }
  journal_facts journal() const {
    return read_journal(
        run_program({pitwall_binary(), "journal", "export", "--data-dir", host.data()}).out);
  }
  /// The journal and the exchange tell the same of every order.
  void check_books() const {
    const auto here = journal();
    const auto there = read_account(exchange);
    std::string faults;
    for (const auto& f : here.faults) faults += f + "\n";
    for (const auto& f : there.faults) faults += f + "\n";
    for (const auto& f : differences(here, there)) faults += f + "\n";
    CHECK(faults == "");
    CHECK(here.unfinished().empty());
  }

 private:
  scratch_directory d_;
  certificate_desk papers_;
  std::string worker_config_;
  std::map<std::string, std::unique_ptr<worker_of>> workers_;

 public:
  exchange_process exchange;
  host_of_workers host;
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
  for (const auto& id : started) ++ends[text(s.host.await_end(id), "status")];
  for (const auto& [status, n] : ends) UNSCOPED_INFO(status << ": " << n);
  s.await_none_open();
  // The other one has taken the venue over.
  s.set(R"({"latency_ms": 0})");
  s.await([&] { return text(s.host.run(), "status") == "completed"; });
  const auto there = read_account(s.exchange);
  INFO(s.host.logged().log());
  CHECK(there.orders.size() > 1);
  CHECK(s.journal().doubts > 0);
  s.check_books();
}

TEST_CASE("a worker that is stopped across its lease sends nothing after the time of the halt",
          "[lease]") {
  desk_scene s(buys, "1s", "30s");
  auto& w = s.hire("w1");
  s.await_open();
  REQUIRE(text(s.host.run(), "status") == "completed");
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
  CHECK(text(halt, "result") == "done");
  const auto closed = us_of(text(halt, "closed_at"));
  CHECK(to_json(*halt.find("warnings")).find("worker 'w1' has not confirmed") != std::string::npos);
  const auto told = closed - before.time_since_epoch().count();
  CHECK(told > 0);
  CHECK(told < 1'200'000);
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
  s.await([&] { return text(s.host.run(), "status") == "completed"; });
  s.check_books();
}

TEST_CASE("a worker whose host is away for longer than its lease has cancelled what rests",
          "[lease]") {
  desk_scene s(rests, "2s", "30s");
  auto& w = s.hire("w1");
  s.await_open();
  const auto ran = s.host.run();
  INFO(to_json(ran) << s.host.logged().log());
  REQUIRE(text(ran, "status") == "completed");
  REQUIRE(s.open_there() == 1);
  const bool killed = GENERATE(false, true);
  CAPTURE(killed);
  const auto gone = std::chrono::steady_clock::now();
  killed ? s.host.kill() : s.host.process().signal(SIGSTOP);
  s.await([&] { return s.open_there() == 0; });
  const auto took = std::chrono::steady_clock::now() - gone;
  CHECK(took < std::chrono::seconds(3));  // The lease, and what a busy machine adds.
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
